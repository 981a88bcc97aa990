"""Whose chat log an object is of: what only OpenAI's requests and responses have, and what only Anthropic's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policy_engine.transcripts.message import AttributeValue

Values = Mapping[str, object]

_ANTHROPIC_KEYS = frozenset(
    ("system", "stop_sequences", "top_k", "thinking", "anthropic_version", "stop_reason")
)
_ANTHROPIC_PARTS = frozenset(
    (
        "tool_use",
        "tool_result",
        "thinking",
        "redacted_thinking",
        "document",
        "server_tool_use",
        "search_result",
    )
)
_IDS = ("id", "conversation_id", "thread_id", "session_id", "chat_id")
_TEXT_PARTS = frozenset(("text", "input_text", "output_text", "refusal"))
_ANTHROPIC_RESULTS = frozenset(("succeeded", "errored", "canceled", "expired"))


def is_anthropic(value: Values) -> bool:
    """Whether only Anthropic's API takes or gives such an object, or a part of it."""
    result, params = value.get("result"), value.get("params")
    if "custom_id" in value and (isinstance(result, dict) or isinstance(params, dict)):
        kind = result.get("type") if isinstance(result, dict) else None
        return isinstance(params, dict) or (isinstance(kind, str) and kind in _ANTHROPIC_RESULTS)
    halves = list(_halves(value))
    return any(map(_is_anthropic, halves)) and not any(map(is_openai_response, halves))


def is_openai(value: Values) -> bool:
    """Whether it is a request or a response, or both, of OpenAI's form, which many others follow."""
    if is_anthropic(value):
        return False
    if "custom_id" in value:
        return isinstance(value.get("body"), dict) or "response" in value
    return any(map(_is_openai, _halves(value)))


def is_message(value: Values) -> bool:
    """Whether it is one message of a chat."""
    return "role" in value and "messages" not in value and not is_response(value)


def is_response(value: Values) -> bool:
    """Whether it is a response of Anthropic's, which is a message, too."""
    return value.get("type") == "message" and ("stop_reason" in value or "usage" in value)


def is_openai_response(value: Values) -> bool:
    """Whether it holds an answer of one of OpenAI's APIs."""
    return "choices" in value or value.get("object") in ("response", "chat.completion")


def given_id(*candidates: object) -> str | None:
    """The first that can be the name of a conversation; a whole number is one, too."""
    return next(
        (str(each) for each in candidates if type(each) is int or (isinstance(each, str) and each)), None
    )


def own_id(value: Values) -> str | None:
    """What an object that is a conversation, or a call of one, says that it is called."""
    return given_id(*(value.get(key) for key in _IDS))


def model_of(*values: object) -> Mapping[str, AttributeValue]:
    """The model as an attribute: of the first of ``values`` that says it."""
    said = (value.get("model") for value in values if isinstance(value, dict))
    model = next((each for each in said if isinstance(each, str) and each), None)
    return {} if model is None else {"model": model}


def _halves(value: Values) -> Iterator[Values]:
    """The object, and the request and the response that it may be made of."""
    yield value
    yield from (half for key in ("request", "response") if isinstance(half := value.get(key), dict))


def _is_anthropic(value: Values) -> bool:
    if is_response(value):
        return True
    messages = value.get("messages")
    if isinstance(messages, list):
        return bool(_ANTHROPIC_KEYS & value.keys()) or any(map(_has_anthropic_part, messages))
    return is_message(value) and _has_anthropic_part(value)


def _has_anthropic_part(message: object) -> bool:
    """Whether a message has such a part, or is an answer that was kept as it came."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(message, dict) and "stop_reason" in message:
        return True
    return isinstance(content, list) and any(map(_is_anthropic_part, content))


def is_part_of_message(part: object) -> bool:
    """Whether it is a part of a message's content, as either API lists them."""
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str):
        return False
    text = part.get("refusal" if kind == "refusal" else "text")
    return isinstance(text, str) if kind in _TEXT_PARTS else _is_anthropic_part(part)


def _is_anthropic_part(part: object) -> bool:
    if not isinstance(part, dict):
        return False
    kind = part.get("type")
    return (isinstance(kind, str) and kind in _ANTHROPIC_PARTS) or (kind == "image" and "source" in part)


def _is_openai(value: Values) -> bool:
    if is_openai_response(value):
        return True
    if isinstance(value.get("input"), str | list):
        return bool({"model", "instructions"} & value.keys()) and "type" not in value
    messages = value.get("messages")
    if not isinstance(messages, list):
        return False
    # of a message that was cut short, nothing may be left
    return not messages or any(isinstance(each, dict) and ("role" in each or not each) for each in messages)
