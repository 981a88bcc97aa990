"""A conversation whose messages are made when somebody asks for them: of a log, few are ever shown.

What a policy decides by, and what is counted, needs the roles, labels and times alone (:meth:`Conversation.marks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from policy_engine.transcripts.message import AttributeValue, Conversation, LookedFor, Mark, Message


class Source(Protocol):
    """What was decoded of a conversation, and found to be sound. It gives the same each time."""

    def messages(self) -> tuple[Message, ...]:
        """The messages."""
        ...

    def marks(self) -> Iterator[Mark]:
        """What each message shows."""
        ...


class Recorded(Conversation):
    """The same as the Conversation of its parts, and equal to it."""

    __slots__ = ("_made", "_source")

    _made: tuple[Message, ...] | None
    _source: Source | None

    @classmethod
    def of(
        cls,
        id: str,
        source: Source,
        attributes: Mapping[str, AttributeValue],
        looked_for: LookedFor | None,
        origin: str,
    ) -> Recorded:
        """The conversation of these parts."""
        made = object.__new__(cls)
        put = object.__setattr__
        put(made, "id", id)
        put(made, "_source", source)
        put(made, "_made", None)
        put(made, "attributes", attributes)
        put(made, "looked_for", looked_for)
        put(made, "origin", origin)
        return made

    def _messages(self) -> tuple[Message, ...]:
        if self._made is None and self._source is not None:
            object.__setattr__(self, "_made", self._source.messages())
        return self._made or ()

    def _take_messages(self, messages: tuple[Message, ...]) -> None:
        """Messages of its own, as `dataclasses.replace` gives them: then nothing is left of the source."""
        object.__setattr__(self, "_made", messages)
        object.__setattr__(self, "_source", None)

    messages = property(_messages, _take_messages)

    def marks(self) -> Iterator[Mark]:
        """What a policy can see of each message."""
        return super().marks() if self._source is None else self._source.marks()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Conversation):
            return NotImplemented
        return _parts(self) == _parts(other)

    __hash__ = Conversation.__hash__


def _parts(conversation: Conversation) -> tuple[object, ...]:
    return (
        conversation.id,
        conversation.messages,
        conversation.attributes,
        conversation.looked_for,
        conversation.origin,
    )
