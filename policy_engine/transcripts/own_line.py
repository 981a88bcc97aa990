"""A line of the project's own JSON Lines, read quickly: the same as by ``own_form``, or not at all.

msgspec decodes the line into the fields of the form. What it refuses, and whatever there is something to say about, is
left to ``own_form``, which has the words for it. A key that is written twice shows in the number of colons: a line has
one for each of its keys, and those in its texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import _lru_cache_wrapper, lru_cache, partial
from itertools import repeat
from types import MappingProxyType
from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from policy_engine.transcripts.lines import quick_json_value
from policy_engine.transcripts.message import (
    AttributeValue,
    Conversation,
    Label,
    LookedFor,
    Message,
    Role,
    Score,
    known_message,
)
from policy_engine.transcripts.own_form import (
    read_attributes,
    read_id,
    read_looked_for,
    read_time,
    refuse_mixed_zones,
)
from policy_engine.transcripts.reader import Malformed, Origin

Piece = TypeVar("Piece")

_REMEMBERED = 1_024
"""Attributes and things looked for that are remembered: many conversations have the same."""
_LONGEST = 1_000
"""Bytes of what is remembered, each."""
_NO_ATTRIBUTES: Mapping[str, AttributeValue] = MappingProxyType({})
_NO_SOURCE = repeat(None)

_label: Callable[[tuple[str, Score, None]], Label] = partial(tuple.__new__, Label)


class _Message(Struct, gc=False, forbid_unknown_fields=True):
    """The fields of a message; ``labels`` are names with scores, or names."""

    role: Role
    labels: dict[str, float | bool] | list[str] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    time: str | int | float | UnsetType = UNSET


class _Conversation(Struct, gc=False, forbid_unknown_fields=True):
    """The fields of a conversation; ``attributes`` and ``looked_for`` as they are written."""

    messages: list[_Message]
    id: str | int | UnsetType = UNSET
    attributes: Raw | UnsetType = UNSET
    looked_for: Raw | UnsetType = msgspec.field(default=UNSET, name="looked-for")


_decode = msgspec.json.Decoder(_Conversation).decode


def quick_conversation(raw: bytes, origin: Origin, line: int, *, texts: bool = True) -> Conversation | None:
    """The conversation that the line ``raw`` writes; None where ``own_form`` has to be asked.

    Without ``texts``, what was said is left out.
    """
    try:
        found = _decode(raw)
        # the line with its keys written once; a colon that is written as a number would not be counted
        if raw.count(b":") != _colons(found) or (b"\\" in raw and b"\\u003" in raw) or not found.messages:
            return None
        return Conversation(
            read_id(None if found.id is UNSET else found.id, f"{origin.stem}:{line}"),
            _messages(found.messages, texts),
            _NO_ATTRIBUTES if found.attributes is UNSET else _remembered(_attributes, found.attributes),
            None if found.looked_for is UNSET else _remembered(_looked_for, found.looked_for),
            origin.at(line),
        )
    except (ValueError, RecursionError, Malformed):
        return None


def _colons(found: _Conversation) -> int:
    """How many colons there are in a line that writes ``found``, and each key once."""
    count = 1
    if found.id is not UNSET:
        count += 1 + str(found.id).count(":")
    for piece in (found.attributes, found.looked_for):
        if piece is not UNSET:
            count += 1 + bytes(piece).count(b":")
    for message in found.messages:
        labels, content, time = message.labels, message.content, message.time
        count += 1
        if content is not UNSET:
            count += 1 + content.count(":")
        if labels is not UNSET:
            count += 1 + ("".join(labels).count(":") if labels else 0)
            count += len(labels) if labels.__class__ is dict else 0
        if time is not UNSET:
            count += 1 + str(time).count(":")
    return count


def _messages(found: list[_Message], texts: bool) -> tuple[Message, ...]:
    times = [each.time for each in found if each.time is not UNSET]
    if times:
        refuse_mixed_zones(times)
    return tuple(
        [
            known_message(
                each.role,
                _labels(each.labels) if each.labels else (),
                each.content if texts and each.content is not UNSET else None,
                None if each.time is UNSET else read_time(each.time),
            )
            for each in found
        ]
    )


def _labels(found: dict[str, float | bool] | list[str]) -> tuple[Label, ...]:
    if isinstance(found, list):
        return tuple(map(_named, found))
    if "" in found:
        raise ValueError("a name is empty")
    return tuple(map(_label, zip(found, found.values(), _NO_SOURCE, strict=False)))


def _named(name: str) -> Label:
    if not name:
        raise ValueError("a name is empty")
    return Label(name)


def _remembered(read: _lru_cache_wrapper[Piece], raw: Raw) -> Piece:
    """What ``read`` makes of a piece of the line: remembered where it is short."""
    return read(bytes(raw)) if len(raw) <= _LONGEST else read.__wrapped__(bytes(raw))


@lru_cache(_REMEMBERED)
def _attributes(raw: bytes) -> Mapping[str, AttributeValue]:
    return read_attributes(quick_json_value(raw))


@lru_cache(_REMEMBERED)
def _looked_for(raw: bytes) -> LookedFor:
    return read_looked_for(quick_json_value(raw))
