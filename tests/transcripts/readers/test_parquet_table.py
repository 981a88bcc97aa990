"""Parquet: the columns that CSV has, and rows that are another format's; what is damaged; and without the package."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.reader import Head, Log, Origin, Read, Settings
from policy_engine.transcripts.readers import parquet_table
from policy_engine.transcripts.readers.parquet_table import READER
from policy_engine.transcripts.reading import read_conversations
from policy_engine.transcripts.table import SOURCE


def written(table: pyarrow.Table, **more: object) -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file, **more)
    return file.getvalue()


def read(raw: bytes, reads: Settings | None = None) -> list[Read]:
    return list(READER.read(Log(io.BytesIO(raw), Origin("log.parquet", "log"), reads or Settings())))


def rows(listed: Sequence[Mapping[str, object]], **more: object) -> bytes:
    return written(pyarrow.Table.from_pylist(list(listed)), **more)


def sound(found: list[Read]) -> list[Conversation]:
    assert all(isinstance(each, Conversation) for each in found), found
    return [each for each in found if isinstance(each, Conversation)]


def told(found: list[Read]) -> list[tuple[str | None, str]]:
    return [(each.subject, each.message) for each in found if isinstance(each, Diagnostic)]


NOON = datetime(2025, 8, 15, 12, tzinfo=UTC)
NOON_MICROSECONDS = 1_755_259_200_000_000


def test_a_row_is_a_message() -> None:
    raw = rows(
        [
            {"thread": 1, "role": "user", "content": "a", "time": NOON, "label:x": 0.25, "noise": [1]},
            {"thread": 2, "role": "user", "content": None, "time": None, "label:x": None, "noise": None},
            {"thread": 1, "role": "assistant", "content": "b", "time": NOON, "label:x": None, "noise": []},
        ]
    )
    one, two = sound(read(raw))
    assert one.messages == (
        Message(Role.USER, (Label("x", 0.25, SOURCE),), "a", NOON_MICROSECONDS),
        Message(Role.ASSISTANT, (), "b", NOON_MICROSECONDS),
    )
    assert (one.id, one.origin, one.looked_for) == ("1", "log.parquet:1", {"x": {Role.USER}})
    assert (two.id, two.messages) == ("2", (Message(Role.USER),))


def test_a_row_is_a_prompt_and_its_reply() -> None:
    raw = rows([{"prompt": "a", "response": "b", "refused": True, "model": "m", "tokens": 9}])
    (found,) = sound(read(raw, Settings(columns={"label:refusal": "refused"})))
    assert found.messages == (
        Message(Role.USER, (), "a"),
        Message(Role.ASSISTANT, (Label("refusal", True, SOURCE),), "b"),
    )
    assert found.attributes == {"model": "m"}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_times_of_every_fineness(unit: str, zone: str | None) -> None:
    time = pyarrow.array([NOON], pyarrow.timestamp(unit, zone))
    if unit == "ns":
        time = pyarrow.array([NOON_MICROSECONDS * 1_000 + 7], pyarrow.int64()).cast(
            pyarrow.timestamp(unit, zone)
        )
    table = pyarrow.table({"role": ["user"], "text": ["a"], "time": time})
    (found,) = sound(read(written(table)))
    assert found.messages[0].time == NOON_MICROSECONDS


MODERATED = {"flagged": True, "categories": {"self-harm": True}, "category_scores": {"self-harm": 0.75}}
CLEAR = {"flagged": False, "categories": {"self-harm": False}, "category_scores": {"self-harm": 0.01}}
LMSYS = {
    "conversation_id": "c",
    "model": "vicuna",
    "conversation": [{"content": "a", "role": "user"}, {"content": "b", "role": "assistant"}],
    "turn": 1,
    "language": "English",
    "openai_moderation": [MODERATED, CLEAR],
    "redacted": False,
}
SAID = {"language": "English", "redacted": False, "toxic": False}
WILDCHAT = {
    "conversation_hash": "h",
    "model": "gpt",
    "timestamp": NOON,
    "conversation": [
        {"content": "a", "role": "user", "timestamp": None, "turn_identifier": 1, **SAID},
        {"content": "b", "role": "assistant", "timestamp": NOON, "turn_identifier": 1, **SAID},
    ],
    "turn": 1,
    "openai_moderation": [MODERATED, CLEAR],
    "toxic": True,
}


@pytest.mark.parametrize("row", [LMSYS, WILDCHAT])
def test_rows_of_published_sets_are_read_by_the_readers_of_their_formats(row: Mapping[str, object]) -> None:
    reads = Settings(classifiers=shipped_classifiers())
    one, two = sound(read(rows([row, row]), reads))
    assert [(each.role, each.content) for each in one.messages] == [(Role.USER, "a"), (Role.ASSISTANT, "b")]
    assert Label("self-harm", 0.75, "openai-moderation") in one.messages[0].labels
    assert one.attributes == {"model": row["model"]}
    assert (one.origin, two.origin) == ("log.parquet:1", "log.parquet:2")


def test_a_null_was_perhaps_never_there() -> None:
    messages = [
        {"role": "user", "content": "a", "refusal": None},
        {"role": "assistant", "content": "b", "refusal": None},
    ]
    (found,) = sound(read(rows([{"messages": messages}])))
    assert found.looked_for == {}


def test_rows_that_nobody_knows() -> None:
    (fault,) = read(rows([{"things": [{"a": 1}], "b": 2}]))
    assert isinstance(fault, Diagnostic)
    assert fault.message == "no format is known whose rows are like those of this table"
    assert fault.hint == "its columns are `things`, `b`"


def test_columns_that_are_no_conversation() -> None:
    assert told(read(rows([{"a": 1}]))) == [("log.parquet:1", "the table has no columns of messages")]


ROWS = [{"prompt": f"{number} " * 50, "reply": "b"} for number in range(2_000)]


def test_a_table_is_read_a_few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_table, "_AT_ONCE", 5_000)
    raw = rows(ROWS, row_group_size=500)
    assert len(sound(read(raw))) == 2_000
    monkeypatch.setattr(parquet_table, "_MAX_GROUP", 100)
    message = "the rows from here on are larger than 100 bytes"
    assert told(read(raw)) == [(f"log.parquet:{row}", message) for row in (1, 501, 1_001, 1_501)]


def test_only_the_columns_that_are_needed_are_read() -> None:
    good = pyarrow.table({"prompt": ["a"], "noise": ["x" * 99], "reply": ["b"]})
    raw = written(good, compression="none", use_dictionary=False)
    at = raw.index(b"x" * 99)
    # what lies around the texts of that column tells how long they are
    assert len(sound(read(raw[: at - 8] + bytes(8) + raw[at:]))) == 1


def test_a_table_that_is_cut_off() -> None:
    raw = rows(ROWS)
    assert told(read(raw[:-9])) == [("log.parquet", "the Parquet file is damaged or ends too early")]
    assert told(read(b"PAR1")) == [("log.parquet", "the Parquet file is damaged or ends too early")]


@pytest.mark.parametrize("listed", [ROWS, [{"messages": [{"role": "user", "content": "a"}]}] * 2_000])
def test_a_group_of_rows_that_is_damaged_leaves_the_others(listed: list[Mapping[str, object]]) -> None:
    raw = bytearray(rows(listed, row_group_size=500, compression="gzip"))
    packed = [found.start() for found in re.finditer(rb"\x1f\x8b", bytes(raw))]
    at = packed[len(packed) * 3 // 8]
    raw[at : at + 4] = bytes(4)
    found = read(bytes(raw))
    assert told(found) == [("log.parquet:501", "the Parquet file is damaged or ends too early")]
    places = [each.origin for each in found if isinstance(each, Conversation)]
    assert places == [f"log.parquet:{row}" for row in (*range(1, 501), *range(1_001, 2_001))]


@given(st.integers(0, 700), st.binary(min_size=1, max_size=9))
def test_any_damage_is_told(place: int, noise: bytes) -> None:
    raw = rows([{"prompt": "a", "reply": "b"}] * 20)
    for each in read(raw[:place] + noise + raw[place + len(noise) :]):
        assert isinstance(each, Conversation | Diagnostic)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (fault,) = read(b"PAR1")
    assert isinstance(fault, Diagnostic)
    assert (fault.message, fault.hint) == (
        "Parquet is read by a package that is not installed",
        "install policy-engine[parquet]",
    )


def test_it_is_known_by_its_mark_also_where_one_cannot_go_back() -> None:
    raw = rows(ROWS)
    assert READER.claims(Head(raw[:65_536]))
    (first, *_) = read_conversations(["-"], stdin=io.BufferedReader(Pipe(raw)))
    assert isinstance(first, Conversation)


class Pipe(io.RawIOBase):
    """A stream in which one cannot go back."""

    def __init__(self, raw: bytes) -> None:
        self._file = io.BytesIO(raw)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._file.readinto(buffer)


WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
SPOKEN = st.fixed_dictionaries(
    {
        "conversation": st.sampled_from(["a", "b"]),
        "role": st.sampled_from(["user", "assistant"]),
        "text": st.none() | WORDS,
        "label:x": st.none() | st.floats(0, 1),
    }
)


@given(st.lists(SPOKEN, min_size=1), st.integers(1, 5))
def test_random_tables_are_read_as_they_were_written(said: list[dict[str, object]], group: int) -> None:
    schema = pyarrow.schema(
        [(name, pyarrow.float64() if name == "label:x" else pyarrow.string()) for name in said[0]]
    )
    raw = written(pyarrow.Table.from_pylist(said, schema), row_group_size=group)
    found = {each.id: each for each in sound(read(raw))}
    assert list(found) == list(dict.fromkeys(each["conversation"] for each in said))
    for name, conversation in found.items():
        own = [each for each in said if each["conversation"] == name]
        assert [(each.role.value, each.content) for each in conversation.messages] == [
            (each["role"], each["text"]) for each in own
        ]
        values = [
            {label.name: label.value for label in each.labels}.get("x") for each in conversation.messages
        ]
        assert values == [each["label:x"] for each in own]
