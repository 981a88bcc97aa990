"""A log with many faults: the first of each kind are told by name, the rest are counted, and none is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.commands.faults import MOST_KINDS, Faults
from policy_engine.commands.simulate import Options, simulate
from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.fault_kind import SHOWN, kind_of
from policy_engine.transcripts.reader import quoted

CHAT = {"messages": [{"role": "user", "labels": ["hate"]}]}


@pytest.fixture
def timed(tmp_path: Path) -> Path:
    path = tmp_path / "timed.policy"
    path.write_text("rule x1\n  after 2 refusals within 5 minutes, end the chat\n")
    return path


def log_of(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_a_log_without_times_is_told_for_the_first_few(
    timed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = log_of(tmp_path / "log.jsonl", [json.dumps({"id": f"chat {n}", **CHAT}) for n in range(105)])
    assert simulate(timed, [log], Options()) == 1
    said = capsys.readouterr().err
    assert [name in said for name in ("`chat 0`", "`chat 2`", "`chat 3`")] == [True, True, False]
    assert said.count("--pace") == SHOWN
    assert " ".join(said.split()).endswith(
        "error: 102 more: message … has no time, and the policy needs one on every message (time-order)"
    )
    assert max(map(len, said.splitlines())) <= 80 + len(str(tmp_path))

    assert simulate(timed, [log], Options(strict=True)) == 1
    said = capsys.readouterr().err
    assert said.count("error:") == 1
    assert "more" not in said

    assert simulate(timed, [log], Options(as_json=True, summary=True)) == 1
    assert json.loads(capsys.readouterr().out)["out_of_order"] == 105


def test_malformed_lines_are_counted_by_their_kind(
    timed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps({"id": "good", "messages": [{"role": "user", "labels": [], "time": "2026-01-01"}]})
    broken = [f'{{"id": "{"x" * (number % 50)}' for number in range(3000)]
    strange = [json.dumps({"id": "s", f"key{number}": 1, **CHAT}) for number in range(1000)]
    log = log_of(tmp_path / "log.jsonl", [good, *broken, *strange])
    assert simulate(timed, [log], Options(summary=True)) == 1
    done = capsys.readouterr()
    assert "left out: 4,000 malformed" in done.out
    assert "2,997 more: this is not JSON at column …" in done.err
    assert "997 more: " in done.err.replace("2,997 more", "")
    assert len(done.err.splitlines()) < 50


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from("pqrstuvwxyz"), st.integers(0, 9))))
def test_every_fault_is_told_or_counted(drawn: list[tuple[str, str, int]]) -> None:
    faults, told = Faults(), 0
    for code, word, number in drawn:
        told += faults.told(Diagnostic(code, f"{word} is `x{number}` at {number}")) is not None
    counted = [int(each.split()[1].replace(",", "")) for each in faults.rest()]
    assert told + sum(counted) == len(drawn)
    assert told <= SHOWN * (MOST_KINDS + 1)
    assert len(counted) <= MOST_KINDS + 1


def test_faults_are_of_one_kind_whatever_the_words_of_the_log_are() -> None:
    kinds = {
        kind_of(Diagnostic(code="x", message=f"unknown key {quoted(word)}"))
        for word in ("a", "a`b", "`", "``a``b", "`" * 100, "a`" * 50)
    }
    assert len(kinds) == 1


def test_a_number_within_a_name_is_part_of_the_kind() -> None:
    kinds = [
        kind_of(Diagnostic(code="x", message=each))[1]
        for each in ("the text is not UTF-8", "column 43: no value", "a score of 1.5")
    ]
    assert kinds == ["the text is not UTF-8", "column …: no value", "a score of …"]
