"""Logs of inspect_ai, which Petri and Bloom write as well: ``.eval`` archives, and the same as JSON.

Each sample is a conversation, once for each epoch. A reply that stopped for ``content_filter``, or that has a part
marked as a refusal, becomes the label ``refusal``; another reason to stop says nothing of refusals, since a model
declines in words, too. What the provider filtered is told by its classifier. A score becomes labels of the last reply
where there is a classifier of the scorer's name, and else is passed over: most scores are no labels.

A sample that met a limit or an error says so by the attributes ``inspect.limit`` and ``inspect.error``. An archive that
was cut off before its header was written is read as far as it goes, and told.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypedDict, cast

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.archive import BEGINNING, Archive, first_name
from policy_engine.transcripts.chat_log import model_of
from policy_engine.transcripts.classified import classified, classifier_of, labels_said, together
from policy_engine.transcripts.json_members import Member, json_members
from policy_engine.transcripts.lines import STREAM_FAULTS, cut_short
from policy_engine.transcripts.message import AttributeValue, Conversation, Label, LookedFor, Message, Role
from policy_engine.transcripts.reader import (
    UNREADABLE,
    Head,
    Log,
    Malformed,
    Origin,
    Read,
    Reader,
    Settings,
    quoted,
)
from policy_engine.transcripts.times import parse_time

FILTERED = "inspect stop_reason content_filter"
REFUSED = "inspect refusal part"
LIMIT, ERROR = "inspect.limit", "inspect.error"

_HEADER, _START = "header.json", "_journal/start.json"
_SAMPLE = re.compile(r"samples/.+_epoch_[0-9]+\.json", re.DOTALL)
_PARTS = re.compile(r"(?:_journal/.+|samples/.+|header\.json|summaries\.json|reductions\.json)", re.DOTALL)
_LOG = re.compile(
    r"\s*\{\s*\"version\"\s*:\s*[0-9]+\s*,\s*\"status\"\s*:\s*\"(?:started|success|cancelled|error)\"\s*,"
    r"\s*\"eval\"\s*:\s*\{"
)
_ATTACHMENT = "attachment://"
_ROLES: Mapping[str, Role] = MappingProxyType(
    {role.value: role for role in (Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL)}
)
_REFUSAL_MAPPING, _SAFETY_MAPPING, _OTHER_MAPPING = "anthropic-refusal", "gemini", "inspect-stop"


class InspectLog:
    """Reads both forms, of finished logs and of those that were cut off."""

    name = "inspect"
    form = "logs of inspect_ai: `.eval` archives, or JSON of `eval` and `samples`"
    gives = "the model, times, refusals by `content_filter`, scores that a classifier reads"

    def claims(self, head: Head) -> bool:
        """An archive of parts that only these logs have, or their first keys."""
        name = first_name(head.raw)
        return bool(_LOG.match(head.text) if name is None else _PARTS.fullmatch(name))

    def read(self, log: Log) -> Iterator[Read]:
        """A conversation for each epoch of each sample."""
        try:
            if _is_archive(log):
                yield from _of_archive(log)
            else:
                yield from _of_json(log)
        except STREAM_FAULTS as error:
            yield cut_short(log.origin.name, error)
        except Malformed as fault:
            yield fault.diagnostic(log.origin, 1)


def _is_archive(log: Log) -> bool:
    if log.stream.seekable():
        beginning = log.stream.read(len(BEGINNING))
        log.stream.seek(-len(beginning), io.SEEK_CUR)
    else:
        beginning = cast(io.BufferedReader, log.stream).peek(len(BEGINNING))
    return beginning.startswith(BEGINNING)


class _Of(NamedTuple):
    """What a sample belongs to: its log, as what place it is told, and the log's model."""

    origin: Origin
    settings: Settings
    attributes: Mapping[str, AttributeValue]


def _of_archive(log: Log) -> Iterator[Read]:
    try:
        archive = Archive(log.seekable())
    except Malformed as fault:
        yield replace(fault.diagnostic(log.origin, 1), code=UNREADABLE)
        return
    names = tuple(archive.names())
    yield from (
        _strange(name, log.origin) for name in names if not _PARTS.fullmatch(name) or _leads_out(name)
    )
    attributes: Mapping[str, AttributeValue] = {}
    try:
        attributes, status = _header(archive, names)
        yield from _unfinished(status, log.origin, 1)
    except Malformed as fault:
        yield fault.diagnostic(log.origin, 1)
    for name in names:
        if _SAMPLE.fullmatch(name) and not _leads_out(name):
            origin = Origin(f"{log.origin.name}:{name}", log.origin.stem)
            try:
                yield _sample(archive.read(name), 1, _Of(origin, log.settings, attributes))
            except Malformed as fault:
                yield fault.diagnostic(origin, 1)


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name)


def _strange(name: str, origin: Origin) -> Diagnostic:
    return Malformed(f"the archive holds {quoted(name)}, which is no part of a log").diagnostic(origin, 1)


def _header(archive: Archive, names: Sequence[str]) -> tuple[Mapping[str, AttributeValue], object]:
    """The model and the status of a log; a log that was cut off has neither header nor status."""
    name = next((each for each in (_HEADER, _START) if each in names), None)
    if name is None:
        raise Malformed("the log has no header: what model it is of is not known", "it was cut off")
    header = Member("", 1, archive.read(name)).value()
    if not isinstance(header, dict):
        raise Malformed(f"`{name}` is not an object")
    return model_of(header.get("eval")), header.get("status", "started")


def _unfinished(status: object, origin: Origin, line: int) -> Iterator[Diagnostic]:
    if status != "success":
        message = f"the evaluation did not finish: its status is {quoted(status)}"
        yield Malformed(message, "what there is of it is read").diagnostic(origin, line)


def _of_json(log: Log) -> Iterator[Read]:
    attributes: Mapping[str, AttributeValue] = {}
    is_any = False
    for member in json_members(log):
        if isinstance(member, Diagnostic):
            yield member
            is_any = True
            continue
        try:
            if member.key == "status":
                yield from _unfinished(member.value(), log.origin, member.line)
            elif member.key == "eval":
                attributes = model_of(member.value())
            elif member.key == "samples" and member.raw != b"null":
                is_any = True
                yield _sample(member.raw, member.line, _Of(log.origin, log.settings, attributes))
        except Malformed as fault:
            yield fault.diagnostic(log.origin, member.line)
    if not is_any:
        yield Malformed("the log has no samples", "it was written without them").diagnostic(log.origin, 1)


class _Event(TypedDict, total=False):
    """What is read of an event: of a call to a model."""

    event: Any
    timestamp: Any
    completed: Any
    output: Any


class _Sample(TypedDict, total=False):
    """What is read of a sample: all else is passed over without being made."""

    id: Any
    epoch: Any
    input: Any
    messages: Any
    output: Any
    scores: Any
    attachments: Any
    error: Any
    limit: Any
    completed_at: Any
    events: list[_Event]


@cache
def _decoder() -> Any:
    import msgspec

    return msgspec.json.Decoder(_Sample)


def _decoded(raw: bytes, line: int) -> Mapping[str, Any]:
    try:
        return cast(Mapping[str, Any], _decoder().decode(raw))
    except (ValueError, RecursionError):
        value = Member("samples", line, raw).value()  # such as one that holds NaN, as these logs may
    if not isinstance(value, dict):
        raise Malformed("a sample is not an object")
    return value


def _sample(raw: bytes, line: int, of: _Of) -> Conversation:
    sample = _decoded(raw, line)
    name, epoch = sample.get("id"), sample.get("epoch", 1)
    if not isinstance(name, str | int) or isinstance(name, bool) or not isinstance(epoch, int):
        raise Malformed("the sample has no `id`, or its `epoch` is not a number")
    calls = _calls(sample)
    listed = _listed(sample)
    if not listed:
        raise Malformed("the sample has no messages")
    messages = _with_times(
        [_message(each, number, sample, of, calls) for number, each in enumerate(listed, 1)],
        listed,
        calls,
        sample,
    )
    labelled, looked_for = _scored(messages, sample.get("scores"), of.settings)
    return Conversation(
        f"{of.origin.stem}/{name}_epoch_{epoch}",
        labelled,
        MappingProxyType({**of.attributes, **_ended(sample)}),
        looked_for,
        of.origin.at(line),
    )


def _ended(sample: Mapping[str, Any]) -> dict[str, AttributeValue]:
    """That a sample met a limit or an error: its conversation may lack its end."""
    limit, error = sample.get("limit"), sample.get("error")
    found: dict[str, AttributeValue] = {}
    if isinstance(limit, dict):
        found[LIMIT] = kind if isinstance(kind := limit.get("type"), str) else True
    if error is not None:
        found[ERROR] = True
    return found


def _listed(sample: Mapping[str, Any]) -> list[Any]:
    """The messages; where the sample never came so far, its input."""
    messages = sample.get("messages")
    if messages:
        if not isinstance(messages, list):
            raise Malformed("`messages` is not a list")
        return messages
    given = sample.get("input")
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if given is not None and not isinstance(given, list):
        raise Malformed("`input` is neither a text nor a list of messages")
    return given or []


class _Call(NamedTuple):
    """A call to a model: when, and how its reply ended."""

    start: int | None
    end: int | None
    stop_reason: object
    stop_details: object


def _calls(sample: Mapping[str, Any]) -> dict[str | None, _Call]:
    """The calls by the id of the message that they gave; None: the last one, of a log without ids."""
    found: dict[str | None, _Call] = {}
    events = sample.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("event") == "model":
            start, end = _time(event.get("timestamp")), _time(event.get("completed"))
            found.update(_call(event.get("output"), start, end))
    for name, call in _call(sample.get("output"), None, None).items():
        found[name] = found.get(name) or call
    return found


def _call(output: object, start: int | None, end: int | None) -> dict[str | None, _Call]:
    choices = output.get("choices") if isinstance(output, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(message, dict):
        return {}
    name = message.get("id")
    call = _Call(
        start, end if end is not None else start, first.get("stop_reason"), first.get("stop_details")
    )
    return {name if isinstance(name, str) else None: call}


def _call_of(
    message: Mapping[str, object], calls: Mapping[str | None, _Call], *, is_last: bool
) -> _Call | None:
    """The call that gave a reply: by its id, and without one, the last call gave the last message."""
    name = message.get("id")
    if isinstance(name, str):
        return calls.get(name)
    return calls.get(None) if is_last else None


def _time(value: object) -> int | None:
    try:
        return None if value is None else parse_time(value)
    except ValueError as error:
        raise Malformed(f"the time {quoted(value)} {error}") from None


def _message(
    value: object, number: int, sample: Mapping[str, Any], of: _Of, calls: Mapping[str | None, _Call]
) -> Message:
    try:
        if not isinstance(value, dict):
            raise Malformed("a message is not an object")
        word = value.get("role")
        role = _ROLES.get(word) if isinstance(word, str) else None
        if role is None:
            raise Malformed(f"unknown role {quoted(word)}")
        text, is_refused = _content(
            value.get("content"), sample.get("attachments"), is_wanted=of.settings.texts
        )
        labels: tuple[Label, ...] = ()
        if role is Role.ASSISTANT:
            call = _call_of(value, calls, is_last=value is _listed(sample)[-1])
            labels = _stopped(call, of.settings) or ((Label("refusal", True, REFUSED),) if is_refused else ())
        named = value.get("id")
        return Message(role, labels, text, id=named if isinstance(named, str) and named else None)
    except Malformed as fault:
        raise Malformed(f"message {number}: {fault.message}", fault.hint) from None


def _content(value: object, attachments: object, *, is_wanted: bool) -> tuple[str | None, bool]:
    """The text, and whether a part of it is marked as a refusal."""
    if isinstance(value, str):
        return _attached(value, attachments) if is_wanted else None, False
    if value is None:
        return None, False
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Malformed("the content is neither a text nor a list of parts")
    parts = [each for each in value if each.get("type") == "text"]
    is_refused = any(each.get("refusal") is True for each in parts)
    texts = [each.get("text") for each in parts]
    if not all(isinstance(each, str) for each in texts):
        raise Malformed("a part of the type `text` has no `text`")
    if not texts or not is_wanted:
        return None, is_refused
    return "\n".join(_attached(each, attachments) for each in texts), is_refused


def _attached(text: str, attachments: object) -> str:
    """The text, or the attachment that it stands for."""
    if not text.startswith(_ATTACHMENT):
        return text
    found = attachments.get(text.removeprefix(_ATTACHMENT)) if isinstance(attachments, dict) else None
    if not isinstance(found, str):
        raise Malformed(f"there is no attachment {quoted(text)}")
    return found


def _stopped(call: _Call | None, settings: Settings) -> tuple[Label, ...]:
    """A refusal where the provider withheld or cut the reply, and for what, through its classifier."""
    if call is None or call.stop_reason != "content_filter":
        return ()
    refused = Label("refusal", True, FILTERED)
    details = call.stop_details
    if not isinstance(details, dict):
        return (refused,)
    said = [
        label
        for output, name in _filters(details)
        for label in labels_said(classifier_of(settings, name), output)
    ]
    return (refused, *(label for label in said if label.value is not None and label.name != refused.name))


def _filters(details: Mapping[str, object]) -> Iterator[tuple[object, str]]:
    """What a provider said of why it stopped, in its own form, and the name of the classifier that reads it."""
    if details.get("type") == "refusal":
        if details.get("category") is not None:
            yield details, _REFUSAL_MAPPING
        return
    listed = details.get("categories")
    for each in listed if isinstance(listed, list) else ():
        category = each.get("category") if isinstance(each, dict) else None
        if not isinstance(category, str):
            continue
        if category.startswith("HARM_CATEGORY_"):
            rating = {"category": category, "probability": each.get("level"), "blocked": True}
            yield {"safetyRatings": [rating]}, _SAFETY_MAPPING
        else:
            yield {"category": category}, _OTHER_MAPPING


def _with_times(
    messages: list[Message], listed: list[Any], calls: Mapping[str | None, _Call], sample: Mapping[str, Any]
) -> list[Message]:
    """The messages with times, where all have one: a reply when it came, any other when the model was given it."""
    times: list[int | None] = []
    following = _time(sample.get("completed_at"))
    for message, value in zip(reversed(messages), reversed(listed), strict=True):
        call = _call_of(value, calls, is_last=False) if message.role is Role.ASSISTANT else None
        if message.role is Role.ASSISTANT:
            times.append(call.end if call else None)
            following = call.start if call else None
        else:
            times.append(following)
    if any(time is None for time in times):
        return messages
    return [replace(message, time=time) for message, time in zip(messages, reversed(times), strict=True)]


def _scored(
    messages: Sequence[Message], scores: object, settings: Settings
) -> tuple[tuple[Message, ...], LookedFor]:
    """The scores that a classifier reads, as labels of the last reply."""
    replies = [number for number, each in enumerate(messages) if each.role is Role.ASSISTANT]
    labelled, sought = tuple(messages), together()
    if not isinstance(scores, dict) or not replies:
        return labelled, sought
    for name, score in scores.items():
        if name in settings.classifiers:
            value = score.get("value") if isinstance(score, dict) else None
            outputs: list[list[object]] = [[] for _ in messages]
            outputs[replies[-1]] = [value if isinstance(value, dict) else score]
            labelled, also = classified(labelled, outputs, settings.classifiers[name])
            sought = together(sought, also)
    return labelled, sought


READER: Reader = InspectLog()
