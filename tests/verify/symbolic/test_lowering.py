"""The equations of a policy step exactly as its machine does: whole decisions, message by message."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from decided import decided
from docs.doc_blocks import read_example, written
from docs.test_examples import Told, loaded, told
from hypothesis import given
from hypothesis import strategies as st
from random_policies import VOCABULARIES, conversations, policies, random_conversation, random_policy
from scale import sources

from policy_engine.model.decision import Decision
from policy_engine.model.model import (
    HERE,
    Act,
    Count,
    CountReached,
    Detected,
    Guards,
    Policy,
    Reading,
    Rule,
    When,
)
from policy_engine.transcripts.message import SECOND, Conversation, Label, Message, Role
from policy_engine.verify.symbolic.cone import cone_of
from policy_engine.verify.symbolic.equations import Equations
from policy_engine.verify.symbolic.lowering import PolicyEquations
from policy_engine.verify.symbolic.network import Senses
from policy_engine.verify.symbolic.stepping import Stepping
from policy_engine.verify.symbolic.system import finished
from policy_engine.vocabulary.vocabulary import Lasting


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


def in_doubt(source: random.Random, conversation: Conversation) -> Conversation:
    """The same, but most of what was detected could not be checked, and the user asks to end at every message."""
    messages = []
    for message in conversation.messages:
        labels = [each._replace(value=None) if source.random() < 0.6 else each for each in message.labels]
        if message.role is Role.USER:
            labels.append(Label("asks-end"))
        messages.append(replace(message, labels=tuple(labels)))
    return replace(conversation, messages=tuple(messages))


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(4))
def test_counts_in_doubt_agree(seed: int) -> None:
    asked = When(Detected((Reading("asks-end"),), scope=HERE))
    for source in sources(seed, 100):
        labels = [Reading(name) for name in ("harm", "spam", "abuse") if source.random() < 0.6]
        length = source.choice((None, Lasting(seconds=source.choice((5, 10, 20))), Lasting(turns=2)))
        in_a_row = length is None and source.random() < 0.4
        count = Count("refusal", source.randint(1, 3), tuple(labels) or None, False, in_a_row, length)
        rule = Rule("asked", asked, (Act("review"),), Guards(excepts=(CountReached(count),)))
        policy = Policy("doubt", None, None, VOCABULARIES[3], (rule,), (), timed=True)
        conversation = in_doubt(source, random_conversation(source, True))
        assert by_equations(policy, conversation) == decided(policy, conversation)


def test_of_two_doubts_in_a_turn_the_longer_counts() -> None:
    asked = When(Detected((Reading("asks-end"),), scope=HERE))
    count = CountReached(Count("refusal", 1, (Reading("spam"),)))
    rule = Rule("asked", asked, (Act("review"),), Guards(excepts=(count,)))
    policy = Policy("doubt", None, None, VOCABULARIES[3], (rule,), (), timed=True)
    refusal, doubt = Label("refusal"), Label("spam", None)
    messages = (
        (0, Role.USER, (doubt,)),
        (3, Role.ASSISTANT, (refusal, doubt)),  # remembered up to second 13
        (4, Role.ASSISTANT, (refusal,)),  # by what the user said, up to second 10
        (12, Role.USER, (Label("asks-end"),)),
    )
    conversation = Conversation(
        "doubt", tuple(Message(role, labels, time=time * SECOND) for time, role, labels in messages)
    )
    decisions = decided(policy, conversation)
    assert decisions[-1].stopped
    assert by_equations(policy, conversation) == decisions


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
