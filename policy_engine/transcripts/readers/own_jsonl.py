"""The project's own JSON Lines: one conversation a line, in the form of ``own_form``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policy_engine.transcripts.json_lines import json_conversations
from policy_engine.transcripts.json_values import beginnings
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.own_form import read_conversation
from policy_engine.transcripts.reader import Head, Log, Origin, Read, Reader

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
        """By the first line that can be read; by the beginning of the log where none can be."""
        if head.value is not None:
            return is_own(head.value)
        is_over_lines = head.first.rstrip().endswith(("{", "[", ",", ":"))
        return not is_over_lines and any("messages" in each and is_own(each) for each in beginnings(head)[:1])

    def read(self, log: Log) -> Iterator[Read]:
        """One conversation a line."""
        from policy_engine.transcripts.own_line import quick_conversations

        quick = partial(quick_conversations, texts=log.settings.texts)
        return json_conversations(log.stream, log.origin, _conversation, quick=quick)


def _conversation(value: object, origin: Origin, line: int) -> tuple[Conversation]:
    return (read_conversation(value, origin, line, f"{origin.stem}:{line}"),)


def is_own(value: object) -> bool:
    """Whether an object says something that only the project's own form has."""
    if not isinstance(value, dict) or "messages" not in value:
        return False  # spans of traces have attributes, too
    messages = value["messages"]
    listed = [each for each in messages if isinstance(each, dict)] if isinstance(messages, list) else []
    if any(_MESSAGE_MARKS & each.keys() for each in listed) or {"attributes", "looked-for"} & value.keys():
        return True
    foreign = value.keys() - {"id", "messages"} or any(each.keys() - {"role", "content"} for each in listed)
    parts = any(isinstance(each.get("content"), list) for each in listed)
    return "id" in value and not foreign and not parts


READER: Reader = OwnJsonLines()
