"""What ``verify`` says, keeps and refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from docs.doc_blocks import blocks
from sound import POLICIES, policy_at

from policy_engine.commands.verify import Options, verify_command
from policy_engine.reference.promises import Outcome
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations
from policy_engine.verify.replay import judged

QUICK = Options(20.0)
Command = Callable[..., CompletedProcess[str]]
ENVIRONMENT = {**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
LAST_RESORT = POLICIES / "last_resort.policy"
CRISIS_SAFETY = POLICIES / "standards" / "crisis_safety.standard"
MINORS_SAFETY = POLICIES / "standards" / "minors_safety.standard"
GOLDEN = Path("tests/golden/verify/wrong.txt")
WRONG = """
rule ended
  after 2 refusals on hate within 10 minutes, end the chat, only if user.minor is false
check that the chat is ended only after 3 refusals on hate
check that in some conversation the chat is ended
check that in some conversation a warning is given
"""


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.policy"
    path.write_text(WRONG)
    return path


@pytest.fixture
def command() -> Command:
    """Runs the command line."""

    def run(*arguments: str | Path) -> CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "cli.py", *map(str, arguments)],
            capture_output=True, encoding="utf-8", check=False, env=ENVIRONMENT,
        )  # fmt: skip

    return run


def test_all_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_command(LAST_RESORT, [CRISIS_SAFETY], QUICK) == 0
    printed = capsys.readouterr()
    assert "7 proved" in printed.out
    assert printed.err == ""


def test_what_one_word_is_worth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the document shows it."""
    shutil.copytree(POLICIES, tmp_path / "policies")
    changed = tmp_path / "policies" / "last_resort.policy"
    text = changed.read_text(encoding="utf-8")
    old = "except when crisis has been detected\n  reason"
    assert text.count(old) == 1
    changed.write_text(text.replace(old, old.replace("crisis", "violence")), encoding="utf-8")
    assert verify_command(changed, [CRISIS_SAFETY], QUICK) == 1
    printed = capsys.readouterr().out
    (shown,) = (each.text for each in blocks(Path("docs/verify.md")) if each.kind == "text")
    assert printed.startswith(shown.rstrip() + "\n")


def test_what_breaks_a_promise_is_told(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_command(wrong, [], QUICK) == 1
    printed = capsys.readouterr().out
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(printed, encoding="utf-8")
    assert printed == GOLDEN.read_text(encoding="utf-8")


def test_no_line_is_wider_than_80_columns() -> None:
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        assert len(line) <= 80, line


def test_what_is_saved_is_what_simulate_shows(wrong: Path, tmp_path: Path, command: Command) -> None:
    folder = tmp_path / "kept"
    assert verify_command(wrong, [], Options(20.0, folder)) == 1
    (saved,) = folder.iterdir()
    assert saved.name == "broken-1.yaml"
    done = command("simulate", wrong, saved)
    assert done.returncode == 0, done.stderr
    assert "Ended at message" in done.stdout


def test_what_is_saved_breaks_the_promise(wrong: Path, tmp_path: Path) -> None:
    verify_command(wrong, [], Options(20.0, tmp_path / "kept"))
    (conversation,) = read_conversations([tmp_path / "kept"])
    assert isinstance(conversation, Conversation)
    policy = policy_at(wrong)
    verdict = judged(policy, policy.promises[0], conversation)
    assert verdict.outcome is Outcome.BROKEN
    assert verdict.at == len(conversation.messages) - 1


def test_nothing_is_overwritten(wrong: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "kept"
    assert verify_command(wrong, [], Options(20.0, folder)) == 1
    assert verify_command(wrong, [], Options(20.0, folder)) == 1  # the same is left
    capsys.readouterr()
    (folder / "broken-1.yaml").write_text("mine\n")
    assert verify_command(wrong, [], Options(20.0, folder)) == 2
    assert "exists and says something else: it is not overwritten" in capsys.readouterr().err
    assert (folder / "broken-1.yaml").read_text() == "mine\n"


def test_it_is_told_where_nothing_can_be_saved(
    wrong: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert verify_command(wrong, [], Options(20.0, tmp_path / "file")) == 2
    assert re.search(r"error: `.*broken-1.yaml` cannot be written", " ".join(capsys.readouterr().err.split()))


def test_json(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_command(wrong, [], Options(20.0, as_json=True)) == 1
    found = json.loads(capsys.readouterr().out)
    assert [each["verdict"] for each in found["verdicts"]] == ["broken", "proved", "broken"]
    broken, shown, never = found["verdicts"]
    assert len(broken["conversation"]["messages"]) == 3
    assert broken["shortest"] is True
    assert broken["line"] == 4
    assert len(shown["conversation"]["messages"]) == 3
    assert never["conversation"] is None
    assert found["contradictions"] == []


def test_the_same_comes_out_each_time(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = set()
    for _ in range(2):
        verify_command(wrong, [MINORS_SAFETY], Options(20.0, as_json=True))
        outputs.add(capsys.readouterr().out)
    assert len(outputs) == 1


# --- What it cannot do -----------------------------------------------------------------------


def test_it_says_how_far_it_got(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "far.policy"
    path.write_text(
        "rule x1\n  after 40 refusals on hate within 200 turns, add a strike\n"
        "rule x2\n  after 40 redirections on hate within 300 turns, remind the user \"Hello.\"\n"
        "rule x3\n  after 90 refusals since the last reminder, end the chat, only if a strike has been added\n"
        "check that the chat is ended only after 91 refusals on hate\n"
    )  # fmt: skip
    assert verify_command(path, [], Options(0.4)) == 1
    printed = capsys.readouterr().out
    assert "gave up  the chat is ended only after 91 refusals on hate" in printed
    assert "1 gave up" in printed


@pytest.mark.parametrize(
    ("standard", "error"),
    [
        ("require that the chat is endet once hate has been detected", "syntax|unknown"),
        ("require that the chat is never ended once hat has been detected", "did you mean `hate`"),
        ("require that a warnin is given before the chat is ended", "did you mean `a warning is given`"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(
    standard: str, error: str, wrong: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.standard"
    path.write_text(standard + "\n")
    assert verify_command(wrong, [path], QUICK) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.search(error, printed.err)


def test_names_that_the_policy_does_not_have_are_told_at_their_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words.yaml").write_text(
        "categories:\n  despair: {title: Despair, aliases: [self_harm]}\n  hatred: {}\n"
        "acts:\n  refusal: {plural: refusals}\n"
        "actions:\n  hang-up: {phrase: hang up, past: the call is cut off, ends: true}\n"
    )
    policy = tmp_path / "small.policy"
    policy.write_text('use "words.yaml"\nrule x\n  when despair is detected, hang up\n')
    standard = tmp_path / "base.standard"
    standard.write_text(
        "require that the chat is never ended once self-harm has been detected\n"
        "require that when hate is detected, a warning is given in the same turn\n"
    )
    assert verify_command(policy, [standard], QUICK) == 1
    printed = capsys.readouterr()
    assert "the policy's vocabulary has no action `warn the user`" in printed.err
    assert "the policy's vocabulary has no category `hate`" in printed.err
    assert "base.standard:2:" in printed.err
    assert "self-harm" not in printed.err  # an alias makes the two one
    assert "0 proved, 2 broken" in printed.out


def test_contradictory_requirements_are_told(
    wrong: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.standard"
    path.write_text(
        "require that the chat is never ended when self-harm is detected in this turn\n"
        "require that when self-harm is detected from the user, the chat is ended in the same turn\n"
        "require that a warning is given before the chat is ended\n"
    )
    assert verify_command(wrong, [path], QUICK) == 1
    printed = capsys.readouterr().out
    assert printed.count("These contradict each other") == 1
    told = printed.partition("These contradict each other")[2]
    assert "· the chat is never ended when self-harm is detected in this turn" in told
    assert "a warning is given before" not in told


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("absent.policy",), 2, "no file"),
        ((LAST_RESORT, "--standard", "absent.standard"), 2, "no file"),
        ((LAST_RESORT, "--standard", LAST_RESORT), 2, "is a policy, not a standard"),
        ((CRISIS_SAFETY,), 1, "is a standard: it has no rules of its own"),
        ((POLICIES / "breaks.policy",), 2, "there is nothing to verify"),
        ((LAST_RESORT, "--budget", "0"), 2, "a number of seconds above 0"),
        ((LAST_RESORT, "--budget", "nan"), 2, "a number of seconds above 0"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: tuple[str | Path, ...], code: int, error: str, command: Command
) -> None:
    done = command("verify", *arguments)
    assert done.returncode == code
    assert error in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_hostile_words_are_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd.policy"
    path.write_text(
        'policy "\x1b[31mred\u202e" version "1"\n'
        'rule x\n  when hate is detected, end the chat, only if model is "\x1b[2J"\n'
        "check that the chat is ended only after 2 refusals on hate\n"
    )
    verify_command(path, [], Options(20.0, tmp_path / "kept"))
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "\u202e" not in printed.out + printed.err
