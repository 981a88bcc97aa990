"""Pairs of chats as hh-rlhf publishes them: ``{"chosen": "\\n\\nHuman: …\\n\\nAssistant: …", "rejected": …}``.

Each line gives two conversations, ``<log>:<line>.chosen`` and ``<log>:<line>.rejected``. Nothing was looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from types import MappingProxyType

from policy_engine.transcripts.json_lines import json_conversations
from policy_engine.transcripts.message import Conversation, Message, Role
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader

_SIDES = ("chosen", "rejected")
_SPEAKER = re.compile(r"\n\n(Human|Assistant):")
_ROLES = {"Human": Role.USER, "Assistant": Role.ASSISTANT}
_FIRST_WORDS = re.compile(r'\s*\{\s*"(?:chosen|rejected)"\s*:')


class HhRlhf:
    """A speaker is announced after an empty line; everything up to the next one is the message."""

    name = "hh-rlhf"
    by_line = True
    gives = "who spoke, and nothing else"
    form = r'JSON Lines of `{"chosen": "\n\nHuman: …\n\nAssistant: …", "rejected": …}`'

    def claims(self, head: Head) -> bool:
        """A first readable line with both sides; the first words where no line can be read."""
        value, first = head.value, head.first
        if value is not None:
            return isinstance(value, dict) and all(side in value for side in _SIDES)
        return bool(_FIRST_WORDS.match(first))

    def read(self, log: Log) -> Iterator[Read]:
        """Two conversations a line."""
        return json_conversations(log.stream, log.origin, *(partial(_conversation, side) for side in _SIDES))


def _conversation(side: str, value: object, origin: Origin, line: int) -> tuple[Conversation]:
    text = value.get(side) if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise Malformed(f"the line has no text `{side}`")
    before, *rest = _SPEAKER.split("\n\n" + text.lstrip("\n"))
    if before.strip() or not rest:
        raise Malformed(rf"`{side}` does not begin with `\n\nHuman:` or `\n\nAssistant:`")
    messages = tuple(
        Message(_ROLES[speaker], content=content.strip())
        for speaker, content in zip(rest[::2], rest[1::2], strict=True)
    )
    name, place = f"{origin.stem}:{line}.{side}", origin.at(line)
    return (Conversation(name, messages, looked_for=MappingProxyType({}), origin=place),)


READER: Reader = HhRlhf()
