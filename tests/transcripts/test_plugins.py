"""Readers and detectors of other packages: found by entry points, and left out, with a word, where they are broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

GOOD = """
from policy_engine import Label, Role


class Shouting:
    name = "shouting"
    gives = "messages in capital letters"
    finds = looks_for = {"harassment": frozenset({Role.USER})}

    def detect(self, message):
        if message.content == "CRASH":
            raise RuntimeError("it is broken\\x1b[31m")
        return (Label("harassment", (message.content or "").isupper()),)


class Reader:
    name = "lines"
    form = "lines that begin with >>>"
    gives = "nothing"

    def claims(self, head):
        return head.first.startswith(">>>")

    def read(self, log):
        from policy_engine import Conversation, Message
        from policy_engine.transcripts.message import Role

        text = log.stream.read().decode()
        yield Conversation("brought", (Message(Role.USER, content=text.strip("> \\n")),), looked_for={})


class Refusal(Shouting):
    name = "refusal"


class Nameless:
    name = 5


class Vague(Shouting):
    name = "vague"
    finds = looks_for = ["harassment"]


class Made:
    name = "made"
    gives = "what it is told"
    takes = "WORD"

    def told(self, what, vocabulary):
        if what == "crash":
            raise KeyError(what)
        found = Shouting()
        found.name = f"made:{what}"
        return found


GOOD, READER, CLASH, NAMELESS, VAGUE, MADE = Shouting(), Reader(), Refusal(), Nameless(), Vague(), Made()
NOTHING = object()
"""
DETECTORS = {
    "shouting": "brought:GOOD",
    "clash": "brought:CLASH",
    "class": "brought:Shouting",
    "nameless": "brought:NAMELESS",
    "nothing": "brought:NOTHING",
    "vague": "brought:VAGUE",
    "made": "brought:MADE",
    "gone": "brought:GONE",
    "missing": "no_such_module:X",
    "quits": "quits:X",
    "broken": "broken:X",
    "twice": "brought:GOOD",
}


@pytest.fixture
def with_plugins(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs ``simulate`` where a package with entry points is installed."""
    installed = tmp_path / "site"
    about = installed / "brought-1.0.dist-info"
    about.mkdir(parents=True)
    (installed / "brought.py").write_text(GOOD, encoding="utf-8")
    (installed / "quits.py").write_text("raise SystemExit('bye')\n", encoding="utf-8")
    (installed / "broken.py").write_text("1 / 0\n", encoding="utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n", encoding="utf-8")
    points = "".join(f"{name} = {value}\n" for name, value in DETECTORS.items())
    (about / "entry_points.txt").write_text(
        f"[policy_engine.detectors]\n{points}\n[policy_engine.readers]\nlines = brought:READER\nbad = broken:X\n",
        encoding="utf-8",
    )
    (tmp_path / "small.policy").write_text(
        "rule loud\n  when harassment is detected, add a strike\n", "utf-8"
    )

    def run(log: str, *options: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "log").write_text(log, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": f"{installed}{os.pathsep}{ROOT}", "NO_COLOR": "1"}
        return subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), "simulate", "small.policy", "log", *options],
            cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip

    return run


def _told(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was said on standard error, each thing on one line."""
    return done.stderr.replace("\n    ", " ").splitlines()


def log_of(*said: str) -> str:
    return json.dumps(
        {"id": "a", "looked-for": {}, "messages": [{"role": "user", "content": each} for each in said]}
    )


def test_a_detector_of_another_package_is_used_and_said_to_have_spoken(
    with_plugins: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = with_plugins(log_of("HELLO"), "--detect", "shouting", "--format", "json")
    assert done.returncode == 0, done.stderr
    (decision,) = json.loads(done.stdout)["decisions"]
    (because,) = decision["actions"][0]["because"]
    assert (because["label"], because["source"]) == ("harassment", "detector (shouting)")


def test_a_reader_of_another_package_knows_its_own(
    with_plugins: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = with_plugins(">>> HELLO", "--detect", "shouting")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("brought · 1 message")
    assert "a strike is added" in done.stdout


def test_what_is_broken_is_named_and_left_out(
    with_plugins: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = with_plugins(log_of("HELLO"), "--detect", "refusal")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    left = "of `brought` is left out:"
    told = _told(done)
    assert told == [
        f"warning: the detector `broken` {left} ZeroDivisionError: division by zero",
        f"warning: the detector `clash` {left} there is another one called `refusal`",
        f"warning: the detector `class` {left} `brought:Shouting` is a class, and not a detector made of it",
        f"warning: the detector `gone` {left} AttributeError: module 'brought' has no attribute 'GONE'",
        f"warning: the detector `missing` {left} ModuleNotFoundError: No module named 'no_such_module'",
        f"warning: the detector `nameless` {left} `brought:NAMELESS` is no detector",
        f"warning: the detector `nothing` {left} AttributeError: 'object' object has no attribute 'name'",
        f"warning: the detector `quits` {left} SystemExit: bye",
        f"warning: the detector `twice` {left} there is another one called `shouting`",
        f"warning: the reader `bad` {left} ZeroDivisionError: division by zero",
    ]


def test_without_detect_no_detector_is_looked_for(
    with_plugins: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = with_plugins(log_of("HELLO"))
    assert "the detector" not in done.stderr


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("vague", "error: the detector `vague` does not say which labels it finds"),
        ("made", "error: `made` has to be told more: made:WORD"),
        ("made:crash", "error: the detector `made` failed: KeyError: 'crash'"),
    ],
)
def test_a_detector_that_cannot_be_made_is_told(
    asked: str, told: str, with_plugins: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = with_plugins(log_of("HELLO"), "--detect", asked)
    assert done.returncode == 2
    assert told in "\n".join(_told(done))
    assert "Traceback" not in done.stderr


def test_a_detector_is_made_of_what_it_is_told(
    with_plugins: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = with_plugins(log_of("HELLO"), "--detect", "made:well", "--format", "json")
    assert '"source": "detector (made:well)"' in done.stdout


def test_a_fault_in_a_detector_is_told_and_its_label_unknown(
    with_plugins: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = with_plugins(log_of("CRASH", "CRASH", "hello"), "--detect", "shouting")
    assert done.returncode == 0
    assert "harassment: unknown" in done.stdout
    assert (
        "note: the detector `shouting` failed, its labels are unknown there: "
        "RuntimeError: it is broken\\x1b[31m (2 times)"
    ) in _told(done)
    assert "\x1b" not in done.stderr
