"""The project's own form of a conversation: from the values that YAML or JSON hold, and back.

    id: persistent-abuse
    attributes: {model: opus-4, user.minor: false}
    looked-for: {self-harm: [user], refusal: all}      # absent: the whole vocabulary was looked for
    messages:
      - {role: user, content: "…", labels: [harassment], time: 2025-08-15T10:00:00}
      - assistant: "…"                                 # the short form, in YAML only
        labels: {refusal: 0.93, self-harm: unknown}
        id: m-17                                       # by which labels of another file find it
      - assistant: "…"
        labels:                                        # where it is known who recorded them
          - {by: openai-moderation, labels: {harassment: 0.02, hate: 0.71}}
          - {by: reviewers, labels: [refusal]}

Labels are a list of names, a mapping of names to a score, ``true``, ``false`` or ``unknown``, or a
list that mixes both. In such a list, what one source recorded is a mapping of ``by`` and ``labels``. A key that
the form does not have is a fault, because a misspelt ``labels`` would be a promise lost in silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from policy_engine.diagnostics import nearest
from policy_engine.transcripts.message import (
    AttributeValue,
    Conversation,
    Label,
    LookedFor,
    Message,
    Role,
    Score,
)
from policy_engine.transcripts.reader import Malformed, Origin, quoted
from policy_engine.transcripts.times import are_zones_mixed, format_time, parse_time

CONVERSATION_KEYS = ("id", "attributes", "looked-for", "messages")
MESSAGE_KEYS = ("role", "content", "labels", "time", "id")
SOURCE_KEYS = ("by", "labels")
ROLES: Mapping[str, Role] = MappingProxyType({role.value: role for role in Role})

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)")
_NO_NUMBERS: Mapping[str, float] = MappingProxyType(
    {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
)
"""Scores that JSON has no numbers for, as Protocol Buffers write them in it:
https://protobuf.dev/programming-guides/json/"""
_MOST_DIGITS = 300
_MOST_BITS = 10_000
"""How long a whole number may be that is written: Python reads no more than 4,300 digits."""


class Plain(str):
    """A YAML scalar written without quotes: the field that it stands in decides what it means."""

    __slots__ = ()


class Placed(dict[str, object]):
    """A mapping that knows on which line of its file it begins, from 1."""

    __slots__ = ("line",)

    def __init__(self, pairs: Iterable[tuple[str, object]], line: int) -> None:
        super().__init__(pairs)
        self.line = line


def read_conversation(
    value: object, origin: Origin, line: int, default_id: str, *, short_form: bool = False
) -> Conversation:
    """The conversation that ``value`` describes; Malformed where it does not describe one.

    ``short_form`` admits messages such as ``user: text``.
    """
    found = _mapping(value, "a conversation is a mapping with `messages`")
    _refuse_strangers(found, CONVERSATION_KEYS, "a conversation")
    listed = found.get("messages")
    if not isinstance(listed, list) or not listed:
        what = "has no messages" if not listed or _is_null(listed) else "`messages` is not a list"
        raise Malformed(f"the conversation {what}" if what.startswith("has") else what)
    messages = tuple(_message_at(each, number, short_form) for number, each in enumerate(listed, 1))
    refuse_mixed_zones([each["time"] for each in listed if "time" in each])
    return Conversation(
        id=read_id(found.get("id"), default_id),
        messages=messages,
        attributes=read_attributes(found.get("attributes")),
        looked_for=read_looked_for(found["looked-for"]) if "looked-for" in found else None,
        origin=origin.at(line),
    )


def to_json(conversation: Conversation, *, texts: bool = True) -> dict[str, object]:
    """The conversation as values that `json.dumps` can write and this form can read back, all but its origin.

    Without ``texts``, what was said is left out. ``labels`` is written even where there are none, because it marks
    the form as the project's own. ValueError, with a fragment to show, where the form cannot say it: a time
    beyond the year 9999, a number that is none as an attribute, a name that is empty, or no messages.
    """
    if not conversation.messages:
        raise ValueError("it has no messages")
    written: dict[str, object] = {"id": conversation.id}
    if conversation.attributes:
        written["attributes"] = {
            name_to_write(name): attribute_to_write(name, value)
            for name, value in conversation.attributes.items()
        }
    if conversation.looked_for is not None:
        written["looked-for"] = {
            name_to_write(name): "all" if roles is None else sorted(role.value for role in roles)
            for name, roles in conversation.looked_for.items()
        }
    written["messages"] = [_message_to_json(message, texts) for message in conversation.messages]
    return written


def _message_to_json(message: Message, texts: bool) -> dict[str, object]:
    written: dict[str, object] = {"role": message.role.value}
    if texts and message.content is not None:
        written["content"] = message.content
    written["labels"] = _labels_to_json(message.labels)
    if message.time is not None:
        written["time"] = format_time(message.time)
    if message.id is not None:
        written["id"] = message.id
    return written


def _labels_to_json(labels: tuple[Label, ...]) -> object:
    if all(label.source is None for label in labels):
        return _plain_to_json(labels)
    listed: list[object] = []
    for source, group in groupby(labels, key=_source):
        plain = _plain_to_json(tuple(group))
        if source is not None:
            listed.append({"by": source, "labels": plain})
        else:
            listed += plain if isinstance(plain, list) else [plain]
    return listed


def _source(label: Label) -> str | None:
    return label.source


def _plain_to_json(labels: Sequence[Label]) -> list[object] | dict[str, object]:
    """Labels without their sources: a list of names, else their values by name, else one by one."""
    if all(label.value is True for label in labels):
        return [name_to_write(label.name) for label in labels]
    values = {name_to_write(label.name): _score_to_json(label.value) for label in labels}
    if len(values) == len(labels):
        return values
    return [{label.name: _score_to_json(label.value)} for label in labels]


def _score_to_json(value: Score) -> object:
    if value is None:
        return "unknown"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def attribute_to_write(name: str, value: AttributeValue) -> AttributeValue:
    """The same; ValueError, with a fragment to show, where it is a number that cannot be written."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"the attribute {quoted(name)} is not a finite number")
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise ValueError(f"the attribute {quoted(name)} has too many digits")
    return value


def name_to_write(name: str) -> str:
    """The same; ValueError, with a fragment to show, where it is empty, because no reader would take it."""
    if not name:
        raise ValueError("a label or an attribute has no name")
    return name


def _message_at(value: object, number: int, short_form: bool) -> Message:
    line = value.line if isinstance(value, Placed) else None
    try:
        return _read_message(value, short_form)
    except Malformed as fault:
        raise Malformed(f"message {number}: {fault.message}", fault.hint, fault.line or line) from None


def _read_message(value: object, short_form: bool) -> Message:
    hint = "a message is a mapping of `role`, `content`, `labels`, `time`, `id`"
    found = _mapping(value, hint)
    spoken = [key for key in found if key in ROLES] if short_form and "role" not in found else []
    if spoken:
        _refuse_strangers(found, (spoken[0], "labels", "time", "id"), "a message in the short form")
        role, content = ROLES[spoken[0]], found[spoken[0]]
    else:
        _refuse_strangers(found, MESSAGE_KEYS, "a message")
        role, content = _read_role(found.get("role")), found.get("content")
    labels, given = _read_recorded(found.get("labels")), found.get("id")
    time = read_time(found["time"]) if "time" in found else None
    known = None if given is None or _is_null(given) else read_id(given, "")
    return Message(role, labels, _read_content(content), time, known)


def _read_role(value: object) -> Role:
    if value is None:
        raise Malformed("no role", f"a role is {_one_of(ROLES)}")
    role = ROLES.get(value) if isinstance(value, str) else None
    if role is None:
        near = nearest(value, ROLES) if isinstance(value, str) else None
        hint = f"did you mean `{near}`?" if near else f"a role is {_one_of(ROLES)}"
        raise Malformed(f"unknown role {quoted(value)}", hint)
    return role


def _read_content(value: object) -> str | None:
    if value is None or _is_null(value):
        return None
    if not isinstance(value, str):
        raise Malformed("the content is not a text", "put it in quotes")
    return str(value)


def refuse_mixed_zones(times: Iterable[object]) -> None:
    """Malformed where some times of a conversation name a zone and some do not: their order could be wrong."""
    if are_zones_mixed(times):
        message = "some times of the conversation have a zone, and some have none"
        raise Malformed(message, "a time in UTC ends with `Z`")


def read_time(value: object) -> int:
    """A time in microseconds since 1970; Malformed where it is none."""
    try:
        return parse_time(value)
    except ValueError as error:
        hint = "write `2025-08-15T10:00:00Z`, or seconds since 1970"
        raise Malformed(f"the time {quoted(value)} {error}", hint) from None


def _read_recorded(value: object) -> tuple[Label, ...]:
    """The labels of a message, with their sources where these are said; Malformed where it has none."""
    if isinstance(value, list):
        return tuple(label for each in value for label in _recorded_item(each))
    return read_labels(value)


def _recorded_item(value: object) -> tuple[Label, ...]:
    """What one source recorded, or labels without a source: no value of a label is a list or a mapping."""
    if not isinstance(value, dict) or not isinstance(value.get("labels"), list | dict):
        return _listed_label(value)
    _refuse_strangers(value, SOURCE_KEYS, "what a source recorded")
    by = value.get("by")
    if not isinstance(by, str) or _is_null(by):
        raise Malformed(
            "`labels` stand there without who recorded them", "write `{by: reviewers, labels: …}`"
        )
    return tuple(label._replace(source=str(by)) for label in read_labels(value["labels"]))


def read_labels(value: object) -> tuple[Label, ...]:
    """The labels that a list or a mapping writes; Malformed where it writes none."""
    if value is None or _is_null(value):
        return ()
    if isinstance(value, dict):
        return tuple([Label(_name(name), _read_score(name, score)) for name, score in value.items()])
    if isinstance(value, list):
        return tuple(label for each in value for label in _listed_label(each))
    hint = "write `labels: [refusal]`, or `labels: {refusal: 0.9}`"
    raise Malformed("the labels are neither a list nor a mapping", hint)


def _listed_label(value: object) -> tuple[Label, ...]:
    if isinstance(value, dict):
        return read_labels(value)
    if not isinstance(value, str):
        raise Malformed(f"the label {quoted(value)} is not a name", "write `labels: [refusal]`")
    return (Label(_name(value)),)


def _read_score(name: str, value: object) -> Score:
    if value.__class__ is float:  # nearly every score there is
        return value
    score = _resolved(value)
    if isinstance(score, bool):
        return score
    if isinstance(score, int | float):
        return as_float(score)
    if score == "unknown":
        return None
    if isinstance(score, str) and score in _NO_NUMBERS:
        return _NO_NUMBERS[score]
    if name == "by":
        raise Malformed(
            f"`by` is {quoted(score)}", "write `{by: reviewers, labels: {refusal: true}}` in a list"
        )
    message = f"the label {quoted(name)} has the value {quoted(score)}"
    raise Malformed(message, "a value is a score from 0 to 1, `true`, `false` or `unknown`")


def read_id(value: object, default: str) -> str:
    """The id of a conversation, ``default`` where it has none; Malformed where it is no id."""
    if value is None or _is_null(value):
        return default
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise Malformed("the id is not a text", "put it in quotes")


def read_attributes(value: object) -> Mapping[str, AttributeValue]:
    """The attributes of a conversation; Malformed where they are none."""
    if value is None or _is_null(value):
        return MappingProxyType({})
    found = _mapping(value, "write `attributes: {model: opus-4}`", "the attributes are not a mapping")
    return MappingProxyType({_name(name): _read_attribute(name, each) for name, each in found.items()})


def _read_attribute(name: str, value: object) -> AttributeValue:
    read = _resolved(value)
    if isinstance(read, str | bool | int) or (isinstance(read, float) and math.isfinite(read)):
        return str(read) if isinstance(read, str) else read
    if isinstance(read, dict):
        inner = next(iter(read), "name")
        raise Malformed(f"the attribute {quoted(name)} holds a mapping", f"write {quoted(f'{name}.{inner}')}")
    message = f"the attribute {quoted(name)} is not a text, a number, `true` or `false`"
    raise Malformed(message, "leave an attribute out that nobody gave")


def read_looked_for(value: object) -> LookedFor:
    """What was looked for, and on whose messages; Malformed where that is not said."""
    if isinstance(value, list):
        return MappingProxyType({_looked_for_name(each): None for each in value})
    if isinstance(value, dict):
        return MappingProxyType({_name(name): _looked_for_roles(name, each) for name, each in value.items()})
    hint = "write `looked-for: [refusal]`, or `looked-for: {self-harm: [user]}`"
    raise Malformed("`looked-for` is neither a list nor a mapping", hint)


def _looked_for_name(value: object) -> str:
    if isinstance(value, str):
        return _name(value)
    raise Malformed(f"`looked-for` lists {quoted(value)}, which is not a name", "write `[refusal]`")


def _looked_for_roles(name: str, value: object) -> frozenset[Role] | None:
    if value == "all":
        return None
    if not isinstance(value, list):
        raise Malformed(f"{quoted(name)} is looked for on {quoted(value)}", "write `[user]`, or `all`")
    return frozenset(_read_role(each) for each in value)


def _name(value: str) -> str:
    if not value:
        raise Malformed("a name is empty")
    return str(value)


def _mapping(value: object, hint: str, message: str = "this is not a mapping") -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Malformed(message, hint)
    return value


def _refuse_strangers(found: Mapping[str, object], known: tuple[str, ...], what: str) -> None:
    for key in found:
        if key not in known:
            near = nearest(key[:_MOST_DIGITS], known)
            hint = f"did you mean `{near}`?" if near else f"{what} has {_one_of(known, 'and')}"
            raise Malformed(f"unknown key {quoted(key)}", hint)


def _one_of(names: Iterable[str], link: str = "or") -> str:
    *first, last = (f"`{name}`" for name in names)
    return f"{', '.join(first)} {link} {last}"


def _is_null(value: object) -> bool:
    return isinstance(value, Plain) and value in _NULLS


def _resolved(value: object) -> object:
    """What a plain YAML scalar means (YAML 1.2's core rules); any other value stays what it is."""
    if not isinstance(value, Plain):
        return value
    text = str(value)
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise Malformed("a number has too many digits")
    return int(text)


def as_float(value: int | float) -> float:
    """The same as a float, infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
