"""`needs` as a user calls it: what it prints is as people read it, and how it ends says whether something is lacking.

``UPDATE_GOLDEN=1 pytest tests/commands/test_needs.py`` writes the files anew: read them then.
"""

from __future__ import annotations

import json
import os
import re
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from policy_engine.commands.needs import Options, needs

GOLDEN = Path("tests/golden/needs")
LAST_RESORT = Path("policies/last_resort.policy")
LOG = Path("tests/golden/simulate/doubt.jsonl")
TIMED = Path("policies/breaks.policy")

CASES: dict[str, tuple[Path, list[Path], Options]] = {
    "last_resort.txt": (LAST_RESORT, [], Options()),
    "last_resort.json": (LAST_RESORT, [], Options(as_json=True)),
    "log.txt": (LAST_RESORT, [LOG], Options(detect=("refusal",))),
    "log.json": (LAST_RESORT, [LOG], Options(detect=("refusal",), as_json=True)),
    "breaks.txt": (TIMED, [LOG], Options()),
}


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_it_was_read(
    name: str, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    needs(*CASES[name])
    shown = re.sub(r'"hash": "[0-9a-f]{64}"', '"hash": "…"', capsys.readouterr().out)
    if name.endswith(".txt"):
        assert max(map(len, shown.splitlines())) <= 80
    path = root / GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "small.policy"
    path.write_text(
        "rule ending\n  after 2 refusals, end the chat, except when self-harm has been detected\n"
    )
    return path


def log(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


MESSAGES = [{"role": "user", "content": "And?"}, {"role": "assistant", "content": "I can't help with that."}]
BLIND = {"id": "blind", "looked-for": {"refusal": ["assistant"]}, "messages": MESSAGES}
SEEING = {"id": "seeing", "messages": MESSAGES}


def test_it_ends_with_1_where_no_conversation_has_what_a_rule_needs(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert needs(policy, [log(tmp_path, BLIND)], Options()) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert (
        "ending: stopped whenever it is due, by `except when self-harm has been detected`, in 1 of 1" in out
    )
    assert "the chat can never be ended, in 1 of 1" in out


def test_it_ends_with_0_where_some_conversation_has(policy: Path, tmp_path: Path) -> None:
    assert needs(policy, [log(tmp_path, BLIND, SEEING)], Options()) == 0
    assert needs(policy, [], Options()) == 0


def test_a_log_without_times_is_lacking_unless_they_are_supposed(root: Path, tmp_path: Path) -> None:
    path = log(tmp_path, SEEING)
    assert needs(root / TIMED, [path], Options()) == 1
    assert needs(root / TIMED, [path], Options(pace="1 minute")) == 0


def test_labels_of_files_and_detectors_supply_it(policy: Path, tmp_path: Path) -> None:
    path = log(tmp_path, {**BLIND, "looked-for": {}})
    labels = tmp_path / "labels.jsonl"
    labels.write_text(json.dumps({"conversation": "blind", "labels": {"self-harm": False}}) + "\n")
    assert needs(policy, [path], Options(detect=("refusal",))) == 1
    assert needs(policy, [path], Options(labels=(labels,))) == 1
    assert needs(policy, [path], Options(labels=(labels,), detect=("refusal",))) == 0


def test_what_cannot_be_used_is_told(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert needs(policy, [tmp_path / "nothing"], Options()) == 2
    assert needs(policy, [], Options(detect=("refusl",))) == 2
    assert needs(policy, [], Options(assume=("modell=x",))) == 2
    assert needs(policy, [], Options(pace="soon")) == 2
    broken = log(tmp_path, BLIND, SEEING)
    broken.write_text(broken.read_text() + "{\n")
    assert needs(policy, [broken], Options()) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_log_comes_through_a_pipe(
    policy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (json.dumps(SEEING) + "\n").encode()
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text)))
    assert needs(policy, [Path("-")], Options(as_json=True)) == 0
    assert json.loads(capsys.readouterr().out)["log"]["conversations"] == 1
