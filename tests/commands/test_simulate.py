"""What ``simulate`` says about what it was given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_engine.commands.simulate import Options, simulate

LINE = {"messages": [{"role": "user", "labels": ["hate"]}]}


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "small.policy"
    path.write_text("rule x1\n  when hate is detected, add a strike\n")
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"id": name, **LINE}) + "\n" for name in ("one", "two")))
    return path


def test_a_conversation_that_is_not_there_is_told(
    policy: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(policy, [log], Options(only=("two",))) == 0
    assert capsys.readouterr().err == ""
    assert simulate(policy, [log], Options(only=("two", "tow", "\x1b[31m"))) == 2
    assert capsys.readouterr().err == (
        "error: there is no conversation `\\x1b[31m` in what was given\n"
        "error: there is no conversation `tow` in what was given\n"
    )


@pytest.mark.parametrize("jobs", [None, 2])
def test_what_was_left_out_is_counted_below_the_timeline_of_what_was_not(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], jobs: int | None
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps({"id": "one", **LINE}) + "\n" + "{x\n" * 5 + '{"messages": []}\n')
    assert simulate(policy, [log], Options(jobs=jobs)) == 1
    out = capsys.readouterr().out
    assert out.startswith("one · 1 message")
    told = out[out.index("left out") :].splitlines()
    assert told[0] == "left out: 6 malformed"
    assert told[1].startswith("  5: this is not JSON")
    assert told[-1] == "  1: the conversation has no messages"
    log.write_text(json.dumps({"id": "one", **LINE}) + "\n")
    assert simulate(policy, [log], Options(jobs=jobs)) == 0
    assert "left out" not in capsys.readouterr().out


def test_the_known_formats_are_listed_once(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for number in range(3):
        (folder / f"picture{number}.png").write_bytes(b"\x89PNG\r\n")
    assert simulate(policy, [folder], Options()) == 2
    said = capsys.readouterr().err
    assert said.count("the format is not one that can be read") == 3
    assert said.count("looked for") == 1
    assert max(len(line) for line in said.splitlines() if str(folder) not in line) <= 80


def test_scores_that_are_none_are_counted_together_and_not_by_the_first(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = "".join(
        json.dumps({"id": str(score), "messages": [{"role": "user", "labels": {"hate": score}}]}) + "\n"
        for score in (1.5, -2, float("inf"))
    )
    log = tmp_path / "scores.jsonl"
    log.write_text(scores)
    assert simulate(policy, [log], Options(as_json=True)) == 0
    said = "note: a score of `hate` is not between 0 and 1: taken as unknown (3 times, first at"
    assert " ".join(capsys.readouterr().err.split()) == f"{said} {log}:1)"


def test_a_list_of_messages_is_one_fault(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "bare.yaml"
    log.write_text("- user: hello\n- assistant: hello\n- user: hello\n")
    assert simulate(policy, [log], Options()) == 1
    said = capsys.readouterr().err
    assert said.count("error:") == 1
    assert "this is a list of messages, not of conversations" in said
    assert "write it under `messages:`" in said


def test_a_vocabulary_is_named_as_what_it_is(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "words.yaml"
    path.write_text("extends: default\ncategories:\n  spoilers: {title: Endings}\n")
    assert simulate(policy, [path], Options()) == 1
    assert "this is a vocabulary, not a conversation" in capsys.readouterr().err
