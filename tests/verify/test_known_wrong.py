"""Policies that are known to be wrong are caught, and those that are nearly so are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from policies.test_promises import WEAKENED
from sound import POLICIES, policy_at, policy_of

from policy_engine.model.model import Policy
from policy_engine.verify.ladder import ladder
from policy_engine.verify.verdict import Finding, Verdict, verify


def verdicts(policy: Policy) -> dict[str, Verdict]:
    return {each.promise.text: each for each in verify(policy, [], ladder(), 30.0)}


def finding(text: str) -> tuple[Finding, int | None]:
    """Of the one promise of a policy: what is found, and with how many messages it is shown."""
    (verdict,) = verdicts(policy_of(text)).values()
    conversation = verdict.conversation
    return verdict.finding, None if conversation is None else len(conversation.messages)


@pytest.mark.parametrize(("promise", "file", "old", "new"), WEAKENED)
def test_a_weakened_policy_is_caught(promise: str, file: str, old: str, new: str, tmp_path: Path) -> None:
    shutil.copytree(POLICIES, tmp_path / "policies")
    changed = tmp_path / "policies" / file
    changed.write_text(changed.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    found = verdicts(policy_at(tmp_path / "policies" / "last_resort.policy"))
    assert found[promise].finding is Finding.BROKEN


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("after 3 refusals on hate, end the chat", (Finding.PROVED, None)),
        ("after 2 refusals on hate, end the chat", (Finding.BROKEN, 3)),
        ("after 3 refusals, end the chat", (Finding.BROKEN, 5)),
        ("after 3 refusals on hate within 5 turns, end the chat", (Finding.PROVED, None)),
        ("after 3 refusals on hate or harassment, end the chat", (Finding.BROKEN, 5)),
        ("after 3 refusals on hate in a row, end the chat", (Finding.PROVED, None)),
    ],
)
def test_a_count_that_is_off(rule: str, shown: tuple[Finding, int | None]) -> None:
    assert finding(f"rule x\n  {rule}\ncheck that the chat is ended only after 3 refusals on hate\n") == shown


@pytest.mark.parametrize(
    ("window", "shown"),
    [
        ("in the last 5 turns", (Finding.PROVED, None)),
        ("in the last 6 turns", (Finding.PROVED, None)),
        ("in the last 4 turns", (Finding.BROKEN, 8)),
        ("in this message", (Finding.BROKEN, 2)),
    ],
)
def test_a_window_that_is_off_by_one(window: str, shown: tuple[Finding, int | None]) -> None:
    text = (
        f"rule x\n  when hate is detected, end the chat, except when harassment has been detected {window}\n"
    )
    text += "check that the chat is never ended when harassment has been detected in the last 5 turns\n"
    assert finding(text) == shown


@pytest.mark.parametrize(
    ("window", "shown"),
    [
        ("in the last 10 minutes", (Finding.PROVED, None)),
        ("in the last 601 seconds", (Finding.PROVED, None)),
        ("in the last 599 seconds", (Finding.BROKEN, 2)),
    ],
)
def test_a_duration_that_is_off_by_one(window: str, shown: tuple[Finding, int | None]) -> None:
    text = (
        f"rule x\n  when hate is detected, end the chat, except when harassment has been detected {window}\n"
    )
    text += "check that the chat is never ended when harassment has been detected in the last 10 minutes\n"
    assert finding(text) == shown


LADDER = """
ladder abuse on harassment
  after 1 refusal, warn the user "Please stop."
  after 1 more refusal, {second}
  after 1 more refusal, end the chat
{rest}
check that a redirection is asked for before the chat is ended
"""


@pytest.mark.parametrize(
    ("second", "rest", "shown"),
    [
        ("ask for a redirection", "", (Finding.PROVED, None)),
        ("add a strike", "", (Finding.BROKEN, 5)),
        # A `never` takes the middle step's action, not the step: the ladder seems to skip it.
        ("ask for a redirection and add a strike",
         "never ask for a redirection when hate has been detected", (Finding.BROKEN, 5)),
    ],
)  # fmt: skip
def test_a_ladder_that_skips(second: str, rest: str, shown: tuple[Finding, int | None]) -> None:
    assert finding(LADDER.format(second=second, rest=rest)) == shown


def test_what_another_rule_does_can_save_a_promise() -> None:
    """The warning comes from another rule, which nothing stops and which needs less."""
    ended = "rule ended\n  after 3 refusals, end the chat\n"
    promise = "check that a warning is given before the chat is ended\n"
    warned = 'rule warned\n  after {need} refusals, warn the user "Stop."{clause}\n'
    assert finding(ended + warned.format(need=2, clause="") + promise) == (Finding.PROVED, None)
    assert finding(ended + warned.format(need=3, clause="") + promise) == (Finding.BROKEN, 5)
    but = ", except when hate has been detected"
    assert finding(ended + warned.format(need=2, clause=but) + promise) == (Finding.BROKEN, 5)


def test_what_never_happens_is_vacuous() -> None:
    text = (
        "rule x\n  when hate is detected, add a strike, only if user.minor is true and user.minor is false\n"
    )
    (verdict,) = verdicts(policy_of(text + "check that a strike is added only after 2 refusals\n")).values()
    assert verdict.finding is Finding.PROVED
    assert verdict.is_vacuous is True
