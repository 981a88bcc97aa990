"""A conversation gone on as it was, to see when a policy comes to do what another did at once.

"At the 2nd refusal instead of the 3rd" tells of a third that is not in the shortest conversation. What stands at
its end is said again, and again, until the policy does it. This is tried, not proved: where it is not seen, nothing
is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from policy_engine.difference.deed import Deed, done_in
from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.model import Policy
from policy_engine.transcripts.message import Conversation, Message, Role

_MOST = 100
"""Messages that are said again: no rule of a usual policy counts farther."""


def continued(
    policy: Policy, conversation: Conversation, deed: Deed, name: str | None
) -> Conversation | None:
    """The conversation, gone on until the policy does the deed, which it calls ``name``: the shortest tried."""
    if name is None:
        return None
    machine = compile_policy(policy)
    found = [
        each
        for again in _endings(conversation.messages)
        if (each := _until_done(machine, conversation, again, deed, name)) is not None
    ]
    return min(found, key=lambda each: len(each.messages), default=None)


def _endings(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """What may be said again: the last message, the last turn, all of it."""
    begins = [number for number, each in enumerate(messages) if each.role is Role.USER]
    lengths = {1, len(messages) - begins[-1] if begins else 1, len(messages)}
    return (messages[-length:] for length in sorted(lengths))


def _until_done(
    machine: Machine, conversation: Conversation, again: Sequence[Message], deed: Deed, name: str
) -> Conversation | None:
    encoder, walk = (
        machine.encoder(conversation.looked_for),
        machine.walk(machine.initial(conversation.attributes)),
    )
    said: list[Message] = []
    before = len(conversation.messages)
    try:
        while len(said) < before + _MOST:
            number = len(said)
            message = (
                conversation.messages[number] if number < before else again[(number - before) % len(again)]
            )
            if number >= before and message.time is not None:
                message = replace(message, time=conversation.messages[-1].time)
            said.append(message)
            decision = walk.step(*encoder.observe(message))
            if number >= before and done_in(decision, deed, name):
                return replace(conversation, messages=tuple(said))
    except TimeOrderError:
        return None
    return None
