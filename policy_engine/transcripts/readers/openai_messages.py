"""OpenAI's logs: chat messages, responses of either API, a request with its response, and the lines of batches.

Signals of the provider become the label ``refusal``: a reply's ``refusal`` field or a part of that type, and a
reply that the provider's filter cut or stopped (``content_filter``), which the user did not get, whoever would have
written it. A refusal was looked for where every reply has a field that would have told. Such a field is filled
where the model marks its refusal; a refusal in plain words leaves it empty, and is a detector's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import content_filter
from policy_engine.transcripts.chat_log import Values, given_id, is_anthropic, is_message, is_openai, model_of
from policy_engine.transcripts.chat_message import (
    Said,
    chat_message,
    chat_messages,
    content_text,
    refusals_looked_for,
)
from policy_engine.transcripts.classified import NOTHING, classified, classifier_of, together
from policy_engine.transcripts.json_values import beginnings, json_conversations_of
from policy_engine.transcripts.message import Conversation, LookedFor, Message, Role
from policy_engine.transcripts.misnamed import misnamed
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, Settings, quoted
from policy_engine.transcripts.readers.own_jsonl import is_own
from policy_engine.transcripts.times import parse_time

CLASSIFIERS = (MODERATION, CONTENT_FILTER) = ("openai-moderation", content_filter.CLASSIFIER)
"""Whose results may stand beside the messages."""
CUT_REPLY = "openai finish_reason content_filter"
CUT_RESPONSE = "openai incomplete_details content_filter"
STOPPED = "openai error content_filter"

_Outputs = Sequence[tuple[str, object]]
"""What classifiers said of one message: their names, and a result for each time that one read it."""


class OpenAIMessages:
    """Reads the messages; images, thinking and the like are passed over."""

    name = "openai"
    by_line = True
    gives = "refusals that the provider marks; its moderation or Azure's filter, where it stands beside; the model"
    form = "JSON of `messages` with `role` and `content`, of `choices`, or of `input` and `output`"

    def claims(self, head: Head) -> bool:
        """The first object is a request or a response of this provider, or the first message of a list."""
        first = next(iter(beginnings(head)), None)
        if first is None:
            return False
        return (is_openai(first) and not is_own(first)) or (head.first.startswith("[") and is_message(first))

    def read(self, log: Log) -> Iterator[Read]:
        """A conversation for every value; one for every choice, where there are several."""

        def made(value: object, origin: Origin, line: int) -> Iterator[Read]:
            yield from conversations(value, origin, line, log.settings)
            yield from _misnamed(_exchange(value), origin, line)

        from policy_engine.transcripts.chat_line import quick_chats

        quick = quick_chats(log.settings.texts)
        return json_conversations_of(log, made, is_part=is_message, quick=quick)


class _Exchange(NamedTuple):
    """What a value is made of: what was asked, and what was answered; either may be missing."""

    id: str | None
    request: Values
    response: Values


class _Reply(NamedTuple):
    """One answer, with what classifiers said of each of its messages."""

    said: list[Said]
    moderated: list[_Outputs]


def conversations(value: object, origin: Origin, line: int, settings: Settings) -> Iterator[Conversation]:
    """The conversation that ``value`` holds, once for every answer to it; Malformed where it holds none."""
    exchange = _exchange(value)
    asked, moderated = _asked(exchange)
    replies = _replies(exchange.response) or [_Reply([], [])]
    for number, reply in enumerate(replies, 1):
        said = [*asked, *reply.said]
        if not said:
            raise Malformed("the conversation has no messages")
        messages, classified_for = _moderated(said, [*moderated, *reply.moderated], settings)
        name = exchange.id or f"{origin.stem}:{line}"
        yield Conversation(
            id=f"{name}.{number}" if len(replies) > 1 else name,
            messages=messages if asked else _timed(messages, exchange.response),
            attributes=model_of(exchange.response, exchange.request),
            looked_for=together(refusals_looked_for(said), classified_for),
            origin=origin.at(line),
        )


def _exchange(value: object) -> _Exchange:
    if isinstance(value, list):
        return _Exchange(None, {"messages": value}, {})
    if not isinstance(value, dict):
        raise Malformed("this is not an object")
    if is_anthropic(value):
        raise Malformed("this is a request or a response of Anthropic's API")
    outer = given_id(value.get("id"))
    if "custom_id" in value and not ({"messages", "choices"} & value.keys()):
        return _batched(value)
    request, response = value.get("request"), value.get("response")
    if isinstance(request, dict) or isinstance(response, dict):
        asked = request if isinstance(request, dict) else value
        answered = _reply_of(_answered(response)) if isinstance(response, dict) else {}
        return _Exchange(outer or given_id(answered.get("id")), asked, answered)
    if "messages" not in value and not is_openai(value):
        raise Malformed("the line has no list of `messages`")
    return _Exchange(outer, value, _answered(value))


def _misnamed(exchange: _Exchange, origin: Origin, line: int) -> Iterator[Diagnostic]:
    """What looks like something that would have been read of it."""
    listed = [
        exchange.request.get("messages"),
        exchange.request.get("input"),
        exchange.response.get("output"),
    ]
    choices = [each for each in _listed(exchange.response.get("choices")) if isinstance(each, dict)]
    messages: list[object] = [
        each for one in listed for each in _listed(one) if isinstance(each, dict) and "role" in each
    ]
    messages += [each.get("message") for each in choices]
    yield from misnamed(messages, ("content", "refusal"), "messages", origin, line)
    yield from misnamed(choices, ("finish_reason",), "choices", origin, line)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _batched(value: Values) -> _Exchange:
    """A line of a batch: of its input, or of its output."""
    name, body, response = given_id(value.get("custom_id")), value.get("body"), value.get("response")
    if isinstance(body, dict):
        return _Exchange(name, body, {})
    if isinstance(response, dict) and isinstance(response.get("body"), dict):
        return _Exchange(name, {}, _reply_of(_answered(response["body"])))
    raise Malformed(f"the request failed: {_reason(value.get('error'))}")


def _answered(response: Values) -> Values:
    failed = isinstance(response.get("error"), dict) and not (
        {"choices", "output", "messages"} & response.keys()
    )
    if failed and not content_filter.is_stopped(response):
        raise Malformed(f"the request failed: {_reason(response['error'])}")
    return response


def _reply_of(response: Values) -> Values:
    """A response that stands apart from its request."""
    if not ({"choices", "output"} & response.keys() or content_filter.is_stopped(response)):
        raise Malformed("the response has neither `choices` nor an `output`")
    return response


def _reason(error: object) -> str:
    return quoted(error.get("code") or error.get("message")) if isinstance(error, dict) else "no answer"


def _asked(exchange: _Exchange) -> tuple[list[Said], list[_Outputs]]:
    """What was said before the answer, and what classifiers said of each message of it."""
    request = exchange.request
    said: list[Said] = []
    if "messages" in request:
        said = chat_messages(request["messages"], _unlabelled)
        moderated = _beside(request["messages"], said)
        if "choices" not in request:
            listed = _in_order(request.get("moderation"), said)
            moderated = [[*one, *other] for one, other in zip(moderated, listed, strict=True)]
    elif "choices" in request or {"instructions", "input", "output"} & request.keys():
        said = [*_given(request.get("instructions"), Role.SYSTEM), *_given(request.get("input"), Role.USER)]
        moderated = [()] * len(said)
    elif request:
        raise Malformed("the request has no list of `messages`")
    else:
        moderated = []
    return said, _with_input(exchange.response, said, moderated)


def _unlabelled(value: object) -> tuple[Said, ...]:
    """A message of a request. ``labels`` are of the project's own form, misspelt: they would be lost in silence."""
    if isinstance(value, dict) and value.get("labels"):
        hint = "`--from own-jsonl` reads labels; what was said is called `content` there"
        raise Malformed("`labels` are not read from OpenAI's logs", hint)
    return chat_message(value)


def _given(value: object, role: Role) -> list[Said]:
    """What the Responses API takes: a text, or a list of items."""
    if value is None:
        return []
    if isinstance(value, str):
        return [Said(Message(role, content=value))]
    return chat_messages(value, _item, "input")


def _item(value: object) -> tuple[Said, ...]:
    """An item of the Responses API: a message, or what a tool is asked and answers; the rest is passed over."""
    if not isinstance(value, dict):
        raise Malformed("an item is not an object")
    kind = value.get("type", "message")
    if kind == "message":
        return tuple(Said(each.message, each.tells or _has_parts(value)) for each in chat_message(value))
    if not isinstance(kind, str):
        raise Malformed("the type of an item is not a text")
    if kind.endswith("_call"):
        return (Said(Message(Role.ASSISTANT), tells=True),)
    if kind.endswith("_output"):
        output = value.get("output")
        text, _ = content_text(output) if isinstance(output, str | list) else (None, False)
        return (Said(Message(Role.TOOL, content=text)),)
    return ()


def _has_parts(value: Values) -> bool:
    """Whether a refusal would be a part of its own."""
    return isinstance(value.get("content"), list)


def _replies(response: Values) -> list[_Reply]:
    if "choices" in response:
        return _choices(response)
    if content_filter.is_stopped(response):
        return [_Reply([Said(Message(Role.ASSISTANT)).refused(STOPPED)], [()])]
    output = response.get("output")
    if not isinstance(output, list):
        return []
    said = chat_messages(output, _item, "output")
    details = response.get("incomplete_details")
    if isinstance(details, dict) and details.get("reason") == "content_filter":
        said = _cut(said, CUT_RESPONSE)
    outputs: list[_Outputs] = [()] * len(said)
    last = _last(said, Role.ASSISTANT)
    if last is not None:
        outputs[last] = [
            *_only(_results(_half(response, "output"))),
            *_only(_filtered(content_filter.of_answer(response))),
        ]
    return [_Reply(said, outputs)]


def _choices(response: Values) -> list[_Reply]:
    choices = response["choices"]
    if not isinstance(choices, list) or not choices:
        raise Malformed("`choices` is not a list with an answer in it")
    results = _results(_half(response, "output"))
    replies = []
    for number, choice in enumerate(choices):
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            raise Malformed("a choice has no `message`")
        said = list(chat_message({"role": "assistant"} | message))
        if choice.get("finish_reason") == "content_filter":
            said = _cut(said, CUT_REPLY)
        moderated = results[number : number + 1] if len(results) == len(choices) else []
        outputs = [*moderated, *_filtered(content_filter.beside(choice))]
        replies.append(_Reply(said, [outputs] * len(said)))
    return replies


def _cut(said: list[Said], source: str) -> list[Said]:
    """The provider's filter cut the answer: the user did not get what was asked for."""
    last = _last(said, Role.ASSISTANT)
    if last is None:
        return [*said, Said(Message(Role.ASSISTANT)).refused(source)]
    return [each.refused(source) if number == last else each for number, each in enumerate(said)]


# --- The moderation, and the filter ---


def _half(response: Values, half: str) -> object:
    moderation = response.get("moderation")
    return moderation.get(half) if isinstance(moderation, dict) else None


def _results(value: object) -> _Outputs:
    """The results of an answer of the moderation; none where it failed."""
    if not isinstance(value, dict):
        return []
    if "categories" in value or "category_scores" in value:
        return [(MODERATION, value)]
    listed = value.get("results")
    return [(MODERATION, each) for each in listed] if isinstance(listed, list) else []


def _filtered(results: Sequence[object]) -> _Outputs:
    return [(CONTENT_FILTER, each) for each in results]


def _only(results: _Outputs) -> _Outputs:
    """The one result of something; of several, nobody knows which is about what."""
    return results if len(results) == 1 else []


def _with_input(response: Values, said: list[Said], outputs: list[_Outputs]) -> list[_Outputs]:
    """What was said of a request is said of the whole: of a message only where it is the user's one."""
    results = [
        *_only(_results(_half(response, "input"))),
        *_only(_filtered(content_filter.of_prompt(response))),
    ]
    users = [number for number, each in enumerate(said) if each.message.role is Role.USER]
    if len(users) != 1:
        return outputs
    return [[*each, *results] if number == users[0] else each for number, each in enumerate(outputs)]


def _beside(listed: object, said: list[Said]) -> list[_Outputs]:
    """Results that stand in the messages themselves, where each has become one."""
    if not isinstance(listed, list) or len(listed) != len(said):
        return [()] * len(said)
    return [
        [*_results(each.get("moderation")), *_filtered(content_filter.beside(each))]
        if isinstance(each, dict)
        else ()
        for each in listed
    ]


def _in_order(value: object, said: list[Said]) -> list[_Outputs]:
    """Results of a whole conversation, one for each message."""
    listed = value if isinstance(value, list) else [result for _, result in _results(value)]
    if not listed:
        return [()] * len(said)
    if len(listed) != len(said):
        raise Malformed(
            f"`moderation` has {len(listed):,} results for {len(said):,} messages",
            "write one for each message",
        )
    return [_results(each) for each in listed]


def _moderated(
    said: list[Said], outputs: list[_Outputs], settings: Settings
) -> tuple[tuple[Message, ...], LookedFor]:
    messages = tuple(each.message for each in said)
    looked_for: LookedFor = NOTHING
    for name in CLASSIFIERS:
        of_one = [[output for by, output in each if by == name] for each in outputs]
        if any(of_one):
            messages, sought = classified(messages, of_one, classifier_of(settings, name))
            looked_for = together(looked_for, sought)
    return messages, looked_for


def _timed(messages: tuple[Message, ...], response: Values) -> tuple[Message, ...]:
    """The messages of an answer alone, at the time when it was made. (Of a request, nobody tells the times.)"""
    made = response.get("created", response.get("created_at"))
    if made is None:
        return messages
    try:
        time = parse_time(made)
    except ValueError as error:
        raise Malformed(f"the time {quoted(made)} {error}") from None
    return tuple(replace(each, time=time) for each in messages)


def _last(said: list[Said], role: Role) -> int | None:
    return next((number for number in reversed(range(len(said))) if said[number].message.role is role), None)


READER: Reader = OpenAIMessages()
