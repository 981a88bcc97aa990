"""Anthropic's logs. What is valid is said by the package ``anthropic``: what its types write is read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import Message as Answer
from anthropic.types import MessageParam
from anthropic.types.messages import MessageBatchIndividualResponse
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from transcripts.readers.chats import REFUSAL_ON_REPLIES, fault, one, read, refused, said, texts

from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.message import Label, Role
from policy_engine.transcripts.reader import Head, Settings
from policy_engine.transcripts.readers.anthropic import READER
from policy_engine.transcripts.reading import reader_named, readers

SOURCE = "anthropic stop_reason refusal"
REASONS = (
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
)

_params: TypeAdapter[Any] = TypeAdapter(list[MessageParam])


@st.composite
def asked(draw: st.DrawFn) -> tuple[dict[str, Any], list[tuple[Role, str | None]]]:
    """A request, and what it says."""
    written: list[dict[str, Any]] = []
    expected: list[tuple[Role, str | None]] = []
    system = draw(st.none() | texts)
    if system is not None:
        expected.append((Role.SYSTEM, system))
    for _ in range(draw(st.integers(1, 5))):
        kind, text = (
            draw(st.sampled_from(("user", "assistant", "system", "tool", "call", "answered"))),
            draw(texts),
        )
        block = {"type": "text", "text": text}
        answer = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "found"}]}
        if kind in ("user", "assistant", "system"):
            written.append({"role": kind, "content": draw(st.sampled_from((text, [block])))})
            expected.append((Role(kind), text))
        elif kind == "tool":
            written.append({"role": "user", "content": [answer | {"content": text}]})
            expected.append((Role.TOOL, text))
        elif kind == "answered":
            written.append({"role": "user", "content": [answer, block]})
            expected += [(Role.TOOL, "found"), (Role.USER, text)]
        else:
            thinking = {"type": "thinking", "thinking": "hm", "signature": "s"}
            call = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
            written.append({"role": "assistant", "content": [thinking, block, call]})
            expected.append((Role.ASSISTANT, text))
    _params.validate_python(written)
    request: dict[str, Any] = {"model": "claude-opus-4-1", "max_tokens": 9, "messages": written}
    if system is not None:
        request["system"] = draw(st.sampled_from((system, [{"type": "text", "text": system}])))
    return request, expected


@st.composite
def answers(draw: st.DrawFn) -> tuple[dict[str, Any], str | None, bool, str | None]:
    """A response: its text, whether it is a refusal, and the category."""
    reason = draw(st.sampled_from(REASONS))
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": text} for text in draw(st.lists(texts, max_size=2))
    ]
    text = "\n".join(each["text"] for each in blocks) if blocks else None
    if draw(st.booleans()):
        blocks.insert(0, {"type": "thinking", "thinking": "hm", "signature": "s"})
    category = draw(st.sampled_from((None, "cyber", "bio", "frontier_llm", "general_harms")))
    made = Answer.model_validate(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-opus-4-1-20250805",
            "content": blocks,
            "stop_reason": reason,
            "stop_sequence": None,
            "stop_details": {"type": "refusal", "category": category, "explanation": None}
            if reason == "refusal"
            else None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
    )
    is_refusal = reason == "refusal"
    return (
        made.model_dump(mode="json", exclude_unset=True),
        text,
        is_refusal,
        category if is_refusal else None,
    )


@given(asked())
def test_requests_are_read_back(written: Any) -> None:
    request, expected = written
    for value in (request, {"custom_id": "a", "params": request}):
        found = one(READER, value)
        assert said(found) == expected
        assert found.looked_for == {}
        assert found.attributes == {"model": "claude-opus-4-1"}
    assert found.id == "a"


@given(asked(), answers())
def test_responses_are_read_back(written: Any, answer: Any) -> None:
    (request, expected), (response, text, is_refusal, category) = written, answer
    result = MessageBatchIndividualResponse.model_validate(
        {"custom_id": "msg_1", "result": {"type": "succeeded", "message": response}}
    ).model_dump(mode="json", exclude_unset=True)
    pair = {"request": request, "response": response}
    for value, before in ((pair, expected), (response, []), (result, [])):
        found = one(READER, value)
        assert said(found) == [*before, (Role.ASSISTANT, text)]
        assert refused(found) == ([SOURCE] if is_refusal else [])
        others = [label for label in found.messages[-1].labels if label.name != "refusal"]
        name = "anthropic-refusal"
        assert others == ([Label(f"{name}:{category}", True, name)] if category else [])
        tells = not any(role is Role.ASSISTANT for role, _ in before)
        assert found.looked_for == (REFUSAL_ON_REPLIES if tells else {})
        assert found.id == "msg_1"
        assert found.attributes == {"model": "claude-opus-4-1-20250805"}


@given(answers())
def test_a_category_is_what_the_classifier_makes_of_it(answer: Any) -> None:
    response, _, is_refusal, category = answer
    found = one(READER, response, Settings(classifiers=shipped_classifiers()))
    assert refused(found) == ([SOURCE] if is_refusal else [])
    names = {label.name for label in found.messages[-1].labels if label.value is True} - {"refusal"}
    assert names == {"cyber": {"cyber-harm"}, "bio": {"biological-harm"}}.get(category or "", set())


@given(asked(), answers())
def test_it_is_told_apart(written: Any, answer: Any) -> None:
    response = answer[0]
    assert READER.claims(Head(json.dumps(response).encode()))
    assert READER.claims(Head(json.dumps({"request": written[0], "response": response}, indent=2).encode()))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"system": "a"}, "the line has no list of `messages`"),
        ({"messages": []}, "the conversation has no messages"),
        ({"system": 1, "messages": []}, "the content is neither a text nor a list of parts"),
        ({"messages": [{"role": "human", "content": "a"}]}, "message 1: unknown role `human`"),
        ({"messages": [{"role": "user", "content": [{"type": "tool_result", "content": 1}]}]},
         "message 1: the content is neither a text nor a list of parts"),
        ({"type": "message", "content": [], "stop_reason": 1}, "`stop_reason` is neither a text nor null"),
        ({"custom_id": "a", "result": {"type": "expired"}}, "the request failed: `expired`"),
        ({"custom_id": "a", "result": {"type": "errored", "error": {"type": "error", "error": {"message": "no"}}}},
         "the request failed: `no`"),
        ({"custom_id": "a"}, "the line of a batch has neither `params` nor a `result`"),
        ({"request": {}, "response": {"type": "error", "error": {"type": "overloaded_error"}}},
         "the request failed: `overloaded_error`"),
        ({"messages": [], "choices": []}, "this is a response of OpenAI's form"),
        ({"request": {}, "response": {"object": "x"}},
         "the response is not one of this API: its `type` is not `message`"),
        (1, "this is not an object"),
    ],
)  # fmt: skip
def test_faults(value: object, message: str) -> None:
    assert fault(READER, value) == message


def test_an_answer_that_was_kept_among_the_messages_as_it_came_tells_why_it_stopped() -> None:
    asked = {"role": "user", "content": "a"}
    refused = {"role": "assistant", "content": [{"type": "text", "text": "b"}], "stop_reason": "refusal"}
    answered = {"role": "assistant", "content": "c", "stop_reason": "end_turn"}
    said_so = {"messages": [asked, refused, asked, answered]}
    assert [each.name for each in readers() if each.claims(Head(json.dumps(said_so).encode()))] == [
        "anthropic"
    ]
    # a list is known by its first message, which could be OpenAI's as well: both read it alike
    for reader in (READER, reader_named("openai")):
        found = one(reader, said_so["messages"])
        labels = [each.labels for each in found.messages]
        assert labels == [(), (Label("refusal", True, "anthropic stop_reason refusal"),), (), ()]
        assert found.looked_for == REFUSAL_ON_REPLIES


def test_the_line_of_a_batch_with_a_result_of_no_kind_is_nobodys() -> None:
    assert not READER.claims(Head(b'{"custom_id": "a", "result": {"type": ["expired"]}}'))


def test_an_array_over_many_lines_is_read() -> None:
    request = {"system": "s", "messages": [{"role": "user", "content": "a"}]}
    assert len(read(READER, json.dumps([request] * 3, indent=1))) == 3
