"""Lines of the project's own JSON Lines, written, and read quickly: the same as by ``own_form``, or not at all.

msgspec decodes many lines at once into the fields of the form. What it refuses, and whatever there is something to say
about, is left to ``own_form``, which has the words for it. A key that is written twice shows in the number of colons:
the lines have one for each of their keys, and those in their texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain, count, repeat
from types import MappingProxyType
from typing import ClassVar, Generic, Literal, TypeVar, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from policy_engine.transcripts.json_lines import Line, Text, are_keys_once, line_values
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
    heading_to_json,
    message_to_json,
    read_attributes,
    read_looked_for,
    read_time,
    refuse_mixed_zones,
)
from policy_engine.transcripts.reader import Malformed, Origin
from policy_engine.transcripts.recorded import Recorded

_REMEMBERED = 1_024
"""Attributes and things looked for that are remembered: many conversations have the same."""
_LONGEST = 1_000
"""Bytes of what is remembered, each."""
_NO_ATTRIBUTES: Mapping[str, AttributeValue] = MappingProxyType({})
_NO_SOURCE = repeat(None)

_Heading = tuple[Mapping[str, AttributeValue], LookedFor | None, int]
"""The attributes of a conversation, what was looked for, and how many colons and keys are written for both."""

_label: Callable[[tuple[str, Score, str | None]], Label] = partial(tuple.__new__, Label)


_Value = TypeVar("_Value")
_Text = TypeVar("_Text")
_AnyMessage = TypeVar("_AnyMessage")


class _Said(Struct, Generic[_Value], gc=False, forbid_unknown_fields=True):
    """What one source recorded."""

    by: str
    labels: dict[str, _Value] | list[str]


class _Message(Struct, Generic[_Value, _Text], gc=False, forbid_unknown_fields=True):
    """The fields of a message; ``labels`` are names with values, or names and what sources recorded."""

    role: Role
    labels: dict[str, _Value] | list[str | _Said[_Value]] | UnsetType = UNSET
    content: _Text | UnsetType = UNSET
    time: str | int | float | UnsetType = UNSET
    id: str | UnsetType = UNSET


class _Plain(Struct, Generic[_Value, _Text], gc=False, forbid_unknown_fields=True):
    """A message as most are: with a content and labels, and nothing else. It is the fastest to decode."""

    role: Role
    content: _Text
    labels: dict[str, _Value] | list[str | _Said[_Value]]
    time: ClassVar[UnsetType] = UNSET
    id: ClassVar[UnsetType] = UNSET


class _Conversation(Struct, Generic[_AnyMessage], gc=False, forbid_unknown_fields=True):
    """The fields of a conversation; ``attributes`` and ``looked_for`` as they are written."""

    messages: list[_AnyMessage]
    id: str | int | UnsetType = UNSET
    attributes: Raw | UnsetType = UNSET
    looked_for: Raw | UnsetType = msgspec.field(default=UNSET, name="looked-for")


_Known = float | bool
_Decoded = _Known | Literal["unknown"]
"""A value as it is decoded; then unknown is None."""
_Scores = dict[str, _Decoded]
_Names = _Scores | list[str] | list[str | _Said[_Decoded]]
_AMessage = _Plain[_Decoded, Text] | _Message[_Decoded, Text]
_AConversation = _Conversation[_AMessage]
_Decode = Callable[[bytes], list[Line[_AConversation]]]


def _decoder(message: type) -> _Decode:
    """What decodes lines whose messages are of that form."""
    made = msgspec.json.Decoder(list[Line[_Conversation[message]]])  # type: ignore[valid-type]
    return cast(_Decode, made.decode)


_FORMS = {
    True: (_Plain[_Known, str], _Message[_Known, str | None], _Message[_Decoded, str | None]),
    False: (_Plain[_Known, Raw], _Message[_Known, Raw], _Message[_Decoded, Raw]),
}
_DECODE = {texts: tuple(map(_decoder, forms)) for texts, forms in _FORMS.items()}
"""What decodes lines, with texts or with these as they are written: the fastest first, the one for all last."""
_encode = msgspec.json.Encoder().encode


def written_line(conversation: Conversation, *, texts: bool = True, escapes: bool = False) -> bytes:
    """The conversation as one line of JSON, with its line break; ``texts`` and ValueError as ``to_json`` has them.

    ``escapes`` writes what is not ASCII as numbers, so that a terminal can be shown it.
    """
    encode = _escaped if escapes else _encoded
    heading = encode(heading_to_json(conversation))
    # one by one: the values of a million messages need more memory than their bytes
    messages = b",".join([encode(message_to_json(message, texts)) for message in conversation.messages])
    return b'%b,"messages":[%b]}\n' % (heading[:-1], messages)


def _encoded(value: object) -> bytes:
    try:
        return _encode(value)
    except (UnicodeError, OverflowError):  # half a character, or a number beyond 64 bits
        return _escaped(value)


def _escaped(value: object) -> bytes:
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("\x7f", "\\u007f").encode()


def quick_conversations(
    lines: bytes, origin: Origin, first: int, *, texts: bool = True
) -> list[Conversation] | None:
    """The conversations that ``lines`` write, one each, of which the first is the line ``first`` of its log.

    No line break stands behind the last line. None where ``own_form`` has to be asked about some of them. Without
    ``texts``, what was said is left out.
    """
    try:
        found = _decoded(lines, texts)
        said = [each.messages for each in found]
        if [] in said:
            return None
        headings = [_heading(each) for each in found]
        parts = _Parts(found, headings, list(chain.from_iterable(said)))
        if not parts.are_said_once(lines):
            return None
        if not texts:
            parts.let_go_of_texts()
        times = [_times(each) for each in said] if parts.timed else repeat(())
        return [
            Recorded.of(
                f"{origin.stem}:{line}" if each.id is UNSET else str(each.id),
                attributes,
                looked_for,
                _Line(origin, line, each.messages, time),
            )
            for line, each, (attributes, looked_for, _), time in zip(count(first), found, headings, times)
        ]
    except (ValueError, RecursionError, Malformed):
        return None


def _decoded(lines: bytes, texts: bool) -> list[_AConversation]:
    """The conversations that lines write, one each, without ``texts`` with these as written; ValueError where not."""
    *known, unknown = _DECODE[texts]
    for decode in known:
        try:
            return line_values(decode, lines)
        except msgspec.ValidationError:  # perhaps something is unknown, which is not often so
            continue
    found = line_values(unknown, lines)
    _resolve_unknowns(found)
    return found


def _resolve_unknowns(found: list[_AConversation]) -> None:
    """What is written as ``unknown`` becomes None, which a score is where nobody could say."""
    messages = [message for each in found for message in each.messages]
    for message in messages:
        if isinstance(message.labels, dict):
            message.labels = _resolved(message.labels)
    for said in _said_in([each.labels for each in messages]):
        if isinstance(said.labels, dict):
            said.labels = _resolved(said.labels)


def _heading(found: _AConversation) -> _Heading:
    """What is said of a conversation; Malformed or ValueError where it cannot be read."""
    attributes = b"" if found.attributes is UNSET else bytes(found.attributes)
    looked_for = b"" if found.looked_for is UNSET else bytes(found.looked_for)
    is_short = len(attributes) + len(looked_for) <= _LONGEST
    return (_same_heading if is_short else _read_heading)(attributes, looked_for)


def _read_heading(attributes: bytes, looked_for: bytes) -> _Heading:
    return (
        read_attributes(quick_json_value(attributes)) if attributes else _NO_ATTRIBUTES,
        read_looked_for(quick_json_value(looked_for)) if looked_for else None,
        sum(1 + each.count(b":") for each in (attributes, looked_for) if each),
    )


_same_heading = lru_cache(_REMEMBERED)(_read_heading)


def _times(messages: list[_AMessage]) -> list[int]:
    """The times of those messages of a conversation that have one; Malformed where they cannot be read."""
    times = [each.time for each in messages if each.time is not UNSET]
    refuse_mixed_zones(times)
    return [read_time(each) for each in times]


def _said_in(labels: Iterable[object]) -> list[_Said[_Decoded]]:
    """Everything in these labels that is said to be of a source."""
    lists = [each for each in labels if each.__class__ is list]
    parts = chain.from_iterable(cast(list[list[str | _Said[_Decoded]]], lists))
    return [each for each in parts if not isinstance(each, str)]


class _Parts:
    """What some lines hold: ``found`` and ``headings`` are their conversations, ``messages`` those of all of them.

    ValueError where a label has no name.
    """

    def __init__(
        self, found: list[_AConversation], headings: list[_Heading], messages: list[_AMessage]
    ) -> None:
        self._messages = messages
        self._ids = [each.id for each in found if each.id is not UNSET]
        if isinstance(messages[0], _Plain):  # as are all of them
            self._texts = cast(list[Text], [each.content for each in messages])
            given = cast(list[_Names], [each.labels for each in messages])
        else:
            self._texts = cast(list[Text], [each.content for each in messages if each.content is not UNSET])
            given = [each.labels for each in messages if each.labels is not UNSET]
        self._keys = sum([colons for _, _, colons in headings], len(found) + len(messages))
        self._keys += len(self._ids) + len(self._texts) + len(given)
        self._labels: list[_Names] = list(filter(None, given))
        """Labels as names, or as names and values, whoever recorded them."""
        self._said = _said_in(self._labels)
        self._labels += [each.labels for each in self._said]
        if True in ["" in each for each in self._labels]:
            raise ValueError("a name is empty")
        self._keys += 2 * len(self._said)
        self._keys += sum([len(each) for each in self._labels if each.__class__ is dict])
        self.timed = list[_AMessage]()
        """The messages that have a time, once it is known that each key is written once."""

    def are_said_once(self, lines: bytes) -> bool:
        """Whether each key of the lines is written once."""
        return are_keys_once(lines, self._keys, self._texts, self._others)

    def let_go_of_texts(self) -> None:
        """Keep nothing of what was said: a text as it is written holds on to all that was decoded with it."""
        for each in self._messages:
            each.content = None

    def _others(self) -> tuple[int, list[str]]:
        """How many keys are of ids and times of messages; and all that is written beside texts and headings."""
        self.timed = [each for each in self._messages if each.time is not UNSET]
        names = [each.id for each in self._messages if each.id is not UNSET]
        names += [str(each.time) for each in self.timed]
        keys = len(names)
        names += [str(each) for each in self._ids]
        names += [each.by for each in self._said]
        return keys, [*names, *(name for each in self._labels for name in each if isinstance(name, str))]


def _resolved(found: _Scores) -> _Scores:
    if str not in map(type, found.values()):
        return found
    return cast(_Scores, {name: None if value == "unknown" else value for name, value in found.items()})


class _Line(Struct, gc=False):
    """A line of a log as it was decoded; ``times`` are those that some of its messages have, in order."""

    log: Origin
    number: int
    found: list[_AMessage]
    times: Sequence[int]

    def origin(self) -> str:
        """Where the line stands."""
        return self.log.at(self.number)

    def messages(self) -> tuple[Message, ...]:
        """The messages."""
        return tuple(
            [
                known_message(
                    each.role,
                    _labels(each.labels) if each.labels else (),
                    each.content if isinstance(each.content, str) else None,
                    time,
                )
                if each.id is UNSET
                else Message(
                    each.role,
                    _labels(each.labels) if each.labels else (),
                    each.content if isinstance(each.content, str) else None,
                    time,
                    each.id,
                )
                for each, time in zip(self.found, self._each_time(), strict=False)
            ]
        )

    def marks(self) -> Iterator[Mark]:
        """What each message shows."""
        for each, time in zip(self.found, self._each_time(), strict=False):
            labels = each.labels
            if not labels:
                yield each.role, (), time
            elif isinstance(labels, dict):
                yield each.role, cast(Mapping[str, Score], labels).items(), time
            else:
                yield each.role, _values(labels), time

    def _each_time(self) -> Iterator[int | None]:
        if not self.times:
            return repeat(None)
        times = iter(self.times)
        return (None if each.time is UNSET else next(times) for each in self.found)


def _values(found: list[str | _Said[_Decoded]]) -> Collection[tuple[str, Score]]:
    """The names and values of labels, whoever recorded them."""
    values: list[Collection[tuple[str, Score]]] = [
        ((each, True),)
        if isinstance(each, str)
        else cast(Mapping[str, Score], each.labels).items()
        if isinstance(each.labels, dict)
        else [(name, True) for name in each.labels]
        for each in found
    ]
    return values[0] if len(values) == 1 else list(chain.from_iterable(values))


def _labels(found: _Scores | list[str | _Said[_Decoded]]) -> tuple[Label, ...]:
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
