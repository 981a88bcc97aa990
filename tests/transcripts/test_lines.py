"""JSON lines read quickly and exactly: both accept the same lines, and read the same values of them."""

from __future__ import annotations

import io
import json
import math
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scale import sources

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.json_lines import json_lines
from policy_engine.transcripts.lines import json_value, quick_json_value
from policy_engine.transcripts.reader import Malformed, Origin

ORIGIN = Origin("log", "log")
NUMBERS = (
    "0", "-0", "-0.0", "1e400", "1e-400", "0.1", "5e-324", "1E22", "18446744073709551616", "-9223372036854775809",
    "1" * 400, "1" * 5000, "NaN", "-Infinity", "01", "1.", "-", "100000000000000000000.5",
)  # fmt: skip
TEXTS = (
    '"a"', '"a:b"', r'"a\u003ab"', r'"\u003A"', r'"\\u003a"', r'"\ud800"', r'"\ud83d\ude00"', '"\tb"', r'"\q"', r'"\/"',
    r'"\u0000"', r'"\u00e9:"', '"é:"', '""', '"', '"\x7f"', '"\u2028"',
)  # fmt: skip


def exactly(raw: bytes) -> object:
    """What the exact way reads."""
    return json_value(raw.decode())


def same(one: object, other: object) -> bool:
    """Alike in type and value, NaN included."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = zip(one.items(), other.items(), strict=False)
        return len(one) == len(other) and all(a[0] == b[0] and same(a[1], b[1]) for a, b in pairs)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or math.copysign(1, one) * one == math.copysign(
            1, other
        ) * other
    return type(one) is type(other) and one == other


def agree(raw: bytes) -> bool:
    """Whether the quick way read the line; it must read what the exact way reads, and nothing else."""
    try:
        found = quick_json_value(raw)
    except ValueError:
        return False
    assert same(found, exactly(raw))
    return True


def written(value: object) -> bytes:
    return json.dumps(value).encode()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values, st.booleans())
def test_what_was_written_is_read_the_same(value: object, ascii_alone: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_alone)
    agree(text.encode("utf-8", "surrogatepass") if text.isprintable() else text.encode("utf-8", "replace"))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes(raw: bytes) -> None:
    agree(raw)


def pieces(source: random.Random, depth: int = 0) -> Iterator[str]:
    """JSON of the kind that parsers differ about, often with a key twice, sometimes broken."""
    kind = source.randrange(4 if depth < 4 else 2)
    if kind < 2:
        yield source.choice((NUMBERS, TEXTS)[kind])
        return
    opened, closed = ("{}", "[]")[kind - 2]
    yield opened + source.choice(("", "", " "))
    for number in range(source.randrange(4)):
        yield ("," if number else "") + source.choice(("", "", "", " ", "\t", "\xa0"))
        if kind == 2:
            yield source.choice(TEXTS[:8]) + source.choice((":", ":", " : "))
        yield from pieces(source, depth + 1)
    yield closed


@pytest.mark.seeds
def test_json_on_which_parsers_differ() -> None:
    quickly = 0
    for source in sources(21, 20_000):
        text = "".join(pieces(source))
        if source.random() < 0.1:
            at = source.randrange(len(text) + 1)
            text = text[:at] + source.choice((*'{}[],:"\\ ', "\x00", "")) + text[at + 1 :]
        quickly += agree(text.encode("utf-8", "surrogatepass"))
    assert quickly


@pytest.mark.parametrize(
    "line",
    [
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1, "b": 2}}',
        r'{"a": 1, "\u0061": 2}',
        r'{"a": "\u003a", "a": 1}',
        r'{"a": "x\u003A", "a": 1}',
        '{"a" : 1, "a": "b:"}',
    ],
)
def test_a_key_that_is_written_twice_is_never_read_quickly(line: str) -> None:
    assert not agree(line.encode())
    with pytest.raises(Malformed, match=r"`[ab]` is written twice"):
        exactly(line.encode())


def test_most_lines_are_read_quickly() -> None:
    lines = [{"a": "b: c"}, {"é": ["\n\t\"'"]}, [1.5, None, True, {}], {"time": "2025-08-15T10:00:00"}]
    assert all(agree(written(each)) for each in lines)
    assert agree('{"a": "é: ü"}'.encode())


def read(raw: bytes) -> list[tuple[int, object] | Diagnostic]:
    return list(json_lines(io.BytesIO(raw), ORIGIN))


def test_blank_lines_and_a_mark_of_order_are_passed_over() -> None:
    raw = "\ufeff1\n\n \t\r\n\u00a0\u2003\n2\r\n3".encode()
    assert read(raw) == [(1, 1), (5, 2), (6, 3)]
    assert read(b"\xef\xbb\xbf\n1") == [(2, 1)]


def test_a_value_over_several_lines_is_none_also_where_both_are_looked_at_together() -> None:
    (first, last) = read(b'[{"a": 1\n5}]')
    assert isinstance(first, Diagnostic)
    assert isinstance(last, Diagnostic)
    assert (first.subject, last.subject) == ("log:1", "log:2")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', "`a` is written twice"),
        (b'{"a": 1,\t}', "this is not JSON at column 10: expecting property name enclosed in double quotes"),
        (b'{"a": "\xff"}', "the text is not UTF-8"),
        (b"[" * 100_000, "lists and objects are nested too deeply"),
        (b"9" * 10_000, "a number has too many digits"),
    ],
)
def test_faults_keep_their_words_and_their_place(line: bytes, message: str) -> None:
    first, bad, last = read(b"1\n" + line + b"\n2")
    assert (first, last) == ((1, 1), (3, 2))
    assert isinstance(bad, Diagnostic)
    assert (bad.subject, bad.message) == ("log:2", message)


@pytest.mark.parametrize("reading", [quick_json_value, exactly])
def test_a_number_that_is_none_is_kept_for_the_reader_to_judge(reading: Callable[[bytes], object]) -> None:
    (found,) = [value for _, value in (each for each in read(b"[NaN, 1e999]") if isinstance(each, tuple))]
    assert same(found, [math.nan, math.inf])
    assert same(reading(b"[1.5]"), [1.5])
