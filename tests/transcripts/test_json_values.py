"""JSON however it lies in a log: the same values, on the right lines, and a fault costs nobody else anything."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import json_values as module
from policy_engine.transcripts.json_values import beginnings, is_a_value_a_line, json_values
from policy_engine.transcripts.reader import Head, Origin

ORIGIN = Origin("log", "log")
ROWS = [{"a": [1, {"b": 'x "y" [ } \n\\'}], "n": number} for number in range(3)]

plain = st.none() | st.booleans() | st.integers(-9, 9) | st.text('ab"\\[]{},:\n é', max_size=6)
inner = st.recursive(
    plain,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text("ab{", max_size=2), each, max_size=3),
)
objects = st.lists(st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3), min_size=1)


def read(raw: bytes) -> list[tuple[int, object] | Diagnostic]:
    return list(json_values(io.BytesIO(raw), ORIGIN))


def values(raw: bytes) -> list[object]:
    found = read(raw)
    assert not [each for each in found if isinstance(each, Diagnostic)], found
    return [each[1] for each in found if isinstance(each, tuple)]


def in_array(rows: object, indent: int | None) -> bytes:
    return json.dumps(rows, indent=indent, ensure_ascii=False).encode()


def one_a_line(rows: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def array_of_lines(rows: list[dict[str, object]]) -> bytes:
    return b"[\n" + b",\n".join(json.dumps(row).encode() for row in rows) + b"\n]\n"


def one_after_another(rows: list[dict[str, object]]) -> bytes:
    return b"\n".join(json.dumps(row, indent=2).encode() for row in rows)


LAYOUTS = (partial(in_array, indent=None), partial(in_array, indent=0), partial(in_array, indent=2))
ALL_LAYOUTS = (*LAYOUTS, one_a_line, array_of_lines, one_after_another)


@given(objects, st.sampled_from(ALL_LAYOUTS), st.sampled_from((7, 64, 262_144)))
def test_every_layout_gives_the_values(rows, layout, at_once):  # type: ignore[no-untyped-def]
    raw = layout(rows)
    if layout is one_after_another:
        assume(not is_a_value_a_line(raw[: module.BEGINNING]) or all(len(row) == 0 for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", at_once)
        assert values(raw) == rows
        assert values(b"\xef\xbb\xbf" + raw) == rows
        assert values(raw.replace(b"\n", b"\r\n") if b"\\n" not in raw else raw) == rows


@given(objects, st.sampled_from(ALL_LAYOUTS), st.integers(0, 200))
def test_a_beginning_shows_what_the_whole_does(rows, layout, end):  # type: ignore[no-untyped-def]
    """Whatever of the first value is seen is a part of it."""
    raw = layout(rows)[:end]
    for found, row in zip(beginnings(Head(raw)), rows, strict=False):
        if not is_a_value_a_line(raw):
            assert is_begun(found, row)


def is_begun(part: object, whole: object) -> bool:
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and is_begun(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(is_begun, part, whole))
    return part == whole


def test_values_know_their_lines() -> None:
    assert [each[0] for each in read(in_array(ROWS, 2)) if isinstance(each, tuple)] == [2, 11, 20]
    assert [each[0] for each in read(array_of_lines(ROWS)) if isinstance(each, tuple)] == [2, 3, 4]
    assert [each[0] for each in read(one_a_line(ROWS)) if isinstance(each, tuple)] == [1, 2, 3]


BROKEN = {
    "a bracket is missing": (array_of_lines(ROWS).replace(b'"n": 1}', b'"n": 1'), "log:3"),
    "brackets are missing, laid out": (in_array(ROWS, 2).replace(b'"n": 1\n  }', b'"n": 1\n'), "log:19"),
    "a text does not end": (in_array(ROWS, 2).replace(b'"n": 1', b'"n": "'), "log:18"),
    "a value is missing": (in_array(ROWS, 2).replace(b'"n": 1', b'"n":'), "log:19"),
    "a word is none": (in_array(ROWS, None).replace(b'"n": 1', b'"n": one'), "log:1"),
    "bytes are none of UTF-8": (in_array(ROWS, 2).replace(b'"n": 1', b'"n": "\xff"'), "log:18"),
    "a key is written twice": (in_array(ROWS, 2).replace(b'"n": 1', b'"n": 1, "n": 2'), "log:11"),
    "a line is broken": (one_a_line(ROWS).replace(b'"n": 1}', b'"n": 1'), "log:2"),
    "the wrong bracket": (in_array(ROWS, 2).replace(b'"n": 1\n  }', b'"n": 1\n  ]'), "log:19"),
    "no object at all": (array_of_lines(ROWS).replace(json.dumps(ROWS[1]).encode(), b"nonsense"), "log:3"),
}


@pytest.mark.parametrize(("raw", "place"), BROKEN.values(), ids=BROKEN.keys())
def test_a_fault_is_told_at_its_place_and_the_rest_go_on(raw: bytes, place: str) -> None:
    found = read(raw)
    assert [each[1] for each in found if isinstance(each, tuple)] == [ROWS[0], ROWS[2]]
    (fault,) = [each for each in found if isinstance(each, Diagnostic)]
    assert fault.subject == place


@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_no_json_is_told_where_it_stands_in_the_log(indent: int | None) -> None:
    raw = in_array(ROWS, indent).replace(b'"n": 1', b'"n": one')
    (told,) = [each for each in read(raw) if isinstance(each, Diagnostic)]
    line = 1 + raw.count(b"\n", 0, raw.index(b"one"))
    column = raw.index(b"one") - raw.rfind(b"\n", 0, raw.index(b"one"))
    assert told.subject == f"log:{line}"
    assert told.message == f"this is not JSON at column {column}: expecting value"


def test_what_breaks_off_keeps_what_came_before() -> None:
    for indent in (None, 2):
        *found, fault = read(in_array(ROWS, indent)[:-20])
        assert [each[1] for each in found if isinstance(each, tuple)] == ROWS[:2]
        assert isinstance(fault, Diagnostic)


def test_a_value_that_is_too_long_is_an_error_and_the_rest_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 200)
    monkeypatch.setattr(module, "_AT_ONCE", 64)
    for long in ('"' + "x" * 5000 + '"', json.dumps(["x"] * 1000)):
        fault, found = read(f'[{{"a": {long}}},\n {{"b": 1}}]'.encode())
        assert isinstance(fault, Diagnostic)
        assert "longer than 200 bytes" in fault.message
        assert found == (2, {"b": 1})


class Rows(io.RawIOBase):
    """An array of a great many rows, made as it is read."""

    def __init__(self, count: int) -> None:
        self._rows = self._made(count)
        self._rest = b"["

    def _made(self, count: int) -> Iterator[bytes]:
        row = json.dumps({"conversations": [{"from": "human", "value": "x" * 500}] * 2}).encode()
        for _ in range(count):
            yield row + b", "
        yield row + b"]"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while len(self._rest) < len(buffer) and (more := next(self._rows, b"")):
            self._rest += more
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def test_an_array_on_one_line_is_read_in_the_memory_of_its_values() -> None:
    tracemalloc.start()
    try:
        count = sum(1 for _ in json_values(io.BufferedReader(Rows(20_000)), ORIGIN))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 20_001
    assert most < 4_000_000  # of 22 MB


@pytest.mark.parametrize(
    "raw",
    [
        b'[\n{"a": [{"b": \n' + b'{"a": [{"b": \n' * 20_000,
        b'[{"a": ' * 20_000,
        b"[" * 200_000,
        b'[\n{"a": "' + b'\\"' * 200_000,
        b'{"a":\n' + b'"' * 50_001,
        b"{\n" + b"}" * 20_000,
    ],
    ids=["never closed", "nested", "brackets", "quotes", "texts", "closed too often"],
)
def test_hostile_logs_take_linear_time(raw: bytes) -> None:
    assert sum(isinstance(each, tuple) for each in read(raw)) <= 1


@given(st.binary(max_size=80) | st.text('[]{}",:\n \\a1', max_size=80).map(str.encode))
def test_any_bytes(raw: bytes) -> None:
    for each in read(raw):
        assert isinstance(each, tuple | Diagnostic)
    assert all(isinstance(each, dict) for each in beginnings(Head(raw)))


def test_a_list_of_parts_is_one_value() -> None:
    parts = [{"role": "user"}, {"role": "assistant"}]
    found = list(json_values(io.BytesIO(in_array(parts, 2)), ORIGIN, is_part=lambda value: "role" in value))
    assert found == [(1, parts)]
    lines = in_array(parts, None) + b"\n" + in_array(parts, None)
    found = list(json_values(io.BytesIO(lines), ORIGIN, is_part=lambda value: "role" in value))
    assert found == [(1, parts), (2, parts)]
