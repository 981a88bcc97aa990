"""A conversation whose messages are made when somebody asks for them: of a log, few are ever shown.

What a policy decides by, and what is counted, needs the roles, labels and times alone (:meth:`Conversation.marks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from policy_engine.transcripts.message import AttributeValue, Conversation, LookedFor, Mark, Message


class Source(Protocol):
    """What was decoded of a conversation, and found to be sound. It gives the same each time."""

    def origin(self) -> str:
        """Where it stands, for people."""
        ...

    def messages(self) -> tuple[Message, ...]:
        """The messages."""
        ...

    def marks(self) -> Iterator[Mark]:
        """What each message shows."""
        ...


class Recorded(Conversation):
    """The same as the Conversation of its parts, and equal to it."""

    __slots__ = ("_made", "_place", "_source")

    _made: tuple[Message, ...]
    _place: str
    _source: Source | None

    @classmethod
    def of(
        cls, id: str, attributes: Mapping[str, AttributeValue], looked_for: LookedFor | None, source: Source
    ) -> Recorded:
        """The conversation of these parts."""
        made = object.__new__(cls)
        _set_id(made, id)
        _set_attributes(made, attributes)
        _set_looked_for(made, looked_for)
        _set_source(made, source)
        return made

    def _messages(self) -> tuple[Message, ...]:
        if self._source is not None and not hasattr(self, "_made"):
            _set_made(self, self._source.messages())
        return self._made

    def _take_messages(self, messages: tuple[Message, ...]) -> None:
        """Messages of its own, as `dataclasses.replace` gives them: then nothing is left of the source."""
        _set_made(self, messages)
        _set_source(self, None)

    messages = property(_messages, _take_messages)

    def _origin(self) -> str:
        if self._source is not None and not hasattr(self, "_place"):
            _set_place(self, self._source.origin())
        return self._place

    def _take_origin(self, origin: str) -> None:
        _set_place(self, origin)

    origin = property(_origin, _take_origin)

    def marks(self) -> Iterator[Mark]:
        """What a policy can see of each message."""
        return super().marks() if self._source is None else self._source.marks()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Conversation):
            return NotImplemented
        return _parts(self) == _parts(other)

    __hash__ = Conversation.__hash__


_set_id, _set_attributes, _set_looked_for = (
    Conversation.__dict__[each].__set__ for each in ("id", "attributes", "looked_for")
)
_set_source, _set_made, _set_place = (
    Recorded.__dict__[each].__set__ for each in ("_source", "_made", "_place")
)


def _parts(conversation: Conversation) -> tuple[object, ...]:
    return (
        conversation.id,
        conversation.messages,
        conversation.attributes,
        conversation.looked_for,
        conversation.origin,
    )
