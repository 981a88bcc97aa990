"""A key that stands where one is missing, and looks like it, is told; no other is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.readers.chats import ORIGIN, read

from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.misnamed import misnamed
from policy_engine.transcripts.reading import reader_named

USER, REPLY = {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}
CHOICE = {"index": 0, "finish_reason": "stop", "message": REPLY}
RESPONSE = {"type": "message", "role": "assistant", "content": "b", "usage": {}}


def told(objects: list[object], *keys: str) -> dict[str, str]:
    """What is told of the objects, by key."""
    found = list(misnamed(objects, keys, "messages", ORIGIN, 7))
    assert all(each.severity is Severity.WARNING and each.subject == "log:7" for each in found)
    return {each.message: each.hint or "" for each in found}


@pytest.mark.parametrize(
    "key", ["text", "message", "contents", "Content", "contnet", "conten", "vontent", "ccontent", "con_tent"]
)
def test_what_looks_like_a_missing_key_is_told_once(key: str) -> None:
    listed: list[object] = [{"role": "user", key: "a"}, {"role": "user", key: "b"}, 3, None, {}]
    assert told(listed, "content") == {f"`{key}` in messages is passed over": "did you mean `content`?"}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": None, "text": "a"},
        {"role": "user", "text": ""},
        {"role": "assistant", "tool_calls": [{"id": "call_1"}], "annotations": [], "name": "x"},
        {"role": "assistant", "reasoning_content": "because", "context": "here"},
        {"type": "function_call_output", "output": "a", "call_id": "c"},
        {"role": "user", "x" * 1_000_000: "a"},
    ],
)
def test_other_keys_are_not(message: object) -> None:
    assert told([message], "content", "refusal") == {}


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_any_object_may_stand_there(value: dict[str, object]) -> None:
    assert all(
        each.count("`") == 2 for each in told([value], "content", "refusal") if "`" not in "".join(value)
    )


@pytest.mark.parametrize(
    ("reader", "value", "key"),
    [
        ("openai", {"messages": [USER, {"role": "assistant", "text": "b"}]}, "text"),
        ("openai", {"messages": [USER, REPLY | {"refusual": "no"}]}, "refusual"),
        (
            "openai",
            {"messages": [USER], "choices": [{"message": REPLY, "finishReason": "stop"}]},
            "finishReason",
        ),
        ("openai", {"messages": [], "choices": [CHOICE | {"message": {"msg": "b"}}]}, "msg"),
        ("openai", {"model": "m", "input": [{"role": "user", "body": "b"}]}, "body"),
        ("openai", {"messages": [USER | {"openai_moderation": {"hate": 1}}]}, "openai_moderation"),
        ("openai", {"messages": [USER], "moderations": [{"hate": 1}]}, "moderations"),
        ("openai", {"request": {"messages": [USER], "moderations": [{"hate": 1}]}}, "moderations"),
        (
            "openai",
            {"messages": [USER], "choices": [CHOICE], "moderation_results": [{}]},
            "moderation_results",
        ),
        ("anthropic", {"system": "s", "messages": [{"role": "user", "contents": "b"}]}, "contents"),
        ("anthropic", RESPONSE | {"stopReason": "refusal"}, "stopReason"),
        ("sharegpt", {"conversations": [{"from": "human", "text": "b"}]}, "text"),
        ("lmsys", {"conversation_id": "c", "conversation": [{"role": "user", "text": "b"}]}, "text"),
        ("lmsys", {"conversation": [USER], "openai_moderations": [{"hate": 1}]}, "openai_moderations"),
        ("wildchat", {"conversation": [{"role": "user", "value": "b"}], "toxic": False}, "value"),
        ("transcript", {"x": {"transcript": [{"role": "user", "contet": "b"}]}}, "contet"),
    ],
)
def test_readers_tell_it_beside_the_conversation(reader: str, value: object, key: str) -> None:
    found = read(reader_named(reader), json.dumps(value) + "\n")
    assert [each for each in found if isinstance(each, Conversation)]
    (warning,) = [each for each in found if isinstance(each, Diagnostic)]
    assert warning.severity is Severity.WARNING
    assert warning.message.startswith(f"`{key}` in ")
