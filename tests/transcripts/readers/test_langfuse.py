"""Langfuse's exports: however calls lie in a log, each session is got back as one conversation."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.readers.chats import REFUSAL_ON_REPLIES, conversations, fault, one, read, said, texts

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.message import Conversation, Label, Role
from policy_engine.transcripts.reader import Head, Settings
from policy_engine.transcripts.readers.langfuse import READER
from policy_engine.transcripts.reading import read_conversations

START = datetime(2026, 2, 1, tzinfo=UTC)


def at(seconds: int) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.000Z}"


def observation(name: str, trace: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "traceId": trace,
        "projectId": "p",
        "type": "GENERATION",
        "startTime": at(0),
        "endTime": None,
        "parentObservationId": None,
    } | fields


def score(name: str, value: object, **fields: Any) -> dict[str, Any]:
    return {
        "id": "x",
        "name": name,
        "value": value,
        "dataType": "NUMERIC",
        "source": "EVAL",
        "timestamp": at(9),
    } | fields


@st.composite
def sessions(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, list[tuple[Role, str]]]]:
    """Observations of several sessions in any order, each call with the whole history; and what each session says."""
    written, expected = [], {}
    for number in range(draw(st.integers(1, 3))):
        session, told = f"s{number}", []
        chat: list[tuple[Role, str]] = []
        for turn in range(draw(st.integers(1, 4))):
            asked, answer = draw(texts), f"{number} {turn} {draw(texts)}"
            told.append(
                {"role": "user", "content": draw(st.sampled_from((asked, [{"type": "text", "text": asked}])))}
            )
            output: Any = {"role": "assistant", "content": answer}
            given_input: Any = list(told)
            if draw(st.booleans()):
                output, given_input = answer, {"messages": given_input}
            if draw(st.booleans()):
                given_input = json.dumps(given_input)
            name = f"o{number}.{turn}"
            where = {"sessionId": session, "input": given_input, "output": output, "model": "gpt-4o"}
            when = {"startTime": at(60 * turn), "endTime": at(60 * turn + 9)}
            written.append(observation(name, f"t{number}.{turn}", **where, **when))
            told.append({"role": "assistant", "content": answer})
            chat += [(Role.USER, asked), (Role.ASSISTANT, answer)]
        expected[session] = chat
    return draw(st.permutations(written)), expected


def stripped(chat: list[tuple[Role, str | None]]) -> list[tuple[Role, str | None]]:
    return [(role, text and text.strip()) for role, text in chat]


@given(sessions(), st.sampled_from(("lines", "array", "page", "traces", "snake")))
def test_sessions_are_got_back(made: Any, layout: str) -> None:
    written, expected = made
    found = [each for each in read(READER, laid_out(written, layout)) if isinstance(each, Conversation)]
    assert {each.id: stripped(said(each)) for each in found} == {
        session: stripped(chat) for session, chat in expected.items()
    }
    for each in found:
        times = [message.time for message in each.messages]
        first = int(START.timestamp()) * 1_000_000
        assert times == [first + (60 * (n // 2) + 9 * (n % 2)) * 1_000_000 for n in range(len(times))]
        assert each.attributes == {"model": "gpt-4o"}
        assert each.looked_for == {}


def laid_out(written: list[dict[str, Any]], layout: str) -> str:
    if layout == "array":
        return json.dumps(written, indent=2)
    if layout == "page":
        return json.dumps({"data": written, "meta": {"cursor": None}})
    if layout == "snake":
        names = {
            "traceId": "trace_id",
            "sessionId": "session_id",
            "startTime": "start_time",
            "endTime": "end_time",
        }
        written = [{names.get(key, key): value for key, value in each.items()} for each in written]
    if layout == "traces":
        # a trace says the session, and its observations do not
        written = [
            {"id": each["traceId"], "timestamp": each["startTime"], "sessionId": each["sessionId"], "input": "t",
             "output": "t", "observations": [{key: each[key] for key in each if key not in ("sessionId", "traceId")}]}
            for each in written
        ]  # fmt: skip
    return "\n".join(map(json.dumps, written))


def test_the_package_takes_what_is_written_here_for_its_own() -> None:
    why = "langfuse is not installed (it brings OpenTelemetry's exporters): its types judge nothing here"
    api = pytest.importorskip("langfuse.api", reason=why)
    core = pytest.importorskip("langfuse.api.core.pydantic_utilities", reason=why)
    value = observation("o", "t", sessionId="s", input=[{"role": "user", "content": "b"}], output="a")
    made = core.parse_obj_as(api.ObservationV2, value)
    assert (made.session_id, made.trace_id) == ("s", "t")
    found = one(READER, json.loads(made.json()))
    assert (found.id, said(found)) == ("s", [(Role.USER, "b"), (Role.ASSISTANT, "a")])


def test_a_trace_without_a_session_is_a_conversation() -> None:
    found = conversations(READER, observation("o", "t1", input="a"), observation("p", "t2", input="b"))
    assert [(each.id, said(each)) for each in found] == [
        ("t1", [(Role.USER, "a")]),
        ("t2", [(Role.USER, "b")]),
    ]


def test_of_a_trace_the_calls_to_a_model_are_told_else_its_outermost_else_itself() -> None:
    trace = {"id": "t", "timestamp": at(0), "sessionId": "s", "input": "trace", "output": None, "tags": []}
    outer = observation("a", "t", type="SPAN", input="outer")
    inner = observation("b", "t", type="SPAN", input="inner", parentObservationId="a")
    call = observation("c", "t", input="call", parentObservationId="b")
    nested = observation("d", "t", input="the same call", parentObservationId="c")
    assert said(one(READER, trace)) == [(Role.USER, "trace")]
    for values, expected in (
        ([trace, outer, inner], "outer"),
        ([nested, inner, call, outer, trace], "call"),
    ):
        (found,) = conversations(READER, *values)
        assert said(found) == [(Role.USER, expected)]
        assert found.id == "s"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", ["plain"]),
        ({"question": "what?"}, ["what?"]),
        ({"question": "what?", "query": "which?"}, ['{"question": "what?", "query": "which?"}']),
        ({"args": [1]}, ['{"args": [1]}']),
        ([{"type": "human", "content": "a"}, {"type": "ai", "content": "b"}], ["a", "b"]),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]}, ["a"]),
        ('{"messages": [{"role": "user", "content": "a"}]}', ["a"]),
        ("[not json", ["[not json"]),
        (17, ["17"]),
        (None, []),
    ],
)  # fmt: skip
def test_what_an_input_may_be(value: object, expected: list[str]) -> None:
    found = one(READER, observation("o", "t", input=value, output="z"))
    assert [message.content for message in found.messages] == [*expected, "z"]


def test_scores_are_labels_of_the_answer() -> None:
    first = observation("o", "t", sessionId="s", input="a", output="b")
    second = observation("p", "u", sessionId="s", input="c", output="d", startTime=at(5))
    scores = [
        score("refusal", 1, dataType="BOOLEAN", traceId="t", observationId="o"),
        score("hate", 0.25, traceId="u"),
        score("tone", 0, dataType="CATEGORICAL", stringValue="cold", traceId="u", observationId="gone"),
        score("note", "long words", dataType="TEXT", traceId="u"),
        score("whole", 0.5, sessionId="s"),
        score("self-harm", 0.75, subject={"kind": "observation", "id": "o"}),
    ]
    (found,) = conversations(READER, scores[0], first, *scores[1:], second)
    assert [message.labels for message in found.messages] == [
        (),
        (Label("refusal", True, "langfuse eval"), Label("self-harm", 0.75, "langfuse eval")),
        (),
        (Label("hate", 0.25, "langfuse eval"), Label("tone:cold", True, "langfuse eval")),
    ]
    assert found.looked_for == {}


def test_a_refusal_that_the_provider_marks_is_one() -> None:
    output = {"role": "assistant", "content": None, "refusal": "No."}
    found = one(READER, observation("o", "t", input="a", output=output))
    assert found.messages[-1].labels == (Label("refusal", True, "openai refusal field"),)
    assert found.looked_for == REFUSAL_ON_REPLIES


def test_models_that_differ_are_no_attribute() -> None:
    calls = [observation(name, "t", input=name, model=name) for name in ("m", "n")]
    assert conversations(READER, *calls)[0].attributes == {}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"id": "o"}, "this is no observation, no trace and no score"),
        (observation("o", "t", input=[{"role": "bot"}]), "message 1: unknown role `bot`"),
        (observation("o", "t", startTime="soon"), "the time `soon` is not a time"),
        (score("", 1, traceId="t"), "a judgement has no name"),
    ],
)
def test_faults(value: object, message: str) -> None:
    assert fault(READER, value) == message


def test_a_fault_costs_only_its_own_call() -> None:
    bad, found = read(
        READER,
        laid_out([observation("o", "t", input=[1, {"role": "x"}]), observation("p", "t", input="a")], "page"),
    )
    assert isinstance(bad, Diagnostic)
    assert isinstance(found, Conversation)
    assert said(found) == [(Role.USER, "a")]


def test_it_is_told_apart() -> None:
    for value in (
        observation("o", "t"),
        {"data": [observation("o", "t")], "meta": {}},
        score("a", 1, traceId="t"),
    ):
        assert READER.claims(Head(json.dumps(value).encode()))
        assert READER.claims(Head(json.dumps([value], indent=2).encode()))
    assert not READER.claims(Head(b'{"traceId": "t", "spanId": "s", "startTimeUnixNano": "1", "type": 1}'))


def test_observations_in_a_table_are_read_as_those_in_json(tmp_path: Path) -> None:
    given = [{"role": "user", "content": "a\nb"}]
    answer = {"role": "assistant", "content": "no", "refusal": "no"}
    (expected,) = conversations(READER, observation("o", "t", sessionId="s", input=given, output=answer))
    row = observation("o", "t", sessionId="s", input=json.dumps(given), output=json.dumps(answer))
    broken = row | {"id": "p", "sessionId": "q", "startTime": "soon"}
    path = tmp_path / "log.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(row))
        table.writeheader()
        table.writerows([row, broken])
    fault, found = read_conversations([path])
    assert isinstance(fault, Diagnostic)
    assert (fault.subject, fault.message) == (f"{path}:3", "the time `soon` is not a time")
    assert isinstance(found, Conversation)
    assert found == replace(expected, origin=f"{path}:2")
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "log.parquet")
    (again,) = read_conversations([tmp_path / "log.parquet"])
    assert isinstance(again, Conversation)
    assert again.messages == expected.messages
    as_texts = read_conversations([path], settings=Settings(columns={"prompt": "input", "reply": "output"}))
    assert [each.messages[0].content for each in as_texts if isinstance(each, Conversation)] == [
        row["input"]
    ] * 2
