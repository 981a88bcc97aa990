"""MLflow's traces: sessions are got back as conversations, feedback as labels."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from transcripts.readers.chats import conversations, fault, one, said

from policy_engine.transcripts.message import Label, Role
from policy_engine.transcripts.reader import Head
from policy_engine.transcripts.readers.mlflow import READER

START = 1_769_940_000


def span_id(number: int) -> str:
    return b64encode(number.to_bytes(8, "big")).decode()


def span(
    number: int, parent: int | None, kind: str, given: object, output: object, start: int = 0
) -> dict[str, Any]:
    return {
        "trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==",
        "span_id": span_id(number),
        "parent_span_id": None if parent is None else span_id(parent),
        "name": "chat",
        "start_time_unix_nano": (START + start) * 10**9,
        "end_time_unix_nano": (START + start + 1) * 10**9 + 999,
        "attributes": {
            "mlflow.spanType": json.dumps(kind),
            "mlflow.spanInputs": json.dumps(given),
            "mlflow.spanOutputs": json.dumps(output),
        },
    }


def trace(name: str, *spans: dict[str, Any], session: str | None = None, **info: Any) -> dict[str, Any]:
    metadata = {} if session is None else {"mlflow.trace.session": session}
    return {"info": {"trace_id": name, "trace_metadata": metadata} | info, "data": {"spans": list(spans)}}


def chat(*texts: str) -> dict[str, Any]:
    roles = ("user", "assistant")
    messages = [{"role": roles[number % 2], "content": text} for number, text in enumerate(texts)]
    return {"model": "gpt-4o", "messages": messages}


def chosen(text: str) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": text}}]}


def test_a_session_is_got_back() -> None:
    first = trace("t1", span(1, None, "CHAT_MODEL", chat("a"), chosen("b")), session="s")
    outer = span(2, None, "AGENT", {"question": "outer"}, "outer", start=60)
    second = trace(
        "t2", outer, span(3, 2, "CHAT_MODEL", chat("a", "b", "c"), chosen("d"), start=60), session="s"
    )
    (found,) = conversations(READER, second, first)
    assert found.id == "s"
    assert said(found) == [(Role.USER, "a"), (Role.ASSISTANT, "b"), (Role.USER, "c"), (Role.ASSISTANT, "d")]
    assert [message.time for message in found.messages] == [
        (START + seconds) * 1_000_000 for seconds in (0, 1, 60, 61)
    ]
    assert found.attributes == {"model": "gpt-4o"}
    assert found.looked_for == {}


def test_a_trace_without_a_call_to_a_model_speaks_for_itself() -> None:
    inner = span(2, 1, "TOOL", {"x": 1}, "y")
    found = one(READER, trace("t1", span(1, None, "AGENT", {"question": "a"}, "b"), inner))
    assert (found.id, said(found)) == ("t1", [(Role.USER, "a"), (Role.ASSISTANT, "b")])


def test_feedback_is_a_label_of_the_answer_of_its_span() -> None:
    judged = [
        {"assessment_name": "refusal", "feedback": {"value": True}, "span_id": "0000000000000001"},
        {"assessment_name": "hate", "feedback": {"value": 0.25}, "source": {"source_type": "HUMAN"}},
        {"assessment_name": "expected", "expectation": {"value": "x"}},
    ]
    spans = [span(1, None, "LLM", "a", "b"), span(2, None, "LLM", "c", "d", start=5)]
    found = one(READER, trace("t", *spans, assessments=judged))
    assert [message.labels for message in found.messages] == [
        (), (Label("refusal", True, "mlflow feedback"),), (), (Label("hate", 0.25, "mlflow human"),),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"info": {}}, "this is no trace: it has no `info` with a `trace_id`"),
        ({"info": {"trace_id": "t"}, "data": {"spans": [1]}}, "a span is not an object"),
        (trace("t", span(1, None, "LLM", [{"role": "bot"}], "")), "message 1: unknown role `bot`"),
        (trace("t", span(1, None, "LLM", "a", "b") | {"start_time_unix_nano": "x"}),
         "the time `x` is no number of nanoseconds"),
        (trace("t", assessments=[1]), "an assessment is not an object"),
    ],
)  # fmt: skip
def test_faults(value: object, message: str) -> None:
    assert fault(READER, value) == message


def test_it_is_told_apart() -> None:
    value = trace("t", span(1, None, "LLM", "a", "b"))
    assert READER.claims(Head(json.dumps(value, indent=2).encode()))
    assert READER.claims(Head(json.dumps([value, value]).encode()))
    assert not READER.claims(Head(b'{"info": "a", "data": []}'))


def test_a_span_that_failed_by_a_filter_is_a_refusal() -> None:
    failed = span(1, None, "CHAT_MODEL", chat("a"), None)
    told = {"exception.message": "Error code: 400 - {'error': {'code': 'content_filter'}}"}
    failed["events"] = [{"name": "other"}, {"name": "exception", "attributes": told}]
    failed["status"] = {"code": "STATUS_CODE_ERROR", "message": ""}
    found = one(READER, trace("t", failed))
    assert found.messages[-1].labels == (Label("refusal", True, "openai error content_filter"),)
