"""The rungs of the symbolic prover agree with each other, and with the search of every state."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from random_policies import random_conversation, random_policy, random_promise
from scale import sources
from sound import policy_of

from policy_engine.model.model import Policy, Promise
from policy_engine.model.timing import is_promise_timed
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import Differ, Question, own_view
from policy_engine.verify.replay import is_shown
from policy_engine.verify.symbolic import prover as rungs
from policy_engine.verify.symbolic.bounded import Bounded
from policy_engine.verify.symbolic.cone import cone_of
from policy_engine.verify.symbolic.induction import is_inductive
from policy_engine.verify.symbolic.invariants import Sought, invariants
from policy_engine.verify.symbolic.problem import inputs_of, written
from policy_engine.verify.symbolic.prover import MISSING, SymbolicProver
from policy_engine.verify.symbolic.spacer import is_never
from policy_engine.verify.symbolic.stepping import Stepping

PATIENCE = 60.0
LENGTHS = 6
"""Messages up to which conversations are gone through."""


def differing(one: Policy, other: Policy) -> Question:
    policies = (one, other)
    return Question(policies, (own_view(policies), own_view(policies, 1)), Differ(0, 1))


@pytest.mark.slow
@pytest.mark.seeds
def test_it_agrees_with_the_search_of_every_state() -> None:
    met: Counter[type[Answer]] = Counter()
    for source in sources(31, 60):
        policy = random_policy(source, seconds=source.random() < 0.3)
        question = question_of(policy, random_promise(source, policy))
        found = SymbolicProver().answer(question, Budget(PATIENCE))
        expected = Explicit().answer(question, Budget(3.0, 20_000))
        met[type(found)] += 1
        assert not {type(found), type(expected)} >= {Never, Shown}
        if isinstance(found, Shown):
            assert is_shown(question, found.conversation)
            if isinstance(expected, Shown) and expected.is_shortest:
                assert len(found.conversation.messages) == len(expected.conversation.messages)
    assert met[Never] >= 5
    assert met[Shown] >= 5


@pytest.mark.slow
@pytest.mark.seeds
def test_the_rungs_agree() -> None:
    proved: Counter[str] = Counter()
    for source in sources(32, 40):
        policy = random_policy(source, core_only=True, seconds=source.random() < 0.3)
        problem = written(question_of(policy, random_promise(source, policy)))
        cone = cone_of(problem.system, [problem.bad])
        bounded = Bounded(problem, cone)
        budget = Budget(PATIENCE)
        is_found = any(bounded.longer(budget) is not None for _ in range(LENGTHS))
        by_induction = is_inductive(
            cone, problem.bad, invariants(problem, cone, budget, Sought.ALL), 0, budget
        )
        by_spacer = is_never(cone, problem.bad, PATIENCE, budget)
        assert not (is_found and by_induction)
        assert not (is_found and by_spacer)
        assert by_spacer or not by_induction
        proved["induction"] += by_induction
        proved["spacer"] += by_spacer
        proved["witness"] += is_found
    assert all(proved[each] >= 3 for each in ("induction", "spacer", "witness"))


@pytest.mark.slow
@pytest.mark.seeds
def test_invariants_hold_in_conversations() -> None:
    looked_at = 0
    for source in sources(33, 40):
        policy = random_policy(source)
        promise = random_promise(source, policy)
        problem = written(question_of(policy, promise))
        cone = cone_of(problem.system, [problem.bad])
        known = invariants(problem, cone, Budget(PATIENCE), Sought.ALL)
        looked_at += len(known)
        stepping = Stepping(cone, known)
        timed = policy.timed or is_promise_timed(promise, policy.vocabulary)
        conversation = random_conversation(source, timed)
        for message, true in zip(conversation.messages, inputs_of(problem, conversation), strict=True):
            seen = stepping.step(dict.fromkeys(true, 1), [message.time or 0])
            if not seen.of(problem.system.start):
                break
            assert all(seen.of(each) for each in known)
    assert looked_at > 100


BASE = """
rule warned
  after 2 refusals on hate, warn the user "Please stop.", except when self-harm has been detected
ladder abuse on harassment
  after 2 refusals, warn the user "Please stop."
  after 2 more refusals, end the chat
  except when self-harm has been detected in the last 5 turns
  start over after 3 turns without a refusal
rule ended
  after 3 refusals on hate within 6 turns, end the chat, at most once in 10 turns
"""


def test_other_names_and_another_order_are_no_difference() -> None:
    parts = BASE.strip().replace("warned", "zebra").replace("ended", "aardvark").split("\nrule ")
    turned = "\n".join(each if each.startswith("rule ") else f"rule {each}" for each in reversed(parts))
    answer = SymbolicProver().answer(differing(policy_of(BASE), policy_of(turned)), Budget(PATIENCE))
    assert isinstance(answer, Never)


def test_written_differently_is_no_difference() -> None:
    other = BASE.replace(
        "except when self-harm has been detected\nladder", "only if self-harm has not been detected\nladder"
    )
    assert other != BASE
    answer = SymbolicProver().answer(differing(policy_of(BASE), policy_of(other)), Budget(PATIENCE))
    assert isinstance(answer, Never)


@pytest.mark.parametrize(
    ("before", "after", "messages"),
    [
        ("2 refusals on hate", "1 refusal on hate", 1),
        ("within 6 turns", "within 5 turns", 11),
        (", except when self-harm has been detected\n", "\n", 3),
        ("2 more refusals", "3 more refusals", 7),
        ("start over after 3 turns", "start over after 4 turns", 9),
        ("at most once in 10 turns", "at most once", None),
    ],
)
def test_a_difference_is_shown_by_a_shortest_conversation(
    before: str, after: str, messages: int | None
) -> None:
    assert before in BASE
    question = differing(policy_of(BASE), policy_of(BASE.replace(before, after)))
    answer = SymbolicProver().answer(question, Budget(PATIENCE))
    if messages is None:
        # An `after` rule fires once in a conversation: its `at most once` adds nothing.
        assert isinstance(answer, Never)
        return
    assert isinstance(answer, Shown)
    assert len(answer.conversation.messages) == messages
    assert is_shown(question, answer.conversation)


def test_without_a_solver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rungs, "is_installed", lambda: False)
    assert SymbolicProver().answer(differing(policy_of(BASE), policy_of(BASE)), Budget()) == GaveUp(MISSING)


def test_a_budget_that_is_spent_says_how_far_it_got() -> None:
    changed = BASE.replace("start over after 3 turns", "start over after 4 turns")
    answer = SymbolicProver().answer(differing(policy_of(BASE), policy_of(changed)), Budget(0.0))
    assert isinstance(answer, GaveUp)
    assert answer.covered == 0
    assert "seconds" in answer.reason


def test_a_promise_about_attributes_speaks_only_of_those() -> None:
    text = """
rule ended
  after 1 refusal, end the chat, only if user.minor is true
check that the chat is never ended once hate has been detected, only if user.minor is false
check that the chat is never ended once hate has been detected, only if user.minor is true
"""
    policy = policy_of(text)
    promises: tuple[Promise, ...] = policy.promises
    first, second = (
        SymbolicProver().answer(question_of(replace(policy), each), Budget(PATIENCE)) for each in promises
    )
    assert isinstance(first, Never)
    assert isinstance(second, Shown)
    assert second.conversation.attributes == {} or second.conversation.attributes == {"user.minor": True}


ONCE = """
rule ended
  when hate is detected, end the chat{guard}
check that the chat is never ended once {condition}
"""


@pytest.mark.parametrize(
    ("condition", "messages"),
    [
        ("self-harm has been detected and violence has been detected", 1),
        ("there have been at least 2 refusals on self-harm", 3),
        ("self-harm has not been detected and violence has been detected", 1),
    ],
)
def test_a_promise_with_once_is_broken_by_what_rests_on_no_forgotten_doubt(
    condition: str, messages: int
) -> None:
    policy = policy_of(ONCE.format(guard="", condition=condition))
    question = question_of(policy, policy.promises[0])
    found = SymbolicProver().answer(question, Budget(PATIENCE))
    assert isinstance(found, Shown)
    assert len(found.conversation.messages) == messages
    assert is_shown(question, found.conversation)


def test_a_doubt_that_only_lasts_too_long_in_the_equations_is_no_witness() -> None:
    """The rule looks back as far as an unknown is remembered, so nothing breaks the promise; states can say so."""
    condition = "self-harm has been detected and violence has been detected"
    policy = policy_of(ONCE.format(guard=f", except when {condition}", condition=condition))
    question = question_of(policy, policy.promises[0])
    assert isinstance(Explicit().answer(question, Budget(PATIENCE)), Never)
    found = SymbolicProver().answer(question, Budget(10.0))
    assert isinstance(found, GaveUp)
    assert found.reason == "what was in doubt is followed for longer than it is remembered"
