"""Times that somebody wrote beside messages: used where each has one, and told where they cannot be used."""

from __future__ import annotations

import json

import pytest
from transcripts.readers.chats import one, read

from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import reader_named

SECOND = 1_000_000
START = 1_769_940_000
ASKED = {"role": "user", "content": "a"}
ANSWERED = {"role": "assistant", "content": "b"}
SYSTEM = {"role": "system", "content": "s"}


def at(message: dict[str, str], time: object, key: str = "timestamp") -> dict[str, object]:
    return {**message, key: time}


def times(found: Conversation) -> list[int | None]:
    return [None if each.time is None else each.time // SECOND - START for each in found.messages]


@pytest.mark.parametrize("reader", ["openai", "anthropic"])
def test_times_beside_messages_are_theirs(reader: str) -> None:
    listed = [SYSTEM, at(ASKED, "2026-02-01T10:00:00Z"), at(ANSWERED, START + 7, "created_at")]
    assert times(one(reader_named(reader), {"messages": listed})) == [0, 0, 7]
    assert times(one(reader_named(reader), {"messages": [*listed, SYSTEM]})) == [0, 0, 7, 7]
    assert times(one(reader_named(reader), {"messages": [ASKED, ANSWERED]})) == [None, None]


def test_a_system_prompt_beside_the_messages_is_told_when_they_begin() -> None:
    value = {"system": "s", "messages": [at(ASKED, START + 2), at(ANSWERED, START + 7)]}
    assert times(one(reader_named("anthropic"), value)) == [2, 2, 7]


def test_an_answer_comes_after_what_was_asked_however_coarsely_its_time_is_told() -> None:
    answer = {"created": START + 3, "choices": [{"message": ANSWERED}]}
    for asked, expected in ((START + 1, [1, 3]), (START + 3.75, [3, 3])):
        found = one(reader_named("openai"), {"request": {"messages": [at(ASKED, asked)]}, "response": answer})
        assert times(found) == expected
        assert found.messages[0].time is not None
        assert found.messages[1].time is not None
        assert found.messages[0].time <= found.messages[1].time


@pytest.mark.parametrize("reader", ["openai", "anthropic"])
@pytest.mark.parametrize(
    ("first", "second", "fault"),
    [
        ("2026-02-01T10:00:00Z", None, "message 2 has none"),
        ("10:32", 7, "that of message 1, `10:32`, is not a time"),
        (1_769_940_000_123, 7, "(milliseconds, perhaps)"),
        ("2026-02-01T10:00:00Z", "2026-02-01T10:00:00", "some have a zone, and some have none"),
    ],
)
def test_times_that_cannot_be_used_are_told_and_the_conversation_is_read(
    reader: str, first: object, second: object, fault: str
) -> None:
    line = json.dumps({"messages": [at(ASKED, first), at(ANSWERED, second)]})
    conversation, warning = read(reader_named(reader), line)
    assert isinstance(conversation, Conversation)
    assert times(conversation) == [None, None]
    assert isinstance(warning, Diagnostic)
    assert warning.severity is Severity.WARNING
    assert fault in warning.message
