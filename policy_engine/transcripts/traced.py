"""What tools that trace applications record as the input and the output of a call, as messages.

It may be a text, a message, a list of messages (also of LangChain's, plain or serialised), a request or a response of a
provider, or any object of the application's own; and each of these may be written as JSON within a text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from policy_engine.transcripts.chat_message import Said, chat_message, chat_messages
from policy_engine.transcripts.lines import json_value
from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.transcripts.reader import Malformed, quoted
from policy_engine.transcripts.times import parse_time

_LANGCHAIN: Mapping[str, str] = MappingProxyType(
    {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "system": "system", "tool": "tool"}
    | {"function": "function", "user": "user", "assistant": "assistant", "developer": "developer"}
)
_LISTS = ("messages", "prompts", "input", "output")
_TEXTS = (
    "content",
    "text",
    "input",
    "output",
    "question",
    "query",
    "prompt",
    "answer",
    "response",
    "completion",
)


def asked(value: object) -> list[Said]:
    """What a call was given; a text of its own is the user's. Malformed where a message is none."""
    return _messages(value, Role.USER)


def answered(value: object) -> list[Said]:
    """What a call gave back; a text of its own is the assistant's. Malformed where a message is none."""
    return _messages(value, Role.ASSISTANT)


def judged(name: object, value: object, source: str) -> Label | None:
    """What somebody, or a program, said of an answer, as a label: a number, yes or no; a word as ``NAME:WORD``.

    None where nothing of the kind was said.
    """
    if not isinstance(name, str) or not name:
        raise Malformed("a judgement has no name")
    if isinstance(value, str) and value:
        return Label(f"{name}:{value}", True, source)
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return Label(name, float(value), source)
        except OverflowError:
            return Label(name, math.inf, source)
    return Label(name, value, source) if isinstance(value, bool | float) else None


def time_of(value: object) -> int | None:
    """A time, in microseconds since 1970-01-01 UTC, if there is one; Malformed where it is none."""
    if value is None:
        return None
    try:
        return parse_time(value)
    except ValueError as error:
        raise Malformed(f"the time {quoted(value)} {error}") from None


def _messages(value: object, role: Role) -> list[Said]:
    value = _opened(value)
    if value is None:
        return []
    if isinstance(value, list):
        return _of_list(value, role)
    if isinstance(value, dict):
        return _of_object(value, role)
    return [Said(Message(role, content=str(value)))]


def _opened(value: object) -> object:
    """The value that a text writes as JSON, if it writes a list or an object."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return json_value(value)
    except Malformed:
        return value


def _of_list(listed: list[object], role: Role) -> list[Said]:
    while len(listed) == 1 and isinstance(
        listed[0], list
    ):  # LangChain calls a model with several lists at once
        listed = listed[0]
    if any(_is_message(each) for each in listed):
        return chat_messages(listed, _message)
    if len(listed) == 1 and isinstance(listed[0], str):
        return _messages(listed[0], role)
    return [_as_it_is(listed, role)] if listed else []


def _of_object(value: Mapping[str, object], role: Role) -> list[Said]:
    if _is_message(value):
        return list(_message(value))
    inner = _inner(value)
    if inner is not None:
        return _of_list(inner, role)
    texts = [each for key in _TEXTS if isinstance(each := value.get(key), str)]
    if len(texts) == 1:
        return _messages(texts[0], role)
    return [_as_it_is(value, role)] if value else []


def _inner(value: Mapping[str, object]) -> list[object] | None:
    """The list of messages that a request or a response holds."""
    choices, generations = value.get("choices"), value.get("generations")
    if isinstance(choices, list) and choices:
        return [each.get("message") for each in choices[:1] if isinstance(each, dict)]
    if isinstance(generations, list) and generations:
        first = generations[0][:1] if isinstance(generations[0], list) else generations[:1]
        return [_generation(each) for each in first]
    return next((each for key in _LISTS if isinstance(each := value.get(key), list)), None)


def _generation(value: object) -> object:
    """LangChain's: a message, or a text alone."""
    if not isinstance(value, dict):
        return value
    return value.get("message") or {"role": "assistant", "content": value.get("text")}


def _is_message(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    is_langchain = isinstance(kind, str) and kind in _LANGCHAIN and "content" in value
    return "role" in value or is_langchain or _is_serialised(value)


def _is_serialised(value: Mapping[str, object]) -> bool:
    """Whether it is a message as LangChain serialises its objects."""
    return value.get("type") == "constructor" and isinstance(value.get("kwargs"), dict)


def _message(value: object) -> Sequence[Said]:
    if isinstance(value, dict) and _is_serialised(value):
        kwargs = value["kwargs"]
        named = value.get("id")
        name = named[-1] if isinstance(named, list) and named else None
        kind = kwargs.get("type") or (name.removesuffix("Message").lower() if isinstance(name, str) else None)
        value = {**kwargs, "type": kind}
    if isinstance(value, dict) and "role" not in value and isinstance(kind := value.get("type"), str):
        refusal = value.get("additional_kwargs")
        extra = {"refusal": refusal["refusal"]} if isinstance(refusal, dict) and "refusal" in refusal else {}
        value = {"role": _LANGCHAIN.get(kind, kind), "content": value.get("content")} | extra
    return chat_message(value)


def _as_it_is(value: object, role: Role) -> Said:
    """An object of the application's own: somebody said something, and this is how it is written."""
    return Said(Message(role, content=json.dumps(value, ensure_ascii=False)))
