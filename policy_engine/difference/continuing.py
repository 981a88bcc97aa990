"""A conversation gone on as it was, to see when a policy comes to do what another did at once.

"At the 2nd refusal instead of the 3rd" tells of a third that is not in the shortest conversation. What stands in it
is said again, and again, until the policy does it, or until it stands as it stood before at the same word: then it
goes round in a circle for ever and never does it, which is proved, not tried. (A finite machine that is fed the same
word again and again comes round; the first time it does is noticed.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from policy_engine.difference.deed import Deed, done_in
from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.machine.state import Slots
from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.model import Policy
from policy_engine.transcripts.message import Conversation, Message, Role

_MOST = 1_000
"""Messages that are said again. A rule that counts farther is left open: see :class:`Continued`."""


@dataclass(frozen=True, slots=True)
class Continued:
    """What comes of a conversation that goes on as it was.

    ``conversation`` is the shortest of those at whose last message the policy does the deed. None where none was
    seen: then it never does it, however long it goes on, unless ``left_open`` says after how many messages that was
    not decided (0: it is).
    """

    conversation: Conversation | None = None
    left_open: int = 0


def continued(policy: Policy, conversation: Conversation, deed: Deed, name: str | None) -> Continued:
    """The conversation, gone on until the policy does the deed, which it calls ``name`` (None: it has none such)."""
    if name is None:
        return Continued()
    machine = compile_policy(policy)
    each = [
        _until_done(machine, conversation, again, deed, name) for again in _endings(conversation.messages)
    ]
    found = [one.conversation for one in each if one.conversation is not None]
    shortest = min(found, key=lambda one: len(one.messages), default=None)
    return Continued(shortest, 0 if found else max(one.left_open for one in each))


def _endings(messages: tuple[Message, ...]) -> Iterator[tuple[Message, ...]]:
    """What may be said again: one of the messages, one of the turns, all of it; each once."""
    begins = [number for number, each in enumerate(messages) if each.role is Role.USER]
    turns = [messages[one:other] for one, other in pairwise([0, *begins, len(messages)]) if one < other]
    met: list[list[Message]] = []
    for again in (*((each,) for each in messages), *turns, messages):
        timeless = [replace(each, time=None) for each in again]
        if timeless not in met:
            met.append(timeless)
            yield again


def _until_done(
    machine: Machine, conversation: Conversation, again: Sequence[Message], deed: Deed, name: str
) -> Continued:
    """One way to go on, until the deed is done or the policy comes round."""
    encoder = machine.encoder(conversation.looked_for)
    walk = machine.walk(machine.initial(conversation.attributes))
    said = list(conversation.messages)
    met: set[Slots] = set()
    try:
        for message in said:
            walk.step(*encoder.observe(message))
        last = said[-1].time
        while len(said) < len(conversation.messages) + _MOST:
            slots = walk.state.slots
            if slots in met:
                return Continued()
            met.add(slots)
            for each in again:
                message = each if each.time is None else replace(each, time=last)
                said.append(message)
                if done_in(walk.step(*encoder.observe(message)), deed, name):
                    return Continued(replace(conversation, messages=tuple(said)))
    except TimeOrderError:  # the other policy needs no times, and this one does: then no more is known
        return Continued(left_open=len(said))
    return Continued(left_open=len(said))
