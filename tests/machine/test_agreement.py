"""The machine and the plain reference interpreter agree on every decision; so does a session that is
saved and read back at every message, and so do policies whose rules come in another order."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, policies, random_conversation, random_policy
from scale import sources

from policy_engine.machine.machine import compile_policy
from policy_engine.machine.state import State
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy
from policy_engine.reference.interpreter import interpret
from policy_engine.transcripts.message import Conversation


def decisions(policy: Policy, conversation: Conversation, saved: bool = False) -> list[Decision]:
    machine = compile_policy(policy)
    encoder = machine.encoder(conversation.looked_for)
    state = machine.initial(conversation.attributes)
    found = []
    for message in conversation.messages:
        if saved:
            state = State.from_json(state.to_json())
        state, decision = machine.step(state, encoder.observe(message))
        found.append(decision)
    return found


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(40))
def test_machine_and_reference_agree(seed: int) -> None:
    for source in sources(seed, 60):
        policy = random_policy(source)
        conversation = random_conversation(source, policy.timed)
        assert decisions(policy, conversation) == interpret(policy, conversation)


@given(st.data())
def test_machine_and_reference_agree_on_what_hypothesis_finds(data: st.DataObject) -> None:
    policy = data.draw(policies())
    conversation = data.draw(conversations(policy.timed))
    assert decisions(policy, conversation) == interpret(policy, conversation)


@given(st.data())
def test_saved_sessions_decide_as_unsaved_ones(data: st.DataObject) -> None:
    policy = data.draw(policies())
    conversation = data.draw(conversations(policy.timed))
    assert decisions(policy, conversation, saved=True) == decisions(policy, conversation)


@given(st.data())
def test_the_order_of_rules_changes_nothing(data: st.DataObject) -> None:
    policy = data.draw(policies())
    conversation = data.draw(conversations(policy.timed))
    turned = dataclasses.replace(policy, rules=policy.rules[::-1], ladders=policy.ladders[::-1])
    assert decisions(turned, conversation) == decisions(policy, conversation)
