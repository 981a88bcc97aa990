"""LangSmith's runs: threads are got back as conversations, feedback as labels."""

from __future__ import annotations

import json
from typing import Any

import pytest
from transcripts.readers.chats import conversations, fault, one, said

from policy_engine.transcripts.message import Label, Role
from policy_engine.transcripts.reader import Head
from policy_engine.transcripts.readers.langsmith import READER


def run(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "trace_id": name,
        "session_id": "the project",
        "run_type": "llm",
        "start_time": "2026-02-01T10:00:00",
        "end_time": "2026-02-01T10:00:01",
        "parent_run_id": None,
        "extra": {"metadata": {"thread_id": "th", "ls_model_name": "gpt-4o"}},
    } | fields


def serialised(kind: str, text: str, **kwargs: Any) -> dict[str, Any]:
    """A message as LangChain serialises it."""
    name = {"human": "HumanMessage", "ai": "AIMessage", "system": "SystemMessage"}[kind]
    path = ["langchain", "schema", "messages", name]
    return {"lc": 1, "type": "constructor", "id": path, "kwargs": {"content": text, "type": kind} | kwargs}


def generated(text: str, **kwargs: Any) -> dict[str, Any]:
    return {"generations": [[{"text": text, "message": serialised("ai", text, **kwargs)}]], "llm_output": {}}


def test_a_thread_is_got_back() -> None:
    asked = [serialised("system", "be kind"), serialised("human", "a")]
    first = run("r1", inputs={"messages": [asked]}, outputs=generated("b"))
    again = [*asked, serialised("ai", "b"), serialised("human", "c")]
    second = run(
        "r2",
        inputs={"messages": [again]},
        outputs=generated("d"),
        start_time="2026-02-01T10:01:00",
        end_time="2026-02-01T10:01:01",
    )
    (found,) = conversations(READER, second, first)
    assert found.id == "th"
    assert said(found) == [
        (Role.SYSTEM, "be kind"), (Role.USER, "a"), (Role.ASSISTANT, "b"), (Role.USER, "c"), (Role.ASSISTANT, "d"),
    ]  # fmt: skip
    assert found.attributes == {"model": "gpt-4o"}
    start = 1_769_940_000
    assert [message.time for message in found.messages] == [
        1_000_000 * (start + seconds) for seconds in (0, 0, 1, 60, 61)
    ]


def test_a_refusal_that_the_provider_marks_is_one() -> None:
    output = generated("", additional_kwargs={"refusal": "No."})
    found = one(READER, run("r", inputs={"messages": [[serialised("human", "a")]]}, outputs=output))
    assert found.messages[-1].labels == (Label("refusal", True, "openai refusal field"),)


def test_runs_of_an_application_speak_where_no_model_does() -> None:
    state = [{"type": "human", "content": "a"}, {"type": "ai", "content": "b"}]
    outer = run("r", run_type="chain", inputs={"input": "a"}, outputs={"messages": state})
    inner = run(
        "s", trace_id="r", run_type="tool", parent_run_id="r", inputs={"input": "x"}, outputs={"output": "y"}
    )
    (found,) = conversations(READER, inner, outer)
    assert said(found) == [(Role.USER, "a"), (Role.ASSISTANT, "b")]
    call = run(
        "t",
        trace_id="r",
        parent_run_id="r",
        inputs={"prompts": ["p"]},
        outputs={"generations": [[{"text": "q"}]]},
    )
    (found,) = conversations(READER, inner, outer, call)
    assert said(found) == [(Role.USER, "p"), (Role.ASSISTANT, "q")]


def test_feedback_is_a_label_of_the_answer() -> None:
    source = {"feedback_source": {"type": "model"}}
    values = [
        run("r", inputs={"input": "a"}, outputs={"output": "b"}),
        {"run_id": "r", "key": "refusal", "score": 1.0, "value": None} | source,
        {"run_id": "r", "trace_id": "r", "key": "hate", "score": False, "value": None},
        {"run_id": "r", "key": "tone", "score": None, "value": "cold"},
        {"run_id": "r", "key": "nothing", "score": None, "value": None},
    ]
    (found,) = conversations(READER, *values)
    assert found.messages[-1].labels == (
        Label("refusal", 1.0, "langsmith model"),
        Label("hate", False, "langsmith feedback"),
        Label("tone:cold", True, "langsmith feedback"),
    )


def test_feedback_that_a_run_sums_up_is_a_label_where_it_is_one() -> None:
    stats = {
        "refusal": {"n": 1, "avg": 1.0, "stdev": 0.0, "values": {}},
        "hate": {"n": 3, "avg": 0.0, "stdev": 0.0},
        "violence": {"n": 2, "avg": 0.5, "stdev": 0.5},
        "tone": {"n": 1, "avg": None, "values": {"cold": 1}},
        "note": {"n": 1, "avg": None, "values": {}},
        "odd": 3,
    }
    found = one(READER, run("r", inputs={"input": "a"}, outputs={"output": "b"}, feedback_stats=stats))
    assert found.messages[-1].labels == (
        Label("refusal", 1.0, "langsmith feedback"),
        Label("hate", 0.0, "langsmith feedback"),
        Label("violence", None, "langsmith feedback"),
        Label("tone:cold", True, "langsmith feedback"),
    )


def test_runs_that_are_exported_within_the_run_that_made_them_are_read() -> None:
    call = {"id": "c", "run_type": "llm", "inputs": {"input": "a"}, "outputs": {"output": "b"}}
    chain = {"id": "b", "run_type": "chain", "inputs": {"x": 1}, "outputs": {"y": 2}, "child_runs": [call]}
    found = one(READER, run("r", run_type="chain", inputs={"z": 1}, outputs={"z": 2}, child_runs=[chain]))
    assert said(found) == [(Role.USER, "a"), (Role.ASSISTANT, "b")]
    assert found.id == "th"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"id": "r"}, "this is neither a run nor feedback on one"),
        (run("r", inputs={"messages": [[{"type": "constructor", "kwargs": {}}]]}), "message 1: no role"),
        (run("r", inputs={}, start_time="soon"), "the time `soon` is not a time"),
        ({"run_id": "r", "key": 1, "score": 1}, "a judgement has no name"),
    ],
)  # fmt: skip
def test_faults(value: object, message: str) -> None:
    assert fault(READER, value) == message


def test_it_is_told_apart() -> None:
    for value in (run("r", inputs={}), {"run_id": "r", "key": "k", "score": 1}):
        assert READER.claims(Head(json.dumps([value], indent=2).encode()))
    assert not READER.claims(Head(b'{"id": "r", "inputs": {}}'))
