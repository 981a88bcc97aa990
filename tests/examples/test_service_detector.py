"""The example of a classifier behind HTTP, against a server of our own: what it says, and what it fails to say."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from examples.detectors import service_detector
from examples.detectors.service_detector import DETECTOR, FAILURES, Service
from policy_engine import Conversation, Label, Message, Role
from policy_engine.transcripts.detecting import apply

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "detectors"
LOOKS_FOR = {"labels": {"self-harm": ["user", "assistant"], "harassment": ["user"]}}


class Handler(BaseHTTPRequestHandler):
    """Answers what the text asks for."""

    asked = 0

    def do_GET(self) -> None:
        self._answer(b'{"labels": 5}' if self.path == "/odd" else json.dumps(LOOKS_FOR).encode())

    def do_POST(self) -> None:
        type(self).asked += 1
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = str(question["text"])
        answers = {
            "no json": b"<html>",
            "a list": b"[]",
            "no scores": b'{"scores": 1}',
            "too long": b" " * 1_000_001,
            "nan": b'{"scores": {"self-harm": NaN, "harassment": 7}}',
            "some": b'{"scores": {"self-harm": 0.75}}',
        }
        if text == "late":
            time.sleep(0.4)
        if text == "down":
            self.send_error(503)
            return
        score = 0.9 if "hurt" in text else 0.1
        scores = {"scores": {"self-harm": score, "harassment": 0.0, "weather": 1}}
        self._answer(answers.get(text, json.dumps(scores).encode()))

    def _answer(self, body: bytes) -> None:
        try:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)
        except BrokenPipeError:
            pass  # the detector did not wait

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(service_detector, "SECONDS", 0.2)
    monkeypatch.setattr(Handler, "asked", 0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def said(service: Service, text: str, role: Role = Role.USER) -> dict[str, object]:
    return {label.name: label.value for label in service.detect(Message(role, content=text))}


def test_the_service_says_what_it_looks_for_and_what_it_finds(url: str) -> None:
    service = DETECTOR.told(url, None)
    assert service.finds == {
        "self-harm": frozenset({Role.USER, Role.ASSISTANT}),
        "harassment": frozenset({Role.USER}),
    }
    assert said(service, "I hurt myself") == {"self-harm": 0.9, "harassment": 0.0}
    assert said(service, "hello", Role.ASSISTANT) == {"self-harm": 0.1}


@pytest.mark.parametrize("text", ["late", "down", "no json", "a list", "no scores", "too long", "nan"])
def test_whatever_is_no_answer_in_time_is_unknown(text: str, url: str) -> None:
    service = DETECTOR.told(url, None)
    assert said(service, text) == {"self-harm": None, "harassment": None}
    assert said(service, "some") == {"self-harm": 0.75, "harassment": None}


def test_a_service_that_is_down_is_not_asked_for_ever(url: str) -> None:
    service = DETECTOR.told(url, None)
    for _ in range(3 * FAILURES):
        assert said(service, "down") == {"self-harm": None, "harassment": None}
    assert Handler.asked == FAILURES


def test_in_a_conversation_an_outage_is_unknown_and_no_fault_of_the_detector(url: str) -> None:
    faults: list[tuple[str, str]] = []
    chat = Conversation("a", (Message(Role.USER, content="down"),), looked_for={})
    (message,) = apply(chat, [DETECTOR.told(url, None)], None, lambda *fault: faults.append(fault)).messages
    source = f"detector (service:{url})"
    assert message.labels == (Label("self-harm", None, source), Label("harassment", None, source))
    assert not faults


@pytest.mark.parametrize(
    "what", ["file:///etc/passwd", "ftp://x/", "", "http://127.0.0.1:9/", "http://[", "odd"]
)
def test_what_is_no_service_is_told(what: str, url: str) -> None:
    with pytest.raises(ValueError, match=r"no address of a service|does not say what it looks for"):
        DETECTOR.told(f"{url}odd" if what == "odd" else what, None)


def test_installed_it_is_found_by_its_entry_point(url: str, tmp_path: Path) -> None:
    """As ``pip`` would install it: the modules, and what setup.cfg says of them."""
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(EXAMPLE / "setup.cfg", encoding="utf-8")
    about = tmp_path / "example-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: example\nVersion: 1.0\n", encoding="utf-8")
    points = setup["options.entry_points"]["policy_engine.detectors"]
    (about / "entry_points.txt").write_text(f"[policy_engine.detectors]\n{points}\n", encoding="utf-8")
    (tmp_path / "talk.yaml").write_text(
        "id: talk\nlooked-for: {}\nmessages:\n  - user: I hurt myself\n  - assistant: I am listening.\n",
        "utf-8",
    )
    done = subprocess.run(
        [
            sys.executable, "cli.py", "simulate", "policies/last_resort.policy", str(tmp_path / "talk.yaml"),
            "--detect", f"service:{url}", "--assume", "model=opus-4",
        ],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{EXAMPLE}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "self-harm" in done.stdout
    assert "support is offered" in done.stdout
    assert "left out" not in done.stderr
