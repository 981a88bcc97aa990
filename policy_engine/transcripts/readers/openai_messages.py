"""OpenAI chat logs: JSON Lines of ``{"messages": [...]}``, as the API takes them and fine-tuning files hold them.

The provider's own refusal signal (the field ``refusal`` of an assistant message, or a part of that
type) becomes the label ``refusal``. Nothing else was looked for; a refusal was, where every
assistant message of the conversation has the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy_engine.transcripts.lines import json_conversations
from policy_engine.transcripts.message import Conversation, Label, LookedFor, Message, Role
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, quoted

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "system": Role.SYSTEM,
        "developer": Role.SYSTEM,
        "user": Role.USER,
        "assistant": Role.ASSISTANT,
        "tool": Role.TOOL,
        "function": Role.TOOL,
    }
)
SOURCE = "openai refusal field"

_REFUSED = Label("refusal", True, SOURCE)
_TEXT_PARTS = ("text", "input_text", "output_text")
_NOTHING: LookedFor = MappingProxyType({})
_REFUSALS: LookedFor = MappingProxyType({"refusal": frozenset((Role.ASSISTANT,))})


class OpenAIMessages:
    """Reads the messages; tool calls, images and the like are passed over."""

    name = "openai"
    by_line = True
    gives = "refusals, where the field `refusal` is given"
    form = 'JSON Lines of `{"messages": [{"role": …, "content": …}]}`'

    def claims(self, head: Head) -> bool:
        """A first readable line with ``messages`` and nothing that only the project's own form has."""
        value, first = head.value, head.first
        if value is not None:
            return isinstance(value, dict) and "messages" in value
        return first.startswith("{") and '"messages"' in first

    def read(self, log: Log) -> Iterator[Read]:
        """One conversation a line."""
        return json_conversations(log.stream, log.origin, _conversation)


def _conversation(value: object, origin: Origin, line: int) -> Conversation:
    if not isinstance(value, dict) or not isinstance(value.get("messages"), list):
        raise Malformed("the line has no list of `messages`")
    listed = value["messages"]
    if not listed:
        raise Malformed("the conversation has no messages")
    given = value.get("id")
    return Conversation(
        id=given if isinstance(given, str) and given else f"{origin.stem}:{line}",
        messages=tuple(_message_at(each, number) for number, each in enumerate(listed, 1)),
        looked_for=_looked_for(listed),
        origin=origin.at(line),
    )


def _looked_for(listed: list[object]) -> LookedFor:
    replies = [each for each in listed if isinstance(each, dict) and each.get("role") == "assistant"]
    return _REFUSALS if replies and all("refusal" in each for each in replies) else _NOTHING


def _message_at(value: object, number: int) -> Message:
    try:
        return _message(value)
    except Malformed as fault:
        raise Malformed(f"message {number}: {fault.message}", fault.hint) from None


def _message(value: object) -> Message:
    if not isinstance(value, dict):
        raise Malformed("a message is not an object")
    role = _role(value.get("role"))
    content, refused = _content(value.get("content"))
    refusal = value.get("refusal") if role is Role.ASSISTANT else None
    if refusal is not None and not isinstance(refusal, str):
        raise Malformed("`refusal` is neither a text nor null")
    if refusal:
        content, refused = content or refusal, True
    return Message(role, (_REFUSED,) if refused and role is Role.ASSISTANT else (), content)


def _role(value: object) -> Role:
    role = ROLES.get(value) if isinstance(value, str) else None
    if role is None:
        raise Malformed(
            f"unknown role {quoted(value)}", "a role is " + ", ".join(f"`{each}`" for each in ROLES)
        )
    return role


def _content(value: object) -> tuple[str | None, bool]:
    """The text, and whether a part of it is marked as a refusal."""
    if value is None or isinstance(value, str):
        return value, False
    if not isinstance(value, list):
        raise Malformed("the content is neither a text nor a list of parts")
    parts = [_part(each) for each in value]
    texts = [text for text, _ in parts if text is not None]
    return "\n".join(texts) if texts else None, any(refused for _, refused in parts)


def _part(value: object) -> tuple[str | None, bool]:
    if isinstance(value, str):
        return value, False
    if not isinstance(value, dict):
        raise Malformed("a part of the content is not an object")
    kind = value.get("type")
    key = "refusal" if kind == "refusal" else "text"
    if kind != "refusal" and kind not in _TEXT_PARTS:
        return None, False
    text = value.get(key)
    if not isinstance(text, str):
        raise Malformed(f"a part of the type {quoted(kind)} has no `{key}`")
    return text, kind == "refusal"


READER: Reader = OpenAIMessages()
