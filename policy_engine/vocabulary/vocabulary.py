"""What a policy may speak of: categories, acts, events, attributes, actions and notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from types import MappingProxyType

from policy_engine.source import Location
from policy_engine.transcripts.message import AttributeValue, Role
from policy_engine.value import value

UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
"""The units of a duration, each in seconds."""
MAX_DAYS = 366
"""The longest duration, in days."""


class Kind(Enum):
    """The three kinds of label. They share one set of names."""

    CATEGORY = "category"
    ACT = "act"
    EVENT = "event"


@value
class Lasting:
    """A length: either whole ``turns`` or ``seconds``; exactly one of the two is set."""

    turns: int | None = None
    seconds: int | None = None


@value
class LabelEntry:
    """A label that may stand on a message.

    ``threshold`` is the score from which it holds (0 to 1). ``implies`` names other labels, as
    written after resolving aliases (direct ones only; they do not form a cycle). ``when_unknown``
    is None, ``"detected"`` or ``"absent"``. ``roles`` are those on whose messages it is looked for.
    ``phrase`` is the sentence of an event ("the user asks to end"), ``plural`` that of an act.
    """

    name: str
    kind: Kind
    roles: frozenset[Role]
    title: str = ""
    aliases: tuple[str, ...] = ()
    threshold: float = 0.5
    implies: tuple[str, ...] = ()
    unknown_lasts: Lasting | None = None
    when_unknown: str | None = None
    plural: str | None = None
    phrase: str | None = None
    location: Location | None = field(default=None, compare=False)


@value
class AttributeEntry:
    """A fact about the conversation. ``type`` is ``boolean``, ``number``, ``text`` or ``one of``."""

    name: str
    type: str
    values: tuple[str, ...] = ()
    assume: AttributeValue | None = None
    title: str = ""
    location: Location | None = field(default=None, compare=False)


@value
class ActionEntry:
    """What a policy may do. ``rank`` 0 is the strongest; exactly one action ``ends`` the chat.

    ``phrase`` commands it ("warn the user"), ``past`` reports it ("a warning is given"), ``noun``
    names one ("warning", for ``since the last warning``). ``takes`` is None, ``"text"`` or ``"notice"``.
    """

    name: str
    rank: int
    phrase: str
    past: str
    noun: str | None = None
    takes: str | None = None
    ends: bool = False
    even_after_end: bool = False
    location: Location | None = field(default=None, compare=False)


@value
class NoticeEntry:
    """A text kept by the service, by language code."""

    name: str
    texts: Mapping[str, str]
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Vocabulary:
    """Everything that policies may name. Mappings are by canonical name, in file order."""

    labels: Mapping[str, LabelEntry] = field(default_factory=lambda: MappingProxyType({}))
    attributes: Mapping[str, AttributeEntry] = field(default_factory=lambda: MappingProxyType({}))
    actions: Mapping[str, ActionEntry] = field(default_factory=lambda: MappingProxyType({}))
    notices: Mapping[str, NoticeEntry] = field(default_factory=lambda: MappingProxyType({}))
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Alias to canonical label name."""

    def canonical(self, name: str) -> str | None:
        """The canonical name of a label or alias; None where the vocabulary does not know it."""
        return name if name in self.labels else self.aliases.get(name)

    @cached_property
    def implying_directly(self) -> Mapping[str, tuple[str, ...]]:
        """For each label, those that name it as implied, in file order."""
        found: dict[str, list[str]] = {name: [] for name in self.labels}
        for entry in self.labels.values():
            for name in dict.fromkeys(entry.implies):
                found[name].append(entry.name)
        return {name: tuple(names) for name, names in found.items()}

    @cached_property
    def implying(self) -> Mapping[str, tuple[str, ...]]:
        """For each label, every label that implies it, directly or not, in file order."""
        found: dict[str, set[str]] = {name: set() for name in self.labels}
        for each in self.labels:
            left = [*self.labels[each].implies]
            while left:
                name = left.pop()
                if each not in found[name]:
                    found[name].add(each)
                    left += self.labels[name].implies
        place = {name: number for number, name in enumerate(self.labels)}
        return {name: tuple(sorted(names, key=place.__getitem__)) for name, names in found.items()}
