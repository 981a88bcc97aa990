"""How a log is written: the form by the ending of its name, compressed, bounded, and harmless to a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from transcripts.any_conversation import ANY, exactly

from policy_engine.transcripts import writing
from policy_engine.transcripts.message import Conversation, Message, Role
from policy_engine.transcripts.reading import read_conversations
from policy_engine.transcripts.writing import FORMS, JsonLines, form_of

TALK = Conversation("a", (Message(Role.USER, content="hello"),), origin="<stdin>:1")


def written(conversations: list[Conversation], ending: str) -> bytes:
    stream = io.BytesIO()
    writer = FORMS[ending](stream, True)
    for each in conversations:
        writer.add(each)
    writer.close()
    return stream.getvalue()


@pytest.mark.parametrize("ending", FORMS)
def test_what_is_written_is_told_apart_and_read_back(ending: str) -> None:
    (found,) = read_conversations(["-"], stdin=io.BytesIO(written([TALK], ending)))
    assert found == TALK


@pytest.mark.parametrize("ending", FORMS)
def test_a_long_log_is_read_back(ending: str) -> None:
    talks = [replace(TALK, id=str(number), origin=f"<stdin>:{number}") for number in range(1, 5_001)]
    assert list(read_conversations(["-"], stdin=io.BytesIO(written(talks, ending)))) == talks


def test_the_form_is_told_by_the_ending() -> None:
    assert [form_of(name) for name in ("a.jsonl", "A.JSONL.GZ", "a.b.jsonl.zst", "a.parquet")] == [
        *FORMS.values()
    ]
    for name in ("a.json", "a.gz", "jsonl", "a.jsonl.txt", ""):
        with pytest.raises(
            ValueError, match=r"ends in `\.jsonl`, `\.jsonl\.gz`, `\.jsonl\.zst` or `\.parquet`"
        ):
            form_of(name)


def test_a_line_that_could_not_be_read_back_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_LINE", 100)
    stream = io.BytesIO()
    writer = JsonLines(stream, texts=True)
    writer.add(TALK)
    with pytest.raises(ValueError, match="would be longer than 100 bytes; Parquet can hold it"):
        writer.add(replace(TALK, messages=TALK.messages * 10))
    writer.add(TALK)
    writer.close()
    assert stream.getvalue().count(b"\n") == 2


def escaped(conversations: list[Conversation]) -> Iterator[bytes]:
    stream = io.BytesIO()
    writer = JsonLines(stream, texts=True, escapes=True)
    for each in conversations:
        writer.add(each)
    writer.close()
    return iter(stream.getvalue().splitlines())


@given(ANY)
def test_on_a_terminal_a_log_commands_nothing_and_says_the_same(conversation: Conversation) -> None:
    (line,) = escaped([conversation])
    assert all(0x20 <= byte < 0x7F for byte in line)
    (found,) = read_conversations(["-"], stdin=io.BytesIO(line))
    assert isinstance(found, Conversation)
    assert exactly(replace(found, origin=conversation.origin)) == exactly(conversation)
