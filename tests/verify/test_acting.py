"""The bounds on what single rules do are so in every conversation."""

from __future__ import annotations

import pytest
from drawn_conversations import random_conversation_over
from random_policies import random_conversation, random_policy
from scale import sources
from sound import POLICIES, policy_at

from policy_engine.model.model import Policy
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.acting import Acting
from policy_engine.verify.question import And, Negation, Question, own_view
from policy_engine.verify.replay import first_true

FILES = sorted(path.relative_to(POLICIES).as_posix() for path in POLICIES.rglob("*.policy"))


def assert_within(policy: Policy, conversation: Conversation) -> None:
    acting = Acting(policy, 0)
    bounds = [bound for action in policy.vocabulary.actions for bound in acting.bounds(action)]
    question = Question((policy,), (own_view((policy,)),), Negation(And(tuple(bounds))))
    assert first_true(question, conversation) is None


@pytest.mark.seeds
def test_random_policies_keep_within_them() -> None:
    for source in sources(74, 400):
        policy = random_policy(source, core_only=source.random() < 0.3)
        assert_within(policy, random_conversation(source, policy.timed))


@pytest.mark.seeds
@pytest.mark.parametrize("file", FILES)
def test_shipped_policies_keep_within_them(file: str) -> None:
    policy = policy_at(POLICIES / file)
    for source in sources(75, 8):
        assert_within(policy, random_conversation_over(source, policy))


def test_they_say_something() -> None:
    """Every action of a shipped policy has a rule that is bound to do it somewhere."""
    policy = policy_at(POLICIES / "last_resort.policy")
    acting = Acting(policy, 0)
    sure = {
        action
        for action in policy.vocabulary.actions
        for part in acting.doers(action)
        if acting.surely(part, action) is not None
    }
    assert sure == {"end-chat", "warn", "ask-to-confirm", "offer-support"}
