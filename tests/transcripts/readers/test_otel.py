"""Traces: conversations out of calls that repeat them, in every version of the conventions and every export."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.classifier import Classifier
from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.message import Conversation, Label, Role
from policy_engine.transcripts.reader import Head, Log, Origin, Read, Settings
from policy_engine.transcripts.readers.otel import EVALUATED, READER
from policy_engine.transcripts.reading import HEAD, readers

Turn = tuple[str, str]
FILTERED = Label("refusal", True, "otel finish_reason content_filter")
SECOND = 1_000_000_000


def read(text: str, classifiers: Mapping[str, Classifier] | None = None) -> list[Read]:
    settings = Settings(classifiers=classifiers or {})
    return list(READER.read(Log(io.BytesIO(text.encode()), Origin("log", "log"), settings)))


def sound(text: str) -> list[Conversation]:
    found = read(text)
    assert all(isinstance(each, Conversation) for each in found), found
    return [each for each in found if isinstance(each, Conversation)]


def one(text: str) -> Conversation:
    (found,) = sound(text)
    return found


def said(conversation: Conversation) -> list[tuple[str, str | None]]:
    return [(message.role.value, message.content) for message in conversation.messages]


def message(role: str, text: str, **more: object) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}], **more}


def spans(conversations: Mapping[str, Sequence[Turn]], *, as_text: bool = True) -> tuple[ReadableSpan, ...]:
    """The spans that an SDK would record: every call repeats what came before; conversations interleave."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    longest = max(map(len, conversations.values()))
    for number in range(longest):
        for name, turns in conversations.items():
            if number >= len(turns):
                continue
            start = (1 + number) * 60 * SECOND
            history = [
                message(*part)
                for ask, reply in turns[:number]
                for part in (("user", ask), ("assistant", reply))
            ]
            history.append(message("user", turns[number][0]))
            output = [message("assistant", turns[number][1], finish_reason="stop")]
            span = tracer.start_span("chat model", start_time=start)
            span.set_attribute("gen_ai.operation.name", "chat")
            span.set_attribute("gen_ai.conversation.id", name)
            span.set_attribute("gen_ai.input.messages", json.dumps(history))
            span.set_attribute("gen_ai.output.messages", json.dumps(output))
            span.set_attribute("gen_ai.response.finish_reasons", ["stop"])
            span.end(start + SECOND)
    return exporter.get_finished_spans()


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
TURNS = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4)
FORMS = {
    "console": lambda found: "\n".join(each.to_json() for each in found),
    "lines": lambda found: "\n".join(each.to_json(indent=None) for each in found),
    "array": lambda found: json.dumps([json.loads(each.to_json()) for each in found]),
    "otlp": lambda found: json.dumps(MessageToDict(encode_spans(found))),
    "otlp indented": lambda found: json.dumps(MessageToDict(encode_spans(found)), indent=2),
    "otlp lines": lambda found: "\n".join(
        json.dumps(MessageToDict(encode_spans([each]))) for each in reversed(found)
    ),
}


@pytest.mark.parametrize("form", FORMS)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), TURNS, min_size=1))
def test_what_an_sdk_records_is_read_back(form: str, conversations: dict[str, list[Turn]]) -> None:
    text = FORMS[form](spans(conversations))
    assert [each.name for each in readers() if each.claims(Head(text.encode()[:HEAD]))] == ["otel"]
    found = {each.id: each for each in sound(text)}
    assert found.keys() == conversations.keys()
    for name, turns in conversations.items():
        assert said(found[name]) == [
            part for ask, reply in turns for part in (("user", ask), ("assistant", reply))
        ]
        times = [each.time for each in found[name].messages]
        assert times == [60_000_000 * (1 + n) + add for n in range(len(turns)) for add in (0, 1_000_000)]
        assert found[name].looked_for == {}


def log(*events: Mapping[str, object], name: str = "gen_ai.client.inference.operation.details") -> str:
    """OTLP log records: each of its attributes, or of its whole record where it has a ``body`` or a name."""
    listed = []
    for number, each in enumerate(events):
        record: dict[str, object] = {
            "timeUnixNano": str((number + 1) * SECOND),
            "traceId": "t",
            "eventName": name,
        }
        record.update({key: each[key] for key in ("eventName", "body", "spanId", "traceId") if key in each})
        rest = {key: value for key, value in each.items() if key not in record}
        record["attributes"] = [{"key": key, "value": any_value(value)} for key, value in rest.items()]
        if "body" in each:
            record["body"] = any_value(each["body"])
        listed.append(record)
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": listed}]}]})


def any_value(value: object) -> dict[str, object]:
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(each) for each in value]}}
    assert isinstance(value, dict)
    return {
        "kvlistValue": {"values": [{"key": key, "value": any_value(each)} for key, each in value.items()]}
    }


def call(ask: str, reply: str, **more: object) -> dict[str, object]:
    return {
        "gen_ai.input.messages": [message("user", ask)],
        "gen_ai.output.messages": [message("assistant", reply)],
        **more,
    }


def test_events_hold_what_spans_hold() -> None:
    first = call("a", "b", **{"gen_ai.system_instructions": [{"type": "text", "content": "Be kind."}]})
    again = {
        **first,
        "gen_ai.input.messages": [message("user", "a"), message("assistant", "b"), message("user", "c")],
    }
    found = one(log(first, again))
    assert found.id == "t"
    assert said(found) == [
        ("system", "Be kind."),
        ("user", "a"),
        ("assistant", "b"),
        ("user", "c"),
        ("assistant", "b"),
    ]


def test_the_model_is_an_attribute() -> None:
    asked = call("a", "b", **{"gen_ai.request.model": "opus"})
    assert one(log(asked)).attributes == {"model": "opus"}
    answered = call("c", "d", **{"gen_ai.response.model": "opus-4", "gen_ai.request.model": "opus"})
    assert one(log(answered, answered)).attributes == {"model": "opus-4"}
    assert one(log(asked, answered)).attributes == {}, "it changed, and an attribute is fixed"


def test_a_withheld_reply_is_a_refusal() -> None:
    filtered = message("assistant", "", finish_reason="content_filter")
    found = one(log(call("a", "b"), {**call("c", "d"), "gen_ai.output.messages": [filtered]}))
    assert [each.labels for each in found.messages] == [(), (), (), (FILTERED,)]
    assert found.looked_for == {}
    bare = {
        "gen_ai.input.messages": [message("user", "a")],
        "gen_ai.response.finish_reasons": ["content_filter"],
    }
    assert one(log(bare)).messages[1].labels == (FILTERED,)


@pytest.mark.parametrize(
    ("reply", "source", "text"),
    [
        (message("assistant", "b", finish_reason="refusal"), "finish_reason refusal", "b"),
        ({"role": "assistant", "parts": [{"type": "refusal", "content": "no"}]}, "refusal part", "no"),
        ({"role": "assistant", "parts": [], "refusal": "no"}, "refusal field", "no"),
    ],
)
def test_a_refusal_that_a_provider_tells_is_one(
    reply: dict[str, object], source: str, text: str | None
) -> None:
    found = one(log({**call("a", "b"), "gen_ai.output.messages": [reply]})).messages[1]
    assert (found.content, found.labels) == (text, (Label("refusal", True, f"otel {source}"),))


def test_what_is_numbered_tells_of_refusals_and_of_azures_filter() -> None:
    found = {"self_harm": {"filtered": True, "severity": "high"}}
    numbered = {
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "a",
        "gen_ai.prompt.prompt_filter_results": json.dumps([{"content_filter_results": found}]),
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.refusal": "no",
        "gen_ai.completion.0.content_filter_results": json.dumps(found),
    }
    (read_back,) = read(log(numbered), shipped_classifiers())
    assert isinstance(read_back, Conversation)
    assert said(read_back) == [("user", "a"), ("assistant", "no")]
    detected = [{label.name for label in each.labels if label.value is True} for each in read_back.messages]
    assert detected == [{"self-harm"}, {"self-harm", "refusal"}]
    assert read_back.looked_for is not None
    assert read_back.looked_for["self-harm"] == frozenset({Role.USER, Role.ASSISTANT})


@pytest.mark.parametrize(("code", "is_refused"), [("content_filter", True), ("rate_limit", False)])
def test_a_prompt_that_a_filter_stopped_is_a_refusal_where_only_the_exception_tells(
    code: str, is_refused: bool
) -> None:
    asked = {"spanId": "s", "gen_ai.input.messages": [message("user", "a")], "gen_ai.operation.name": "chat"}
    failed = {
        "eventName": "exception",
        "spanId": "s",
        "exception.message": f"Error code: 400 - {{'error': {{'code': '{code}'}}}}",
    }
    found = one(log(asked, failed))
    labels = [each.labels for each in found.messages]
    assert labels == [(), (Label("refusal", True, "otel error content_filter"),)][: 1 + is_refused]


def test_exceptions_alone_are_no_calls_to_a_model() -> None:
    (fault,) = read(log({"eventName": "exception", "spanId": "s", "exception.message": "KeyError"}))
    assert isinstance(fault, Diagnostic)
    assert "no span and no event is of a call" in fault.message


def test_tools_and_thoughts() -> None:
    parts = [
        {"type": "reasoning", "content": "hm"},
        {"type": "tool_call", "id": "1", "name": "f", "arguments": {}},
    ]
    reply = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "response": "42"}]}
    first = {
        "gen_ai.input.messages": [message("user", "a")],
        "gen_ai.output.messages": [{"role": "assistant", "parts": parts}],
    }
    history = [message("user", "a"), {"role": "assistant", "parts": parts}, reply]
    then = {"gen_ai.input.messages": history, "gen_ai.output.messages": [message("assistant", "b")]}
    assert said(one(log(first, then))) == [
        ("user", "a"),
        ("assistant", None),
        ("tool", "42"),
        ("assistant", "b"),
    ]


def evaluation(name: str, value: object, **more: object) -> dict[str, object]:
    return {
        "eventName": "gen_ai.evaluation.result",
        "gen_ai.evaluation.name": name,
        "gen_ai.evaluation.score.value": value,
        **more,
    }


def test_evaluations_are_labels_of_the_reply_that_they_judge() -> None:
    calls = [call("a", "b", **{"gen_ai.response.id": "r1"}), call("c", "d", **{"gen_ai.response.id": "r2"})]
    elsewhere = evaluation("harm", 0.75, **{"gen_ai.response.id": "r2", "traceId": "other"})
    found = one(log(elsewhere, *calls, evaluation("kind", 1, **{"gen_ai.response.id": "r1"})))
    assert [each.labels for each in found.messages] == [
        (),
        (Label("kind", 1.0, EVALUATED),),
        (),
        (Label("harm", 0.75, EVALUATED),),
    ]
    assert found.looked_for == {}, "what was not judged is unknown"


@pytest.mark.parametrize(
    ("score", "label", "value"),
    [
        (0.3, "pass", 0.3),
        (None, "Yes", True),
        (None, "no", False),
        (None, "high", None),
        (3, "bad", 3.0),
        ("x", "true", True),
        (10**30, "", None),
    ],
)
def test_what_a_score_and_a_word_are_worth(score: object, label: str, value: object) -> None:
    judged = evaluation("harm", score, spanId="s", **{"gen_ai.evaluation.score.label": label})
    judged = {key: each for key, each in judged.items() if each is not None}
    found = one(log({**call("a", "b"), "spanId": "s"}, judged))
    assert found.messages[1].labels == (Label("harm", value, EVALUATED),)  # type: ignore[arg-type]


class Fake:
    """A classifier that reads evaluations named ``judge``."""

    name = "judge"
    looks_for = MappingProxyType({"self-harm": frozenset((Role.ASSISTANT,)), "hate": None})

    def labels(self, output: object) -> tuple[Label, ...]:
        assert isinstance(output, dict)
        if output["label"] == "broken":
            raise ValueError("has no verdict")
        return (Label("self-harm", output["label"] == "harmful", "judge"),)


def test_a_classifier_reads_the_evaluations_of_its_name() -> None:
    judged = evaluation("judge", 0.1, spanId="s", **{"gen_ai.evaluation.score.label": "harmful"})
    text = log({**call("a", "b"), "spanId": "s"}, judged)
    (found,) = read(text, {"judge": Fake()})
    assert isinstance(found, Conversation)
    assert found.messages[1].labels == (Label("self-harm", True, "judge"), Label("hate", False, "judge"))
    (fault,) = read(text.replace("harmful", "broken"), {"judge": Fake()})
    assert isinstance(fault, Diagnostic)
    assert fault.message == "what `judge` said has no verdict"


def test_an_evaluation_of_nothing_is_told() -> None:
    found, *faults = sorted(
        read(log(call("a", "b"), evaluation("x", 1), evaluation("y", 1, **{"gen_ai.response.id": "none"}))),
        key=str,
    )
    assert isinstance(found, Conversation)
    assert [each.message for each in faults if isinstance(each, Diagnostic)] == [
        "the evaluation `x` judges a reply that is not in the log",
        "the evaluation `y` judges a reply that is not in the log",
    ]


OLD = (
    {"eventName": "gen_ai.system.message", "body": {"content": "Be kind."}},
    {"eventName": "gen_ai.user.message", "body": {"content": "a"}},
    {
        "eventName": "gen_ai.choice",
        "body": {"index": 0, "finish_reason": "stop", "message": {"content": "b"}},
    },
    {
        "eventName": "gen_ai.choice",
        "body": {"index": 1, "finish_reason": "stop", "message": {"content": "B"}},
    },
)
NEXT = (
    *({**each, "spanId": "2"} for each in OLD[:2]),
    {"eventName": "gen_ai.assistant.message", "spanId": "2", "content": "b"},
    {"eventName": "gen_ai.user.message", "spanId": "2", "content": "c"},
    {
        "eventName": "gen_ai.choice",
        "spanId": "2",
        "finish_reason": "content_filter",
        "message": '{"role": "assistant"}',
    },
)


def test_the_events_of_old() -> None:
    found = one(log(*({**each, "spanId": "1"} for each in OLD), *NEXT))
    begun = [("system", "Be kind."), ("user", "a"), ("assistant", "b")]
    assert said(found) == [*begun, ("user", "c"), ("assistant", None)]
    assert found.messages[-1].labels == (FILTERED,)
    assert said(one(log(*OLD))) == begun
    assert said(one(log(*OLD, *OLD[1:3]))) == [*begun, ("user", "a"), ("assistant", "b")]


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.prompt": "a", "gen_ai.completion": "b"},
        {"gen_ai.prompt": '[{"role": "user", "content": "a"}]', "gen_ai.completion": '[{"content": "b"}]'},
        {
            "gen_ai.prompt": '{"messages": [{"role": "human", "content": [{"type": "text", "text": "a"}]}]}',
            "gen_ai.completion": '["b"]',
        },
        {
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "b",
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": '[{"type": "text", "text": "a"}]',
        },
    ],
)
def test_the_attributes_of_old(attributes: dict[str, object]) -> None:
    assert said(one(log(attributes))) == [("user", "a"), ("assistant", "b")]


def test_a_call_goes_before_the_agent_that_made_it() -> None:
    agent = call("a", "b", **{"gen_ai.operation.name": "invoke_agent", "spanId": "1"})
    model = call("a", "b", **{"gen_ai.operation.name": "chat", "spanId": "2"})
    assert said(one(log(agent, model))) == [("user", "a"), ("assistant", "b")]
    assert said(one(log(agent))) == [("user", "a"), ("assistant", "b")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (log({"http.method": "GET"}, name="http"), "no span and no event is of a call to a model"),
        (log({"gen_ai.operation.name": "chat"}), "the call to a model has no messages"),
        (log({"gen_ai.input.messages": "[{]"}), "`gen_ai.input.messages` is not a list of messages"),
        (log({"gen_ai.input.messages": [{"role": "king"}]}), "unknown role `king`"),
        (log({"gen_ai.input.messages": [1]}), "a message is not an object"),
        (
            log({"gen_ai.prompt": [{"role": "user", "content": 1}]}),
            "the content is neither a text nor a list of parts",
        ),
        (log(evaluation("", 1)), "an evaluation has no `gen_ai.evaluation.name`"),
        ('{"resourceSpans": 1}', "`resourceSpans` is not a list"),
        ('{"resourceSpans": [1]}', "`resourceSpans` lists something that is not an object"),
        (
            '{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"attributes": {}}]}]}]}',
            "attributes are not a list of `key` and `value`",
        ),
        (
            '{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "soon"}]}]}]}',
            "`timeUnixNano` is not a number of nanoseconds since 1970",
        ),
        ('{"a": 1}', "this is neither OTLP/JSON nor a span or log record of an SDK"),
        ('{"resourceSpans": [', "this is not JSON at column 20: expecting value"),
    ],
)
def test_faults_are_told_and_the_rest_goes_on(text: str, message: str) -> None:
    found = read(f"{text}\n{log({**call('a', 'b'), 'traceId': 'good'})}")
    faults = [each for each in found if isinstance(each, Diagnostic)]
    if message.startswith("no span"):
        faults = [each for each in read(text) if isinstance(each, Diagnostic)]
    assert [(each.subject, each.message) for each in faults] == [("log:1", message)]
    assert [each.id for each in found if isinstance(each, Conversation)] == ["good"]


DEEP = {"stringValue": "x"}
for _ in range(200):
    DEEP = {"arrayValue": {"values": [DEEP]}}  # type: ignore[dict-item]


def test_values_that_are_nested_too_deeply() -> None:
    attributes = [{"key": "gen_ai.prompt", "value": DEEP}]
    text = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"attributes": attributes}]}]}]})
    (fault,) = read(text)
    assert isinstance(fault, Diagnostic)
    assert fault.message == "values are nested too deeply"


KEYS = (
    *("resourceSpans", "scopeSpans", "spans", "attributes", "key", "value", "stringValue", "arrayValue"),
    *("values", "events", "name", "traceId", "spanId", "context", "trace_id", "span_id", "start_time"),
    *("end_time", "gen_ai.prompt", "gen_ai.input.messages", "role", "parts", "type", "content"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_without_an_exception(value: object) -> None:
    for text in (json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [value]}]}]}), json.dumps(value)):
        assert all(isinstance(each, Conversation | Diagnostic) for each in read(text))
