"""Pairs of chats as hh-rlhf publishes them: ``{"chosen": "\\n\\nHuman: …\\n\\nAssistant: …", "rejected": …}``.

Each line gives two conversations, ``<line>.chosen`` and ``<line>.rejected``. Nothing was looked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import BinaryIO

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.lines import json_lines
from policy_engine.transcripts.message import Conversation, Message, Role
from policy_engine.transcripts.reader import Malformed, Origin, Read, Reader

_SIDES = ("chosen", "rejected")
_SPEAKER = re.compile(r"\n\n(Human|Assistant):")
_ROLES = {"Human": Role.USER, "Assistant": Role.ASSISTANT}
_FIRST_WORDS = re.compile(r'\s*\{\s*"(?:chosen|rejected)"\s*:')


class HhRlhf:
    """A speaker is announced after an empty line; everything up to the next one is the message."""

    name = "hh-rlhf"
    form = r'JSON Lines of `{"chosen": "\n\nHuman: …\n\nAssistant: …", "rejected": …}`'

    def claims(self, head: str, name: str) -> bool:
        """A first readable line with both sides; the first words where no line can be read."""
        lines = [line for line in head.splitlines() if line.strip()][:20]
        for line in lines:
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            return isinstance(value, dict) and all(side in value for side in _SIDES)
        return bool(lines and _FIRST_WORDS.match(lines[0]))

    def read(self, stream: BinaryIO, origin: Origin) -> Iterator[Read]:
        """Two conversations a line."""
        for each in json_lines(stream, origin):
            if isinstance(each, Diagnostic):
                yield each
                continue
            line, value = each
            for side in _SIDES:
                try:
                    yield _conversation(value, side, origin, line)
                except Malformed as fault:
                    yield fault.diagnostic(origin, line)


def _conversation(value: object, side: str, origin: Origin, line: int) -> Conversation:
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
    return Conversation(f"{line}.{side}", messages, looked_for=MappingProxyType({}), origin=origin.at(line))


READER: Reader = HhRlhf()
