"""The equations of a policy step exactly as its machine does: whole decisions, message by message."""

from __future__ import annotations

from pathlib import Path

import pytest
from decided import decided
from docs.doc_blocks import read_example, written
from docs.test_examples import Told, loaded, told
from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, policies, random_conversation, random_policy
from scale import sources

from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.symbolic.cone import cone_of
from policy_engine.verify.symbolic.equations import Equations
from policy_engine.verify.symbolic.lowering import PolicyEquations
from policy_engine.verify.symbolic.network import Senses
from policy_engine.verify.symbolic.stepping import Stepping
from policy_engine.verify.symbolic.system import finished


def by_equations(policy: Policy, conversation: Conversation) -> list[Decision]:
    """What the equations say of every message."""
    equations = Equations([policy.vocabulary])
    senses = Senses(equations, 0)
    lowered = PolicyEquations(senses, policy, "policy")
    senses.turn()
    lowered.turn()
    senses.look()
    lowered.look()
    lowered.decide()
    system = finished(equations)
    watched = [*lowered.signals, system.valid]
    stepping = Stepping(cone_of(system, watched), watched)
    fixed = equations.records.looked_for(conversation.looked_for)
    fixed |= equations.standing.given(dict(conversation.attributes))
    found = []
    for message in conversation.messages:
        true = fixed | equations.records.recorded(message)
        seen = stepping.step(dict.fromkeys(true, 1), [message.time or 0])
        assert seen.of(system.valid), "the message is taken for impossible"
        assert seen.of(system.start), "the conversation is taken for impossible"
        found.append(lowered.decision(frozenset(each for each in lowered.signals if seen.of(each))))
    return found


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(20))
def test_equations_and_machine_agree(seed: int) -> None:
    for source in sources(seed, 40):
        policy = random_policy(source)
        conversation = random_conversation(source, policy.timed)
        assert by_equations(policy, conversation) == decided(policy, conversation)


@given(st.data())
def test_equations_and_machine_agree_on_what_hypothesis_finds(data: st.DataObject) -> None:
    policy = data.draw(policies())
    conversation = data.draw(conversations(policy.timed))
    assert by_equations(policy, conversation) == decided(policy, conversation)


@pytest.mark.parametrize("example", list(told("conversation")))
def test_every_example_of_the_documents(example: Told, tmp_path: Path) -> None:
    policy = loaded(example, tmp_path)
    expected = read_example(example.block.text)
    got = [written(policy, decision) for decision in by_equations(policy, expected.conversation)]
    assert got == expected.expected
