"""The project's own form as Parquet: what is written is read back, and what is no such table is told."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from dataclasses import replace

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.any_conversation import WHOLE, exactly

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import own_parquet
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.own_parquet import VERSION_KEY, ParquetRows, schema
from policy_engine.transcripts.reader import Head, Log, Origin, Read
from policy_engine.transcripts.readers import parquet_table

ORIGIN = Origin("log", "log")


def table_of(conversations: Iterable[Conversation], *, texts: bool = True) -> bytes:
    stream = io.BytesIO()
    writer = ParquetRows(stream, texts=texts)
    for each in conversations:
        writer.add(each)
    writer.close()
    return stream.getvalue()


def read(table: bytes) -> list[Read]:
    return list(parquet_table.READER.read(Log(io.BytesIO(table), ORIGIN)))


def talk(*labels: Label, time: int | None = None) -> Conversation:
    return Conversation("x", (Message(Role.USER, labels, "hi", time),), origin="log:1")


@given(st.lists(WHOLE, min_size=1, max_size=3))
def test_what_is_written_is_read_back(written: list[Conversation]) -> None:
    table = table_of(written)
    assert parquet_table.READER.claims(Head(table))
    found = read(table)
    numbered = [replace(each, origin=f"log:{number}") for number, each in enumerate(written, 1)]
    assert [exactly(each) for each in found if isinstance(each, Conversation)] == list(map(exactly, numbered))
    assert len(found) == len(written)


def test_a_score_that_is_no_number_stays_one() -> None:
    labels = tuple(Label(name, float(name)) for name in ("nan", "inf", "-inf"))
    (found,) = read(table_of([talk(*labels)]))
    assert isinstance(found, Conversation)
    assert repr(found.messages[0].labels) == repr(labels)


def test_without_texts_nothing_that_was_said_is_written() -> None:
    table = table_of([talk()], texts=False)
    (found,) = read(table)
    assert isinstance(found, Conversation)
    assert found.messages == (Message(Role.USER),)


def test_the_same_conversations_are_the_same_bytes() -> None:
    assert table_of([talk(Label("hate"))]) == table_of([talk(Label("hate"))])


def test_the_groups_of_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_parquet, "_GROUP_MESSAGES", 10)
    table = table_of([talk()] * 95)
    file = pyarrow.parquet.ParquetFile(io.BytesIO(table))
    assert file.num_row_groups == 10
    assert [each.origin for each in read(table) if isinstance(each, Conversation)] == [
        f"log:{number}" for number in range(1, 96)
    ]


@pytest.mark.parametrize(
    ("conversation", "why"),
    [
        (replace(talk(), messages=()), "it has no messages"),
        (talk(Label("")), "a label or an attribute has no name"),
        (talk(Label("\ud800")), "half a character, which Parquet cannot"),
        (talk(Label("a", True, "\ud800")), "half a character, which Parquet cannot"),
        (replace(talk(), attributes={"a": math.nan}), "the attribute `a` is not a finite number"),
        (replace(talk(), attributes={"a": 10**5000}), "the attribute `a` has too many digits"),
        (talk(time=10**18), "is beyond the year 9999"),
    ],
)
def test_what_cannot_be_a_row_leaves_the_others_alone(conversation: Conversation, why: str) -> None:
    stream = io.BytesIO()
    writer = ParquetRows(stream, texts=True)
    writer.add(talk(Label("hate")))
    with pytest.raises(ValueError, match=why):
        writer.add(conversation)
    writer.add(talk(Label("violence")))
    writer.close()
    found = [
        each.messages[0].labels[0].name for each in read(stream.getvalue()) if isinstance(each, Conversation)
    ]
    assert found == ["hate", "violence"]


def told(rows: list[dict[str, object]], columns: pyarrow.Schema | None = None) -> list[Read]:
    """What a table of these rows that says it is the project's own is read as."""
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=columns or schema()), stream)
    return read(stream.getvalue())


def row(**changed: object) -> dict[str, object]:
    return {"id": "a", "messages": [{"role": "user", "labels": []}], **changed}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"messages": []}, "the conversation has no messages"),
        ({"messages": None}, "the conversation has no messages"),
        ({"messages": [None]}, "message 1: there is none"),
        ({"messages": [{"role": "usr"}]}, "message 1: unknown role `usr`"),
        ({"messages": [{"role": None}]}, "message 1: unknown role `None`"),
        ({"messages": [{"role": "user", "labels": [None]}]}, "message 1: a label has no name"),
        ({"messages": [{"role": "user", "labels": [{"name": ""}]}]}, "message 1: a label has no name"),
        (
            {"messages": [{"role": "user"}, {"role": "user", "time": -(2**62)}]},
            "message 2: the time is beyond the year 9999 or before the year 1",
        ),
        ({"attributes": [{"name": "a", "value": "{"}]}, None),
        ({"attributes": [{"name": "a", "value": "[1]"}]}, None),
        ({"attributes": [{"name": "a", "value": None}]}, "an attribute has no name, or no value"),
        ({"attributes": [None]}, "an attribute has no name, or no value"),
        ({"looked_for": [{"name": "", "roles": None}]}, "what was looked for has no name"),
        ({"looked_for": [{"name": "a", "roles": ["bot"]}]}, "unknown role `bot`"),
    ],
)
def test_a_row_that_is_none_is_told_and_the_rest_is_read(
    changed: dict[str, object], message: str | None
) -> None:
    first, bad, last = told([row(), row(**changed), row(id=None)])
    assert isinstance(first, Conversation)
    assert isinstance(bad, Diagnostic)
    assert bad.subject == "log:2"
    assert message is None or bad.message == message
    assert isinstance(last, Conversation)
    assert last.id == "log:3"


def test_a_newer_version_is_told() -> None:
    (found,) = told([row()], schema().with_metadata({VERSION_KEY: b"2"}))
    assert isinstance(found, Diagnostic)
    assert found.message == "the table is of version `2` of the project's own form"


def test_other_columns_are_told() -> None:
    columns = pyarrow.schema([("id", pyarrow.int64())], metadata=schema().metadata)
    (found,) = told([{"id": 1}], columns)
    assert isinstance(found, Diagnostic)
    assert found.message == "the column `id` is not what the project's own form has"


def test_what_other_software_wrote_anew_is_read() -> None:
    text, long = pyarrow.large_string(), pyarrow.large_list
    label = pyarrow.struct(
        [("name", text), ("detected", pyarrow.bool_()), ("score", pyarrow.float64()), ("by", text)]
    )
    message = pyarrow.struct([
        ("role", text), ("content", text), ("time", pyarrow.timestamp("us", "UTC")), ("id", text),
        ("labels", long(label)),
    ])  # fmt: skip
    columns = pyarrow.schema(
        [
            ("id", text),
            ("attributes", long(pyarrow.struct([("name", text), ("value", text)]))),
            ("looked_for", long(pyarrow.struct([("name", text), ("roles", long(text))]))),
            ("messages", long(message)),
        ],
        metadata=schema().metadata,
    )
    (found,) = told([row()], columns)
    assert found == Conversation("a", (Message(Role.USER),), origin="log:1")
