"""Spans and events of OpenTelemetry, as OTLP/JSON writes them and as the SDKs' own exporters do.

OTLP is ``{"resourceSpans": [{"scopeSpans": [{"spans": [...]}]}]}`` (and ``resourceLogs``), with attributes as a list of
``{"key": …, "value": {"stringValue": …}}``; an SDK writes one object a span or log record, with attributes as an
object (``span.to_json()``). Both give the same records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policy_engine.transcripts.reader import Malformed
from policy_engine.transcripts.times import parse_time

OTLP_KEYS = ("resourceSpans", "resourceLogs")

_MAX_DEPTH = 100
"""Deepest nesting of attribute values."""


@dataclass(frozen=True, slots=True)
class Record:
    """A span, or an event: of a span, or a log record. Times are in microseconds since 1970, None where absent.

    ``trace`` and ``span`` are empty where the record names none.
    """

    name: str
    trace: str
    span: str
    start: int | None
    end: int | None
    attributes: Mapping[str, object]
    body: object = None


def is_telemetry(value: object) -> bool:
    """Whether a JSON value is of one of the forms."""
    if not isinstance(value, dict):
        return False
    if any(key in value for key in OTLP_KEYS):
        return True
    context = value.get("context")
    is_span = isinstance(context, dict) and "trace_id" in context and "start_time" in value
    return is_span or ("trace_id" in value and "span_id" in value and "observed_timestamp" in value)


def records(value: object) -> Iterator[Record]:
    """The records of a JSON value, the events of a span before the span. Malformed where it is of neither form."""
    if not isinstance(value, dict) or not is_telemetry(value):
        raise Malformed("this is neither OTLP/JSON nor a span or log record of an SDK")
    if isinstance(value.get("context"), dict):
        yield from _sdk_span(value)
    elif "trace_id" in value:
        yield _sdk_log(value)
    else:
        for span in _nested(value, "resourceSpans", "scopeSpans", "spans"):
            yield from _otlp_span(span)
        for log in _nested(value, "resourceLogs", "scopeLogs", "logRecords"):
            yield _otlp_log(log)


def _nested(value: Mapping[str, object], *keys: str) -> Iterator[Mapping[str, object]]:
    """Every object in the lists below ``keys``."""
    listed = value.get(keys[0])
    if listed is None:
        return
    if not isinstance(listed, list):
        raise Malformed(f"`{keys[0]}` is not a list")
    for each in listed:
        if not isinstance(each, dict):
            raise Malformed(f"`{keys[0]}` lists something that is not an object")
        if len(keys) == 1:
            yield each
        else:
            yield from _nested(each, *keys[1:])


def _otlp_span(span: Mapping[str, object]) -> Iterator[Record]:
    trace, own = _identity(span, "traceId"), _identity(span, "spanId")
    for event in _nested(span, "events"):
        time = _nanoseconds(event, "timeUnixNano")
        yield Record(_text(event, "name"), trace, own, time, time, _attributes(event))
    start, end = _nanoseconds(span, "startTimeUnixNano"), _nanoseconds(span, "endTimeUnixNano")
    yield Record(_text(span, "name"), trace, own, start, end, _attributes(span))


def _otlp_log(log: Mapping[str, object]) -> Record:
    time = _nanoseconds(log, "timeUnixNano") or _nanoseconds(log, "observedTimeUnixNano")
    attributes = _attributes(log)
    name = _text(log, "eventName") or _text(attributes, "event.name")
    trace, span = _identity(log, "traceId"), _identity(log, "spanId")
    return Record(name, trace, span, time, time, attributes, _any_value(log.get("body")))


def _sdk_span(span: Mapping[str, object]) -> Iterator[Record]:
    context = span["context"]
    assert isinstance(context, dict)
    trace, own = _identity(context, "trace_id"), _identity(context, "span_id")
    for event in _nested(span, "events"):
        time = _iso(event, "timestamp")
        yield Record(_text(event, "name"), trace, own, time, time, _mapping(event.get("attributes")))
    start, end = _iso(span, "start_time"), _iso(span, "end_time")
    yield Record(_text(span, "name"), trace, own, start, end, _mapping(span.get("attributes")))


def _sdk_log(log: Mapping[str, object]) -> Record:
    attributes = _mapping(log.get("attributes"))
    time = _iso(log, "timestamp") or _iso(log, "observed_timestamp")
    name = _text(log, "event_name") or _text(attributes, "event.name")
    trace, span = _identity(log, "trace_id"), _identity(log, "span_id")
    return Record(name, trace, span, time, time, attributes, log.get("body"))


def _identity(value: Mapping[str, object], key: str) -> str:
    """A trace's or span's id as both forms have it; empty where it is absent or all zeros."""
    found = _text(value, key).removeprefix("0x")
    return found if found.strip("0") else ""


def _text(value: Mapping[str, object], key: str) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Malformed(f"`{key}` is not a text")
    return found


def _mapping(value: object) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed("`attributes` is not an object")
    return value


def _nanoseconds(value: Mapping[str, object], key: str) -> int | None:
    found = value.get(key)
    if found is None:
        return None
    try:
        number = int(found) if isinstance(found, str | int) and not isinstance(found, bool) else None
        return _in_range(number // 1_000) if number else None
    except ValueError:
        raise Malformed(f"`{key}` is not a number of nanoseconds since 1970") from None


def _in_range(microseconds: int) -> int:
    """The same microseconds; ValueError where no year from 1 to 9999 holds them."""
    parse_time(microseconds // 1_000_000)
    return microseconds


def _iso(value: Mapping[str, object], key: str) -> int | None:
    found = value.get(key)
    if found is None:
        return None
    try:
        return parse_time(found)
    except ValueError as error:
        raise Malformed(f"`{key}` {error}") from None


def _attributes(value: Mapping[str, object]) -> Mapping[str, object]:
    return _key_values(value.get("attributes"), 0)


def _key_values(listed: object, depth: int) -> dict[str, object]:
    if listed is None:
        return {}
    if not isinstance(listed, list):
        raise Malformed("attributes are not a list of `key` and `value`")
    found: dict[str, object] = {}
    for each in listed:
        if not isinstance(each, dict) or not isinstance(each.get("key"), str):
            raise Malformed("an attribute has no `key`")
        found[each["key"]] = _any_value(each.get("value"), depth)
    return found


def _any_value(value: object, depth: int = 0) -> object:
    """What an ``AnyValue`` of OTLP holds."""
    if value is None or value == {}:
        return None
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        raise Malformed(
            "the value of an attribute is not of OTLP's form"
            if depth <= _MAX_DEPTH
            else "values are nested too deeply"
        )
    for key in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
        if key in value:
            return value[key]
    if "intValue" in value:
        return _integer(value["intValue"])
    if isinstance(array := value.get("arrayValue"), dict):
        listed = array.get("values") or []
        if isinstance(listed, list):
            return [_any_value(each, depth + 1) for each in listed]
    if isinstance(pairs := value.get("kvlistValue"), dict):
        return _key_values(pairs.get("values"), depth + 1)
    raise Malformed("the value of an attribute is not of OTLP's form")


def _integer(value: object) -> object:
    """64-bit numbers are written as texts."""
    if isinstance(value, str) and len(value) <= len(str(-(2**63))):
        try:
            return int(value)
        except ValueError:
            pass
    return value
