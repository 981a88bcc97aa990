"""What there is to try in a policy, and which conversations try it."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_conversations import conversations_over
from hypothesis import given
from hypothesis import strategies as st
from policytest.suites import in_turns, suite_in
from sound import POLICIES

from policy_engine.policytest.asking import asking
from policy_engine.policytest.covering import Watching, covered
from policy_engine.policytest.goals import Aspect, goals_of
from policy_engine.policytest.reaching import percent_tried, reached
from policy_engine.policytest.reading import read_suite
from policy_engine.policytest.running import run_suite
from policy_engine.verify.prover import Never, Shown
from policy_engine.verify.replay import first_true

Key = tuple[str, str]
"""The clause in the author's words, and what of it is to be tried."""


def tried(folder: Path, policy: str, *turns: str) -> set[Key]:
    """What a conversation of these turns tries."""
    suite = suite_in(folder, policy, in_turns(*turns))
    return {(each.goal.clause, each.goal.aspect.value) for each in covered([run_suite(suite)]) if each.by}


def all_goals(folder: Path, policy: str) -> list[Key]:
    """Everything that can be tried, in the order of the text."""
    return [(each.clause, each.aspect.value) for each in goals_of(suite_in(folder, policy))]


POLICY = """
rule one
  after 2 refusals on hate within 3 turns, end the chat,
  only if user.age is at least 18,
  except when violence has been detected in the last 2 turns,
  at most once in 2 turns
trial rule two
  when hate is detected, add a strike
ladder three on hate
  after 2 refusals, add a strike
  after 1 more refusal, remind the user "x"
never end the chat when self-harm is detected in this message
rule two overrides rule one
"""


def test_every_clause_threshold_window_and_step_is_a_goal(tmp_path: Path) -> None:
    policy = POLICY.replace("rule two overrides rule one\n", "").replace("trial rule two", "rule two")
    policy += "rule two overrides rule one\n"
    count = "2 refusals on hate within 3 turns"
    only_if, excepted = (
        "only if user.age is at least 18",
        "except when violence has been detected in the last 2 turns",
    )
    never = "never end the chat when self-harm is detected in this message"
    step, last = "after 2 refusals, add a strike", 'after 1 more refusal, remind the user "x"'
    assert all_goals(tmp_path, policy) == [
        ("one", "acts"),
        (count, "one short of it"),
        (count, "reached"),
        (count, "one more"),
        (only_if, "stops it, alone"),
        (only_if, "lets it act"),
        (excepted, "stops it, alone"),
        (excepted, "lets it act"),
        ("at most once in 2 turns", "stops it, alone"),
        ("at most once in 2 turns", "lets it act"),
        ("3 turns", "just outside"),
        ("3 turns", "just inside"),
        ("2 turns", "just outside"),
        ("2 turns", "just inside"),
        ("2 turns", "just outside"),
        ("2 turns", "just inside"),
        ("two", "acts"),
        (step, "one short of it"),
        (step, "acts"),
        (last, "acts"),
        (last, "one more after the last step"),
        (never, "stops it, alone"),
        (never, "lets it act"),
        ("rule two overrides rule one", "stops it, alone"),
        ("rule two overrides rule one", "lets it act"),
    ]  # fmt: skip


def test_goals_have_their_lines_and_owners(tmp_path: Path) -> None:
    found = goals_of(suite_in(tmp_path, POLICY.replace("rule two overrides rule one\n", "")))
    places = {(each.owner, each.clause): each.location.line for each in found}
    assert places["rule one", "one"] == 2
    assert places["rule one", "2 refusals on hate within 3 turns"] == 3
    assert places["rule one", "except when violence has been detected in the last 2 turns"] == 5
    assert places["trial rule two", "two"] == 7
    assert places["ladder three", "after 2 refusals, add a strike"] == 10
    assert places["never end the chat", "never end the chat when self-harm is detected in this message"] == 12


COUNTED = "rule one\n  after 3 refusals on hate, add a strike\n"


@pytest.mark.parametrize(
    ("turns", "aspects"),
    [
        (["refusal on hate"], []),
        (["refusal on hate, 2 times"], [Aspect.BELOW]),
        (
            ["refusal on hate, 2 times", "refusal on hate: add a strike"],
            [Aspect.BELOW, Aspect.AT, Aspect.ACTS],
        ),
        (
            ["refusal on hate, 2 times", "refusal on hate: add a strike", "refusal on hate"],
            [Aspect.BELOW, Aspect.AT, Aspect.ABOVE, Aspect.ACTS],
        ),
    ],
)
def test_a_threshold_is_tried_below_at_and_above(
    tmp_path: Path, turns: list[str], aspects: list[Aspect]
) -> None:
    assert {aspect for _, aspect in tried(tmp_path, COUNTED, *turns)} == {each.value for each in aspects}


@pytest.mark.parametrize(
    ("between", "edge"),
    [
        ("1 quiet turns", None),
        ("2 quiet turns", "just inside"),
        ("3 quiet turns", "just outside"),
        ("4 quiet turns", None),
    ],
)
def test_a_window_of_turns_is_tried_at_its_edges_alone(
    tmp_path: Path, between: str, edge: str | None
) -> None:
    policy = "rule one\n  after 2 refusals on hate within 4 turns, add a strike\n"
    found = tried(tmp_path, policy, "refusal on hate", between, "refusal on hate: anything")
    assert {aspect for clause, aspect in found if clause == "4 turns"} == ({edge} if edge else set())


@pytest.mark.parametrize(
    ("seconds", "edge"),
    [(13 * 60, None), (14 * 60, None), (14 * 60 + 1, "just inside"), (15 * 60, "just inside"),
     (15 * 60 + 1, "just outside"), (16 * 60, "just outside"), (16 * 60 + 1, None)],
)  # fmt: skip
def test_a_window_of_time_is_tried_within_one_of_its_units(
    tmp_path: Path, seconds: int, edge: str | None
) -> None:
    policy = "rule one\n  after 2 refusals on hate within 15 minutes, add a strike\n"
    found = tried(tmp_path, policy, "refusal on hate", f"after {seconds} seconds, refusal on hate: anything")
    assert {aspect for clause, aspect in found if clause == "15 minutes"} == ({edge} if edge else set())


def test_a_clause_is_tried_where_it_alone_stops_the_rule(tmp_path: Path) -> None:
    policy = (
        "rule one\n  when hate is detected, add a strike,"
        " except when violence is detected in this message, except when self-harm is detected in this message\n"
    )
    alone = tried(tmp_path, policy, "user shows hate and violence")
    assert ("except when violence is detected in this message", "stops it, alone") in alone
    both = tried(tmp_path, policy, "user shows hate and violence and self-harm")
    assert {clause for clause, aspect in both if aspect == "stops it, alone"} == set()


def test_what_no_conversation_reaches_is_proved_and_does_not_count(tmp_path: Path) -> None:
    policy = (
        "rule one\n  after 2 refusals on hate, end the chat, except when self-harm has been detected\n"
        "never end the chat when self-harm is detected in this turn\n"
    )
    suite = suite_in(
        tmp_path, policy, in_turns("refusal on hate", "refusal on hate: end the chat", "refusal on hate")
    )
    found = {
        (each.goal.clause.split(" ")[0], each.goal.aspect): each
        for each in reached(covered([run_suite(suite)]), asking(60))
    }
    never = found["never", Aspect.STOPS]
    assert isinstance(never.answer, Never)
    assert never.cannot_be
    excepted = found["except", Aspect.STOPS]
    assert isinstance(excepted.answer, Shown)
    assert not found["2", Aspect.AT].answer
    everything = list(found.values())
    assert percent_tried(everything) == pytest.approx(100 * 6 / 7)


def test_a_goal_of_a_shared_file_is_tried_by_the_tests_of_either_policy(tmp_path: Path) -> None:
    (tmp_path / "s.policy").write_text(
        "rule help\n  when self-harm is detected, add a strike\n", encoding="utf-8"
    )
    one = suite_in(tmp_path, 'use "s.policy"\nrule r\n  when hate is detected, end the chat\n')
    tests = in_turns("self-harm: add a strike")
    two = suite_in(
        tmp_path, 'use "s.policy"\nrule r\n  when violence is detected, end the chat\n', tests, "b"
    )
    found = covered([run_suite(one), run_suite(two)])
    help_ = [each for each in found if each.goal.owner == "rule help"]
    assert [each.by for each in help_] == ["one"]
    assert len(found) == 3


@given(data=st.data())
def test_what_is_watched_for_is_what_the_judge_of_questions_says(data: st.DataObject) -> None:
    suite, _ = read_suite(POLICIES / "last_resort.test.yaml")
    assert suite is not None
    goals = goals_of(suite)
    conversation = data.draw(conversations_over(suite.policy))
    goal = data.draw(st.sampled_from(goals))
    is_reached = any(Watching([goal]).take(conversation))
    assert is_reached is (first_true(goal.question, conversation) is not None)
