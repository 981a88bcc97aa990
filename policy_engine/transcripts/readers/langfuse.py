"""Langfuse's exports: observations, traces with their observations, scores, and pages of its API.

A conversation is a session; a trace without a session is one of its own. Of a trace, the calls to a model are read
(``GENERATION``), else what it began with, else what it says of itself. What each call tells again of those before it
is said once. Scores become labels of their own names, on the answer of their observation, else of their trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from policy_engine.transcripts.chat_log import given_id
from policy_engine.transcripts.gathering import Call, Gathering, Kind, gathered
from policy_engine.transcripts.json_values import beginnings
from policy_engine.transcripts.message import Label
from policy_engine.transcripts.reader import Head, Log, Malformed, Read, Reader
from policy_engine.transcripts.traced import judged, time_of

_Values = Mapping[str, object]

_KINDS = frozenset(
    (
        "GENERATION",
        "SPAN",
        "EVENT",
        "AGENT",
        "TOOL",
        "CHAIN",
        "RETRIEVER",
        "EVALUATOR",
        "EMBEDDING",
        "GUARDRAIL",
    )
)
_OUTER_KINDS = ("SPAN", "AGENT", "CHAIN")
_TRACE_MARKS = ("sessionId", "userId", "htmlPath", "environment", "release", "tags")


class Langfuse:
    """Reads the texts of calls; costs, prompts and metadata are passed over."""

    name = "langfuse"
    gives = "scores as labels; times; what the provider tells of refusals, and Azure's filter; the model"
    form = (
        "JSON of observations with `traceId`, `type`, `input` and `output`, of traces and scores (Langfuse)"
    )

    def claims(self, head: Head) -> bool:
        """The first object is an observation, a trace or a score, or a page of them."""
        first = next(iter(beginnings(head)), None)
        if first is None:
            return False
        listed = first.get("data")
        inside = listed[0] if isinstance(listed, list) and listed else None
        return any(_kind_of(each) is not None for each in (first, inside) if isinstance(each, dict))

    def read(self, log: Log) -> Iterator[Read]:
        """The faults, then the conversations, in the order in which the log came to speak of them."""
        return gathered(log, _take_all)


def _take_all(value: object, line: int, gathering: Gathering) -> Iterator[Malformed]:
    for part in _parts(value):
        try:
            _take(part, line, gathering)
        except Malformed as fault:
            yield fault


def _parts(value: object) -> Iterator[object]:
    """An object, or those of a page; a trace, then what belongs to it."""
    if not isinstance(value, dict):
        yield value
        return
    kind, data = _kind_of(value), value.get("data")
    if kind is None and isinstance(data, list):
        for each in data:
            yield from _parts_of_trace(each) if isinstance(each, dict) else [each]
    else:
        yield from _parts_of_trace(value)


def _parts_of_trace(value: dict[str, object]) -> Iterator[object]:
    yield value
    if _kind_of(value) == "trace":
        for key in ("observations", "scores"):
            inner = value.get(key)
            for each in inner if isinstance(inner, list) else ():
                if isinstance(each, dict):  # a list of traces names their observations by ids alone
                    yield {"traceId": value.get("id")} | each


def _kind_of(value: _Values) -> str | None:
    kind = value.get("type")
    if isinstance(kind, str) and kind in _KINDS and _of(value, "startTime") is not None:
        return "observation"
    if _of(value, "dataType") is not None and "name" in value and "value" in value:
        return "score"
    is_trace = {"id", "timestamp"} <= value.keys() and {"input", "output", "observations"} & value.keys()
    return "trace" if is_trace and any(_has(value, key) for key in _TRACE_MARKS) else None


def _take(value: object, line: int, gathering: Gathering) -> None:
    kind = _kind_of(value) if isinstance(value, dict) else None
    if not isinstance(value, dict) or kind is None:
        raise Malformed("this is no observation, no trace and no score")
    if kind == "score":
        _take_score(value, gathering)
        return
    name = given_id(value.get("id")) or gathering.name_at(line)
    trace = name if kind == "trace" else given_id(_of(value, "traceId")) or name
    session = given_id(_of(value, "sessionId"))
    if session is not None:
        gathering.tie(trace, session)
    told = _told(value, kind)
    if told is not None:
        gathering.add(_call(value, name, trace, told, line))


def _told(value: _Values, kind: str) -> Kind | None:
    """What kind of call an object is; None where it tells nothing of a conversation."""
    if kind == "trace":
        return Kind.TRACE
    if value["type"] == "GENERATION":
        return Kind.MODEL
    is_root = _of(value, "parentObservationId") is None or _of(value, "isRootObservation") is True
    return Kind.OUTERMOST if is_root and value["type"] in _OUTER_KINDS else None


def _call(value: _Values, name: str, trace: str, kind: Kind, line: int) -> Call:
    began = time_of(value.get("timestamp") if kind is Kind.TRACE else _of(value, "startTime"))
    model = value.get("model")
    return Call(
        name=name,
        trace=trace,
        kind=kind,
        line=line,
        given=value.get("input"),
        answer=value.get("output"),
        began=began,
        ended=time_of(_of(value, "endTime")) if kind is not Kind.TRACE else None,
        parent=given_id(_of(value, "parentObservationId")),
        model=model if isinstance(model, str) and model else None,
        error=_of(value, "statusMessage"),
    )


def _take_score(value: _Values, gathering: Gathering) -> None:
    """A score of a session is of no message; one that is a text is no label."""
    subject = value.get("subject")
    about = subject if isinstance(subject, dict) else {}
    kind = about.get("kind")
    observation = given_id(_of(value, "observationId"), about.get("id") if kind == "observation" else None)
    trace = given_id(
        _of(value, "traceId"), about.get("id") if kind == "trace" else None, _of(about, "traceId")
    )
    label = _label(value)
    if label is not None and (trace or observation):
        gathering.label(trace, observation, label)


def _label(value: _Values) -> Label | None:
    kind, given = _of(value, "dataType"), value.get("value")
    if kind == "CATEGORICAL":
        given = _of(value, "stringValue") or given
    elif kind == "BOOLEAN" and isinstance(given, int | float):
        given = bool(given)
    elif kind not in ("NUMERIC", "BOOLEAN"):
        return None
    return judged(value.get("name"), given, f"langfuse {str(value.get('source') or 'score').lower()}")


def _of(value: _Values, key: str) -> object:
    """A field, as the API spells it or as tables do."""
    return value[key] if key in value else value.get(_snake(key))


def _has(value: _Values, key: str) -> bool:
    return key in value or _snake(key) in value


@cache
def _snake(key: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in key)


READER: Reader = Langfuse()
