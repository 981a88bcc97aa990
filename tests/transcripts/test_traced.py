"""What a call within a trace holds: read as the provider's own log of the same call is, signals and all."""

from __future__ import annotations

from typing import Any

import pytest
from transcripts.readers.chats import REFUSAL_ON_REPLIES, one, read

from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.message import Conversation, Label, Role
from policy_engine.transcripts.reader import Reader, Settings
from policy_engine.transcripts.readers import anthropic, langfuse, langsmith, mlflow, openai_messages
from policy_engine.transcripts.traced import exchanged

SETTINGS = Settings(classifiers=shipped_classifiers())
CUT = Label("refusal", True, "openai finish_reason content_filter")

CHAT = {"model": "g", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]}
ITEMS = {
    "model": "g",
    "instructions": "s",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "q"}]},
        {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "1"},
        {"type": "function_call_output", "call_id": "1", "output": "42"},
    ],
}
FOUND = {"self_harm": {"filtered": True, "severity": "high"}}


def choice(message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"index": 0, "finish_reason": "stop", "message": {"role": "assistant"} | message} | fields


def response(*output: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"object": "response", "model": "g", "output": list(output)} | fields


def message(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "status": "completed", "content": list(parts)}


OPENAI: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "answered": (CHAT, {"choices": [choice({"content": "a", "refusal": None})]}),
    "refused": (CHAT, {"choices": [choice({"content": None, "refusal": "no"})]}),
    "cut": (CHAT, {"choices": [choice({"content": "a"}, finish_reason="content_filter")]}),
    "calls a tool": (CHAT, {"choices": [choice({"content": None, "tool_calls": []}, finish_reason="tool_calls")]}),
    "filtered by Azure": (
        CHAT,
        {
            "choices": [choice({"content": "a"}, content_filter_results=FOUND)],
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": FOUND}],
        },
    ),
    "stopped by Azure": (
        CHAT,
        {"error": {"code": "content_filter", "innererror": {"content_filter_result": FOUND}}},
    ),
    "moderated": (
        CHAT,
        {
            "choices": [choice({"content": "a"})],
            "moderation": {"input": {"results": [{"category_scores": {"hate": 0.5}}]}},
        },
    ),
    "items": (ITEMS, response({"type": "reasoning", "summary": []}, message({"type": "output_text", "text": "a"}))),
    "an item that refuses": (ITEMS, response(message({"type": "refusal", "refusal": "no"}))),
    "items cut": (
        {"model": "g", "input": "q"},
        response(
            message({"type": "output_text", "text": "a"}), incomplete_details={"reason": "content_filter"}
        ),
    ),
    "an item that calls": (
        {"model": "g", "input": "q"},
        response({"type": "function_call", "name": "f", "arguments": "{}", "call_id": "1"}),
    ),
}  # fmt: skip
MESSAGES = {"model": "c", "max_tokens": 9, "system": "s", "messages": [{"role": "user", "content": "q"}]}
ANTHROPIC = {
    reason: (
        MESSAGES | {"system": system},
        {"type": "message", "role": "assistant", "model": "c", "stop_reason": reason, "usage": {}}
        | {"content": [{"type": "thinking", "thinking": "t"}, {"type": "text", "text": "a"}]}
        | ({"stop_details": {"type": "refusal", "category": "cyber"}} if reason == "refusal" else {}),
    )
    for reason, system in (("end_turn", "s"), ("refusal", [{"type": "text", "text": "s"}]))
}
CALLS = [
    *((openai_messages.READER, *each) for each in OPENAI.values()),
    *((anthropic.READER, *each) for each in ANTHROPIC.values()),
]


def traced(reader: Reader, asked: object, answer: object, error: str | None = None) -> Conversation:
    """The conversation of a trace of one call, which may have failed."""
    if reader is langfuse.READER:
        return one(reader, {"id": "o", "traceId": "t", "type": "GENERATION", "startTime": "2026-02-01T10:00:00Z",
                            "input": asked, "output": answer, "statusMessage": error}, SETTINGS)  # fmt: skip
    if reader is langsmith.READER:
        run = {"id": "o", "run_type": "llm", "inputs": asked, "outputs": answer, "error": error}
        return one(reader, run, SETTINGS)
    attributes = {"mlflow.spanType": "LLM", "mlflow.spanInputs": asked, "mlflow.spanOutputs": answer}
    span = {"attributes": attributes, "status": {"code": "STATUS_CODE_ERROR", "message": error}}
    return one(reader, {"info": {"trace_id": "t"}, "data": {"spans": [span]}}, SETTINGS)


def heard(found: Conversation) -> list[tuple[Role, str | None, tuple[Label, ...]]]:
    return [(each.role, each.content, each.labels) for each in found.messages]


@pytest.mark.parametrize("reader", [langfuse.READER, langsmith.READER, mlflow.READER])
@pytest.mark.parametrize(("provider", "asked", "answer"), CALLS, ids=[*OPENAI, *ANTHROPIC])
def test_a_call_within_a_trace_says_what_the_log_of_its_provider_says(
    reader: Reader, provider: Reader, asked: dict[str, Any], answer: dict[str, Any]
) -> None:
    plain = one(provider, {"request": asked, "response": answer}, SETTINGS)
    found = traced(reader, asked, answer)
    assert heard(found) == heard(plain)
    assert found.looked_for == plain.looked_for


def test_what_a_filter_said_stays_with_the_message_when_calls_repeat_it() -> None:
    call = {"traceId": "t", "type": "GENERATION", "startTime": "2026-02-01T10:00:00Z"}
    asked, answer = OPENAI["filtered by Azure"]
    history = [*asked["messages"], {"role": "assistant", "content": "a"}, {"role": "user", "content": "more"}]
    first = call | {"id": "1", "input": asked, "output": answer}
    second = call | {"id": "2", "input": history, "output": {"role": "assistant", "content": "b"}}
    found = one(langfuse.READER, {"data": [first, second]}, SETTINGS)
    assert [each.content for each in found.messages] == ["s", "q", "a", "more", "b"]
    detected = [Label("self-harm", True, "azure-openai-filter") in each.labels for each in found.messages]
    unknown = [Label("self-harm", None, "azure-openai-filter") in each.labels for each in found.messages]
    assert detected == [False, True, True, False, False]
    assert unknown == [False, False, False, True, True]


def test_how_an_answer_ended_is_told_whatever_holds_it() -> None:
    asked, answer = OPENAI["filtered by Azure"]
    held = exchanged({"input": asked}, {"output": answer}, SETTINGS)
    assert held == exchanged(asked, answer, SETTINGS)
    assert held[0][1].outputs == held[1][0].outputs == (("azure-openai-filter", FOUND),)


FILTERED = (
    "Error code: 400 - {'error': {'message': \"It was filtered.\", 'code': 'content_filter', 'status': 400}}"
)


@pytest.mark.parametrize("reader", [langfuse.READER, langsmith.READER, mlflow.READER])
@pytest.mark.parametrize(
    "error", [FILTERED, f"BadRequestError({FILTERED!r})Traceback (most recent call last):"]
)
def test_a_prompt_that_a_filter_stopped_is_refused_where_only_the_error_tells(
    reader: Reader, error: str
) -> None:
    found = traced(reader, CHAT, None, error)
    assert heard(found)[-1] == (
        Role.ASSISTANT,
        None,
        (Label("refusal", True, "openai error content_filter"),),
    )


@pytest.mark.parametrize(
    "error", ["Error code: 429 - {'error': {'code': 'rate_limit'}}", "content_filter", 7]
)
def test_another_error_is_no_answer(error: object) -> None:
    assert exchanged("q", None, Settings(), error)[1] == []


@pytest.mark.parametrize(
    ("extra", "labels"),
    [
        ({"response_metadata": {"finish_reason": "content_filter"}}, (CUT,)),
        (
            {"response_metadata": {"stop_reason": "refusal", "stop_details": None}},
            (Label("refusal", True, "anthropic stop_reason refusal"),),
        ),
        ({"response_metadata": {"finish_reason": "stop"}}, ()),
        ({"additional_kwargs": {"refusal": "no"}}, (Label("refusal", True, "openai refusal field"),)),
    ],
)
@pytest.mark.parametrize("kind", [{"type": "ai"}, {"role": "assistant"}])
def test_how_a_reply_of_langchain_ended_is_told(
    kind: dict[str, str], extra: dict[str, Any], labels: tuple[Label, ...]
) -> None:
    _, (reply,) = exchanged("q", {"messages": [{"content": "a"} | kind | extra]}, Settings())
    assert reply.message.labels == labels


def test_what_azure_says_of_an_exchange_of_langchain_is_kept() -> None:
    message = {"type": "ai", "content": "a"}
    ended = {"finish_reason": "content_filter", "content_filter_results": FOUND}
    answer = {
        "generations": [[{"text": "a", "generation_info": ended, "message": message}]],
        "llm_output": {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": FOUND}]},
    }
    (asked,), (reply,) = exchanged("q", answer, Settings())
    assert asked.outputs == reply.outputs == (("azure-openai-filter", FOUND),)
    assert reply.message.labels == (CUT,)
    told_twice = {
        "generations": [[{"generation_info": ended, "message": message | {"response_metadata": ended}}]]
    }
    (again,) = exchanged("q", told_twice, Settings())[1]
    assert (again.outputs, again.message.labels) == (reply.outputs, (CUT,))


@pytest.mark.parametrize(
    "answer",
    [
        [{"type": "thinking", "thinking": "t"}, {"type": "text", "text": "a"}],
        {"choices": [{"text": "a", "finish_reason": "stop"}]},
        choice({"content": "a"}),
        {"output": {"choices": [choice({"content": "a"})]}},
        {"output": {"response": {"answer": "a"}}},
        [{"type": "reasoning", "summary": []}, message({"type": "output_text", "text": "a"})],
    ],
)
def test_the_words_of_an_answer_are_told_and_nothing_else_of_it(answer: object) -> None:
    _, said = exchanged("q", answer, Settings())
    assert [(each.message.role, each.message.content) for each in said] == [(Role.ASSISTANT, "a")]


def test_roles_in_langchains_words_are_known() -> None:
    said, _ = exchanged([{"role": "human", "content": "a"}, {"role": "ai", "content": "b"}], None, Settings())
    assert [each.message.role for each in said] == [Role.USER, Role.ASSISTANT]


def test_refusals_were_looked_for_where_each_reply_of_a_trace_would_tell() -> None:
    assert traced(langfuse.READER, *ANTHROPIC["end_turn"]).looked_for == REFUSAL_ON_REPLIES
    assert traced(langfuse.READER, "q", {"role": "assistant", "content": "a"}).looked_for == {}


def test_a_call_that_is_nested_too_deeply_is_a_fault_and_no_crash() -> None:
    for depth in (*range(200, 500, 25), *range(800, 1_000)):
        for begins, ends in (('{"choices":[{"text":', "}]}"), ('{"a":', "}"), ("[", "]")):
            inner = begins * depth + "1" + ends * depth
            line = f'{{"id": "r", "run_type": "llm", "outputs": {{"choices": [{{"text": {inner}}}]}}}}'
            (found,) = read(langsmith.READER, line)
            assert isinstance(found, Conversation) or "nested too deeply" in found.message
