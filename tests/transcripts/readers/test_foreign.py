"""Logs that are not the project's own: what they say, and that nothing else was looked for."""

from __future__ import annotations

import io
import json

import pytest

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.reader import Log, Origin, Read, Reader
from policy_engine.transcripts.readers import hh_rlhf, openai_messages, plain_text
from policy_engine.transcripts.readers.plain_text import PlainText
from policy_engine.transcripts.reading import reader_named

ORIGIN = Origin("log", "log")
REFUSED = Label("refusal", True, "openai refusal field")


def read(reader: Reader, text: str) -> list[Read]:
    return list(reader.read(Log(io.BytesIO(text.encode()), ORIGIN)))


def one(reader: Reader, text: str) -> Conversation:
    (found,) = read(reader, text)
    assert isinstance(found, Conversation), found
    return found


def openai(*messages: object) -> Conversation:
    return one(openai_messages.READER, json.dumps({"messages": messages}))


def test_openai_roles_and_parts() -> None:
    found = openai(
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}]},
        {"role": "assistant", "content": None, "tool_calls": [{}]},
        {"role": "tool", "content": "b", "tool_call_id": "1"},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    )
    roles = [message.role for message in found.messages]
    assert roles == [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT]
    assert [message.content for message in found.messages] == ["Be kind.", "a", None, "b", "No."]
    assert found.messages[-1].labels == (REFUSED,)
    assert found.looked_for == {}
    assert found.id == "log:1"


def test_a_refusal_was_looked_for_where_every_reply_has_the_field() -> None:
    asked = {"role": "user", "content": "a"}
    refused = {"role": "assistant", "content": None, "refusal": "No."}
    answered = {"role": "assistant", "content": "b", "refusal": None}
    found = openai(asked, refused, asked, answered)
    assert found.looked_for == {"refusal": frozenset({Role.ASSISTANT})}
    assert found.messages[1] == Message(Role.ASSISTANT, (REFUSED,), "No.")
    assert found.messages[3].labels == ()
    assert openai(asked, refused, asked, {"role": "assistant", "content": "b"}).looked_for == {}
    assert openai(asked).looked_for == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"messages": []}', "the conversation has no messages"),
        ('{"prompt": "a"}', "the line has no list of `messages`"),
        ('{"messages": [{"role": "bot"}]}', "message 1: unknown role `bot`"),
        ('{"messages": [{"role": {}}]}', "message 1: unknown role `…`"),
        ('{"messages": ["a"]}', "message 1: a message is not an object"),
        ('{"messages": [{"role": "user", "content": 1}]}', None),
        ('{"messages": [{"role": "user", "content": [1]}]}', None),
        ('{"messages": [{"role": "user", "content": [{"type": "text"}]}]}', None),
        ('{"messages": [{"role": "assistant", "refusal": 1}]}', None),
    ],
)
def test_openai_faults(line: str, message: str | None) -> None:
    (bad, good) = read(openai_messages.READER, line + '\n{"messages": [{"role": "user", "content": "a"}]}')
    assert isinstance(bad, Diagnostic)
    assert bad.subject == "log:1"
    assert message is None or bad.message == message
    assert isinstance(good, Conversation)


def test_plain_text_runs_over_blank_lines_and_other_words() -> None:
    found = one(plain_text.READER, "\nuser: a\n\nSubject: b\nagent:c\nUser: quoted\n\nStep 1: d\nuser:\n")
    assert found.messages == (
        Message(Role.USER, content="a\n\nSubject: b"),
        Message(Role.ASSISTANT, content="c\nUser: quoted\n\nStep 1: d"),
        Message(Role.USER, content=""),
    )
    assert found.looked_for == {}
    assert found.origin == "log:2"


def test_a_word_of_plain_text_with_letters_that_are_like_those_of_a_speaker_is_none() -> None:
    found = one(plain_text.READER, "user: a\nu\u017fer: b\na\u0131: c")
    assert [each.content for each in found.messages] == ["a\nu\u017fer: b\na\u0131: c"]


@pytest.mark.parametrize("text", ["user: a\nAI: b\nuser: c", "User: a\nai: b\nUser: c"])
def test_speakers_of_plain_text_are_told_by_their_words_whatever_the_case_of_the_first(text: str) -> None:
    found = one(plain_text.READER, text)
    assert [(each.role, each.content) for each in found.messages] == [
        (Role.USER, "a"),
        (Role.ASSISTANT, "b"),
        (Role.USER, "c"),
    ]


@pytest.mark.parametrize("text", ["", "hello", "hello\nuser: a"])
def test_plain_text_without_a_speaker_at_first(text: str) -> None:
    (found,) = read(plain_text.READER, text)
    assert isinstance(found, Diagnostic)


def test_speakers_can_be_mapped() -> None:
    found = one(PlainText({"kundin": Role.USER, "bot": Role.ASSISTANT}), "Kundin: a\nBot: b\nuser: c")
    assert [message.role for message in found.messages] == [Role.USER, Role.ASSISTANT]


def test_a_pair_gives_two_conversations() -> None:
    pair = {"chosen": "\n\nHuman: a\n\nAssistant: b\n\nc", "rejected": "nobody speaks"}
    found, bad = read(hh_rlhf.READER, json.dumps(pair))
    assert isinstance(found, Conversation)
    assert found.id == "log:1.chosen"
    assert found.messages == (Message(Role.USER, content="a"), Message(Role.ASSISTANT, content="b\n\nc"))
    assert found.looked_for == {}
    assert isinstance(bad, Diagnostic)
    assert "rejected" in bad.message


@pytest.mark.parametrize("name", ["openai", "anthropic", "sharegpt"])
def test_a_conversation_is_called_as_the_log_calls_it(name: str) -> None:
    said = {
        "messages": [{"role": "user", "content": "a"}],
        "conversations": [{"from": "human", "value": "a"}],
    }
    for called, expected in (
        ({"id": "x", "conversation_id": "y"}, "x"),
        ({"conversation_id": "y"}, "y"),
        ({"id": None, "thread_id": "y"}, "y"),
        ({"session_id": 17}, "17"),
        ({"id": 0}, "0"),
        ({"id": True}, "log:1"),
    ):
        assert one(reader_named(name), json.dumps(said | called)).id == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("openai", {"messages": [{"role": "user", "content": "a", "id": "m1"}]}),
        ("openai", {"model": "g", "input": [{"type": "message", "id": "m1", "role": "user", "content": "a"}]}),
        ("anthropic", {"type": "message", "id": "m1", "content": "a", "stop_reason": "end_turn", "role": "assistant"}),
        ("langfuse", {"id": "o", "traceId": "t", "type": "GENERATION", "startTime": "2026-02-01T10:00:00Z",
                      "input": [{"role": "user", "content": "a", "id": "m1"}]}),
    ],
)  # fmt: skip
def test_messages_keep_the_ids_by_which_labels_of_other_files_find_them(name: str, value: object) -> None:
    assert one(reader_named(name), json.dumps(value)).messages[0].id == "m1"
