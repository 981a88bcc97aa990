"""Traces of OpenTelemetry with its conventions for generative AI: spans and events of calls to models.

A conversation is what shares ``gen_ai.conversation.id``, else what shares a trace. Its calls are taken in the order of
their starts, and of the history that each call repeats only what is new. Of several choices the first is taken. Calls
to a model go before spans of whole agents, which say the same again.

The finish reason ``content_filter`` becomes the label ``refusal`` of the reply. Any other finish reason says nothing
of refusals: a model declines in words, too. Evaluations (``gen_ai.evaluation.result``) become labels of the reply that
they judge, through the classifier of that name or else under their own names; replies that were not judged are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from types import MappingProxyType
from typing import NamedTuple, cast

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.chat_message import Said
from policy_engine.transcripts.classified import NOTHING, labels_said
from policy_engine.transcripts.json_values import beginnings, json_values
from policy_engine.transcripts.message import (
    AttributeValue,
    Conversation,
    Label,
    Message,
    Role,
    Score,
)
from policy_engine.transcripts.model_call import (
    CONTENT_FILTER,
    MODEL_OPERATIONS,
    Judged,
    ModelCall,
    Told,
    conversation_of,
    is_of_model,
    is_of_one_message,
)
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, quoted
from policy_engine.transcripts.retelling import Retelling
from policy_engine.transcripts.scattered import Scattered
from policy_engine.transcripts.telemetry import Record, is_telemetry, records

FILTERED = "otel finish_reason content_filter"
EVALUATED = "otel gen_ai.evaluation.result"

_MOST = 10**15
_WORDS: Mapping[str, Score] = MappingProxyType({"true": True, "yes": True, "false": False, "no": False})


class OpenTelemetry:
    """Reads OTLP/JSON, on lines or over many, and what the exporters of the SDKs write."""

    name = "otel"
    form = 'OpenTelemetry as JSON: `{"resourceSpans": …}`, `{"resourceLogs": …}` or `span.to_json()`'
    gives = "times, refusals by `content_filter`, evaluations as labels"

    def claims(self, head: Head) -> bool:
        """The first value is OTLP, or a span or log record of an SDK."""
        return any(map(is_telemetry, beginnings(head)[:1]))

    def read(self, log: Log) -> Iterator[Read]:
        """Every conversation, and every fault."""
        with closing(_Traces(log.origin)) as traces:
            try:
                yield from traces.take_in(log)
                for found in traces.conversations():
                    yield found if isinstance(found, Diagnostic) else _read_conversation(*found, log)
            except Malformed as fault:
                yield fault.diagnostic(log.origin, 1)


class _Call(NamedTuple):
    """A call as it is kept until its conversation is complete."""

    line: int
    start: int | None
    end: int | None
    response: str | None
    model: str | None
    given: list[Told]
    reply: Told | None
    judged: list[Judged]

    @property
    def begun(self) -> int:
        """By which calls are ordered."""
        return self.start if self.start is not None else self.end or 0


class _Traces:
    """Records on the way to conversations: gathered by trace, made into calls, gathered by conversation.

    Evaluations are joined by the id of the response that they judge, which may stand in another trace.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._by_trace, self._by_response, self._by_conversation = Scattered(), Scattered(), Scattered()

    def close(self) -> None:
        """Let go of what was gathered."""
        for each in (self._by_trace, self._by_response, self._by_conversation):
            each.close()

    def take_in(self, log: Log) -> Iterator[Diagnostic]:
        """Keep every record of ``log`` that has to do with a model; what is wrong with others."""
        is_any = is_of_models = False
        for value in json_values(log.stream, log.origin):
            if isinstance(value, Diagnostic):
                yield value
                continue
            line, found = value
            try:
                for record in records(found):
                    is_any = True
                    if is_of_model(record):
                        is_of_models = True
                        # what names no trace belongs to its conversation, or to nothing else
                        owner = record.trace or conversation_of(record) or f"line {line}"
                        self._by_trace.add(owner, (line, record))
            except Malformed as fault:
                yield fault.diagnostic(self._origin, line)
        if is_any and not is_of_models:
            hint = "they have attributes such as `gen_ai.input.messages`"
            yield Malformed("no span and no event is of a call to a model", hint).diagnostic(self._origin, 1)

    def conversations(self) -> Iterator[tuple[str, list[_Call]] | Diagnostic]:
        """Every conversation with its calls in order, and what is wrong with others."""
        for trace, pieces in self._by_trace.groups():
            yield from self._make_calls(trace, cast(list[tuple[int, Record]], pieces))
        yield from self._join()
        for name, kept in self._by_conversation.groups():
            faults = [each for each in kept if isinstance(each, Diagnostic)]
            calls = [each for each in kept if isinstance(each, _Call)]
            if faults:
                yield from faults  # without a call, it is another conversation
                continue
            by_response = {call.response: call for call in calls}
            for each in kept:
                if isinstance(each, Judged):
                    by_response[each.response].judged.append(each)
            yield name, sorted(calls, key=lambda call: call.begun)

    def _make_calls(self, trace: str, pieces: list[tuple[int, Record]]) -> Iterator[Diagnostic]:
        """Make the calls of one trace, a span each, and keep those in which something is said."""
        spans: dict[str, tuple[int, ModelCall]] = {}
        broken: list[tuple[str, Diagnostic]] = []
        for line, record in pieces:
            span = _span_of(record, spans)
            _, call = spans.setdefault(span, (line, ModelCall()))
            try:
                call.take(record)
            except Malformed as fault:
                broken.append((span, fault.diagnostic(self._origin, line)))
        named = next((call.conversation for _, call in spans.values() if call.conversation), None)
        are_calls = any(
            call.has_messages and call.operation in MODEL_OPERATIONS for _, call in spans.values()
        )
        operations = (*MODEL_OPERATIONS, None)
        for span, diagnostic in broken:
            self._by_conversation.add(spans[span][1].conversation or named or trace, diagnostic)
        for line, call in spans.values():
            is_told = call.has_messages and (not are_calls or call.operation in operations)
            if is_told:
                self._keep(call.conversation or named or trace, line, call)
            elif call.operation in MODEL_OPERATIONS and not broken:
                hint = "have the instrumentation record the content of messages"
                yield Malformed("the call to a model has no messages", hint).diagnostic(self._origin, line)
            for judged in call.judged:
                if judged.response is not None:
                    self._by_response.add(judged.response, (line, judged))
                elif not is_told:
                    yield _judges_nothing(judged, self._origin, line)

    def _keep(self, name: str, line: int, call: ModelCall) -> None:
        beside = [judged for judged in call.judged if judged.response is None]
        kept = _Call(line, call.start, call.end, call.response, call.model, call.given, call.reply, beside)
        self._by_conversation.add(name, kept)
        if call.response:
            self._by_response.add(call.response, name)

    def _join(self) -> Iterator[Diagnostic]:
        """Hand on each evaluation to the conversation that has the response that it names."""
        for _, pieces in self._by_response.groups():
            name = next((each for each in pieces if isinstance(each, str)), None)
            for each in pieces:
                if isinstance(each, tuple):
                    line, judged = each
                    if name is None:
                        yield _judges_nothing(judged, self._origin, line)
                    else:
                        self._by_conversation.add(name, judged)


def _span_of(record: Record, spans: Mapping[str, tuple[int, ModelCall]]) -> str:
    """The span that a record tells of. What names none is a call of its own.

    The old events of one message each are one call up to a reply, as long as they come in order.
    """
    if record.span:
        return record.span
    last = f"event {len(spans) - 1}"
    if is_of_one_message(record) and last in spans and not spans[last][1].is_over(record):
        return last
    return f"event {len(spans)}"


def _read_conversation(name: str, calls: list[_Call], log: Log) -> Read:
    line = calls[0].line
    try:
        messages = tuple(said.message for said in _said(calls, log))
    except Malformed as fault:
        return fault.diagnostic(log.origin, line)
    return Conversation(name, messages, _attributes(calls), NOTHING, log.origin.at(line))


def _attributes(calls: list[_Call]) -> Mapping[str, AttributeValue]:
    """The model, where every call is to the same."""
    models = {call.model for call in calls}
    model = models.pop() if len(models) == 1 else None
    return MappingProxyType({} if model is None else {"model": model})


def _said(calls: list[_Call], log: Log) -> list[Said]:
    """What was said in the conversation, once, with what evaluations say of the replies."""
    retelling = Retelling(repeats=any(told.role is Role.ASSISTANT for call in calls for told in call.given))
    for number, call in enumerate(calls):
        answer = [] if call.reply is None else [_told(call.reply)]
        retelling.hear([*map(_told, call.given)], answer, (call.start, call.end), (number,))
        for judged in call.judged:
            for label in _labels(judged, log):
                retelling.label(number, label)
    return retelling.said()


def _told(told: Told) -> Said:
    said = Said(Message(told.role, content=told.text))
    is_withheld = told.role is Role.ASSISTANT and told.finish == CONTENT_FILTER
    return said.refused(FILTERED)._replace(tells=False) if is_withheld else said


def _labels(judged: Judged, log: Log) -> tuple[Label, ...]:
    """What an evaluation says: through the classifier of its name, else under its own."""
    classifier = log.settings.classifiers.get(judged.name)
    if classifier is None:
        return (Label(judged.name, _score(judged), EVALUATED),)
    said = labels_said(classifier, {"name": judged.name, "score": judged.score, "label": judged.label})
    told = {label.name for label in said}
    # what it looked for on this reply and did not name is absent; on other replies it is unknown
    absent = (
        name
        for name, roles in classifier.looks_for.items()
        if name not in told and (roles is None or Role.ASSISTANT in roles)
    )
    return (*said, *(Label(name, False, classifier.name) for name in absent))


def _score(judged: Judged) -> Score:
    """The score, else a label of yes or no; any other label is unknown, since nobody says what it means."""
    if isinstance(judged.score, bool | float):
        return judged.score
    if isinstance(judged.score, int) and abs(judged.score) <= _MOST:
        return float(judged.score)
    return _WORDS.get(judged.label.strip().casefold()) if isinstance(judged.label, str) else None


def _judges_nothing(judged: Judged, origin: Origin, line: int) -> Diagnostic:
    message = f"the evaluation {quoted(judged.name)} judges a reply that is not in the log"
    return Malformed(message, "it names `gen_ai.response.id`").diagnostic(origin, line)


READER: Reader = OpenTelemetry()
