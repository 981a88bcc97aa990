"""The machine and the plain reference interpreter agree on every decision; so does a session that is
saved and read back at every message, and so do policies whose rules come in another order."""

from __future__ import annotations

import dataclasses

import pytest
from decided import decided
from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, policies, random_conversation, random_policy
from scale import sources

from policy_engine.reference.interpreter import interpret


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(40))
def test_machine_and_reference_agree(seed: int) -> None:
    for source in sources(seed, 60):
        policy = random_policy(source)
        conversation = random_conversation(source, policy.timed)
        assert decided(policy, conversation) == interpret(policy, conversation)


@given(st.data())
def test_machine_and_reference_agree_on_what_hypothesis_finds(data: st.DataObject) -> None:
    policy = data.draw(policies())
    conversation = data.draw(conversations(policy.timed))
    assert decided(policy, conversation) == interpret(policy, conversation)


@given(st.data())
def test_saved_sessions_decide_as_unsaved_ones(data: st.DataObject) -> None:
    policy = data.draw(policies())
    conversation = data.draw(conversations(policy.timed))
    assert decided(policy, conversation, saved=True) == decided(policy, conversation)


@given(st.data())
def test_the_order_of_rules_changes_nothing(data: st.DataObject) -> None:
    policy = data.draw(policies())
    conversation = data.draw(conversations(policy.timed))
    turned = dataclasses.replace(policy, rules=policy.rules[::-1], ladders=policy.ladders[::-1])
    assert decided(turned, conversation) == decided(policy, conversation)
