"""What is cut away cannot affect the answer, and what is merged is never told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from random_policies import random_policy, random_promise
from scale import sources
from sound import POLICIES, policy_at

from policy_engine.model.decision import Cause
from policy_engine.verify.cone import cut
from policy_engine.verify.explicit import Explicit, search
from policy_engine.verify.product import Product
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import Question, Stopped, own_view


def alike(one: Answer, other: Answer) -> bool:
    """Whether two answers do not contradict each other."""
    gave_up = [each for each in (one, other) if isinstance(each, GaveUp)]
    shown = [len(each.conversation.messages) for each in (one, other) if isinstance(each, Shown)]
    if gave_up:
        return all(length > each.covered for each in gave_up for length in shown)
    return len(shown) != 1 and len(set(shown)) <= 1


@pytest.mark.seeds
@pytest.mark.parametrize("seconds", [False, True])
def test_the_answer_is_the_same_with_and_without_cutting(seconds: bool) -> None:
    settled = 0
    for source in sources(76, 25):
        policy = random_policy(source, core_only=source.random() < 0.6, seconds=seconds)
        question = question_of(policy, random_promise(source, policy))
        with_cut = Explicit().answer(question, Budget(0.2, 2_000))
        whole = Explicit(is_cut=False).answer(question, Budget(0.2, 2_000))
        assert alike(with_cut, whole)
        settled += not isinstance(with_cut, GaveUp) and not isinstance(whole, GaveUp)
    assert settled > 4


@pytest.mark.seeds
def test_the_answer_is_the_same_with_and_without_merging() -> None:
    settled = 0
    for source in sources(77, 25):
        policy = random_policy(source, core_only=source.random() < 0.6, seconds=False)
        question = question_of(policy, random_promise(source, policy))
        plain = search(Product(question, is_merged=False), Budget(0.2, 2_000))
        merged = Explicit().answer(question, Budget(0.2, 2_000))
        if isinstance(plain, GaveUp) or isinstance(merged, GaveUp):
            continue
        settled += 1
        assert isinstance(plain, Never) == isinstance(merged, Never)
        if isinstance(merged, Shown) and not isinstance(plain, Never):
            assert len(plain.path) == len(merged.conversation.messages)
    assert settled > 4


def test_a_policy_that_does_not_do_it_is_cut_to_nothing() -> None:
    policy = policy_at(POLICIES / "refuse_and_redirect.policy")
    ended = next(each for each in policy.promises if "the chat is ended only" in each.text)
    (left,) = cut(question_of(policy, ended)).policies
    assert not left.rules
    assert not left.nevers


def test_what_stopped_a_rule_is_found_again() -> None:
    """The clauses of `never` are counted anew where some are cut away."""
    policy = policy_at(POLICIES / "crisis.policy")
    support = next(rule for rule in policy.rules if rule.name == "crisis-support")
    more = replace(
        policy,
        rules=(
            *policy.rules,
            replace(
                support, name="ends", actions=(replace(support.actions[0], action="end-chat", text=None),)
            ),
        ),
        nevers=(replace(policy.nevers[0], action="warn"), *policy.nevers),
    )
    question = Question((more,), (own_view((more,)),), Stopped(0, "ends", Cause.NEVER, 1))
    small = cut(question)
    assert small.bad == Stopped(0, "ends", Cause.NEVER, 0)
    assert isinstance(Explicit().answer(question, Budget(5.0)), Shown)
