"""Traces of OpenTelemetry with its conventions for generative AI: spans and events of calls to models.

A conversation is what shares ``gen_ai.conversation.id``, else what shares a trace. Its calls are taken in the order of
their starts, and of the history that each call repeats only what is new. Of several choices the first is taken. Calls
to a model go before spans of whole agents, which say the same again.

The finish reason ``content_filter`` becomes the label ``refusal`` of the reply, and so do Anthropic's ``refusal``, what
instrumentations mark as a refusal, and a call that failed with ``content_filter``. Any other finish reason says nothing
of refusals: a model declines in words, too. Results of Azure's filter are read where OpenLLMetry writes them.
Evaluations (``gen_ai.evaluation.result``) become labels of the reply that they judge, through the classifier of that
name or else under their own names; replies that were not judged are unknown.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import NamedTuple, cast

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.chat_message import Said
from policy_engine.transcripts.classified import labels_said
from policy_engine.transcripts.content_filter import CLASSIFIER
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
    MODEL_OPERATIONS,
    WITHHELD,
    Judged,
    ModelCall,
    Told,
    conversation_of,
    is_exception,
    is_model_call,
    is_of_model,
    is_of_one_message,
    told_part,
)
from policy_engine.transcripts.openai_exchange import moderated, with_input
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, quoted
from policy_engine.transcripts.retelling import Retelling
from policy_engine.transcripts.scattered import Scattered
from policy_engine.transcripts.telemetry import Record, is_telemetry, records

EVALUATED = "otel gen_ai.evaluation.result"

_MOST = 10**15
"""Largest whole number that is a score: a larger one may have no float."""
_WORDS: Mapping[str, Score] = MappingProxyType({"true": True, "yes": True, "false": False, "no": False})


class OpenTelemetry:
    """Reads OTLP/JSON, on lines or over many, and what the exporters of the SDKs write."""

    name = "otel"
    form = 'OpenTelemetry as JSON: `{"resourceSpans": …}`, `{"resourceLogs": …}` or `span.to_json()`'
    gives = "times; what the provider tells of refusals, and Azure's filter; evaluations as labels; the model"

    def claims(self, head: Head) -> bool:
        """The first value is OTLP, or a span or log record of an SDK."""
        return any(map(is_telemetry, beginnings(head)[:1]))

    def read(self, log: Log) -> Iterator[Read]:
        """Every conversation, and every fault."""
        with closing(_Traces(log.origin)) as traces:
            try:
                yield from traces.take_in(log)
                for found in traces.conversations():
                    if isinstance(found, Diagnostic):
                        yield found
                    else:
                        yield from _read_conversation(*found, log)
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
    prompt_filtered: Sequence[object]


class _Trace:
    """What is known of a trace before its spans are looked at: its conversation, and whether it has calls to models."""

    def __init__(self) -> None:
        self.conversation: str | None = None
        self.has_calls = False

    def take(self, fact: str | bool) -> None:
        """A name is of the conversation; the first is right."""
        if isinstance(fact, str):
            self.conversation = self.conversation or fact
        else:
            self.has_calls = True


_FACTS, _SPANLESS = "", " "
_REPEATS = True
"""That a call of a conversation tells what was said before."""
_FIRST, _LAST = -(2**63), 2**63 - 1
"""Places in a trace and in a conversation."""


class _Traces:
    """Records on the way to conversations: sorted by trace and span, made into calls, sorted by conversation.

    Never more is held than one span, or one conversation. Evaluations are joined by the id of the response that they
    judge, which may stand in another trace.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._by_trace, self._by_response, self._by_conversation = Scattered(), Scattered(), Scattered()

    def close(self) -> None:
        """Let go of what was sorted."""
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
                        self._take(line, record)
                    elif is_exception(record) and record.span:
                        self._take(line, record)
            except Malformed as fault:
                yield fault.diagnostic(self._origin, line)
        if is_any and not is_of_models:
            hint = "they have attributes such as `gen_ai.input.messages`"
            yield Malformed("no span and no event is of a call to a model", hint).diagnostic(self._origin, 1)

    def _take(self, line: int, record: Record) -> None:
        named = conversation_of(record)
        # what names no trace belongs to its conversation, or to nothing else
        trace = record.trace or named or f"line {line}"
        if named is not None:
            self._by_trace.add(trace, named, _FACTS)
        if is_model_call(record):
            self._by_trace.add(trace, True, _FACTS)
        self._by_trace.add(trace, (line, told_part(record)), record.span or _SPANLESS)

    def conversations(self) -> Iterator[tuple[str, Iterator[object]] | Diagnostic]:
        """Every conversation: what is wrong with it, its calls in the order of their starts, and evaluations.

        In between, what is wrong with others.
        """
        for name, pieces in self._by_trace.groups():
            trace = _Trace()
            for span, (line, call) in self._spans(trace, pieces):
                yield from self._keep(span, line, call, trace, name)
        yield from self._join()
        yield from self._by_conversation.groups()

    def _spans(
        self, trace: _Trace, pieces: Iterator[object]
    ) -> Iterator[tuple[list[Diagnostic], tuple[int, ModelCall]]]:
        """The calls of one trace, a span each, with what is wrong with them."""
        last: tuple[str, int, ModelCall] | None = None
        faults: list[Diagnostic] = []
        for piece in pieces:
            if not isinstance(piece, tuple):
                trace.take(cast(str | bool, piece))
                continue
            line, record = cast(tuple[int, Record], piece)
            if last is None or not _is_same_call(record, last[0], last[2]):
                if last is not None:
                    yield faults, last[1:]
                last, faults = (record.span, line, ModelCall()), []
            try:
                last[2].take(record)
            except Malformed as fault:
                faults.append(fault.diagnostic(self._origin, line))
        if last is not None:
            yield faults, last[1:]

    def _keep(
        self, faults: list[Diagnostic], line: int, call: ModelCall, trace: _Trace, trace_name: str
    ) -> Iterator[Diagnostic]:
        """Hand on a call, or what is wrong with it, to its conversation, and evaluations to what they judge."""
        name = call.conversation or trace.conversation or trace_name
        is_call = call.operation in MODEL_OPERATIONS
        is_told = call.has_messages and (is_call or call.operation is None or not trace.has_calls)
        for fault in faults:
            self._by_conversation.add(name, fault, _FIRST)
        if is_told:
            beside = [judged for judged in call.judged if judged.response is None]
            kept = _Call(
                *(line, call.start, call.end, call.response, call.model, call.given, call.reply, beside),
                call.prompt_filtered,
            )
            begun = call.start if call.start is not None else call.end or 0
            if any(told.role is Role.ASSISTANT for told in call.given):
                self._by_conversation.add(name, _REPEATS, _FIRST)
            self._by_conversation.add(name, kept, begun)
            if call.response:
                self._by_response.add(call.response, name, _FIRST)
        elif is_call and not faults:
            hint = "have the instrumentation record the content of messages"
            yield Malformed("the call to a model has no messages", hint).diagnostic(self._origin, line)
        for judged in call.judged:
            if judged.response is not None:
                self._by_response.add(judged.response, (line, judged))
            elif not is_told:
                yield _judges_nothing(judged, self._origin, line)

    def _join(self) -> Iterator[Diagnostic]:
        """Hand on each evaluation to the conversation that has the response that it names."""
        for _, pieces in self._by_response.groups():
            name = None
            for each in pieces:
                if isinstance(each, str):
                    name = name or each
                    continue
                line, judged = cast(tuple[int, Judged], each)
                if name is None:
                    yield _judges_nothing(judged, self._origin, line)
                else:
                    self._by_conversation.add(name, judged, _LAST)


def _is_same_call(record: Record, span: str, call: ModelCall) -> bool:
    """Whether a record tells of the same span as the one before it. What names none is a call of its own.

    The old events of one message each are one call up to a reply, as long as they come in order.
    """
    if record.span or span:
        return record.span == span
    return is_of_one_message(record) and not call.is_over(record)


def _read_conversation(name: str, pieces: Iterator[object], log: Log) -> Iterator[Read]:
    """The conversation; where something of it cannot be read, only that: without a call, it is another one."""
    faults: list[Diagnostic] = []
    hearing = _Hearing(log)
    try:
        for piece in pieces:
            if isinstance(piece, Diagnostic):
                faults.append(piece)
            elif piece is _REPEATS:
                hearing.retelling = Retelling(repeats=True)
            elif isinstance(piece, _Call) and not faults:
                hearing.call(piece)
            elif isinstance(piece, Judged) and not faults:
                hearing.judged(piece)
    except Malformed as fault:
        faults.append(fault.diagnostic(log.origin, hearing.line or 1))
    yield from faults
    if not faults:
        try:
            yield hearing.conversation(name)
        except Malformed as fault:
            yield fault.diagnostic(log.origin, hearing.line or 1)


class _Hearing:
    """One conversation, call by call."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._models: set[str | None] = set()
        self.retelling = Retelling(repeats=False)
        self.line: int | None = None

    def call(self, call: _Call) -> None:
        """Take in a call. Malformed where an evaluation of it cannot be read."""
        self.line = call.line if self.line is None else self.line
        self._models.add(call.model)
        asked = with_input({"prompt_filter_results": call.prompt_filtered}, [*map(_told, call.given)])
        answer = [] if call.reply is None else [_told(call.reply)]
        names = (call.response, _LAST)  # the answer of the last call is called so until the next one
        self.retelling.hear(asked, answer, (call.start, call.end), names)
        for judged in call.judged:
            self._label(_LAST, judged)

    def judged(self, judged: Judged) -> None:
        """Take in an evaluation that names a response. Malformed where it cannot be read."""
        self._label(judged.response, judged)

    def _label(self, name: Hashable, judged: Judged) -> None:
        for label in _labels(judged, self._log):
            self.retelling.label(name, label)

    def conversation(self, name: str) -> Conversation:
        """What was said, once, with what evaluations and filters say of it. Malformed where that cannot be read."""
        messages, looked_for = moderated(self.retelling.said(), self._log.settings)
        model = next(iter(self._models)) if len(self._models) == 1 else None
        attributes: dict[str, AttributeValue] = {} if model is None else {"model": model}
        place = self._log.origin.at(self.line or 1)
        return Conversation(name, messages, MappingProxyType(attributes), looked_for, place)


def _told(told: Told) -> Said:
    said = Said(Message(told.role, content=told.text), outputs=[(CLASSIFIER, each) for each in told.filtered])
    if told.role is not Role.ASSISTANT:
        return said
    source = WITHHELD.get(told.finish, told.refusal)
    return said if source is None else said.refused(source)._replace(tells=False)


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
