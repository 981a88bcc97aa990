"""Anthropic's logs: requests and responses of the Messages API, both together, and the lines of batches.

What they say is read by ``anthropic_answer``. A refusal was looked for where every reply is a response with a reason;
the replies in a request have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from policy_engine.transcripts.anthropic_answer import response_said, system_said
from policy_engine.transcripts.chat_log import (
    Values,
    given_id,
    is_anthropic,
    is_message,
    is_openai_response,
    is_response,
    model_of,
    own_id,
)
from policy_engine.transcripts.chat_message import Said, chat_messages, refusals_looked_for
from policy_engine.transcripts.json_values import beginnings, json_conversations_of
from policy_engine.transcripts.kept_message import all_timed, kept_said, timed, untimed
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.misnamed import misnamed
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, Settings, quoted


class AnthropicMessages:
    """Reads the texts; thinking, images and calls of tools are passed over, answers of tools are the tool's."""

    name = "anthropic"
    by_line = True
    gives = "refusals that the provider tells, and their category; times, where they stand beside; the model"
    form = "JSON of `system` and `messages` of blocks, or of `content` and `stop_reason`"

    def claims(self, head: Head) -> bool:
        """The first object has what only this provider's requests and responses have."""
        first = next(iter(beginnings(head)), None)
        return first is not None and is_anthropic(first)

    def read(self, log: Log) -> Iterator[Read]:
        """A conversation for every value."""

        def made(value: object, origin: Origin, line: int) -> Iterator[Read]:
            yield conversation(value, origin, line, log.settings)
            _, request, response = _exchange(value)
            yield from misnamed(_listed(request), ("content",), "messages", origin, line)
            yield from untimed(_listed(request), origin, line)
            if response:
                yield from misnamed((response,), ("content", "stop_reason"), "responses", origin, line)

        return json_conversations_of(log, made, is_part=is_message)


def conversation(value: object, origin: Origin, line: int, settings: Settings) -> Conversation:
    """The conversation that ``value`` holds; Malformed where it holds none."""
    name, request, response = _exchange(value)
    said = [*_asked(request, settings), *(response_said(response, settings) if response else ())]
    if not said:
        raise Malformed("the conversation has no messages")
    return Conversation(
        id=name or given_id(response.get("id")) or f"{origin.stem}:{line}",
        messages=all_timed([each.message for each in said]),
        attributes=model_of(response, request),
        looked_for=refusals_looked_for(said),
        origin=origin.at(line),
    )


def _exchange(value: object) -> tuple[str | None, Values, Values]:
    """The name, the request and the response, each of which may be missing."""
    if isinstance(value, list):
        return None, {"messages": value}, {}
    if not isinstance(value, dict):
        raise Malformed("this is not an object")
    if is_openai_response(value):
        raise Malformed("this is a response of OpenAI's form")
    if "custom_id" in value:
        return _batched(value)
    request, response = value.get("request"), value.get("response")
    if isinstance(request, dict) or isinstance(response, dict):
        name = own_id(value)
        return name, request if isinstance(request, dict) else value, _response(response)
    if is_response(value):
        return None, {}, value
    return own_id(value), value, {}


def _response(value: object) -> Values:
    if not isinstance(value, dict):
        return {}
    if value.get("type") == "error":
        raise Malformed(f"the request failed: {_reason(value.get('error'))}")
    if not is_response(value):
        raise Malformed("the response is not one of this API: its `type` is not `message`")
    return value


def _batched(value: Values) -> tuple[str | None, Values, Values]:
    """A line of a batch: of its input, or of its results."""
    name, params, result = given_id(value.get("custom_id")), value.get("params"), value.get("result")
    if isinstance(params, dict):
        return name, params, {}
    if not isinstance(result, dict):
        raise Malformed("the line of a batch has neither `params` nor a `result`")
    if isinstance(result.get("message"), dict):
        return name, {}, result["message"]
    raise Malformed(f"the request failed: {_reason(result.get('error')) or quoted(result.get('type'))}")


def _reason(error: object) -> str | None:
    """What an error says of itself; the API wraps it in an object that is called error, too."""
    inner = error.get("error", error) if isinstance(error, dict) else None
    return quoted(inner.get("message") or inner.get("type")) if isinstance(inner, dict) else None


def _asked(request: Values, settings: Settings) -> list[Said]:
    if not request:
        return []
    if "messages" not in request:
        raise Malformed("the line has no list of `messages`")
    said = chat_messages(request["messages"], partial(kept_said, settings=settings))
    timely = timed(_listed(request), said)
    first = timely[0].message.time if timely else None
    system = [each._replace(message=replace(each.message, time=first)) for each in system_said(request)]
    return system + timely


def _listed(request: Values) -> list[object]:
    listed = request.get("messages")
    return listed if isinstance(listed, list) else []


READER: Reader = AnthropicMessages()
