"""What tools that trace applications record as the input and the output of a call, as messages.

It may be a text, a message, a list of messages (also of LangChain's, plain or serialised), a request or a response of a
provider, or any object of the application's own; and each of these may be written as JSON within a text. What providers
tell of refusals and of their filters is read as in their own logs. Of several answers, the first is taken.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from policy_engine.transcripts import content_filter
from policy_engine.transcripts.anthropic_answer import response_said, stopped, system_said
from policy_engine.transcripts.chat_log import is_part_of_message, is_response
from policy_engine.transcripts.chat_message import Said, chat_messages
from policy_engine.transcripts.kept_message import kept_said
from policy_engine.transcripts.lines import json_value
from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.transcripts.openai_exchange import chat_said, finished, item_said, replies_said, with_input
from policy_engine.transcripts.reader import Malformed, Settings, quoted
from policy_engine.transcripts.times import parse_time

_Values = Mapping[str, object]

_LANGCHAIN: Mapping[str, str] = MappingProxyType(
    {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "system": "system", "tool": "tool"}
    | {"function": "function", "user": "user", "assistant": "assistant", "developer": "developer"}
)
_STOPPED: _Values = MappingProxyType({"error": {"code": "content_filter"}})
_ITEMS = ("message", "reasoning", "item_reference")
_HOLDERS = ("input", "output", "request", "response", "result")
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


def exchanged(
    given: object, answer: object, settings: Settings, error: object = None
) -> tuple[list[Said], list[Said]]:
    """What a call was given and what it gave back; a text of its own is the user's, or the assistant's.

    ``error`` is what a call without an answer failed with, as a text. Malformed where a message is none.
    """
    answer = _unwrapped(_opened(answer))
    reads = _Traced(settings)
    said = reads.messages(given, Role.USER)
    for holder in _about_the_prompt(answer):
        said = with_input(holder, said)
    answered = reads.messages(answer, Role.ASSISTANT)
    if not answered and isinstance(error, str) and content_filter.is_stop_told(error):
        answered = replies_said(_STOPPED)[0]
    return said, answered


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


def _about_the_prompt(answer: object) -> Iterator[_Values]:
    """Where an answer says what a filter found in its request: in itself, or where LangChain puts it."""
    if isinstance(answer, dict):
        yield answer
        if isinstance(inner := answer.get("llm_output"), dict):
            yield inner


def _opened(value: object) -> object:
    """The value that a text writes as JSON, if it writes a list or an object."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return json_value(value)
    except Malformed:
        return value


def _unwrapped(value: object) -> object:
    """The object that objects hold and nothing else, as tracers wrap what is not one of theirs."""
    while isinstance(value, dict) and len(value) == 1:
        ((key, held),) = value.items()
        if key not in _HOLDERS or not isinstance(held, dict):
            break
        value = held
    return value


class _Traced:
    """Makes messages of a value, by what ``settings`` say of a provider's classifier."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def messages(self, value: object, role: Role) -> list[Said]:
        """The messages that a value holds; ``role`` is whose it is where it does not say."""
        value = _unwrapped(_opened(value))
        if value is None:
            return []
        if isinstance(value, list):
            return self._of_list(value, role)
        if isinstance(value, dict):
            return self._of_object(value, role)
        return [Said(Message(role, content=str(value)))]

    def _of_list(self, listed: list[object], role: Role) -> list[Said]:
        while len(listed) == 1 and isinstance(
            listed[0], list
        ):  # LangChain calls a model with several lists at once
            listed = listed[0]
        if any(_is_message(each) or _is_item(each) for each in listed):
            return chat_messages(listed, self._message)
        if len(listed) == 1 and isinstance(listed[0], str):
            return self.messages(listed[0], role)
        if listed and all(map(is_part_of_message, listed)):
            return list(chat_said({"role": role.value, "content": listed}))
        return [_as_it_is(listed, role)] if listed else []

    def _of_object(self, value: _Values, role: Role) -> list[Said]:
        answer = self._answer(value) if role is Role.ASSISTANT else None
        if answer is not None:
            return answer
        if _is_message(value):
            return list(self._message(value))
        inner = next((each for key in _LISTS if isinstance(each := value.get(key), list)), None)
        before = _instructions(value)
        if inner is not None:
            return [*before, *self._of_list(inner, role)]
        texts = [each for key in _TEXTS if isinstance(each := value.get(key), str)]
        if len(texts) == 1:
            return [*before, *self.messages(texts[0], role)]
        return [_as_it_is(value, role)] if value else []

    def _answer(self, value: _Values) -> list[Said] | None:
        """The answer of a response of a provider or of LangChain; None where it is none."""
        if is_response(value):
            return list(response_said(value, self._settings))
        choices, generations, output = value.get("choices"), value.get("generations"), value.get("output")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            return self._choice(choices[0])
        if content_filter.is_stopped(value) or (isinstance(output, list) and any(map(_is_item, output))):
            return replies_said(value)[0]
        if isinstance(generations, list) and generations:
            first = generations[0][:1] if isinstance(generations[0], list) else generations[:1]
            return [said for each in first for said in self._generation(each)]
        if isinstance(value.get("message"), dict) and _is_message(value["message"]):
            return self._choice(value)
        return None

    def _choice(self, choice: _Values) -> list[Said]:
        message = choice.get("message")
        if not isinstance(message, dict):
            text = choice.get("text")
            return [_spoken(text) if isinstance(text, str) else _as_it_is(choice, Role.ASSISTANT)]
        is_bare = not _is_message(message)
        return finished(self._message({"role": "assistant"} | message if is_bare else message), choice)

    def _generation(self, value: object) -> Sequence[Said]:
        """LangChain's: a message, or a text alone."""
        if not isinstance(value, dict):
            return self.messages(value, Role.ASSISTANT)
        message = value.get("message") or {"role": "assistant", "content": value.get("text")}
        said = self._message(message)
        ending = value.get("generation_info")
        is_told = any(each.outputs or each.message.labels for each in said)  # by the message's own metadata
        return said if is_told or not isinstance(ending, dict) else self._ended(said, ending)

    def _message(self, value: object) -> Sequence[Said]:
        if isinstance(value, dict) and _is_serialised(value):
            value = _unpacked(value)
        if not isinstance(value, dict):
            return chat_said(value)
        if isinstance(word := value.get("role"), str):
            value = value | {"role": _LANGCHAIN.get(word, word)}
        if is_response(value) or "stop_reason" in value:
            return kept_said({"role": "assistant"} | value, self._settings)
        if "role" not in value and _is_item(value):
            return item_said(value)
        kind, extra, ending = (
            value.get("type"),
            value.get("additional_kwargs"),
            value.get("response_metadata"),
        )
        if "role" not in value and isinstance(kind, str):
            value = {"role": _LANGCHAIN.get(kind, kind), "content": value.get("content")}
        if isinstance(extra, dict) and "refusal" in extra:
            value = {"refusal": extra["refusal"]} | value
        said = item_said(value) if kind == "message" else chat_said(value)
        return self._ended(said, ending) if isinstance(ending, dict) else said

    def _ended(self, said: Sequence[Said], ending: _Values) -> Sequence[Said]:
        """A reply as LangChain keeps it, with what it keeps of the provider's response beside."""
        if not said or said[-1].message.role is not Role.ASSISTANT:
            return said
        ended = finished(said, ending)
        return stopped(ended, ending, self._settings) if "stop_reason" in ending else ended


def _instructions(value: _Values) -> list[Said]:
    """The system prompt of a request, where it stands beside the messages."""
    if isinstance(value.get("messages"), list) and isinstance(value.get("system"), str | list):
        return system_said(value)
    given = value.get("instructions")
    return [Said(Message(Role.SYSTEM, content=given))] if isinstance(given, str) and "input" in value else []


def _is_message(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    is_langchain = isinstance(kind, str) and kind in _LANGCHAIN and "content" in value
    return "role" in value or is_langchain or _is_serialised(value)


def _is_item(value: object) -> bool:
    """Whether it is what OpenAI's Responses API lists beside texts, or such a text."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        return False
    return kind.endswith(("_call", "_output")) or kind in _ITEMS


def _is_serialised(value: _Values) -> bool:
    """Whether it is a message as LangChain serialises its objects."""
    return value.get("type") == "constructor" and isinstance(value.get("kwargs"), dict)


def _unpacked(value: _Values) -> dict[str, object]:
    """The message that LangChain has serialised."""
    kwargs, named = value["kwargs"], value.get("id")
    assert isinstance(kwargs, dict)
    name = named[-1] if isinstance(named, list) and named else None
    kind = kwargs.get("type") or (name.removesuffix("Message").lower() if isinstance(name, str) else None)
    return {**kwargs, "type": kind}


def _spoken(text: str) -> Said:
    return Said(Message(Role.ASSISTANT, content=text))


def _as_it_is(value: object, role: Role) -> Said:
    """An object of the application's own: somebody said something, and this is how it is written."""
    return Said(Message(role, content=json.dumps(value, ensure_ascii=False)))
