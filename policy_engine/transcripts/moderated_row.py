"""Rows of published chats: a list of messages, and beside it a list of what a classifier said of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.chat_message import chat_messages
from policy_engine.transcripts.classified import classified, classifier_of, together
from policy_engine.transcripts.message import LookedFor, Message
from policy_engine.transcripts.misnamed import misnamed
from policy_engine.transcripts.reader import Malformed, Origin, Settings


def turns_of(value: object) -> tuple[Mapping[str, object], Sequence[Mapping[str, object]]]:
    """The row, and its messages as they are; Malformed where there are none."""
    if not isinstance(value, dict):
        raise Malformed("the row is not an object")
    listed = value.get("conversation")
    if not isinstance(listed, list) or not listed:
        raise Malformed("the row has no list of messages in `conversation`")
    if not all(isinstance(each, dict) for each in listed):
        raise Malformed("a message of the row is not an object")
    return value, cast(Sequence[Mapping[str, object]], listed)


def row_messages(listed: Sequence[Mapping[str, object]]) -> tuple[Message, ...]:
    """The messages of a row; Malformed, with the message's number, for a fault."""
    return tuple(each.message for each in chat_messages(listed, key="conversation"))


def misnamed_in_row(value: object, columns: Iterable[str], origin: Origin, line: int) -> Iterator[Diagnostic]:
    """What looks like a text of a message, or like one of ``columns``, and is passed over."""
    row, listed = turns_of(value)
    yield from misnamed(listed, ("content",), "messages", origin, line)
    yield from misnamed((row,), columns, "rows", origin, line)


def moderated(
    row: Mapping[str, object], messages: tuple[Message, ...], columns: Mapping[str, str], settings: Settings
) -> tuple[tuple[Message, ...], LookedFor]:
    """The messages with the labels of ``columns``, each said by the classifier it maps to, and what was looked for."""
    looked_for: LookedFor = {}
    for column, name in columns.items():
        outputs = _outputs(row.get(column), column, len(messages))
        if any(outputs):
            messages, sought = classified(messages, outputs, classifier_of(settings, name))
            looked_for = together(looked_for, sought)
    return messages, looked_for


def _outputs(value: object, column: str, count: int) -> list[Sequence[object]]:
    """What was said of each message; nothing of any where the row does not have the column."""
    if value is None:
        return [()] * count
    if not isinstance(value, list):
        raise Malformed(f"`{column}` is not a list")
    if len(value) != count:
        raise Malformed(f"`{column}` has {len(value):,} entries for {count:,} messages")
    return [() if each is None else (each,) for each in value]
