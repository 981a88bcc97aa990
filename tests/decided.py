"""What the machine decides in a conversation, and what breaks a promise: the one way in which tests ask."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.machine.state import State
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy, Promise, Standard
from policy_engine.reference.promises import Outcome, judge
from policy_engine.transcripts.message import Conversation


def steps(
    machine: Machine, conversation: Conversation, saved: bool = False
) -> Iterator[tuple[State, Decision]]:
    """The state after every message, and what is decided at it; ``saved`` writes and reads each state back."""
    encoder, state = machine.encoder(conversation.looked_for), machine.initial(conversation.attributes)
    for message in conversation.messages:
        if saved:
            state = State.from_json(state.to_json())
        state, decision = machine.step(state, encoder.observe(message))
        yield state, decision


def decided(policy: Policy | Machine, conversation: Conversation, saved: bool = False) -> list[Decision]:
    """What the machine of a policy decides at every message."""
    machine = compile_policy(policy) if isinstance(policy, Policy) else policy
    return [decision for _, decision in steps(machine, conversation, saved)]


def broken(
    policy: Policy,
    conversation: Conversation,
    standard: Standard | None = None,
    machine: Machine | None = None,
) -> list[str]:
    """The promises of a policy, or of a standard, that it breaks in a conversation, as they are written."""
    decisions = decided(machine or policy, conversation)
    promises: tuple[Promise, ...] = (policy if standard is None else standard).promises
    return [
        promise.text
        for promise in promises
        if judge(policy, promise, conversation, decisions, standard).outcome is Outcome.BROKEN
    ]
