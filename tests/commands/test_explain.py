"""``explain``: a policy in full sentences, for people and for programs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from policy_engine.commands.explain import explain

PROMISES = "Checked, they make nothing happen"


def test_both_forms_say_the_same(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "policies" / "last_resort.policy"
    assert explain(path, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["format_version"] == 1
    assert told["policy"]["name"] == "Last-resort chat ending"
    assert explain(path, as_json=False) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for section in told["sections"]:
        assert section["title"] in shown
        for entry in section["entries"]:
            assert " ".join(entry["sentence"].split()) in shown
            assert all(" ".join(detail.split()) in shown for detail in entry["details"])
    assert told["sections"][-1]["title"] == PROMISES


def test_a_policy_with_a_mistake_is_not_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.policy"
    path.write_text("rule one\n  when haet is detected, add a strike\n", encoding="utf-8")
    assert explain(path, as_json=False) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "did you mean `hate`?" in shown.err


def test_a_standard_is_explained(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "policies" / "standards" / "crisis_safety.standard"
    assert explain(path, as_json=False) == 0
    shown = capsys.readouterr().out
    same = root / "tests" / "golden" / "explain" / "crisis_safety.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        same.write_text(shown, encoding="utf-8")
    assert shown == same.read_text(encoding="utf-8")
    assert explain(path, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["standard"]["name"] == "crisis_safety"
    assert [each["title"] for each in told["sections"]] == [
        "Groups",
        "Required of a policy, of all its conversations",
    ]
