"""``diff`` as a user calls it: exit codes, forms, and what goes together."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from policy_engine.commands.diff import Options, diff
from policy_engine.commands.recorded_pair import RecordedOptions

OLD = "rule abuse\n  after 3 refusals on harassment, end the chat, except when self-harm has been detected\n"
OLD += "check that the chat is never ended once self-harm has been detected\n"
NEW = "rule abuse\n  after 2 refusals on harassment, end the chat\n"


@pytest.fixture
def old(tmp_path: Path) -> str:
    (tmp_path / "old.policy").write_text(OLD)
    return str(tmp_path / "old.policy")


@pytest.fixture
def new(tmp_path: Path) -> str:
    (tmp_path / "new.policy").write_text(NEW)
    return str(tmp_path / "new.policy")


def chat(name: str, *labels: str) -> dict[str, object]:
    """A conversation of turns with a refusal each, and what the user said in them."""
    messages: list[dict[str, object]] = []
    for each in labels:
        messages += [{"role": "user", "labels": each.split()}, {"role": "assistant", "labels": ["refusal"]}]
    return {"id": name, "messages": messages}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    chats = [
        chat("both", "harassment", "harassment", "harassment"),
        chat("short", "harassment", "harassment"),
        chat("calm", "harassment"),
        chat("crisis", "self-harm harassment", "harassment", "harassment"),
    ]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in chats))
    return path


def test_exit_codes(old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(old, new, Options()) == 0
    assert diff(old, new, Options(exit_code=True)) == 1
    assert diff(old, old, Options(exit_code=True)) == 0
    assert diff(old, str(tmp_path / "gone.policy"), Options(exit_code=True)) == 2
    (tmp_path / "bad.policy").write_text("rule x\n")
    assert diff(str(tmp_path / "bad.policy"), new, Options()) == 1
    assert diff(new, str(tmp_path / "bad.policy"), Options(exit_code=True)) == 1
    assert diff(str(tmp_path / "gone.policy"), str(tmp_path / "bad.policy"), Options()) == 2
    assert diff(old, new, Options(standards=(tmp_path / "bad.policy",))) == 1
    assert diff(old, new, Options(seconds=0)) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_recorded_conversations_are_counted(
    old: str, new: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(old, new, Options(form="json", recorded=RecordedOptions(on=(log,)))) == 0
    recorded = json.loads(capsys.readouterr().out)["recorded"]
    assert recorded["conversations"] == 4
    assert recorded["changed"] == {"number": 3, "first": ["both", "short", "crisis"]}
    (ending,) = recorded["changes"]
    assert ending["gained"] == {"number": 2, "first": ["short", "crisis"]}
    assert ending["earlier"] == {"number": 1, "first": ["both"]}
    assert ending["turns_earlier"] == {"1": 1}


def test_a_promise_that_held_and_is_broken_is_told(
    old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    diff(old, new, Options(form="json"))
    (promise,) = json.loads(capsys.readouterr().out)["promises"]
    assert (promise["before"], promise["after"], promise["newly_broken"]) == ("proved", "broken", True)
    assert promise["conversation"]["messages"]
    diff(old, new, Options())
    assert "1 promise that held is now broken." in capsys.readouterr().out


def test_a_standard_is_held_against_both(
    old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.standard"
    path.write_text("require that the chat is ended only after 3 refusals on harassment\n")
    diff(old, new, Options(standards=(path,)))
    said = " ".join(capsys.readouterr().out.split())
    assert "now broken: the chat is ended only after 3 refusals on harassment (required by mine)" in said
    assert diff(old, new, Options(standards=(Path(old),))) == 2


@pytest.mark.parametrize(
    "options",
    [
        Options(witnesses=True, form="json"),
        Options(recorded=RecordedOptions(assume=("model=x",))),
        Options(recorded=RecordedOptions(on=(Path("gone.jsonl"),), assume=("modle=x",))),
        Options(recorded=RecordedOptions(on=(Path("gone.jsonl"),), detect=("nope",))),
        Options(recorded=RecordedOptions(on=(Path("gone.jsonl"),), pace="soon")),
        Options(recorded=RecordedOptions(on=(Path("gone.jsonl"),))),
    ],
)
def test_what_cannot_be_done_is_said(
    old: str, new: str, options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(old, new, options) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_markdown_is_safe_whatever_a_policy_says(
    old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = r"<img src=x onerror=a()> @everyone [a](http://x.test) `b` *c* #12 www.x.test ![d](e) | \x"
    for name, text in (("one", "Stop."), ("two", hostile)):
        (tmp_path / f"{name}.policy").write_text(
            f'rule w\n  after 2 refusals on harassment, warn the user "{text}"\n'
        )
    one, two = (str(tmp_path / f"{name}.policy") for name in ("one", "two"))
    assert diff(one, two, Options(form="markdown")) == 0
    said = capsys.readouterr().out
    for each in ("<img", "@everyone", "](", "http://", "#12", "www.x", " `b`", " *c*"):
        assert each not in said.replace("\\*", "").replace("\\`", "").replace("\\]", ""), each
    assert "onerror" in said


def test_hostile_text_does_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("one", "Stop."), ("two", "a‮b​c")):
        (tmp_path / f"{name}.policy").write_text(
            f'rule w\n  when the chat begins, remind the user "{text}"\n'
        )
    assert diff(str(tmp_path / "one.policy"), str(tmp_path / "two.policy"), Options()) == 0
    said = capsys.readouterr().out
    assert "‮" not in said
    assert "\\u202e" in said


def test_to_whom_they_apply_is_told(old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "narrow.policy").write_text("applies when model is small\n" + OLD)
    diff(old, str(tmp_path / "narrow.policy"), Options(form="json"))
    found = json.loads(capsys.readouterr().out)
    assert found["applies_when"]["new"] == "model is small"
    assert found["applies_when"]["only_old"] == {}
    assert found["applies_when"]["only_new"] is None
    assert found["changes"][0]["direction"] == "less"


GOLDEN = Path("tests/golden/diff")
SHIPPED = {
    "breaks_added": ("last_resort", "last_resort_with_breaks"),
    "states_added": ("companion", "companion_ca_ny"),
    "usage_policy": ("strikes", "usage_policy_2025_09"),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_policies_read_as_they_were_looked_at(
    name: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = (str(root / "policies" / f"{each}.policy") for each in SHIPPED[name])
    assert diff(old, new, Options(seconds=60, exit_code=True)) == 1
    shown = capsys.readouterr().out
    path = root / GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
    assert max(map(len, shown.splitlines())) <= 80
    assert "not decided" not in shown
