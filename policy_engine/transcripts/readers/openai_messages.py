"""OpenAI's logs: chat messages, responses of either API, a request with its response, and the lines of batches.

What they say is read by ``openai_exchange``. A refusal was looked for where every reply has a field that would have
told. Such a field is filled where the model marks its refusal; a refusal in plain words leaves it empty, and is a
detector's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import content_filter
from policy_engine.transcripts.chat_log import (
    Values,
    given_id,
    is_anthropic,
    is_message,
    is_openai,
    model_of,
    own_id,
)
from policy_engine.transcripts.chat_message import Said, chat_messages, refusals_looked_for
from policy_engine.transcripts.classified import together
from policy_engine.transcripts.json_values import beginnings, json_conversations_of
from policy_engine.transcripts.kept_message import all_timed, kept_said, timed, untimed
from policy_engine.transcripts.message import Conversation, Message
from policy_engine.transcripts.misnamed import misnamed
from policy_engine.transcripts.openai_exchange import (
    given_said,
    moderated,
    moderated_in_order,
    replies_said,
    with_input,
)
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, Settings, quoted
from policy_engine.transcripts.readers.own_jsonl import is_own
from policy_engine.transcripts.times import parse_time

_USUAL = frozenset(
    ("role", "content", "refusal", "name", "id", "type", "tool_calls", "tool_call_id", "annotations")
)
"""Keys of a message that are not meant for another one; most messages have no others."""


class OpenAIMessages:
    """Reads the messages; images, thinking and the like are passed over."""

    name = "openai"
    by_line = True
    gives = (
        "refusals that the provider marks; its moderation or Azure's filter, and times, where they stand beside; "
        "the model"
    )
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


def conversations(value: object, origin: Origin, line: int, settings: Settings) -> Iterator[Conversation]:
    """The conversation that ``value`` holds, once for every answer to it; Malformed where it holds none."""
    exchange = _exchange(value)
    asked = _asked(exchange, settings)
    replies = replies_said(exchange.response) or [[]]
    for number, reply in enumerate(replies, 1):
        said = [*asked, *reply]
        if not said:
            raise Malformed("the conversation has no messages")
        messages, classified_for = moderated(said, settings)
        name = exchange.id or f"{origin.stem}:{line}"
        yield Conversation(
            id=f"{name}.{number}" if len(replies) > 1 else name,
            messages=_timed(messages, len(asked), exchange.response),
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
    outer = own_id(value)
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
    odd = [each for each in messages if isinstance(each, dict) and not each.keys() <= _USUAL]
    yield from misnamed(odd, ("moderation",), "messages", origin, line)
    yield from misnamed(choices, ("finish_reason",), "choices", origin, line)
    yield from untimed(_listed(exchange.request.get("messages")), origin, line)
    halves = [exchange.request] if exchange.request is exchange.response else [*exchange[1:]]
    yield from misnamed(halves, ("moderation",), "the object", origin, line)


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


def _asked(exchange: _Exchange, settings: Settings) -> list[Said]:
    """What was said before the answer, with what classifiers said of it."""
    request = exchange.request
    said: list[Said] = []
    if "messages" in request:
        said = chat_messages(request["messages"], partial(_unlabelled, settings=settings))
        said = timed(_listed(request["messages"]), said)
        if "choices" not in request:
            said = moderated_in_order(request.get("moderation"), said)
    elif "choices" in request or {"instructions", "input", "output"} & request.keys():
        said = given_said(request)
    elif request:
        raise Malformed("the request has no list of `messages`")
    return with_input(exchange.response, said)


def _unlabelled(value: object, settings: Settings) -> Sequence[Said]:
    """A message of a request. ``labels`` are of the project's own form, misspelt: they would be lost in silence."""
    if isinstance(value, dict) and value.get("labels"):
        hint = "`--from own-jsonl` reads labels; what was said is called `content` there"
        raise Malformed("`labels` are not read from OpenAI's logs", hint)
    return kept_said(value, settings)


def _timed(messages: tuple[Message, ...], asked: int, response: Values) -> tuple[Message, ...]:
    """The messages with their times, if each has one; the first ``asked`` are of the request.

    An answer has the time when it was made, which is not before what was asked, however coarsely it is told.
    """
    made = response.get("created", response.get("created_at"))
    before, answer = messages[:asked], messages[asked:]
    if made is not None and answer and all(each.time is not None for each in before):
        try:
            time = parse_time(made)
        except ValueError as error:
            raise Malformed(f"the time {quoted(made)} {error}") from None
        last = max([time, *(each.time or 0 for each in before[-1:])])
        answer = tuple(replace(each, time=last) for each in answer)
    return all_timed((*before, *answer))


READER: Reader = OpenAIMessages()
