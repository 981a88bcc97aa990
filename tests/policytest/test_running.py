"""Test files run: what passes, what fails, and what a failure says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from policy_engine.policytest.case import ExpectedCount
from policy_engine.policytest.reading import read_suite
from policy_engine.policytest.running import SuiteResult, run_suite
from policy_engine.reports.expected import asked_words, came_words, missing_words, unexpected_words
from policy_engine.transcripts.message import Conversation, Label, Message, Role

POLICY = """
group abuse = hate or harassment
rule warning
  after 1 refusal on abuse, warn the user "Please stop."
rule mission
  after 2 refusals on abuse, end the chat and ask a person to review,
  only if a warning has been given,
  except when self-harm has been detected
rule severe
  after 2 refusals on abuse, end the chat, except when violence is detected, except when terrorism is detected
rule mild
  after 2 refusals on abuse, add a strike
rule severe overrides rule mild
trial rule sooner
  after 1 refusal on abuse, ask a person to review
check that a warning is given before the chat is ended
"""

Run = Callable[[str], SuiteResult]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a test file of the policy above."""

    def run(text: str) -> SuiteResult:
        (tmp_path / "a.policy").write_text(POLICY, encoding="utf-8")
        (tmp_path / "a.test.yaml").write_text(text, encoding="utf-8")
        suite, faults = read_suite(tmp_path / "a.test.yaml")
        assert faults == ()
        assert suite is not None
        return run_suite(suite)

    return run


def turns(*lines: str) -> str:
    """A file with one test."""
    return "tests:\n  - name: one\n    turns:\n" + "".join(f"      - {each}\n" for each in lines)


@pytest.mark.parametrize(
    "second",
    [
        "[end the chat, ask a person to review]",
        "[end the chat (mission and severe), ask a person to review (mission)]",
        "[end the chat, ask a person to review, mild is stopped by overrides]",
        "[end the chat, ask a person to review, mission 2 of 2, severe at 2 of 2]",
        "[anything, end the chat]",
        "anything",
    ],
)
def test_what_is_so_passes(run: Run, second: str) -> None:
    assert run(turns('refusal on hate: warn the user "Please stop."', f"refusal on hate: {second}")).passed


@pytest.mark.parametrize(
    ("second", "missing", "unexpected"),
    [
        ("nothing", [], ["end the chat (mission, severe)", "ask a person to review (mission)"]),
        ("end the chat", [], ["ask a person to review (mission)"]),
        (
            "[end the chat (mission), ask a person to review]",
            ["end the chat (mission)"],
            ["end the chat (mission, severe)"],
        ),
        ("[anything, warn the user]", ["warn the user"], []),
        ("[anything, mission is stopped by except]", ["mission is stopped by except"], []),
        ("[anything, mission 1 of 2]", ["mission 1 of 2, and it stands at 2 of 2"], []),
        (
            "[anything, on trial ask a person to review]",
            ["on trial ask a person to review"],
            [],
        ),
    ],
)
def test_what_is_not_so_fails(run: Run, second: str, missing: list[str], unexpected: list[str]) -> None:
    result = run(turns("refusal on hate: anything", f"refusal on hate: {second}"))
    (failure,) = result.cases[0].failures
    policy = result.suite.policy
    assert [missing_words(each, policy) for each in failure.missing] == missing
    assert [unexpected_words(each, policy) for each in failure.unexpected] == unexpected


def test_stop_is_of_one_clause_and_of_doubt_where_it_says_so(run: Run) -> None:
    first = "refusal on hate: anything"
    shown = "user shows hate", "assistant shows refusal and terrorism"
    assert run(turns(first, shown[0], f"{shown[1]}: [anything, severe is stopped by except 2]")).passed
    assert not run(turns(first, shown[0], f"{shown[1]}: [anything, severe is stopped by except 1]")).passed
    assert not run(
        turns(first, shown[0], f"{shown[1]}: [anything, severe is stopped by except unknown]")
    ).passed
    doubt = "assistant shows refusal and terrorism unknown"
    assert run(turns(first, shown[0], f"{doubt}: [anything, severe is stopped by except 2 unknown]")).passed


def test_trial_rules_are_looked_at_where_the_test_speaks_of_them(run: Run) -> None:
    warned = 'warn the user "Please stop."'
    assert run(turns(f"refusal on hate: {warned}")).passed
    assert run(turns(f"refusal on hate: [{warned!r}, on trial ask a person to review (sooner)]")).passed
    failed = run(turns(f"refusal on hate: [{warned!r}, nothing on trial]"))
    (failure,) = failed.cases[0].failures
    assert came_words(failure, failed.suite.policy) == (
        f"{warned} (warning), at message 2",
        "on trial ask a person to review (sooner), at message 2",
    )
    assert asked_words(failure, failed.suite.policy) == (warned, "nothing on trial")


def test_counter_that_counts_nothing_is_told_so(run: Run) -> None:
    result = run(turns("hate: mission 1 of 2"))
    (failure,) = result.cases[0].failures
    assert isinstance(failure.missing[0].expected, ExpectedCount)
    assert missing_words(failure.missing[0], result.suite.policy) == "mission 1 of 2, and it stands at 0 of 2"


@pytest.mark.parametrize(
    ("check", "passed", "broken"),
    [
        ("never: end the chat", False, 1),
        ("never: interrupt the chat", True, 0),
        ("never: end the chat when hate has been detected", False, 1),
        ("never: end the chat when self-harm has been detected", True, 0),
        ("always: the chat is ended only when abuse is detected in this turn", True, 0),
        ("always: a warning is given at most 1 time within 5 turns", True, 0),
        ("always: in some conversation the chat is ended", True, 0),
        ("always: in some conversation support is offered", False, 2),
    ],
)
def test_check_holds_of_every_conversation_of_the_file(
    run: Run, check: str, passed: bool, broken: int
) -> None:
    text = turns("refusal on hate, 2 times: anything") + "  - name: two\n    turns: [hate]\n" + check + "\n"
    (found,) = run(
        text.replace("refusal on hate, 2 times", "refusal on hate: anything\n      - refusal on hate")
    ).checks
    assert (found.passed, found.broken) == (passed, broken)
    assert found.conversations == 2


def test_other_conversations_are_looked_at_by_checks(tmp_path: Path) -> None:
    (tmp_path / "a.policy").write_text(POLICY, encoding="utf-8")
    (tmp_path / "a.test.yaml").write_text("never: warn the user\n", encoding="utf-8")
    suite, _ = read_suite(tmp_path / "a.test.yaml")
    assert suite is not None
    messages = (Message(Role.USER, (Label("hate"),)), Message(Role.ASSISTANT, (Label("refusal"),)))
    (found,) = run_suite(suite, [Conversation("other", messages)]).checks
    assert [(each.simulation.conversation.id, each.message) for each in found.breaches] == [("other", 2)]


def test_only_what_is_wanted_is_run_but_checks_look_at_all(run: Run) -> None:
    result = run(turns("refusal on hate: anything") + "never: [warn the user]\n")
    wanted = run_suite(result.suite, wanted=lambda name: name.startswith("never"))
    assert wanted.cases == ()
    assert [each.broken for each in wanted.checks] == [1]


def test_a_test_whose_times_run_backwards_fails_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.policy").write_text("rule one\n  every 2 hours, add a strike\n", encoding="utf-8")
    text = turns("{user: hi, time: 2025-01-02T00:00:00}", "{user: hi, time: 2025-01-01T00:00:00}")
    (tmp_path / "a.test.yaml").write_text(text, encoding="utf-8")
    suite, _ = read_suite(tmp_path / "a.test.yaml")
    assert suite is not None
    (case,) = run_suite(suite).cases
    assert not case.passed
    assert "earlier" in case.fault
