"""Messages of a conversation that somebody kept: as requests hold them, or as answers came from their provider.

Who appends answers to a list of messages as they come keeps in them how they ended, in either provider's words. No
provider's form has the time of a message, and many who keep messages write it beside (``TIMES``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.transcripts.anthropic_answer import stopped
from policy_engine.transcripts.chat_message import Said
from policy_engine.transcripts.message import Message, Role
from policy_engine.transcripts.openai_exchange import chat_said
from policy_engine.transcripts.reader import PASSED_OVER, Origin, Settings, quoted
from policy_engine.transcripts.times import are_zones_mixed, parse_time

TIMES = ("timestamp", "created_at")
"""The keys of a message's time."""
_TIMES = frozenset(TIMES)
_SYSTEMS = ("system", "developer")


def kept_said(value: object, settings: Settings) -> Sequence[Said]:
    """The message, after what tools answered in it; Malformed where it is none."""
    said = chat_said(value)
    if (
        not isinstance(value, dict)
        or "stop_reason" not in value
        or said[-1].message.role is not Role.ASSISTANT
    ):
        return said
    return stopped(said, value, settings)


def timed(listed: Sequence[object], said: Sequence[Said]) -> list[Said]:
    """The messages that were made of ``listed``, with their times, where each has one; a system's may lack its own.

    ``said`` is of one message each: else they have no times, since nobody says which is whose.
    """
    if len(listed) != len(said) or not _is_any_timed(listed) or _fault_of(listed) is not None:
        return [*said]
    times = [_time_of(each) for each in listed]
    following = next((time for time in reversed(times) if time is not None), None)
    for number in reversed(range(len(times))):
        if (
            times[number] is None
        ):  # a system's: at the time of what it stands before, at the end of what is last
            times[number] = following
        following = times[number]
    return [
        each._replace(message=replace(each.message, time=time))
        for each, time in zip(said, times, strict=True)
    ]


def all_timed(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages with their times if each has one, else without: with some, nobody could tell the time either."""
    if any(each.time is None for each in messages):
        return tuple([each if each.time is None else replace(each, time=None) for each in messages])
    return tuple(messages)


def untimed(listed: Sequence[object], origin: Origin, line: int) -> Iterator[Diagnostic]:
    """A warning where times stand beside messages and cannot be used."""
    fault = _fault_of(listed) if _is_any_timed(listed) else None
    if fault is not None:
        message = f"the times of the messages are passed over: {fault}"
        hint = "write `2025-08-15T10:00:00Z`, or seconds since 1970, in each message"
        yield Diagnostic(PASSED_OVER, message, hint=hint, subject=origin.at(line), severity=Severity.WARNING)


def _is_any_timed(listed: Sequence[object]) -> bool:
    """Whether a time stands anywhere; in most logs there is none."""
    return any(isinstance(each, dict) and not _TIMES.isdisjoint(each) for each in listed)


def _written(message: object) -> object:
    """The time of a message as it is written; None where it has none."""
    if not isinstance(message, dict):
        return None
    return next((each for key in TIMES if (each := message.get(key)) is not None), None)


def _time_of(message: object) -> int | None:
    """The time of a message, if it has one that can be read."""
    try:
        return None if (written := _written(message)) is None else parse_time(written)
    except ValueError:
        return None


def _fault_of(listed: Sequence[object]) -> str | None:
    """Why the times of messages cannot be used; None where they can, or there are none."""
    written = [_written(each) for each in listed]
    found = [each for each in written if each is not None]
    if not found:
        return None
    for number, (each, time) in enumerate(zip(listed, written, strict=True), 1):
        if time is None:
            if not (isinstance(each, dict) and each.get("role") in _SYSTEMS):
                return f"message {number:,} has none"
            continue
        try:
            parse_time(time)
        except ValueError as error:
            return f"that of message {number:,}, {quoted(time)}, {error}"
    return "some have a zone, and some have none" if are_zones_mixed(found) else None
