"""Messages and conversations: what a policy is shown, independent of any log format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

Score = float | bool | None
"""What a classifier said: a score, True (detected, no score), False (absent), None (could not say)."""

AttributeValue = str | bool | int | float


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
    """One message. ``time`` is in microseconds since 1970-01-01 UTC, or None where nobody recorded it."""

    role: Role
    labels: tuple[Label, ...] = ()
    content: str | None = None
    time: int | None = None


LookedFor = Mapping[str, frozenset[Role] | None]
"""Which labels were looked for: name (aliases allowed) to the roles it was looked for on; None means all roles."""


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
