"""The project's own form as Parquet: a conversation a row, its messages nested in it.

The columns are described in docs/conversations.md. The version of that description stands in the table's metadata, by
which a reader knows it. A value of a label is ``detected`` (true, false) or a ``score``, and unknown where both are
null. An attribute is the JSON of its value, so that a text, a number and a truth stay apart.

Rows are written in groups, so that neither writing nor reading needs more memory than one of them. What is nested is
given to pyarrow, and taken from it, as flat columns with the places where each list begins: many times faster than
value by value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, BinaryIO, cast

from policy_engine.transcripts.lines import json_value
from policy_engine.transcripts.message import Conversation, Label, LookedFor, Message, Role, Score
from policy_engine.transcripts.own_form import (
    ROLES,
    as_float,
    attribute_to_write,
    name_to_write,
    read_attributes,
)
from policy_engine.transcripts.reader import Malformed, Origin, quoted
from policy_engine.transcripts.times import format_time

VERSION = b"1"
VERSION_KEY = b"policy-engine.conversations"
"""Where the table's metadata say of which version of the form it is."""
COLUMNS = ("id", "attributes", "looked_for", "messages")
MOST_ROWS = 512
"""Rows that are made into conversations at once: a label is small in a table, and not in memory."""

_GROUP_BYTES = 16_000_000
_GROUP_LABELS = 200_000
_GROUP_MESSAGES = 50_000
"""How much a group of rows holds: of texts, labels and messages, whichever comes first."""


@cache
def schema() -> Any:
    """What the columns are, and the version."""
    import pyarrow as pa

    label = pa.struct(
        [("name", pa.string()), ("detected", pa.bool_()), ("score", pa.float64()), ("by", pa.string())]
    )
    message = pa.struct(
        [
            ("role", pa.string()),
            ("content", pa.string()),
            ("time", pa.timestamp("us", "UTC")),
            ("id", pa.string()),
            ("labels", pa.list_(label)),
        ]
    )
    attribute = pa.struct([("name", pa.string()), ("value", pa.string())])
    sought = pa.struct([("name", pa.string()), ("roles", pa.list_(pa.string()))])
    columns = [
        ("id", pa.string()), ("attributes", pa.list_(attribute)), ("looked_for", pa.list_(sought)),
        ("messages", pa.list_(message)),
    ]  # fmt: skip
    return pa.schema(columns, metadata={VERSION_KEY: VERSION})


class ParquetRows:
    """Writes conversations as rows; a writer as ``writing`` has it. ``texts`` False leaves out what was said.

    ImportError where the package that writes Parquet is not installed.
    """

    def __init__(self, stream: BinaryIO, *, texts: bool) -> None:
        import pyarrow.parquet

        self._file = pyarrow.parquet.ParquetWriter(stream, schema(), compression="zstd")
        self._texts = texts
        self._group = _Group()

    def add(self, conversation: Conversation) -> None:
        """Write a row."""
        self._group.add(conversation, self._texts)
        if self._group.is_full:
            self._write()

    def close(self) -> None:
        """Write the last group, and what there is."""
        if self._group.ids:
            self._write()
        self._file.close()

    def _write(self) -> None:
        self._file.write_batch(self._group.rows())
        self._group = _Group()


class _Group:
    """Some rows, as flat columns."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._attributes: list[list[dict[str, str]]] = []
        self._looked_for: list[list[dict[str, object]] | None] = []
        self._messages: list[int] = [0]
        """Where the messages of each row begin, and those of the last one end."""
        self._roles: list[str] = []
        self._contents: list[str | None] = []
        self._times: list[int | None] = []
        self._message_ids: list[str | None] = []
        self._labels: list[int] = [0]
        self._names: list[str] = []
        self._detected: list[bool | None] = []
        self._scores: list[float | None] = []
        self._sources: list[str | None] = []
        self._size = 0

    @property
    def is_full(self) -> bool:
        """Whether the group is to be written before there is more."""
        return (
            self._size >= _GROUP_BYTES
            or len(self._names) >= _GROUP_LABELS
            or len(self._roles) >= _GROUP_MESSAGES
        )

    def add(self, conversation: Conversation, texts: bool) -> None:
        """One more row; ValueError, with a fragment to show, where it cannot be one."""
        messages = conversation.messages
        if not messages:
            raise ValueError("it has no messages")
        attributes = [
            {"name": name_to_write(name), "value": json.dumps(attribute_to_write(name, value))}
            for name, value in conversation.attributes.items()
        ]
        looked_for = _sought_to_write(conversation.looked_for)
        contents = [message.content if texts else None for message in messages]
        labels = [label for message in messages for label in message.labels]
        named = (
            *(name_to_write(label.name) for label in labels),
            *(label.source or "" for label in labels),
            *(message.id or "" for message in messages),
            *(each["value"] + each["name"] for each in attributes),
            *(conversation.looked_for or ()),
            conversation.id,
        )
        try:
            size = len("".join([content for content in contents if content is not None]).encode())
            "".join(named).encode()
        except UnicodeError:
            raise ValueError("it holds half a character, which Parquet cannot; JSON Lines can") from None
        for message in messages:
            if message.time is not None:
                format_time(message.time)
        self._size += size
        self.ids.append(conversation.id)
        self._attributes.append(attributes)
        self._looked_for.append(looked_for)
        self._messages.append(self._messages[-1] + len(messages))
        self._contents += contents
        self._roles += [message.role.value for message in messages]
        self._times += [message.time for message in messages]
        self._message_ids += [message.id for message in messages]
        for message in messages:
            self._labels.append(self._labels[-1] + len(message.labels))
        self._names += [label.name for label in labels]
        self._detected += [value if isinstance(value := label.value, bool) else None for label in labels]
        self._scores += [_score_to_write(label.value) for label in labels]
        self._sources += [label.source for label in labels]

    def rows(self) -> Any:
        """The rows as pyarrow has them."""
        import pyarrow as pa

        columns = schema()
        message = columns.field("messages").type.value_type
        label = message.field("labels").type.value_type
        labels = _lists(self._labels, label, (self._names, self._detected, self._scores, self._sources))
        flat = (self._roles, self._contents, self._times, self._message_ids, labels)
        arrays = [
            pa.array(self.ids, pa.string()),
            pa.array(self._attributes, columns.field("attributes").type),
            pa.array(self._looked_for, columns.field("looked_for").type),
            _lists(self._messages, message, flat),
        ]
        return pa.record_batch(arrays, schema=columns)


def _lists(begins: list[int], kind: Any, members: tuple[Any, ...]) -> Any:
    """Lists of structures, given where each begins and, member by member, what all of them hold."""
    import pyarrow as pa

    fields = [kind.field(at) for at in range(kind.num_fields)]
    arrays = [
        values if isinstance(values, pa.Array) else pa.array(values, field.type)
        for values, field in zip(members, fields, strict=True)
    ]
    return pa.ListArray.from_arrays(
        pa.array(begins, pa.int32()), pa.StructArray.from_arrays(arrays, fields=fields)
    )


def _score_to_write(value: Score) -> float | None:
    return None if value is None or isinstance(value, bool) else as_float(value)


def _sought_to_write(looked_for: LookedFor | None) -> list[dict[str, object]] | None:
    if looked_for is None:
        return None
    return [
        {
            "name": name_to_write(name),
            "roles": None if roles is None else sorted(role.value for role in roles),
        }
        for name, roles in looked_for.items()
    ]


# --- reading ---


def is_own(metadata: Mapping[bytes, bytes] | None) -> bool:
    """Whether a table of such metadata says that it is of this form."""
    return VERSION_KEY in (metadata or {})


def refuse_others(found: Any) -> None:
    """Malformed where a table that says that it is of this form is of another version, or has other columns."""
    version = found.metadata[VERSION_KEY]
    if version != VERSION:
        raise Malformed(
            f"the table is of version {quoted(version.decode('utf-8', 'replace'))} of the project's own form",
            "this version of the software reads version 1",
        )
    for field in schema():
        at = found.get_field_index(field.name)
        if at < 0 or _shape(found.field(at).type) != _shape(field.type):
            message = f"the column {quoted(field.name)} is not what the project's own form has"
            raise Malformed(message, "write the table again: policy-engine convert")


def _shape(kind: Any) -> object:
    """What a type holds, whatever way it is held."""
    import pyarrow.types as types

    if types.is_list(kind) or types.is_large_list(kind):
        return ("list", _shape(kind.value_type))
    if types.is_struct(kind):
        return {kind.field(at).name: _shape(kind.field(at).type) for at in range(kind.num_fields)}
    if types.is_large_string(kind):
        return "string"
    return str(kind)


def cells(column: Any) -> list[Any]:
    """What a column holds: lists as lists, structures as tuples in the order of the form, times in microseconds."""
    import pyarrow as pa
    import pyarrow.types as types

    kind = column.type
    if types.is_list(kind) or types.is_large_list(kind):
        begins = column.offsets.to_pylist()
        first = begins[0]
        inside = cells(column.values.slice(first, begins[-1] - first))
        found: list[Any] = [inside[start - first : end - first] for start, end in pairwise(begins)]
    elif types.is_struct(kind):
        members = [cells(each) for each in column.flatten()]
        found = list(zip(*members, strict=True))
    elif types.is_timestamp(kind):
        return cast(list[Any], column.cast(pa.timestamp("us", kind.tz)).cast(pa.int64()).to_pylist())
    else:
        return cast(list[Any], column.to_pylist())
    if column.null_count:
        found = [each if is_there else None for each, is_there in zip(found, _are_there(column), strict=True)]
    return found


def _are_there(column: Any) -> list[bool]:
    return cast(list[bool], column.is_valid().to_pylist())


def conversation_of(row: Sequence[Any], origin: Origin, number: int) -> Conversation:
    """The conversation of a row's cells, as ``cells`` gives them; Malformed where they are none."""
    name, attributes, looked_for, messages = row
    if not messages:
        raise Malformed("the conversation has no messages")
    return Conversation(
        f"{origin.stem}:{number}" if name is None else name,
        tuple(_message(each, at) for at, each in enumerate(messages, 1)),
        read_attributes(dict(_attributes(attributes or ()))),
        None if looked_for is None else MappingProxyType(dict(map(_sought, looked_for))),
        origin.at(number),
    )


def _attributes(found: Sequence[Any]) -> Iterator[tuple[str, object]]:
    for each in found:
        if each is None or not each[0] or each[1] is None:
            raise Malformed("an attribute has no name, or no value")
        yield each[0], json_value(each[1])


def _sought(each: Any) -> tuple[str, frozenset[Role] | None]:
    if each is None or not each[0]:
        raise Malformed("what was looked for has no name")
    return each[0], None if each[1] is None else frozenset(_role(role) for role in each[1])


def _role(word: str | None) -> Role:
    role = ROLES.get(word or "")
    if role is None:
        raise Malformed(f"unknown role {quoted(word)}")
    return role


def _message(found: Any, number: int) -> Message:
    try:
        if found is None:
            raise Malformed("there is none")
        role, content, time, name, labels = found
        if time is not None:
            format_time(time)
        return Message(_role(role), tuple(map(_label, labels)) if labels else (), content, time, name)
    except Malformed as fault:
        raise Malformed(f"message {number}: {fault.message}", fault.hint) from None
    except ValueError as fault:
        raise Malformed(f"message {number}: the time {fault}") from None


def _label(found: Any) -> Label:
    if found is None or not found[0]:
        raise Malformed("a label has no name")
    name, detected, score, source = found
    return Label(name, score if detected is None else detected, source)
