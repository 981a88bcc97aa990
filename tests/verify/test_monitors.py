"""A question's monitor says of every conversation what the judge of promises says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_policies import (
    conversations,
    policies,
    promises,
    random_conversation,
    random_policy,
    random_promise,
)
from scale import sources

from policy_engine.model.model import NeverDone, Policy, Promise, Sometimes
from policy_engine.model.timing import is_promise_timed
from policy_engine.reference.promises import Outcome
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.once import is_exact
from policy_engine.verify.promised import question_of
from policy_engine.verify.replay import first_true, judged


def is_remembered_longer(promise: Promise) -> bool:
    """Whether `once` may remember a doubt for longer than the language does: see `verify/once.py`."""
    claim = promise.claim
    return isinstance(claim, NeverDone) and claim.once and not is_exact(claim.condition)


def assert_agree(policy: Policy, promise: Promise, conversation: Conversation) -> None:
    found = first_true(question_of(policy, promise), conversation)
    if isinstance(promise.claim, Sometimes) and found is not None:
        # What follows may break the condition on the whole conversation; up to there, it is a witness.
        conversation = replace(conversation, messages=conversation.messages[: found + 1])
    verdict = judged(policy, promise, conversation)
    if is_remembered_longer(promise):
        assert verdict.at is None or (found is not None and found <= verdict.at)
    else:
        assert found == verdict.at
        assert (verdict.at is not None) == (verdict.outcome in (Outcome.BROKEN, Outcome.WITNESS))


@given(data=st.data())
def test_the_monitor_and_the_judge_agree(data: st.DataObject) -> None:
    policy = data.draw(policies())
    promise = data.draw(promises(policy))
    is_timed = policy.timed or is_promise_timed(promise, policy.vocabulary)
    assert_agree(policy, promise, data.draw(conversations(is_timed)))


@pytest.mark.seeds
def test_they_agree_on_many() -> None:
    for source in sources(71, 600):
        policy = random_policy(source, core_only=source.random() < 0.5)
        promise = random_promise(source, policy)
        is_timed = policy.timed or is_promise_timed(promise, policy.vocabulary)
        assert_agree(policy, promise, random_conversation(source, is_timed))
