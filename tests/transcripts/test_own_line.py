"""A line of the project's own JSON Lines, read quickly: what is read is what ``own_form`` reads."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scale import sources

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import lines as lines_module
from policy_engine.transcripts.lines import json_value, text_line
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.own_form import read_conversation
from policy_engine.transcripts.own_line import quick_conversations
from policy_engine.transcripts.reader import Log, Malformed, Origin, Read, Settings
from policy_engine.transcripts.readers import own_jsonl
from policy_engine.transcripts.readers.own_jsonl import READER

ORIGIN = Origin("log", "log")

names = st.sampled_from(["refusal", "hate", "x:y", "é", "", "by", "labels"]) | st.text(max_size=3)
scores = st.floats() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["unknown", "NaN", None, "x"])
plain = st.lists(names | st.dictionaries(names, scores, max_size=2), max_size=3) | st.dictionaries(
    names, scores, max_size=4
)
said = st.fixed_dictionaries({"by": st.text(max_size=3) | st.none(), "labels": plain})
labels = st.lists(names | said | st.dictionaries(names, scores, max_size=2), max_size=3) | plain | st.none()
times = st.sampled_from(
    [
        "2025-08-15T10:00:00Z",
        "2025-08-15T10:00:00+02:00",
        "2025-08-15 10:00",
        "2025-08-15",
        1755259200,
        0.5,
        "5",
        "soon",
    ]
)
roles = st.sampled_from(["user", "assistant", "system", "tool", "service", "user", "bot", None])
messages = st.fixed_dictionaries(
    {"role": roles},
    optional={
        "content": st.none() | st.text() | st.just("a: b"),
        "labels": labels,
        "time": times,
        "id": st.text(max_size=3),
    },
)
conversations = st.fixed_dictionaries(
    {"messages": st.lists(messages, max_size=4)},
    optional={
        "id": st.text(max_size=5) | st.integers() | st.none() | st.booleans(),
        "attributes": st.dictionaries(
            names, st.text(max_size=3) | st.booleans() | st.integers() | st.floats()
        ),
        "looked-for": st.dictionaries(names, st.just("all") | st.lists(roles, max_size=2)) | st.lists(names),
        "idd": st.just(1),
    },
)


def exactly(raw: bytes) -> Conversation:
    return read_conversation(json_value(raw.decode()), ORIGIN, 7, "log:7")


def marks_of(conversation: Conversation) -> list[object]:
    return [(role, list(recorded), time) for role, recorded, time in conversation.marks()]


def agree(raw: bytes) -> bool:
    """Whether the line is read quickly; then it is what ``own_form`` reads (``repr`` tells 1 from 1.0 and True)."""
    read = quick_conversations(raw, ORIGIN, 7)
    if read is None:
        return False
    (found,) = read
    expected = exactly(raw)
    assert repr(found).removeprefix("Recorded") == repr(expected).removeprefix("Conversation")
    assert repr(marks_of(found)) == repr(marks_of(expected))
    messages = replace(found, id="x").messages
    assert repr(messages) == repr(expected.messages)
    return True


def agree_without_texts(raw: bytes) -> bool:
    """Whether the line is read quickly where nobody needs its texts; then it is the same, but for these."""
    read = quick_conversations(raw, ORIGIN, 7, texts=False)
    if read is None:
        return False
    (found,) = read
    expected = exactly(raw)
    assert repr(marks_of(found)) == repr(marks_of(expected))
    without = replace(expected, messages=tuple(replace(each, content=None) for each in expected.messages))
    assert repr(found).removeprefix("Recorded") == repr(without).removeprefix("Conversation")
    return True


@given(conversations, st.booleans(), st.sampled_from([None, (",", ":")]))
def test_what_is_read_quickly_is_what_the_form_reads(
    value: Any, ascii_alone: bool, separators: tuple[str, str] | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_alone, separators=separators)
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raw = json.dumps(value).encode()
    agree(raw)
    agree_without_texts(raw)


@given(st.binary(max_size=100))
def test_any_bytes(raw: bytes) -> None:
    agree(raw)
    agree_without_texts(raw)


PIECES_OF_TEXT = [
    b"\\u003a", b"\\ud83d\\ude00", b"\\ud800", b"\\n", b'\\"', b'": ', b'"content": ', b'"role": "user"',
    b"\x00", b"\t", b"\x7f", b"\x80", b"\xc3\xa9", b"\xff", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80",
    b"\\", b"d8", b"null", *map(str.encode, '"u0axn: /5[],{}'),
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES_OF_TEXT), max_size=12).map(b"".join), st.booleans(), st.booleans())
def test_a_text_that_is_not_read_is_a_text(said: bytes, is_quoted: bool, is_labelled: bool) -> None:
    text = b'"' + said + b'"' if is_quoted else said
    labels = b', "labels": ["a:b"]' if is_labelled else b""
    raw = b'{"messages": [{"role": "user", "content": ' + text + labels + b"}]}"
    agree(raw)
    agree_without_texts(raw)


@pytest.mark.parametrize("text", [b"null", b'""', b'"a: \\u003a"', b'"\\"\\":"', '"é: 😀"'.encode()])
def test_texts_are_read_quickly_where_nobody_needs_them(text: bytes) -> None:
    for more in (b"", b', "labels": ["a"]', b', "labels": ["a"], "time": 5', b', "id": "x"'):
        assert agree_without_texts(b'{"messages": [{"role": "user", "content": ' + text + more + b"}]}")


@pytest.mark.parametrize("text", [b"5", b"-5", b"true", b"[]", b"{}", b'["a: b"]', b'"\xff"', b'"\\x"'])
def test_what_is_no_text_is_a_fault_also_where_nobody_needs_it(text: bytes) -> None:
    raw = b'{"messages": [{"role": "user", "content": ' + text + b"}]}"
    assert quick_conversations(raw, ORIGIN, 1, texts=False) is None
    settings = Settings(texts=False)
    (read,) = READER.read(Log(io.BytesIO(raw), ORIGIN, settings))
    assert isinstance(read, Diagnostic)


def test_a_key_that_is_written_twice_shows_where_texts_are_not_read() -> None:
    twice = (
        b'{"messages": [{"role": "user", "role": "user", "content": "a: b"}]}',
        b'{"messages": [{"role": "user", "content": "a", "content": "b:"}]}',
        b'{"messages": [{"role": "user", "content": "a", "labels": [], "labels": ["x"]}]}',
        b'{"messages": [{"role": "user", "content": "a", "labels": ["x\\u003a"], "labels": ["x\\u003a"]}]}',
        b'{"id": "a", "id": "b\\u003a", "messages": [{"role": "user", "content": "a"}]}',
    )
    for raw in twice:
        assert quick_conversations(raw, ORIGIN, 1, texts=False) is None
        assert quick_conversations(raw, ORIGIN, 1) is None


PIECES = (
    '{"messages": [', '{"role": "user"', '{"role": "assistant"', ', "labels": {"hate": 0.5', ', "hate": 1',
    ', "labels": ["a:b"', '"labels"', '{"by": "a:b", "labels": ["a"]}',
    ', "labels": [{"by": "a", "labels": {"a": "unknown"}',
    ', "content": "x: y"', r', "content": "\u003a"', ', "role": "user"', "}", "}",
    "]", "]}", ", ", '"id": "a"', ', "id": 5', ', "attributes": {"a": "b:c"', ', "attributes": {"a": 1, "a": 2}',
    ', "time": "2025-08-15T10:00:00Z"', ', "looked-for": ["hate"]', r', "\u0069d": "b"',
    '"messages": [{"role": "user"}]',
)  # fmt: skip


@pytest.mark.seeds
def test_lines_that_are_almost_of_the_form() -> None:
    quickly = 0
    for source in sources(22, 20_000):
        message = source.choice(
            (
                '{"role": "user", "labels": {"hate": 0.5, "a:b": true}, "content": "x: y", "time": 5}',
                '{"role": "user", "labels": ["a", {"by": "b:c", "labels": {"hate": "unknown"}}], "id": "m:1"}',
            )
        )
        text = f'{{"id": "a:b", "attributes": {{"m": "o:p"}}, "messages": [{message}, {message}]}}'
        for _ in range(source.randrange(3)):
            text = changed(text, source)
        quickly += agree(text.encode())
    assert quickly


def changed(text: str, source: random.Random) -> str:
    at = source.randrange(len(text))
    kind = source.randrange(3)
    if kind == 0:
        return text[:at] + source.choice(PIECES) + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1 + source.randrange(12) :]
    start, end = sorted((at, source.randrange(len(text))))
    return text[:end] + text[start:end] + text[end:]


@pytest.mark.parametrize(
    "line",
    [
        '{"messages": [{"role": "user", "role": "user"}]}',
        '{"messages": [{"role": "user"}], "messages": [{"role": "user"}]}',
        '{"messages": [{"role": "user", "labels": {"hate": 1.0, "hate": 0.0}}]}',
        '{"id": "a", "attributes": {"a": 1, "a": 2}, "messages": [{"role": "user"}]}',
        r'{"messages": [{"role": "user", "content": "\u003a", "content": "b"}]}',
    ],
)
def test_a_key_that_is_written_twice_is_left_to_the_form(line: str) -> None:
    assert not agree(line.encode())
    with pytest.raises(Malformed, match="is written twice"):
        exactly(line.encode())


def test_times_with_and_without_a_zone_are_left_to_the_form() -> None:
    log = {
        "messages": [
            {"role": "user", "time": time} for time in ("2025-08-15T10:00:00Z", "2025-08-15T10:00:01")
        ]
    }
    assert not agree(json.dumps(log).encode())
    with pytest.raises(Malformed, match="some times of the conversation have a zone"):
        exactly(json.dumps(log).encode())


def test_lines_as_they_are_usual_are_read_quickly() -> None:
    message = {
        "role": "user",
        "labels": {"hate": 0.25, "violence": True},
        "content": "é: \n",
        "time": "2025-08-15T10:00:00Z",
    }
    log = {
        "id": "a",
        "attributes": {"model": "o"},
        "looked-for": {"hate": ["user"]},
        "messages": [message] * 2,
    }
    assert agree(json.dumps(log).encode())
    assert agree(json.dumps({"messages": [{"role": "assistant", "labels": ["refusal"]}]}).encode())
    said = [{"by": "a:b", "labels": {"hate": 0.5}}, {"by": "people", "labels": ["refusal"]}]
    sources = json.dumps({"messages": [{"role": "user", "content": "a", "labels": said}]}).encode()
    assert agree(sources)
    assert agree_without_texts(sources)


def test_messages_are_made_once() -> None:
    (found,) = quick_conversations(b'{"messages": [{"role": "user"}]}', ORIGIN, 1) or ()
    assert found.messages is found.messages
    assert found.origin is found.origin


def test_without_texts_nothing_that_was_said_is_kept() -> None:
    raw = b'{"messages": [{"role": "user", "content": "secret"}]}'
    found = quick_conversations(raw, ORIGIN, 1, texts=False)
    assert found is not None
    assert found[0].messages[0].content is None


@pytest.mark.parametrize("more", [b"", b', "labels": []'])
def test_without_texts_a_conversation_that_is_kept_keeps_no_other(more: bytes) -> None:
    raw = b'{"messages": [{"role": "user", "content": "' + b"a" * 1_000 + b'"' + more + b"}]}"
    many = b"\n".join([raw] * 1_000)
    tracemalloc.start()
    kept = (quick_conversations(many, ORIGIN, 1, texts=False) or [])[0]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept.messages) == 1
    assert size < len(many) / 10


LINES = (
    b'{"id": "a", "messages": [{"role": "user", "labels": ["refusal"], "content": "x: y"}]}',
    b'{"messages": [{"role": "assistant", "labels": {"hate": 0.5}, "time": 5}]}\r',
    b'{"messages": [{"role": "user", "labels": {"hate": "unknown"}}], "looked-for": ["hate"]}',
    b'{"messages": [{"role": "user", "role": "user"}]}',
    b'{"messages": [{"role": "user"}]} {"messages": [{"role": "user"}]}',
    b'{"messages": [{"role": "user"}]}],[{"messages": [{"role": "user"}]}',
    b'{"messages": [{"role": "user"}',
    b'{"role": "assistant"}]}',
    b'{"messages": [{"role": "user", "labels": ["a"',
    b'"b"]}]}',
    b'{"messages": [{"role": "user"}], "attributes": [["a"',
    b'"b"]]}',
    b'{"messages": []}',
    b"",
    b"  \t",
    b"\xff",
    b"\xef\xbb\xbf",
    b"{}",
)


class Bits(io.BytesIO):
    """A stream of which so many bytes can be had at once, as of a pipe."""

    def __init__(self, raw: bytes, most: int) -> None:
        super().__init__(raw)
        self.most = most

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(min(self.most, self.most if size is None or size < 0 else size))


def line_by_line(raw: bytes) -> Iterator[Read]:
    """What the form says of each line by itself."""
    for number, line in enumerate(io.BytesIO(raw).readlines(), 1):
        if len(line) > lines_module.MAX_LINE:
            message = f"the line is longer than {lines_module.MAX_LINE} bytes"
            hint = "one conversation a line"
            yield Diagnostic("bad-conversation", message, hint=hint, subject=ORIGIN.at(number))
            continue
        text = text_line((number, line.removeprefix(BOM_UTF8) if number == 1 else line), ORIGIN)
        if isinstance(text, Diagnostic):
            yield text
        elif text is not None:
            try:
                yield read_conversation(json_value(text[1]), ORIGIN, number, f"log:{number}")
            except Malformed as fault:
                yield fault.diagnostic(ORIGIN, number)


@given(st.lists(st.sampled_from(LINES), max_size=8), st.booleans(), st.integers(1, 200))
def test_many_lines_are_read_as_each_line_is(lines: list[bytes], is_ended: bool, most: int) -> None:
    raw = b"\n".join(lines) + (b"\n" if is_ended else b"")
    assert list(READER.read(Log(Bits(raw, most), ORIGIN))) == list(line_by_line(raw))


@given(st.lists(st.sampled_from((5, 20, 21, 22, 40)), max_size=6), st.integers(1, 20))
def test_a_line_that_is_too_long_is_passed_over_wherever_it_is_cut(sizes: list[int], most: int) -> None:
    raw = b"\n".join(b"x" * size for size in sizes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "MAX_LINE", 21)
        assert list(READER.read(Log(Bits(raw, most), ORIGIN))) == list(line_by_line(raw))


def test_lines_without_anything_odd_are_all_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Conversation:
        raise AssertionError("a line was read by itself")

    monkeypatch.setattr(own_jsonl, "read_conversation", refuse)
    raw = b"\n".join(LINES[:3] * 500)
    assert len(list(READER.read(Log(io.BytesIO(raw), ORIGIN)))) == 1_500
