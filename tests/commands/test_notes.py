"""What is passed over in conversations is told in bounded space."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_engine.commands.simulate import Options, simulate


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "small.policy"
    path.write_text("rule x1\n  when hate is detected, add a strike\n")
    return path


def test_names_without_end_are_told_apart_to_a_limit_and_none_is_dropped(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = {f"x{number}": True for number in range(50_000)} | {"y" * 1_000_000: True}
    lines = [
        {"id": "many", "messages": [{"role": "user", "labels": labels}]},
        {"id": "late", "attributes": {"unheard": 1}, "looked-for": {"unheard-of": "all", "hate": "all"},
         "messages": [{"role": "user", "labels": {"hate": 0.9, "violence": 1.5}}]},
    ]  # fmt: skip
    log = tmp_path / "many.jsonl"
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert simulate(policy, [log], Options(as_json=True)) == 0
    done = capsys.readouterr()
    assert [bool(json.loads(line)["decisions"]) for line in done.out.splitlines()] == [False, True]
    assert "more that the vocabulary does not know (49,004 times," in " ".join(done.err.split())
    assert len(done.err) < 3_000 + 20 * len(str(log))


def test_a_known_label_is_no_unknown_one_however_many_came_before(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = {f"x{number}": True for number in range(1_000)} | {"hate": 0.9}
    log = tmp_path / "full.jsonl"
    log.write_text(json.dumps({"id": "full", "messages": [{"role": "user", "labels": labels}]}) + "\n")
    assert simulate(policy, [log], Options(as_json=True)) == 0
    assert "more that the vocabulary" not in capsys.readouterr().err
