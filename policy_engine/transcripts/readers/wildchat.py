"""Rows of WildChat (the first set, 1M and 4.8M): a chat, its times, and two moderations of each of its messages.

A time is recorded once for each turn, at the reply; the user's message of that turn takes it, too. The first
set has one time for a whole chat, which says nothing of its messages. No refusal was looked for. Left out are
languages and countries, of which a policy cannot speak, and what stands for a person (a hashed address, headers).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from policy_engine.transcripts.chat_log import given_id, model_of
from policy_engine.transcripts.json_values import beginnings, json_conversations_of
from policy_engine.transcripts.message import Conversation, Message
from policy_engine.transcripts.moderated_row import misnamed_in_row, moderated, row_messages, turns_of
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, Settings, quoted
from policy_engine.transcripts.times import parse_time

_COLUMNS = {"openai_moderation": "openai-moderation", "detoxify_moderation": "detoxify"}
_MARKS = frozenset(("conversation_hash", "detoxify_moderation", "toxic", "timestamp"))


class WildChat:
    """A row is a conversation."""

    name = "wildchat"
    by_line = True
    gives = "OpenAI's moderation and Detoxify's of each message; times of turns; the model"
    form = "JSON of `conversation_hash`, `conversation` and `toxic` (WildChat)"

    def claims(self, head: Head) -> bool:
        """The first object is a row with what only these sets have."""
        first = next(iter(beginnings(head)), None)
        return first is not None and is_wildchat(first)

    def read(self, log: Log) -> Iterator[Read]:
        """A conversation for every row."""

        def made(value: object, origin: Origin, line: int) -> Iterator[Read]:
            yield conversation(value, origin, line, log.settings)
            yield from misnamed_in_row(value, _COLUMNS, origin, line)

        return json_conversations_of(log, made)


def is_wildchat(value: Mapping[str, object]) -> bool:
    """Whether a row is one of these sets."""
    return isinstance(value.get("conversation"), list) and bool(_MARKS & value.keys())


def conversation(value: object, origin: Origin, line: int, settings: Settings) -> Conversation:
    """The conversation of one row; Malformed where it is none."""
    row, listed = turns_of(value)
    messages, looked_for = moderated(row, row_messages(listed), _COLUMNS, settings)
    return Conversation(
        id=given_id(row.get("conversation_hash"), row.get("conversation_id")) or f"{origin.stem}:{line}",
        messages=_timed(messages, _times(listed)),
        attributes=model_of(row),
        looked_for=looked_for,
        origin=origin.at(line),
    )


def _times(listed: Sequence[Mapping[str, object]]) -> list[int | None]:
    """The time of each message: its own, else that of its turn."""
    own = [_time(each.get("timestamp"), number) for number, each in enumerate(listed, 1)]
    turns = [_turn(each) for each in listed]
    of_turn = {
        turn: time for turn, time in zip(turns, own, strict=True) if turn is not None and time is not None
    }
    return [
        of_turn.get(turn) if time is None and turn is not None else time
        for turn, time in zip(turns, own, strict=True)
    ]


def _turn(message: Mapping[str, object]) -> int | str | None:
    turn = message.get("turn_identifier")
    return turn if isinstance(turn, int | str) else None


def _time(value: object, number: int) -> int | None:
    if value is None:
        return None
    try:
        return parse_time(value)
    except ValueError as error:
        raise Malformed(f"message {number}: the time {quoted(value)} {error}") from None


def _timed(messages: tuple[Message, ...], times: Sequence[int | None]) -> tuple[Message, ...]:
    """The messages with their times, if each has one: with some, a policy could not tell the time either."""
    if len(messages) != len(times) or None in times:
        return messages
    return tuple(replace(message, time=time) for message, time in zip(messages, times, strict=True))


READER: Reader = WildChat()
