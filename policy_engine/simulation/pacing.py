"""Times for conversations that have none, so that a policy with durations can be tried on them.

Where nobody recorded any time, the messages are supposed to have come one after the other with a fixed
time between them. A conversation that has a time anywhere is left as it is: what was recorded is never
mixed with what is only supposed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from policy_engine.transcripts.message import SECOND, Conversation
from policy_engine.vocabulary.vocabulary import MAX_DAYS, UNIT_SECONDS, Lasting

_PACE = re.compile(r"([0-9]{1,9}) ?([a-z]+)")


def read_pace(text: str) -> Lasting:
    """The duration that ``text`` writes: ``1 minute``, ``30 seconds`` or ``30s``.

    ValueError, with a fragment to show, where it writes none, or one beyond 366 days.
    """
    found = _PACE.fullmatch(" ".join(text.lower().split()))
    size = _unit(found[2]) if found else None
    if found is None or size is None:
        raise ValueError(f'`{text}` is not a duration; for example "1 minute" or 30s')
    seconds = int(found[1]) * size
    if not 1 <= seconds <= MAX_DAYS * UNIT_SECONDS["day"]:
        raise ValueError(f"a pace is between 1 second and {MAX_DAYS} days")
    return Lasting(seconds=seconds)


def _unit(word: str) -> int | None:
    """The seconds of a unit: written out, or as its first letter."""
    for name, seconds in UNIT_SECONDS.items():
        if word in (name, f"{name}s", name[0]):
            return seconds
    return None


def has_no_times(conversation: Conversation) -> bool:
    """Whether nobody recorded a time on any message."""
    return all(message.time is None for message in conversation.messages)


def paced(conversation: Conversation, pace: Lasting) -> Conversation:
    """The conversation with a message every ``pace`` seconds, from 1970-01-01; it has no times of its own."""
    apart = (pace.seconds or 0) * SECOND
    return replace(
        conversation,
        messages=tuple(
            replace(message, time=number * apart) for number, message in enumerate(conversation.messages)
        ),
    )
