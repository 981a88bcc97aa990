"""One large object, member by member: what is found is what the whole holds, however the reading is cut into pieces."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import json_members as module
from policy_engine.transcripts.json_members import Member, json_members
from policy_engine.transcripts.reader import Log, Malformed, Origin

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(0, 1) | st.text(max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
INDENT = st.sampled_from([None, 0, 2])


def found_in(text: str | bytes) -> list[Member | Diagnostic]:
    raw = text if isinstance(text, bytes) else text.encode()
    return list(json_members(Log(io.BytesIO(raw), Origin("log", "log"))))


@pytest.fixture(autouse=True, params=[1, 7, 262_144])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", request.param)


@given(st.dictionaries(st.sampled_from("abcd"), VALUES), INDENT, st.booleans())
def test_the_members_of_an_object(value: dict[str, object], indent: int | None, ascii_only: bool) -> None:
    found = found_in(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert all(isinstance(each, Member) for each in found), found
    assert [(each.key, each.value()) for each in found if isinstance(each, Member)] == [
        (key, part) for key, each in value.items() for part in (each if isinstance(each, list) else [each])
    ]


def test_lines_are_counted() -> None:
    found = found_in('\ufeff\n{"x": [\n  {"a":\n 1},\n\n  2],\n"y": 3}')
    assert [each.line for each in found if isinstance(each, Member)] == [3, 6, 7]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"a": [{"a": 1}, {"b"', "log:1", "the file ends within a value: it was cut off"),
        ('{"a": [1,\n"ab', "log:2", "the file ends within a value: it was cut off"),
        ('{"a": [1 2]}', "log:1", "`,` is expected here"),
        ('{"a": [1', "log:1", "`,` is expected here"),
        ('{"a":\n]', "log:2", "a value is expected here"),
        ('{"a" 1}', "log:1", "`:` is expected here"),
        ("{1: 2}", "log:1", "a key in quotes is expected here"),
        ('{"a": 1', "log:1", "`,` is expected here"),
        ("[1]", "log:1", "`{` is expected here"),
        ("", "log:1", "`{` is expected here"),
    ],
)
def test_what_is_broken_is_told_once(text: str, place: str, message: str) -> None:
    *_, last = found_in(text)
    assert isinstance(last, Diagnostic)
    assert (last.subject, last.message) == (place, message)


@pytest.mark.parametrize(
    "large", ['"' + 'x\\"' * 90 + '"', "[" + '"]",' * 90 + "1]", '{"a": "' + "y" * 300 + '"}']
)
def test_what_is_too_large_is_passed_over(large: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VALUE", 100)
    before, fault, after = found_in(f'{{"a": [1,\n{large},\n3]}}')
    assert isinstance(before, Member)
    assert isinstance(fault, Diagnostic)
    assert (fault.subject, fault.message) == ("log:2", "the value that begins here is larger than 100 bytes")
    assert isinstance(after, Member)
    assert (after.line, after.value()) == (3, 3)


@pytest.mark.parametrize("raw", [b"nul", b'"\xff"', b'{"a": 1, "a": 2}', b"[" * 9_999 + b"]" * 9_999])
def test_a_value_that_is_none_leaves_the_others_alone(raw: bytes) -> None:
    bad, good = found_in(b'{"a": [' + raw + b", 1]}")
    assert isinstance(bad, Member)
    with pytest.raises(Malformed):
        bad.value()
    assert isinstance(good, Member)


@given(st.binary(max_size=60) | st.text(st.sampled_from('{}[]",:1a\\ \n')).map(str.encode))
def test_any_bytes_come_to_an_end(raw: bytes) -> None:
    for text in (raw, b"{" + raw, b'{"a": [' + raw):
        assert all(isinstance(each, Member | Diagnostic) for each in found_in(text))
