"""The project's own JSON Lines: one conversation a line, in the form of ``own_form``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policy_engine.transcripts.lines import json_conversations
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.own_form import read_conversation
from policy_engine.transcripts.reader import Head, Log, Origin, Read, Reader

_CONVERSATION_MARKS = frozenset(("id", "attributes", "looked-for"))
_MESSAGE_MARKS = frozenset(("labels", "time"))


class OwnJsonLines:
    """A line is the project's own if it says an id, attributes, labels, times or what was looked for.

    A line that only has ``messages`` of ``role`` and ``content`` could be anybody's: it is left to
    the reader of chat logs, for which a label that nobody recorded is unknown and not absent.
    """

    name = "own-jsonl"
    by_line = True
    gives = "everything"
    form = 'JSON Lines of `{"id": …, "messages": [{"role": …, "labels": …}]}`'

    def claims(self, head: Head) -> bool:
        """By the first line that can be read; by its first words where none can be."""
        value, first = head.value, head.first
        if value is not None:
            return _is_own(value)
        return first.startswith("{") and '"messages"' in first and _has_mark(first)

    def read(self, log: Log) -> Iterator[Read]:
        """One conversation a line."""
        from policy_engine.transcripts.own_line import quick_conversation

        quick = partial(quick_conversation, texts=log.settings.texts)
        return json_conversations(log.stream, log.origin, _conversation, quick=quick)


def _conversation(value: object, origin: Origin, line: int) -> Conversation:
    return read_conversation(value, origin, line, f"{origin.stem}:{line}")


def _is_own(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    messages = value.get("messages")
    listed = [each for each in messages if isinstance(each, dict)] if isinstance(messages, list) else []
    if any(_MESSAGE_MARKS & each.keys() for each in listed) or {"attributes", "looked-for"} & value.keys():
        return True
    foreign = value.keys() - {"id", "messages"} or any(each.keys() - {"role", "content"} for each in listed)
    parts = any(isinstance(each.get("content"), list) for each in listed)
    return "id" in value and not foreign and not parts


def _has_mark(line: str) -> bool:
    marks = sorted((_CONVERSATION_MARKS - {"id"}) | _MESSAGE_MARKS)
    return line.startswith('{"id"') or any(f'"{mark}"' in line for mark in marks)


READER: Reader = OwnJsonLines()
