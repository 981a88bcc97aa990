"""Lines of chats that are read quickly: what is read is what their format's reader makes of each value."""

from __future__ import annotations

import io
import json
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.chat_line import quick_chats
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reader import Log, Origin, Read, Reader, Settings
from policy_engine.transcripts.readers import openai_messages, sharegpt

ORIGIN = Origin("log", "log")
SHAREGPT = {"messages": "conversations", "role": "from", "content": "value"}

roles = st.sampled_from(["user", "assistant", "system", "tool", "function", "human", "gpt", "bot", None])
said = st.none() | st.text(max_size=4) | st.sampled_from(["a: b", "\n", '":', ["x"], 5])
messages = st.fixed_dictionaries({}, optional={"role": roles, "content": said, "refusal": st.none()})
chats = st.fixed_dictionaries(
    {"messages": st.lists(messages, max_size=3)},
    optional={
        "id": st.sampled_from(["a:b", "", None, 5]),
        "model": st.sampled_from(["gpt", "a:b", "", None, 5]),
        "system": st.just("x"),
    },
)


def renamed(value: object) -> object:
    """The same chat as ShareGPT has it."""
    if isinstance(value, dict):
        return {SHAREGPT.get(key, key): renamed(each) for key, each in value.items()}
    return [renamed(each) for each in value] if isinstance(value, list) else value


def one_by_one(reader: Reader, lines: list[str], settings: Settings) -> list[Read]:
    """As the reader reads values that are no lines: written over several lines, they are not read quickly."""
    read: list[Read] = []
    for number, line in enumerate(lines, 1):
        raw = json.dumps(json.loads(line), indent=1).encode()
        read += reader.read(Log(io.BytesIO(raw), Origin("log", "log", number - 1), settings))
    return read


def marks_of(conversation: Conversation) -> list[object]:
    return [(role, list(recorded), time) for role, recorded, time in conversation.marks()]


def shown(read: list[Read]) -> list[object]:
    """What is read, but for what a fault says beside its message."""
    return [
        (each.message, each.subject)
        if isinstance(each, Diagnostic)
        else (repr(each).removeprefix("Recorded").removeprefix("Conversation"), marks_of(each))
        for each in read
    ]


def without_texts(read: list[Read]) -> list[Read]:
    """What is read, but for texts, which may be kept where nobody needs them."""
    return [
        replace(each, messages=tuple(replace(message, content=None) for message in each.messages))
        if isinstance(each, Conversation)
        else each
        for each in read
    ]


@pytest.mark.parametrize("reader", [openai_messages.READER, sharegpt.READER])
@given(written=st.lists(chats, min_size=1, max_size=4), ascii_alone=st.booleans(), texts=st.booleans())
def test_chats_are_read_quickly_as_their_reader_reads_them(
    reader: Reader, written: list[object], ascii_alone: bool, texts: bool
) -> None:
    values = written if reader is openai_messages.READER else [renamed(each) for each in written]
    lines = [json.dumps(each, ensure_ascii=ascii_alone) for each in values]
    raw = "\n".join(lines).encode("utf-8", "surrogatepass")
    settings = Settings(texts=texts)
    read = list(reader.read(Log(io.BytesIO(raw), ORIGIN, settings)))
    exact = one_by_one(reader, lines, settings)
    assert shown(read if texts else without_texts(read)) == shown(exact if texts else without_texts(exact))


CHAT = (
    b'{"id": "c", "model": "m", "messages": [{"role": "user", "content": "a: \\n"}, {"role": "assistant"}]}'
)


def test_a_plain_chat_is_read_quickly() -> None:
    found = quick_chats(True)(b"\n".join((CHAT, CHAT)), ORIGIN, 3)
    assert found is not None
    assert [each.origin for each in found] == ["log:3", "log:4"]
    assert [each.content for each in found[0].messages] == ["a: \n", None]
    assert found[0].attributes == {"model": "m"}


@pytest.mark.parametrize("texts", [True, False])
def test_an_empty_id_or_model_is_none(texts: bool) -> None:
    found = quick_chats(texts)(CHAT.replace(b'"c"', b'""').replace(b'"m"', b'""'), ORIGIN, 3)
    assert found is not None
    assert (found[0].id, found[0].attributes) == ("log:3", {})


def test_without_texts_nothing_that_was_said_is_kept() -> None:
    read = openai_messages.READER.read(Log(io.BytesIO(CHAT), ORIGIN, Settings(texts=False)))
    (found,) = (each for each in read if isinstance(each, Conversation))
    assert [each.content for each in found.messages] == [None, None]


def test_without_texts_a_conversation_that_is_kept_keeps_no_other() -> None:
    many = b"\n".join([CHAT.replace(b"a: ", b"a" * 1_000)] * 1_000)
    read = quick_chats(False)
    tracemalloc.start()
    kept = (read(many, ORIGIN, 1) or [])[0]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept.messages) == 2
    assert size < len(many) / 10


@pytest.mark.parametrize(
    "line",
    [
        CHAT.replace(b'"id": "c"', b'"id": "c", "id": "d"'),
        CHAT.replace(b'"role": "user"', b'"role": "user", "role": "user"'),
        CHAT.replace(b'"content"', rb'"content": "\u003a", "content"'),
        CHAT.replace(b'"model": "m"', b'"temperature": 1'),
        CHAT.replace(b'"user"', b'"bot"'),
        b'{"messages": []}',
        b"{",
        b"",
    ],
)
def test_anything_else_is_left_to_the_reader(line: bytes) -> None:
    assert quick_chats(True)(line, ORIGIN, 1) is None
    assert quick_chats(False)(line, ORIGIN, 1) is None
