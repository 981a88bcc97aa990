"""MLflow's traces: ``{"info": {"trace_id": …}, "data": {"spans": […]}}``; a conversation is a session.

Of a trace, the calls to a model are read (``CHAT_MODEL`` and ``LLM``), else the span that it began with. What each
tells again of those before it is said once. Feedback becomes labels of their own names, on the answer of its span.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping

from policy_engine.transcripts.chat_log import given_id
from policy_engine.transcripts.gathering import Call, Gathering, Kind, gathered
from policy_engine.transcripts.json_values import beginnings
from policy_engine.transcripts.lines import json_value
from policy_engine.transcripts.reader import Head, Log, Malformed, Read, Reader, quoted
from policy_engine.transcripts.traced import judged

_Values = Mapping[str, object]

_MODEL_SPANS = ("CHAT_MODEL", "LLM")
_SESSION = "mlflow.trace.session"
_BASE64_LENGTH = 12


class Mlflow:
    """Reads the texts of calls; costs, events and tags are passed over."""

    name = "mlflow"
    gives = "feedback as labels; times; what the provider tells of refusals, and Azure's filter; the model"
    form = "JSON of traces with `info` and `data` of `spans` (MLflow)"

    def claims(self, head: Head) -> bool:
        """The first object is a trace."""
        return any(map(_is_trace, beginnings(head)[:1]))

    def read(self, log: Log) -> Iterator[Read]:
        """The faults, then the conversations, in the order in which the log came to speak of them."""
        return gathered(log, _take_all)


def _is_trace(value: _Values) -> bool:
    info = value.get("info")
    return isinstance(info, dict) and ("trace_id" in info or "request_id" in info)


def _take_all(value: object, line: int, gathering: Gathering) -> Iterator[Malformed]:
    if not isinstance(value, dict) or not _is_trace(value):
        yield Malformed("this is no trace: it has no `info` with a `trace_id`")
        return
    info, data = value["info"], value.get("data")
    trace = given_id(info.get("trace_id"), info.get("request_id")) or gathering.name_at(line)
    metadata = info.get("trace_metadata", info.get("request_metadata"))
    session = given_id(metadata.get(_SESSION)) if isinstance(metadata, dict) else None
    if session is not None:
        gathering.tie(trace, session)
    spans = data.get("spans") if isinstance(data, dict) else None
    for take, parts in ((_take_span, spans), (_take_assessment, info.get("assessments"))):
        for each in parts if isinstance(parts, list) else ():
            try:
                take(each, trace, line, gathering)
            except Malformed as fault:
                yield fault


def _take_span(value: object, trace: str, line: int, gathering: Gathering) -> None:
    if not isinstance(value, dict):
        raise Malformed("a span is not an object")
    attributes = value.get("attributes")
    said: _Values = attributes if isinstance(attributes, dict) else {}
    parent = _span_id(value.get("parent_span_id"), value.get("parent_id"))
    is_model = _written(said.get("mlflow.spanType")) in _MODEL_SPANS
    if parent is not None and not is_model:
        return
    name = _span_id(value.get("span_id"), _context_id(value)) or gathering.name_at(line)
    call = Call(
        name=name,
        trace=trace,
        kind=Kind.MODEL if is_model else Kind.OUTERMOST,
        line=line,
        given=_written(said.get("mlflow.spanInputs")),
        answer=_written(said.get("mlflow.spanOutputs")),
        began=_time(value.get("start_time_unix_nano", value.get("start_time"))),
        ended=_time(value.get("end_time_unix_nano", value.get("end_time"))),
        parent=parent,
        model=_model(said),
        error=_failure(value),
    )
    gathering.add(call)


def _failure(span: _Values) -> object:
    """What a span failed with: by its exception, else by its status."""
    events, status = span.get("events"), span.get("status")
    for event in events if isinstance(events, list) else ():
        attributes = event.get("attributes") if isinstance(event, dict) else None
        if isinstance(attributes, dict) and "exception.message" in attributes:
            return attributes["exception.message"]
    return status.get("message") if isinstance(status, dict) else None


def _context_id(value: _Values) -> object:
    """Where older exports have the name of a span."""
    context = value.get("context")
    return context.get("span_id") if isinstance(context, dict) else None


def _model(said: _Values) -> str | None:
    given = _written(said.get("mlflow.llm.model"))
    inputs = _written(said.get("mlflow.spanInputs"))
    return given_id(given, inputs.get("model") if isinstance(inputs, dict) else None)


def _take_assessment(value: object, trace: str, line: int, gathering: Gathering) -> None:
    """Feedback is a label. What was expected of an answer is none."""
    if not isinstance(value, dict):
        raise Malformed("an assessment is not an object")
    feedback, source = value.get("feedback"), value.get("source")
    if not isinstance(feedback, dict):
        return
    kind = source.get("source_type") if isinstance(source, dict) else None
    name = value.get("assessment_name", value.get("name"))
    label = judged(name, feedback.get("value"), f"mlflow {str(kind or 'feedback').lower()}")
    if label is not None:
        gathering.label(trace, _span_id(value.get("span_id")), label)


def _span_id(*candidates: object) -> str | None:
    """The name of a span, eight bytes: in hexadecimal, as assessments write it. Spans have it in base64."""
    name = given_id(*candidates)
    if name is None or len(name) != _BASE64_LENGTH:
        return name
    try:
        return b64decode(name, validate=True).hex()
    except ValueError:
        return name


def _written(value: object) -> object:
    """An attribute, which is JSON within a text; what is none is itself."""
    if not isinstance(value, str):
        return value
    try:
        return json_value(value)
    except Malformed:
        return value


def _time(value: object) -> int | None:
    """Nanoseconds since 1970 as microseconds."""
    if value is None:
        return None
    try:
        nanoseconds = int(value) if isinstance(value, int | str) else None
    except ValueError:
        nanoseconds = None
    if nanoseconds is None or not 0 <= nanoseconds < 2**63:
        raise Malformed(f"the time {quoted(value)} is no number of nanoseconds")
    return nanoseconds // 1000


READER: Reader = Mlflow()
