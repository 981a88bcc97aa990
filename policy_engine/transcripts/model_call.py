"""A call to a model as OpenTelemetry's conventions for generative AI tell it, in any of their versions.

Since 1.37 a call's messages stand in ``gen_ai.system_instructions``, ``gen_ai.input.messages`` and
``gen_ai.output.messages``, on its span or on the event ``gen_ai.client.inference.operation.details``, where a span may
hold them as a JSON text. Before, they stood in one event each (``gen_ai.user.message``, ``gen_ai.choice``), in
``gen_ai.prompt`` and ``gen_ai.completion``, or in numbered attributes (``gen_ai.prompt.0.content``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from policy_engine.transcripts.content_filter import beside, is_stop_told
from policy_engine.transcripts.lines import json_value, quick_json_value
from policy_engine.transcripts.message import Role
from policy_engine.transcripts.reader import Malformed, quoted
from policy_engine.transcripts.telemetry import Record

EVALUATION = "gen_ai.evaluation.result"
MODEL_OPERATIONS = ("chat", "text_completion", "generate_content")
"""Operations that are calls to a model; others, such as ``invoke_agent``, hold such calls."""
FILTERED = "otel finish_reason content_filter"
REFUSED = "otel finish_reason refusal"
REFUSAL_FIELD = "otel refusal field"
REFUSAL_PART = "otel refusal part"
STOPPED = "otel error content_filter"
WITHHELD: Mapping[str | None, str] = MappingProxyType({"content_filter": FILTERED, "refusal": REFUSED})
"""The finish reasons of a reply that the provider withheld or cut, and the label's source; the second is Anthropic's
own word for it."""

_CHOICE = "gen_ai.choice"
_EXCEPTION = "exception"
_PROMPT_RESULTS = "gen_ai.prompt.prompt_filter_results"
_ROLES: Mapping[str, Role] = MappingProxyType(
    {
        **{role.value: role for role in Role},
        "developer": Role.SYSTEM,
        "human": Role.USER,
        "model": Role.ASSISTANT,
        "ai": Role.ASSISTANT,
        "function": Role.TOOL,
    }
)
_EVENT_ROLES: Mapping[str, Role] = MappingProxyType(
    {f"gen_ai.{role.value}.message": role for role in (Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL)}
)
_TEXT_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "text": ("content", "text"),
        "refusal": ("content", "refusal"),
        "tool_call_response": ("response", "result"),
    }
)
"""Where the text of a part stands, by its type; before 1.37, under another name."""
_NUMBERED = re.compile(
    r"gen_ai\.(prompt|completion)\.([0-9]{1,6})\.(role|content|refusal|finish_reason|content_filter_results)"
)


class Told(NamedTuple):
    """A message of a call; ``finish`` is why a reply ended, ``refusal`` the source that else tells that it is one.

    ``filtered`` is what Azure's content filter says of it.
    """

    role: Role
    text: str | None
    finish: str | None = None
    refusal: str | None = None
    filtered: Sequence[object] = ()


_SAID = ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.prompt", "gen_ai.completion")
_READ = (
    *(*_SAID, "gen_ai.system_instructions", "gen_ai.conversation.id", "gen_ai.operation.name"),
    *("gen_ai.response.", "gen_ai.request.model", "gen_ai.evaluation."),
    *("content", "role", "message", "finish_reason", "parts", "exception.message"),
)
"""How the attributes begin that are read."""


class Judged(NamedTuple):
    """An evaluation of a reply: of the one with the id ``response``, or of the call beside which it stands."""

    response: str | None
    name: str
    score: object
    label: object


@dataclass(slots=True)
class ModelCall:
    """What the records of one span tell of a call, in any order. Times are in microseconds since 1970."""

    conversation: str | None = None
    operation: str | None = None
    response: str | None = None
    model: str | None = None
    start: int | None = None
    end: int | None = None
    given: list[Told] = field(default_factory=list)
    replies: list[Told] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    finish: str | None = None
    prompt_filtered: Sequence[object] = ()
    is_stopped: bool = False

    @property
    def reply(self) -> Told | None:
        """The first choice, or a reply without a text where only its being withheld is known."""
        if self.replies:
            return self.replies[0]
        if self.is_stopped:
            return Told(Role.ASSISTANT, None, refusal=STOPPED)
        return Told(Role.ASSISTANT, None, self.finish) if self.finish in WITHHELD else None

    @property
    def has_messages(self) -> bool:
        """Whether anything that was said is known."""
        return bool(self.given or self.reply)

    def is_over(self, record: Record) -> bool:
        """Whether an event of one message belongs to a later call, since this one has its reply."""
        return bool(self.replies) and record.name != _CHOICE

    def take(self, record: Record) -> None:
        """Take in a span or an event. Malformed where it is not as the conventions have it."""
        if record.name == EVALUATION:
            self.judged.append(_judged(record.attributes))
            return
        if record.name == _EXCEPTION:
            failure = record.attributes.get("exception.message")
            self.is_stopped = self.is_stopped or (isinstance(failure, str) and is_stop_told(failure))
            return
        self.conversation = self.conversation or conversation_of(record)
        if is_of_one_message(record):
            self._take_event(record)
        else:
            self._take_attributes(record.attributes)
        if record.start is not None:
            self.start = record.start if self.start is None else min(self.start, record.start)
        if record.end is not None:
            self.end = record.end if self.end is None else max(self.end, record.end)

    def _take_event(self, record: Record) -> None:
        value: dict[str, object] = dict(record.attributes)
        body = _decoded(record.body)
        value.update(body if isinstance(body, dict) else {"content": body} if isinstance(body, str) else {})
        if record.name != _CHOICE:
            self.given.append(_said(value, _EVENT_ROLES[record.name]))
            return
        message = _decoded(value.get("message"))
        inner = message if isinstance(message, dict) else {"content": message or value.get("content")}
        self.replies.append(_said(inner, Role.ASSISTANT)._replace(finish=_word(value.get("finish_reason"))))

    def _take_attributes(self, found: Mapping[str, object]) -> None:
        self.operation = self.operation or _word(found.get("gen_ai.operation.name"))
        self.response = self.response or _word(found.get("gen_ai.response.id"))
        self.model = self.model or _word(found.get("gen_ai.response.model"))
        self.model = self.model or _word(found.get("gen_ai.request.model"))
        filtered = _decoded(found.get(_PROMPT_RESULTS))
        self.prompt_filtered = self.prompt_filtered or (filtered if isinstance(filtered, list) else ())
        reasons = _decoded(found.get("gen_ai.response.finish_reasons"))
        if isinstance(reasons, list) and reasons:
            self.finish = self.finish or _word(reasons[0])
        if not self.given:
            self.given = [*_instructions(found), *_listed(found, "gen_ai.input.messages", Role.USER)]
            self.given = self.given or _before(found, "prompt", Role.USER)
        if not self.replies:
            self.replies = _listed(found, "gen_ai.output.messages", Role.ASSISTANT)
            self.replies = self.replies or _before(found, "completion", Role.ASSISTANT)
            self.replies = [each._replace(finish=each.finish or self.finish) for each in self.replies]


def is_exception(record: Record) -> bool:
    """Whether a record tells how something failed, perhaps a call to a model."""
    return record.name == _EXCEPTION and "exception.message" in record.attributes


def is_of_model(record: Record) -> bool:
    """Whether a record has to do with a model at all."""
    return record.name.startswith("gen_ai.") or any(key.startswith("gen_ai.") for key in record.attributes)


def is_model_call(record: Record) -> bool:
    """Whether a record tells, of a call to a model and of no other operation, what was said."""
    is_call = record.attributes.get("gen_ai.operation.name") in MODEL_OPERATIONS
    return is_of_one_message(record) or (is_call and any(key.startswith(_SAID) for key in record.attributes))


def told_part(record: Record) -> Record:
    """The record without attributes that are never asked for, such as the definitions of tools, which are long."""
    kept = {key: value for key, value in record.attributes.items() if key.startswith(_READ) or record.body}
    return replace(record, attributes=kept)


def is_of_one_message(record: Record) -> bool:
    """Whether a record is an event of the conventions before 1.37, which hold one message each."""
    return record.name in _EVENT_ROLES or record.name == _CHOICE


def conversation_of(record: Record) -> str | None:
    """The conversation that a record names."""
    return _word(record.attributes.get("gen_ai.conversation.id"))


def _judged(found: Mapping[str, object]) -> Judged:
    name = _word(found.get("gen_ai.evaluation.name"))
    if name is None:
        raise Malformed("an evaluation has no `gen_ai.evaluation.name`")
    score, label = found.get("gen_ai.evaluation.score.value"), found.get("gen_ai.evaluation.score.label")
    return Judged(_word(found.get("gen_ai.response.id")), name, score, label)


def _instructions(found: Mapping[str, object]) -> list[Told]:
    parts = _decoded(found.get("gen_ai.system_instructions"))
    if parts is None:
        return []
    return [Told(Role.SYSTEM, parts if isinstance(parts, str) else _text_of(parts))]


def _listed(found: Mapping[str, object], key: str, role: Role) -> list[Told]:
    value = _decoded(found.get(key))
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"`{key}` is not a list of messages")
    return [_said(each, role) for each in value]


def _before(found: Mapping[str, object], what: str, role: Role) -> list[Told]:
    """The messages as attributes held them before 1.37: as JSON, as one text, or numbered."""
    value = _decoded(found.get(f"gen_ai.{what}"))
    if isinstance(value, str):
        return [Told(role, value)]
    if isinstance(value, dict):
        value = value.get("messages", [value])
    if isinstance(value, list):
        return [_said({"content": each} if isinstance(each, str) else each, role) for each in value]
    numbered: dict[int, dict[str, object]] = {}
    for key, each in found.items():
        if (parts := _NUMBERED.fullmatch(key)) and parts[1] == what:
            numbered.setdefault(int(parts[2]), {})[parts[3]] = (
                _decoded(each) if parts[3].startswith("content") else each
            )
    return [_said(message, role) for _, message in sorted(numbered.items())]


def _said(value: object, role: Role) -> Told:
    """A message; ``role`` is whose it is where it does not say."""
    if not isinstance(value, dict):
        raise Malformed("a message is not an object")
    word = value.get("role")
    spoken = role if word is None else _ROLES.get(word) if isinstance(word, str) else None
    if spoken is None:
        raise Malformed(
            f"unknown role {quoted(word)}", "a role is " + ", ".join(f"`{each}`" for each in _ROLES)
        )
    content, refusal = value["parts"] if "parts" in value else value.get("content"), value.get("refusal")
    text = content if isinstance(content, str) else _text_of(content)
    is_refused = isinstance(refusal, str) and bool(refusal)
    return Told(
        spoken,
        text or refusal if is_refused else text,
        _word(value.get("finish_reason")),
        REFUSAL_FIELD if is_refused else REFUSAL_PART if _has_refusal(content) else None,
        beside(value),
    )


def _has_refusal(parts: object) -> bool:
    listed = parts if isinstance(parts, list) else [parts]
    return any(isinstance(each, dict) and each.get("type") == "refusal" for each in listed)


def _text_of(parts: object) -> str | None:
    """What is said in words; calls of tools, pictures and what a model thought to itself are passed over."""
    if parts is None:
        return None
    if isinstance(parts, dict):
        parts = [parts]
    if not isinstance(parts, list):
        raise Malformed("the content is neither a text nor a list of parts")
    texts = [text for text in map(_part_text, parts) if text is not None]
    return "\n".join(texts) if texts else None


def _part_text(part: object) -> str | None:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        raise Malformed("a part of the content is not an object")
    kind = part.get("type")
    keys = _TEXT_KEYS.get(kind, ()) if isinstance(kind, str) else ()
    return next((text for key in keys if isinstance(text := part.get(key), str)), None)


def _decoded(value: object) -> object:
    """What a JSON text holds; any other value as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return quick_json_value(value.encode("utf-8", "surrogatepass"))
    except ValueError:
        pass  # no JSON, or something that only the exact way reads
    try:
        return json_value(value)
    except Malformed:
        return value


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
