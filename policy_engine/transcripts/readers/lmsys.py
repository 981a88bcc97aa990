"""Rows of LMSYS-Chat-1M: a chat with a model, and OpenAI's moderation of each of its messages.

No refusal was looked for. The language of a row is left out: a policy cannot speak of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.transcripts.chat_log import given_id, model_of
from policy_engine.transcripts.json_values import beginnings, json_conversations_of
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.moderated_row import misnamed_in_row, moderated, row_messages, turns_of
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, Settings
from policy_engine.transcripts.readers.wildchat import is_wildchat

_COLUMNS = {"openai_moderation": "openai-moderation"}


class Lmsys:
    """A row is a conversation."""

    name = "lmsys"
    by_line = True
    gives = "OpenAI's moderation of each message; the model"
    form = "JSON of `conversation_id`, `conversation` and `openai_moderation` (LMSYS-Chat-1M)"

    def claims(self, head: Head) -> bool:
        """The first object is a row of chat with its moderation, and not one of WildChat."""
        first = next(iter(beginnings(head)), None)
        if first is None or is_wildchat(first) or not isinstance(first.get("conversation"), list):
            return False
        return "openai_moderation" in first or {"conversation_id", "turn"} <= first.keys()

    def read(self, log: Log) -> Iterator[Read]:
        """A conversation for every row."""

        def made(value: object, origin: Origin, line: int) -> Iterator[Read]:
            yield conversation(value, origin, line, log.settings)
            yield from misnamed_in_row(value, _COLUMNS, origin, line)

        return json_conversations_of(log, made)


def conversation(value: object, origin: Origin, line: int, settings: Settings) -> Conversation:
    """The conversation of one row; Malformed where it is none."""
    row, listed = turns_of(value)
    if is_wildchat(row):
        raise Malformed("this is a row of WildChat")
    messages, looked_for = moderated(row, row_messages(listed), _COLUMNS, settings)
    return Conversation(
        id=given_id(row.get("conversation_id")) or f"{origin.stem}:{line}",
        messages=messages,
        attributes=model_of(row),
        looked_for=looked_for,
        origin=origin.at(line),
    )


READER: Reader = Lmsys()
