"""Messages as chat APIs write them, OpenAI's and Anthropic's alike: a role, and a text or a list of parts.

A part that is no text (an image, a call of a tool, thinking) is passed over. What a tool answered is a
message of the tool, also where it stands in one of the user: else it would begin a turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from policy_engine.transcripts.message import Label, LookedFor, Message, Role
from policy_engine.transcripts.reader import Malformed, quoted

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
REFUSAL_FIELD = "openai refusal field"
"""The source of a refusal that is marked as one in a message."""

TEXT_PARTS = frozenset(("text", "input_text", "output_text", None))

_REFUSED = Label("refusal", True, REFUSAL_FIELD)
_NOTHING: LookedFor = MappingProxyType({})
_REFUSALS: LookedFor = MappingProxyType({"refusal": frozenset((Role.ASSISTANT,))})


Outputs = Sequence[tuple[str, object]]
"""What classifiers said of one message: their names, and a result for each time that one read it."""


class Said(NamedTuple):
    """A message, whether its form would have told if it were a refusal, and what classifiers said of it."""

    message: Message
    tells: bool = False
    outputs: Outputs = ()

    def refused(self, source: str) -> Said:
        """The same as a refusal, which ``source`` tells."""
        labels = (*self.message.labels, Label("refusal", True, source))
        return self._replace(message=self.message.with_labels(labels), tells=True)

    def judged(self, outputs: Outputs) -> Said:
        """The same with what classifiers said of it beside what they said before."""
        return self._replace(outputs=(*self.outputs, *outputs)) if outputs else self


def refusals_looked_for(said: Iterable[Said]) -> LookedFor:
    """Refusals were looked for where every reply would have told."""
    replies = [each.tells for each in said if each.message.role is Role.ASSISTANT]
    return _REFUSALS if replies and all(replies) else _NOTHING


def chat_messages(
    listed: object, made: Callable[[object], Sequence[Said]] | None = None, key: str = "messages"
) -> list[Said]:
    """The messages of a list, each of which ``made`` makes; Malformed, with the message's number, for a fault."""
    if not isinstance(listed, list):
        raise Malformed(f"`{key}` is not a list")
    make = made or chat_message
    found: list[Said] = []
    for number, value in enumerate(listed, 1):
        try:
            found += make(value)
        except Malformed as fault:
            raise Malformed(f"message {number}: {fault.message}", fault.hint) from None
    return found


def chat_message(value: object) -> tuple[Said, ...]:
    """One message, after what tools answered in it; Malformed where it is none."""
    if not isinstance(value, dict):
        raise Malformed("a message is not an object")
    role, content = role_named(value.get("role")), value.get("content")
    text, is_refused = content_text(content)
    refusal = value.get("refusal") if role is Role.ASSISTANT else None
    if refusal is not None and not isinstance(refusal, str):
        raise Malformed("`refusal` is neither a text nor null")
    if refusal:
        text, is_refused = text or refusal, True
    labels = (_REFUSED,) if is_refused and role is Role.ASSISTANT else ()
    answers = tuple(_tool_answers(content)) if role is Role.USER else ()
    if answers and text is None:
        return answers
    named = value.get("id")
    message = Message(role, labels, text, id=named if isinstance(named, str) and named else None)
    return (*answers, Said(message, bool(labels) or "refusal" in value))


def role_named(value: object, roles: Mapping[str, Role] = ROLES) -> Role:
    """The role of that name; Malformed where there is none."""
    role = roles.get(value) if isinstance(value, str) else None
    if role is None:
        what = "no role" if value is None else f"unknown role {quoted(value)}"
        raise Malformed(what, "a role is " + ", ".join(f"`{each}`" for each in roles))
    return role


def content_text(value: object) -> tuple[str | None, bool]:
    """The text of a content, and whether a part of it is marked as a refusal; Malformed where it is none."""
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
    if not (kind is None or isinstance(kind, str)):
        raise Malformed("the type of a part is not a text")
    key = "refusal" if kind == "refusal" else "text"
    if kind != "refusal" and kind not in TEXT_PARTS:
        return None, False
    text = value.get(key)
    if not isinstance(text, str):
        raise Malformed(f"a part of the type {quoted(kind)} has no `{key}`")
    return text, kind == "refusal"


def _tool_answers(content: object) -> Iterator[Said]:
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.get("type") == "tool_result":
            text, _ = content_text(part.get("content"))
            yield Said(Message(Role.TOOL, content=text))
