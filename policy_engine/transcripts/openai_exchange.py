"""What OpenAI's APIs are asked and answer, as messages: with the provider's own signals, and what classifiers said.

Signals of the provider become the label ``refusal``: a reply's ``refusal`` field or a part of that type, and a
reply that the provider's filter cut or stopped (``content_filter``), which the user did not get, whoever would have
written it. Results of the moderation and of Azure's content filter stand beside messages, choices and responses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policy_engine.transcripts import content_filter
from policy_engine.transcripts.chat_log import Values
from policy_engine.transcripts.chat_message import Outputs, Said, chat_message, chat_messages, content_text
from policy_engine.transcripts.classified import NOTHING, classified, classifier_of, together
from policy_engine.transcripts.message import LookedFor, Message, Role
from policy_engine.transcripts.reader import Malformed, Settings

CLASSIFIERS = (MODERATION, CONTENT_FILTER) = ("openai-moderation", content_filter.CLASSIFIER)
"""Whose results may stand beside the messages."""
CUT_REPLY = "openai finish_reason content_filter"
CUT_RESPONSE = "openai incomplete_details content_filter"
STOPPED = "openai error content_filter"

_BESIDE = frozenset(("moderation", "finish_reason", *content_filter.PLACES))
"""What may stand beside what a message says. Few have any of it."""


def chat_said(value: object) -> tuple[Said, ...]:
    """One message of the chat API, after what tools answered in it; Malformed where it is none.

    Some keep with a reply how it ended.
    """
    said = chat_message(value)
    if not isinstance(value, dict) or _BESIDE.isdisjoint(value) or said[-1].message.role is Role.TOOL:
        return said
    *before, last = said
    last = last.judged(_results(value.get("moderation")))
    if last.message.role is Role.ASSISTANT:
        return (*before, *finished([last], value))
    return (*before, last.judged(_filtered(content_filter.beside(value))))


def item_said(value: object) -> tuple[Said, ...]:
    """An item of the Responses API: a message, or what a tool is asked and answers; the rest is passed over."""
    if not isinstance(value, dict):
        raise Malformed("an item is not an object")
    kind = value.get("type", "message")
    if kind == "message":
        return tuple(
            each._replace(
                tells=each.tells or isinstance(value.get("content"), list)
            )  # a refusal would be a part
            for each in chat_said(value)
        )
    if not isinstance(kind, str):
        raise Malformed("the type of an item is not a text")
    if kind.endswith("_call"):
        return (Said(Message(Role.ASSISTANT), tells=True),)
    if kind.endswith("_output"):
        output = value.get("output")
        text, _ = content_text(output) if isinstance(output, str | list) else (None, False)
        return (Said(Message(Role.TOOL, content=text)),)
    return ()


def given_said(request: Values) -> list[Said]:
    """What the Responses API is given: instructions, and a text or a list of items."""
    return [*_given(request.get("instructions"), Role.SYSTEM), *_given(request.get("input"), Role.USER)]


def _given(value: object, role: Role) -> list[Said]:
    if value is None:
        return []
    if isinstance(value, str):
        return [Said(Message(role, content=value))]
    return chat_messages(value, item_said, "input")


def replies_said(response: Values) -> list[list[Said]]:
    """The messages of each answer that a response holds; none where it holds none."""
    if "choices" in response:
        return _choices(response)
    if content_filter.is_stopped(response):
        return [[Said(Message(Role.ASSISTANT)).refused(STOPPED)]]
    output = response.get("output")
    if not isinstance(output, list):
        return []
    said = chat_messages(output, item_said, "output")
    details = response.get("incomplete_details")
    if isinstance(details, dict) and details.get("reason") == "content_filter":
        said = _cut(said, CUT_RESPONSE)
    outputs = [
        *_only(_results(_half(response, "output"))),
        *_only(_filtered(content_filter.of_answer(response))),
    ]
    last = _last(said, Role.ASSISTANT)
    return [[each.judged(outputs) if number == last else each for number, each in enumerate(said)]]


def _choices(response: Values) -> list[list[Said]]:
    choices = response["choices"]
    if not isinstance(choices, list) or not choices:
        raise Malformed("`choices` is not a list with an answer in it")
    results = _results(_half(response, "output"))
    replies = []
    for number, choice in enumerate(choices):
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            if isinstance(choice, dict) and "delta" in choice:
                raise Malformed("this is a piece of a streamed answer", "write the answer when it is whole")
            raise Malformed("a choice has no `message`")
        said = finished(chat_said({"role": "assistant"} | message), choice)
        moderated = results[number : number + 1] if len(results) == len(choices) else []
        replies.append([each.judged(moderated) for each in said])
    return replies


def finished(said: Iterable[Said], choice: Values) -> list[Said]:
    """The messages of an answer, with how it ended: cut by the filter, and with what the filter said of it."""
    outputs = _filtered(content_filter.beside(choice))
    ended = [each.judged(outputs) for each in said]
    return _cut(ended, CUT_REPLY) if choice.get("finish_reason") == "content_filter" else ended


def _cut(said: list[Said], source: str) -> list[Said]:
    """The provider's filter cut the answer: the user did not get what was asked for."""
    last = _last(said, Role.ASSISTANT)
    if last is None:
        return [*said, Said(Message(Role.ASSISTANT)).refused(source)]
    return [each.refused(source) if number == last else each for number, each in enumerate(said)]


def _last(said: list[Said], role: Role) -> int | None:
    return next((number for number in reversed(range(len(said))) if said[number].message.role is role), None)


# --- The moderation, and the filter ---


def with_input(response: Values, said: list[Said]) -> list[Said]:
    """What a response says of its request is of the whole: of a message only where it is the user's one."""
    results = [
        *_only(_results(_half(response, "input"))),
        *_only(_filtered(content_filter.of_prompt(response))),
    ]
    if not results or sum(each.message.role is Role.USER for each in said) != 1:
        return said
    return [each.judged(results) if each.message.role is Role.USER else each for each in said]


def moderated_in_order(value: object, said: list[Said]) -> list[Said]:
    """The messages with the results of a whole conversation, one for each; Malformed where there are more or fewer."""
    listed = value if isinstance(value, list) else [result for _, result in _results(value)]
    if not listed:
        return said
    if len(listed) != len(said):
        raise Malformed(
            f"`moderation` has {len(listed):,} results for {len(said):,} messages",
            "write one for each message",
        )
    return [each.judged(_results(result)) for each, result in zip(said, listed, strict=True)]


def moderated(said: Sequence[Said], settings: Settings) -> tuple[tuple[Message, ...], LookedFor]:
    """The messages, with what classifiers said of them as labels, and what was looked for.

    Malformed where an output is not of its classifier's form.
    """
    messages = tuple(each.message for each in said)
    looked_for: LookedFor = NOTHING
    for name in CLASSIFIERS:
        of_one = [[output for by, output in each.outputs if by == name] for each in said]
        if any(of_one):
            messages, sought = classified(messages, of_one, classifier_of(settings, name))
            looked_for = together(looked_for, sought)
    return messages, looked_for


def _half(response: Values, half: str) -> object:
    moderation = response.get("moderation")
    return moderation.get(half) if isinstance(moderation, dict) else None


def _results(value: object) -> Outputs:
    """The results of an answer of the moderation; none where it failed."""
    if not isinstance(value, dict):
        return []
    if "categories" in value or "category_scores" in value:
        return [(MODERATION, value)]
    listed = value.get("results")
    return [(MODERATION, each) for each in listed] if isinstance(listed, list) else []


def _filtered(results: Sequence[object]) -> Outputs:
    return [(CONTENT_FILTER, each) for each in results]


def _only(results: Outputs) -> Outputs:
    """The one result of something; of several, nobody knows which is about what."""
    return results if len(results) == 1 else []
