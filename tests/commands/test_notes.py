"""What is passed over in conversations is told in bounded space."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_engine.commands.convert import Options as ConvertOptions
from policy_engine.commands.convert import convert
from policy_engine.commands.logs import LogOptions
from policy_engine.commands.needs import Options as NeedsOptions
from policy_engine.commands.needs import needs
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


def test_a_key_that_looks_like_one_that_is_read_is_told_once_and_counted(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.jsonl"
    chat = {"messages": [{"role": "user", "text": "Hello."}, {"role": "assistant", "content": "Hello!"}]}
    log.write_text((json.dumps(chat) + "\n") * 400)
    warning = (
        f"warning: `text` in messages is passed over; did you mean `content`? (400 times, first at {log}:1)"
    )
    assert simulate(policy, [log], Options(as_json=True, strict=True)) == 0
    assert needs(policy, [log], NeedsOptions()) == 1
    assert convert([log], tmp_path / "out.jsonl", ConvertOptions(strict=True)) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert said.count(warning) == 3


@pytest.mark.parametrize(
    ("option", "columns", "speakers"), [("columns", "text=body", None), ("speakers", None, "kim=user")]
)
def test_an_option_that_changes_nothing_is_told(
    option: str,
    columns: str | None,
    speakers: str | None,
    policy: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text('{"messages": [{"role": "user", "content": "Hello."}]}\n' * 2)
    options = Options(as_json=True, logs=LogOptions(columns=columns, speakers=speakers))
    assert simulate(policy, [tmp_path / "a.jsonl", tmp_path / "b.jsonl"], options) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert f"warning: --{option} changes nothing in what is read as `openai` (2 times, first at" in said
    (tmp_path / "table.csv").write_text("role,body\nkim,Hello.\n")
    used = Options(logs=LogOptions(columns="text=body", speakers="kim=user"))
    assert simulate(policy, [tmp_path / "table.csv"], used) == 0
    assert "changes nothing" not in capsys.readouterr().err


def test_a_log_of_ones_own_without_any_label_is_told(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = '{"id": "%s", "messages": [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hi."}]}'
    lines = [bare % "a", bare % "b"]
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(lines))
    assert simulate(policy, [log], Options(detect=("refusal",))) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert (
        "note: 2 conversations of the project's own form without any label, and nothing says what was" in said
    )
    assert (
        f"looked for, first at {log}:1: that means that everything was looked for, and nothing found" in said
    )
    labelled = '{"id": "c", "messages": [{"role": "user", "labels": ["hate"]}]}'
    log.write_text("\n".join([*lines, labelled]))
    assert simulate(policy, [log], Options()) == 0
    log.write_text("\n".join(line[:-1] + ', "looked-for": []}' for line in lines))
    assert simulate(policy, [log], Options()) == 0
    (tmp_path / "by_hand.yaml").write_text("messages:\n  - user: Hello.\n")
    assert simulate(policy, [tmp_path / "by_hand.yaml"], Options()) == 0
    assert capsys.readouterr().err == ""
