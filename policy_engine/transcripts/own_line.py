"""A line of the project's own JSON Lines, written, and read quickly: the same as by ``own_form``, or not at all.

msgspec decodes the line into the fields of the form. What it refuses, and whatever there is something to say about, is
left to ``own_form``, which has the words for it. A key that is written twice shows in the number of colons: a line has
one for each of its keys, and those in its texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from itertools import repeat
from types import MappingProxyType
from typing import Literal, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from policy_engine.transcripts.lines import quick_json_value
from policy_engine.transcripts.message import (
    AttributeValue,
    Conversation,
    Label,
    LookedFor,
    Mark,
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
    to_json,
)
from policy_engine.transcripts.reader import Malformed, Origin
from policy_engine.transcripts.recorded import Recorded

_REMEMBERED = 1_024
"""Attributes and things looked for that are remembered: many conversations have the same."""
_LONGEST = 1_000
"""Bytes of what is remembered, each."""
_NO_ATTRIBUTES: Mapping[str, AttributeValue] = MappingProxyType({})
_NO_SOURCE = repeat(None)

_label: Callable[[tuple[str, Score, str | None]], Label] = partial(tuple.__new__, Label)


_Scores = dict[str, float | bool | Literal["unknown"]]
"""Values by name, as they are decoded; then unknown is None."""


class _Said(Struct, gc=False, forbid_unknown_fields=True):
    """What one source recorded."""

    by: str
    labels: _Scores | list[str]


class _Message(Struct, gc=False, forbid_unknown_fields=True):
    """The fields of a message; ``labels`` are names with scores, or names and what sources recorded."""

    role: Role
    labels: _Scores | list[str | _Said] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    time: str | int | float | UnsetType = UNSET
    id: str | UnsetType = UNSET


class _Conversation(Struct, gc=False, forbid_unknown_fields=True):
    """The fields of a conversation; ``attributes`` and ``looked_for`` as they are written."""

    messages: list[_Message]
    id: str | int | UnsetType = UNSET
    attributes: Raw | UnsetType = UNSET
    looked_for: Raw | UnsetType = msgspec.field(default=UNSET, name="looked-for")


_decode = msgspec.json.Decoder(_Conversation).decode
_encode = msgspec.json.Encoder().encode


def written_line(conversation: Conversation, *, texts: bool = True) -> bytes:
    """The conversation as one line of JSON, with its line break; ``texts`` and ValueError as ``to_json`` has them."""
    value = to_json(conversation, texts=texts)
    try:
        return _encode(value) + b"\n"
    except (UnicodeError, OverflowError):  # half a character, or a number beyond 64 bits
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def quick_conversation(raw: bytes, origin: Origin, line: int, *, texts: bool = True) -> Conversation | None:
    """The conversation that the line ``raw`` writes; None where ``own_form`` has to be asked.

    Without ``texts``, what was said is left out.
    """
    try:
        found = _decode(raw)
        messages = found.messages
        if b'"unknown"' in raw or b"\\u" in raw:
            _resolve_unknowns(messages)
        times = [each.time for each in messages if each.time is not UNSET]
        left = raw.count(b":") - _colons(found)
        is_any_twice = left and left != _colons_of_names(messages, times)
        # a colon that is written as a number begins so, and was not counted
        if is_any_twice or not messages or (b"\\" in raw and b"\\u003" in raw):
            return None
        if times:
            refuse_mixed_zones(times)
        return Recorded.of(
            read_id(None if found.id is UNSET else found.id, f"{origin.stem}:{line}"),
            _Line(messages, texts, [read_time(each) for each in times]),
            _NO_ATTRIBUTES if found.attributes is UNSET else _attributes(found.attributes),
            None if found.looked_for is UNSET else _looked_for(found.looked_for),
            origin.at(line),
        )
    except (ValueError, RecursionError, Malformed):
        return None


def _colons(found: _Conversation) -> int:
    """How many colons there are in a line that writes ``found``, and each key once: but for those in names and times.

    ValueError where a label has no name.
    """
    messages = found.messages
    count = 1 + len(messages)
    if found.id is not UNSET:
        count += 1 + str(found.id).count(":")
    for piece in (found.attributes, found.looked_for):
        if piece is not UNSET:
            count += 1 + bytes(piece).count(b":")
    contents = [each.content for each in messages if each.content is not UNSET]
    ids = [each.id for each in messages if each.id is not UNSET]
    labels = [each.labels for each in messages if each.labels is not UNSET]
    said = _said_in(messages)
    plain = [*labels, *(each.labels for each in said)] if said else labels
    scored = [len(each) for each in plain if each.__class__ is dict]
    if True in ["" in each for each in plain]:
        raise ValueError("a name is empty")
    count += 2 * len(said) + "".join([each.by for each in said]).count(":")
    count += len(ids) + "".join(ids).count(":")
    return count + len(contents) + "".join(contents).count(":") + len(labels) + sum(scored)


def _colons_of_names(messages: list[_Message], times: list[str | int | float]) -> int:
    """How many colons there are in the names of labels and in times, and behind the keys of the times."""
    listed = [each.labels for each in messages if each.labels] + [each.labels for each in _said_in(messages)]
    named = sum("".join(name for name in each if name.__class__ is str).count(":") for each in listed)
    return named + len(times) + sum(str(each).count(":") for each in times)


def _said_in(messages: list[_Message]) -> list[_Said]:
    """Everything that is said to be of a source."""
    lists = [each.labels for each in messages if isinstance(each.labels, list)]
    return [said for each in lists for said in each if isinstance(said, _Said)]


def _resolve_unknowns(messages: list[_Message]) -> None:
    """What is written as ``unknown`` becomes None, which a score is where nobody could say."""
    for message in messages:
        if isinstance(message.labels, dict):
            message.labels = _resolved(message.labels)
    for said in _said_in(messages):
        if isinstance(said.labels, dict):
            said.labels = _resolved(said.labels)


def _resolved(found: _Scores) -> _Scores:
    if str not in map(type, found.values()):
        return found
    return cast(_Scores, {name: None if value == "unknown" else value for name, value in found.items()})


class _Line:
    """The messages of a line, as they were decoded; ``times`` are those that some of them have, in order."""

    __slots__ = ("_found", "_texts", "_times")

    def __init__(self, found: list[_Message], texts: bool, times: list[int]) -> None:
        self._found = found
        self._texts = texts
        self._times = times

    def messages(self) -> tuple[Message, ...]:
        """The messages."""
        return tuple(
            [
                known_message(
                    each.role,
                    _labels(each.labels) if each.labels else (),
                    each.content if self._texts and each.content is not UNSET else None,
                    time,
                )
                if each.id is UNSET
                else Message(
                    each.role,
                    _labels(each.labels) if each.labels else (),
                    each.content if self._texts and each.content is not UNSET else None,
                    time,
                    each.id,
                )
                for each, time in zip(self._found, self._each_time(), strict=False)
            ]
        )

    def marks(self) -> Iterator[Mark]:
        """What each message shows."""
        for each, time in zip(self._found, self._each_time(), strict=False):
            labels = each.labels
            if not labels:
                yield each.role, (), time
            elif isinstance(labels, dict):
                yield each.role, cast(Mapping[str, Score], labels).items(), time
            else:
                yield each.role, [label[:2] for label in _labels(labels)], time

    def _each_time(self) -> Iterator[int | None]:
        if not self._times:
            return repeat(None)
        times = iter(self._times)
        return (None if each.time is UNSET else next(times) for each in self._found)


def _labels(found: _Scores | list[str | _Said]) -> tuple[Label, ...]:
    if isinstance(found, dict):
        return tuple(
            map(_label, zip(found, cast(Mapping[str, Score], found).values(), _NO_SOURCE, strict=False))
        )
    labels: list[Label] = []
    for each in found:
        if isinstance(each, str):
            labels.append(Label(each))
        elif isinstance(each.labels, dict):
            scores = cast(Mapping[str, Score], each.labels)
            labels += map(_label, zip(scores, scores.values(), repeat(each.by), strict=False))
        else:
            labels += [Label(name, True, each.by) for name in each.labels]
    return tuple(labels)


def _attributes(raw: Raw) -> Mapping[str, AttributeValue]:
    return (_same_attributes if len(raw) <= _LONGEST else _read_attributes)(bytes(raw))


def _looked_for(raw: Raw) -> LookedFor:
    return (_same_looked_for if len(raw) <= _LONGEST else _read_looked_for)(bytes(raw))


def _read_attributes(raw: bytes) -> Mapping[str, AttributeValue]:
    return read_attributes(quick_json_value(raw))


def _read_looked_for(raw: bytes) -> LookedFor:
    return read_looked_for(quick_json_value(raw))


_same_attributes = lru_cache(_REMEMBERED)(_read_attributes)
_same_looked_for = lru_cache(_REMEMBERED)(_read_looked_for)
