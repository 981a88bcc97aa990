"""OpenAI's logs. What is valid is said by the package ``openai``: what its types write is read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from openai.types.responses import Response, ResponseInputItemParam
from pydantic import TypeAdapter
from transcripts.readers.chats import (
    REFUSAL_ON_REPLIES,
    conversations,
    faked,
    fault,
    one,
    read,
    refused,
    said,
    scores,
    texts,
)

from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.message import Label, Message, Role, Score
from policy_engine.transcripts.reader import Head, Settings
from policy_engine.transcripts.readers.openai_messages import READER

FIELD = "openai refusal field"
CUT = "openai finish_reason content_filter"
CUT_RESPONSE = "openai incomplete_details content_filter"
STOPPED = "openai error content_filter"
CREATED = 1_756_000_000

_params: TypeAdapter[Any] = TypeAdapter(list[ChatCompletionMessageParam])
_items: TypeAdapter[Any] = TypeAdapter(list[ResponseInputItemParam])


@st.composite
def asked(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[tuple[Role, str | None]]]:
    """Messages of a request, and what they say."""
    written, expected = [], []
    for _ in range(draw(st.integers(1, 5))):
        role, text = draw(st.sampled_from(("system", "developer", "user", "assistant", "tool"))), draw(texts)
        message: dict[str, Any] = {"role": role, "content": text}
        if role != "tool" and draw(st.booleans()):
            other = draw(texts)
            message["content"] = [{"type": "text", "text": text}, {"type": "text", "text": other}]
            text = f"{text}\n{other}"
            if role == "user":
                message["content"].insert(1, {"type": "image_url", "image_url": {"url": "https://a.b/c.png"}})
        if role == "tool":
            message["tool_call_id"] = "call_1"
        written.append(message)
        expected.append((READ_AS[role], text))
        if role == "assistant" and draw(st.booleans()):
            function = {"name": "f", "arguments": "{}"}
            written.append(
                {"role": role, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
            )
            expected.append((Role.ASSISTANT, None))
    _params.validate_python(written)
    return written, expected


READ_AS = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "tool": Role.TOOL,
}


@st.composite
def moderation(draw: st.DrawFn) -> dict[str, Any]:
    named = {
        name: draw(scores) for name in draw(st.lists(st.sampled_from(("hate", "self-harm")), unique=True))
    }
    return {
        "type": "moderation_result",
        "model": "omni-moderation-latest",
        "flagged": False,
        "categories": {name: score > 0.5 for name, score in named.items()},
        "category_scores": named,
        "category_applied_input_types": {name: ["text"] for name in named},
    }


@st.composite
def completion(draw: st.DrawFn) -> tuple[dict[str, Any], list[tuple[str | None, list[str]]]]:
    """A response, and of each choice the text, and the sources of its refusals."""
    choices, expected = [], []
    for number in range(draw(st.integers(1, 3))):
        reason = draw(st.sampled_from(("stop", "length", "content_filter", "tool_calls")))
        text, refusal = draw(st.none() | texts), draw(st.none() | texts)
        choices.append(
            {
                "index": number,
                "finish_reason": reason,
                "message": {"role": "assistant", "content": text, "refusal": refusal},
            }
        )
        sources = [FIELD] if refusal else []
        sources += [CUT] if reason == "content_filter" else []
        expected.append(((text or refusal) if refusal else text, sources))
    made = ChatCompletion.model_validate(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": CREATED,
            "model": "gpt-4o-2024-08-06",
            "choices": choices,
        }
    )
    return made.model_dump(mode="json", exclude_unset=True), expected


@given(asked())
def test_messages_are_read_back(written: tuple[list[dict[str, Any]], list[tuple[Role, str | None]]]) -> None:
    messages, expected = written
    for value in ({"messages": messages}, {"model": "m", "messages": messages}, messages):
        found = one(READER, value)
        assert said(found) == expected
        assert found.looked_for == {}
        assert all(message.time is None for message in found.messages)


@given(asked(), completion())
def test_a_request_with_its_response_is_read_back(written: Any, answer: Any) -> None:
    (messages, expected), (response, replies) = written, answer
    request = {"model": "gpt-4o", "messages": messages}
    batch = {"id": "b", "custom_id": "chatcmpl-1", "response": {"status_code": 200, "body": response}}
    for value, before in (
        ({"request": request, "response": response}, expected),
        (request | response, expected),
        (response, []),
        (batch, []),
    ):
        found = conversations(READER, value)
        assert [said(each) for each in found] == [[*before, (Role.ASSISTANT, text)] for text, _ in replies]
        assert [refused(each) for each in found] == [sources for _, sources in replies]
        assert all(each.attributes == {"model": "gpt-4o-2024-08-06"} for each in found)
        tells = not any(role is Role.ASSISTANT for role, _ in before)
        assert all(each.looked_for == (REFUSAL_ON_REPLIES if tells else {}) for each in found)
        times = {message.time for each in found for message in each.messages}
        assert times == ({None} if before else {CREATED * 1_000_000})
        names = [each.id for each in found]
        assert names == (
            ["chatcmpl-1"] if len(found) == 1 else [f"chatcmpl-1.{n + 1}" for n in range(len(found))]
        )


@st.composite
def response(draw: st.DrawFn) -> tuple[dict[str, Any], list[tuple[Role, str | None]], list[str]]:
    """A response of the Responses API with its input beside; what is said, and the sources of refusals."""
    output, expected, sources = [], [], []
    for number in range(draw(st.integers(0, 3))):
        kind, text = draw(st.sampled_from(("text", "refusal", "call", "reasoning"))), draw(texts)
        if kind == "call":
            output.append(
                {
                    "type": "function_call",
                    "call_id": "c",
                    "id": f"fc_{number}",
                    "name": "f",
                    "arguments": "{}",
                }
            )
            expected.append((Role.ASSISTANT, None))
        elif kind == "reasoning":
            output.append({"type": "reasoning", "id": f"rs_{number}", "summary": []})
        else:
            text_part = {"type": "output_text", "text": text, "annotations": []}
            part = text_part if kind == "text" else {"type": "refusal", "refusal": text}
            output.append(
                {
                    "type": "message",
                    "id": f"msg_{number}",
                    "role": "assistant",
                    "status": "completed",
                    "content": [part],
                }
            )
            expected.append((Role.ASSISTANT, text))
            sources += [FIELD] if kind == "refusal" else []
    is_cut = draw(st.booleans())
    if is_cut:
        sources.append(CUT_RESPONSE)
        if not expected:
            expected.append((Role.ASSISTANT, None))
    made = Response.model_validate(
        {
            "id": "resp_1",
            "object": "response",
            "created_at": CREATED,
            "model": "gpt-5",
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "incomplete_details": {"reason": "content_filter"} if is_cut else None,
        }
    )
    return made.model_dump(mode="json", exclude_unset=True), expected, sources


@given(response(), texts, texts)
def test_responses_are_read_back(answer: Any, instructions: str, text: str) -> None:
    written, expected, sources = answer
    items = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]},
        {"role": "assistant", "content": "a"},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "b"},
    ]
    _items.validate_python(items)
    read_items = [(Role.USER, text), (Role.ASSISTANT, "a"), (Role.ASSISTANT, None), (Role.TOOL, "b")]
    for given_input, before in ((text, [(Role.USER, text)]), (items, read_items)):
        found = one(READER, written | {"input": given_input, "instructions": instructions})
        assert said(found) == [(Role.SYSTEM, instructions), *before, *expected]
        assert refused(found) == sorted(sources, key=lambda source: source == CUT_RESPONSE)
        pair = {"request": {"model": "gpt-5", "input": given_input}, "response": written}
        assert said(one(READER, pair)) == [*before, *expected]
    if expected:
        alone = one(READER, written)
        assert {message.time for message in alone.messages} == {CREATED * 1_000_000}
        assert alone.looked_for == REFUSAL_ON_REPLIES


@given(moderation(), moderation())
def test_moderation_beside_is_read_of_what_it_was_of(
    of_input: dict[str, Any], of_output: dict[str, Any]
) -> None:
    listed = {"type": "moderation_results", "model": "omni-moderation-latest"}
    made = ChatCompletion.model_validate(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": CREATED,
            "model": "gpt-4o",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": "b", "refusal": None},
                }
            ],
            "moderation": {
                "input": listed | {"results": [of_input]},
                "output": listed | {"results": [of_output]},
            },
        }
    ).model_dump(mode="json", exclude_unset=True)
    request = {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}]}
    found = one(READER, {"request": request, "response": made}, faked("openai-moderation"))
    system, user, reply = found.messages
    assert system.labels == ()
    assert user.labels == labels(of_input)
    # self-harm is not looked for on replies, and what it says of them is not taken
    assert reply.labels == tuple(each for each in labels(of_output) if each.name != "self-harm")
    assert found.looked_for == REFUSAL_ON_REPLIES | {
        "self-harm": frozenset({Role.USER}),
        "hate": frozenset({Role.USER, Role.ASSISTANT}),
    }
    several = {"messages": [*request["messages"], *request["messages"]]}
    found = one(READER, {"request": several, "response": made}, faked("openai-moderation"))
    assert all(message.labels == () for message in found.messages[:-1])
    assert found.looked_for == REFUSAL_ON_REPLIES | {"hate": frozenset({Role.ASSISTANT})}


def labels(result: dict[str, Any]) -> tuple[Label, ...]:
    scored = result["category_scores"].items()
    return tuple(Label(name, score, "openai-moderation") for name, score in scored)


def test_moderation_in_messages_and_in_a_list() -> None:
    result = {"categories": {"hate": True}, "category_scores": {"hate": 0.75}, "flagged": True}
    user, reply = {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}
    beside = {"messages": [user | {"moderation": {"results": [result]}}, reply, user]}
    found = one(READER, beside, faked("openai-moderation"))
    # the last message of the user was not read: each label is unknown
    unread = tuple(Label(name, None, "openai-moderation") for name in ("self-harm", "hate"))
    assert [message.labels for message in found.messages] == [labels(result), (), unread]
    assert found.looked_for == {"self-harm": frozenset({Role.USER}), "hate": frozenset({Role.USER})}
    listed = {"messages": [user, reply], "moderation": [result, None]}
    assert one(READER, listed, faked("openai-moderation")).messages[0].labels == labels(result)
    listed["moderation"] = [result]
    assert fault(READER, listed) == "`moderation` has 1 results for 2 messages"


SEVERITIES = st.sampled_from(("safe", "low", "medium", "high"))


@st.composite
def filtered(draw: st.DrawFn, *binary: str) -> tuple[dict[str, Any], dict[str, Score]]:
    """What Azure's filter says of something, and what it means; ``binary`` are the names that have no severity."""
    said: dict[str, Any] = {}
    meant: dict[str, Score] = dict.fromkeys(AZURE.values())
    for name, label in AZURE.items():
        if not draw(st.booleans()):
            continue
        if name in binary:
            is_found = draw(st.booleans())
            said[name] = {"filtered": is_found and draw(st.booleans()), "detected": is_found}
            meant[label] = is_found
        elif name not in ("jailbreak", "profanity"):
            severity = draw(SEVERITIES)
            is_filtered = severity != "safe" and draw(st.booleans())
            said[name] = {"filtered": is_filtered, "severity": severity}
            meant[label] = is_filtered or severity in ("medium", "high")
    if draw(st.booleans()):
        said["protected_material_text"] = {"filtered": False, "detected": True}
    return said, meant


AZURE = {
    "hate": "hate",
    "self_harm": "self-harm",
    "sexual": "sexual",
    "violence": "violence",
    "profanity": "profanity",
    "jailbreak": "jailbreak",
}
SHIPPED = Settings(classifiers=shipped_classifiers())


def told(message: Message) -> dict[str, Score]:
    """What the filter said of a message."""
    return {label.name: label.value for label in message.labels if label.source == "azure-openai-filter"}


@given(
    filtered("jailbreak"),
    filtered("profanity"),
    st.sampled_from(("prompt_filter_results", "prompt_annotations")),
)
def test_azures_filter_is_read_of_the_prompt_and_of_the_choice(prompt: Any, answer: Any, key: str) -> None:
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "b", "refusal": None},
        "content_filter_results": answer[0],
    }
    response = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": CREATED,
        "model": "gpt-4o",
        "choices": [choice],
        key: [{"prompt_index": 0, "content_filter_results": prompt[0]}],
    }
    ChatCompletion.model_validate(response)
    request = {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}]}
    expected = [{}, prompt[1] if prompt[0] else {}, answer[1] if answer[0] else {}]
    for value in ({"request": request, "response": response}, request | response):
        found = one(READER, value, SHIPPED)
        assert [told(message) for message in found.messages] == expected
        roles = frozenset(
            role for role, said in ((Role.USER, prompt[0]), (Role.ASSISTANT, answer[0])) if said
        )
        sought = dict.fromkeys(AZURE.values(), roles) if roles else {}
        assert found.looked_for == REFUSAL_ON_REPLIES | sought
    # of several messages of the user, nobody knows which one the prompt's result is about
    several = {"messages": [*request["messages"], *request["messages"]]}
    found = one(READER, {"request": several, "response": response}, SHIPPED)
    assert [told(message) for message in found.messages] == [{}, {}, {}, {}, expected[2]]


@given(filtered("jailbreak"), filtered("profanity"))
def test_azures_filter_is_read_in_the_responses_api(prompt: Any, answer: Any) -> None:
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": CREATED,
        "model": "gpt-4o",
        "output": [
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "b"}]}
        ],
        "content_filters": [
            {"blocked": False, "source_type": "prompt", "content_filter_results": prompt[0]},
            {"blocked": False, "source_type": "completion", "content_filter_results": answer[0]},
        ],
    }
    found = one(READER, {"request": {"model": "gpt-4o", "input": "a"}, "response": response}, SHIPPED)
    expected = [prompt[1] if prompt[0] else {}, answer[1] if answer[0] else {}]
    assert [told(message) for message in found.messages] == expected


@given(filtered("jailbreak"), st.booleans())
def test_a_prompt_that_the_filter_stopped_is_a_refusal_and_labelled(prompt: Any, is_responses: bool) -> None:
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": prompt[0]}
    error: dict[str, Any] = {"code": "content_filter", "param": "prompt", "status": 400}
    if is_responses:
        error["content_filters"] = [
            {"blocked": True, "source_type": "prompt", "content_filter_results": prompt[0]}
        ]
    else:
        error["innererror"] = inner
    request = {"messages": [{"role": "user", "content": "a"}]}
    for value in ({"request": request, "response": {"error": error}}, request | {"error": error}):
        found = one(READER, value, SHIPPED)
        assert said(found) == [(Role.USER, "a"), (Role.ASSISTANT, None)]
        assert refused(found) == [STOPPED]
        assert told(found.messages[0]) == (prompt[1] if prompt[0] else {})
        assert found.looked_for is not None
        assert found.looked_for["refusal"] == frozenset({Role.ASSISTANT})
    assert fault(READER, {"request": request, "response": {"error": {"code": "429"}}}) == (
        "the request failed: `429`"
    )


def test_a_filter_that_did_not_answer_is_unknown() -> None:
    failed = {"error": {"code": "content_filter_error", "message": "The contents are not filtered"}}
    for results in (
        {"content_filter_results": failed},
        {"content_filter_results": {}, "content_filter_result": failed},
    ):
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "b"}}
        value = {
            "messages": [{"role": "user", "content": "a"}],
            "choices": [choice | results],
            "prompt_filter_results": [None, 3, {"prompt_index": 0}],
        }
        found = one(READER, value, SHIPPED)
        assert [told(each) for each in found.messages] == [{}, dict.fromkeys(AZURE.values())]


def test_moderation_and_azures_filter_stand_beside_each_other() -> None:
    moderated = {"categories": {"hate": True}, "category_scores": {"hate": 0.75}}
    by_filter = {"violence": {"filtered": False, "severity": "medium"}}
    user = {
        "role": "user", "content": "a", "moderation": moderated, "content_filter_results": by_filter,
    }  # fmt: skip
    found = one(READER, {"messages": [user]}, SHIPPED)
    detected = {(label.name, label.source) for label in found.messages[0].labels if label.value}
    assert detected == {("hate", "openai-moderation"), ("violence", "azure-openai-filter")}


def test_without_a_mapping_the_classifiers_own_names_are_kept() -> None:
    result = {"category_scores": {"hate": 0.75, "sexual": None}}
    found = one(READER, {"messages": [{"role": "user", "content": "a", "moderation": result}]})
    source = "openai-moderation"
    assert found.messages[0].labels == (
        Label(f"{source}:hate", 0.75, source),
        Label(f"{source}:sexual", None, source),
    )
    assert found.looked_for == {}


def test_a_reply_that_was_kept_with_how_it_ended_tells_that() -> None:
    listed = [
        {"role": "user", "content": "a", "finish_reason": "content_filter"},
        {"role": "assistant", "content": "b", "finish_reason": "content_filter"},
        {"role": "assistant", "content": "c", "finish_reason": "stop"},
    ]
    for value in (listed, {"messages": listed}):
        found = one(READER, value)
        assert [each.labels for each in found.messages] == [(), (Label("refusal", True, CUT),), ()]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"messages": "a"}, "`messages` is not a list"),
        ({"choices": []}, "`choices` is not a list with an answer in it"),
        ({"choices": [{"delta": {}}]}, "this is a piece of a streamed answer"),
        ({"choices": [{}]}, "a choice has no `message`"),
        ({"custom_id": "a", "response": None, "error": {"code": "expired"}}, "the request failed: `expired`"),
        ({"request": {"messages": []}, "response": {"error": {"message": "no"}}}, "the request failed: `no`"),
        ({"object": "response", "output": [1]}, "message 1: an item is not an object"),
        ({"object": "response", "output": []}, "the conversation has no messages"),
        ({"choices": [{"message": {"content": "a"}}], "created": "soon"}, "the time `soon` is not a time"),
        ({"choices": [{"message": {"content": {}}}]}, "the content is neither a text nor a list of parts"),
        ({"messages": [{"role": "user", "content": [{"type": {}}]}]}, "message 1: the type of a part is not a text"),
        ({"messages": [], "stop_reason": "end_turn"}, "this is a request or a response of Anthropic's API"),
        ({"request": {"messages": []}, "response": {}}, "the response has neither `choices` nor an `output`"),
        ({"request": {"prompt": "a"}}, "the request has no list of `messages`"),
        ("a", "this is not an object"),
    ],
)  # fmt: skip
def test_faults(value: object, message: str) -> None:
    assert fault(READER, value) == message


def test_a_list_of_messages_is_one_conversation_and_a_list_of_requests_many() -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    for indent in (None, 2):
        (found,) = read(READER, json.dumps(messages, indent=indent))
        assert said(found) == [(Role.USER, "a"), (Role.ASSISTANT, "b")]  # type: ignore[arg-type]
        assert len(read(READER, json.dumps([{"messages": messages}] * 3, indent=indent))) == 3


def test_a_name_of_ones_own_makes_no_batch() -> None:
    found = one(READER, {"custom_id": "mine", "messages": [{"role": "user", "content": "a"}]})
    assert said(found) == [(Role.USER, "a")]


def test_a_message_a_line_is_nobodys() -> None:
    assert not READER.claims(Head(b'{"role": "user", "content": "a"}\n{"role": "user", "content": "a"}\n'))
    assert READER.claims(Head(b'[{"role": "user", "content": "a"}, {"role": "us'))


@pytest.mark.parametrize("labels", [{"self-harm": 0.9}, ["refusal"]])
def test_labels_that_this_form_does_not_have_are_not_lost_in_silence(labels: object) -> None:
    value = {"messages": [{"role": "user", "text": "x", "labels": labels}]}
    assert fault(READER, value) == "message 1: `labels` are not read from OpenAI's logs"
