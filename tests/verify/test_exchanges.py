"""Plain exchanges: what is found in them is so, and nothing is said of what is not found."""

from __future__ import annotations

import pytest
from random_policies import random_policy, random_promise
from scale import sources
from sound import policy_of

from policy_engine.transcripts.message import Role
from policy_engine.verify.exchanges import Exchanges
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Budget, GaveUp, Never, Shown
from policy_engine.verify.replay import is_shown


def test_a_far_goal_is_met_by_messages_that_take_turns() -> None:
    policy = policy_of("""
rule ended
  after 2 refusals on hate within 8 turns, end the chat, except when self-harm has been detected
check that the chat is ended only after 2 refusals on hate within 7 turns
""")
    found = Exchanges().answer(question_of(policy, policy.promises[0]), Budget(20, 20_000))
    assert isinstance(found, Shown)
    assert not found.is_shortest
    roles = [each.role for each in found.conversation.messages]
    assert roles == [Role.USER, Role.ASSISTANT] * 8


def test_nothing_is_proved() -> None:
    policy = policy_of("""
rule ended
  after 3 refusals on hate, end the chat
check that the chat is ended only after 3 refusals on hate
check that the chat is ended only after 4 refusals on hate within 10 minutes
""")
    reasons = []
    for promise in policy.promises:
        found = Exchanges().answer(question_of(policy, promise), Budget(20, 2_000))
        assert isinstance(found, GaveUp)
        reasons.append((found.reason, found.covered))
    assert reasons == [("only exchanges were looked at", 0), ("times make a difference to it", 0)]


@pytest.mark.seeds
def test_what_is_shown_is_shown_and_no_shorter_than_the_shortest() -> None:
    met = 0
    for source in sources(75, 150):
        policy = random_policy(source, core_only=source.random() < 0.5, seconds=False)
        question = question_of(policy, random_promise(source, policy))
        found = Exchanges().answer(question, Budget(1.0, 2_000))
        if isinstance(found, Shown):
            met += 1
            assert is_shown(question, found.conversation)
            shortest = Explicit().answer(question, Budget(2.0, 10_000))
            assert not isinstance(shortest, Never)
            if isinstance(shortest, Shown):
                assert len(shortest.conversation.messages) <= len(found.conversation.messages)
    assert met >= 20
