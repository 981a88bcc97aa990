"""Messages and conversations: what a policy is shown, independent of any log format."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple, cast

Score = float | bool | None
"""What a classifier said: a score, True (detected, no score), False (absent), None (could not say)."""

AttributeValue = str | bool | int | float

SECOND = 1_000_000
"""A second in the unit of every time: microseconds."""


class Role(Enum):
    """Who speaks. ``service`` is for reviewers, clocks and other systems."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"
    SERVICE = "service"

    __hash__ = object.__hash__  # members are singletons; Enum's own hash is slow in Python


class Label(NamedTuple):
    """One recorded label. ``name`` is as recorded (aliases allowed); ``source`` says who recorded it."""

    name: str
    value: Score = True
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``time`` is in microseconds since 1970-01-01 UTC, or None where nobody recorded it.
    ``id`` is what the log calls it, so that labels from elsewhere can be joined; no policy sees it.

    Raises TypeError where a part is not of its type: a role written as text, or a time in seconds, would
    otherwise be passed over in silence.
    """

    role: Role
    labels: tuple[Label, ...] = ()
    content: str | None = None
    time: int | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        is_sound = self.role.__class__ is Role and self.labels.__class__ is tuple
        if not is_sound or not (self.time is None or self.time.__class__ is int):
            raise TypeError(_wrong_part(self))
        for label in self.labels:
            if label.__class__ is not Label or label.value.__class__ not in _SCORES:
                _check_label(label)

    def with_labels(self, labels: tuple[Label, ...]) -> Message:
        """The same message with other labels."""
        return Message(self.role, labels, self.content, self.time, self.id)


def known_message(role: Role, labels: tuple[Label, ...], content: str | None, time: int | None) -> Message:
    """A message whose parts are known to be of their types, without an id: made without looking at each again."""
    made = object.__new__(Message)
    _set_role(made, role)
    _set_labels(made, labels)
    _set_content(made, content)
    _set_time(made, time)
    _set_id(made, None)
    return made


_set_role, _set_labels, _set_content, _set_time, _set_id = (
    Message.__dict__[each].__set__ for each in ("role", "labels", "content", "time", "id")
)
_SCORES = frozenset((float, bool, type(None), int))


def _wrong_part(message: Message) -> str:
    """Which part of a message is not of its type, and what it has to be."""
    if message.role.__class__ is not Role:
        return f"a message's role is a Role, such as Role.USER, not {message.role!r:.60}"
    if message.labels.__class__ is not tuple:
        return f"a message's labels are a tuple of Label, not {message.labels!r:.60}"
    return f"a message's time is a whole number of microseconds since 1970, not {message.time!r:.60}"


def _check_label(label: object) -> None:
    """Raises TypeError where ``label`` is none, or its value is no score."""
    if not isinstance(label, Label):
        raise TypeError(f"a message's labels are a tuple of Label, and {label!r:.60} is none")
    value: object = cast(object, label.value)
    if not isinstance(value, float | int):
        raise TypeError(f"a label's value is a score, True, False or None, not {value!r:.60}")


LookedFor = Mapping[str, frozenset[Role] | None]
"""Which labels were looked for: name (aliases allowed) to the roles it was looked for on; None means all roles."""


Mark = tuple[Role, Collection[tuple[str, Score]], int | None]
"""What a policy can see of a message: its role, its labels by name and value, and its time."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A recorded conversation.

    ``looked_for`` None means that the whole vocabulary was looked for (the project's own
    format, unless it says otherwise); a reader of a foreign log says what its classifier covers.
    ``origin`` names the file and the line or place in it, for messages to people.
    """

    id: str
    messages: tuple[Message, ...]
    attributes: Mapping[str, AttributeValue] = field(default_factory=lambda: MappingProxyType({}))
    looked_for: LookedFor | None = None
    origin: str = ""

    def marks(self) -> Iterator[Mark]:
        """What a policy can see of each message."""
        for message in self.messages:
            yield message.role, [label[:2] for label in message.labels], message.time
