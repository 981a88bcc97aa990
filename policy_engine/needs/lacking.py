"""What a log lacks of that which a policy asks for, counted conversation by conversation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from policy_engine.machine.machine import compile_policy
from policy_engine.model.model import Policy
from policy_engine.needs.asked import asked_by
from policy_engine.simulation.known import Knowledge, Known
from policy_engine.simulation.pacing import has_no_times
from policy_engine.transcripts.message import AttributeValue, Conversation, Role
from policy_engine.verify.alphabet import Limit
from policy_engine.verify.limited import Lack
from policy_engine.vocabulary.vocabulary import Vocabulary

_MOST_KINDS = 1_000
"""Kinds of conversation that are told apart by what they lack."""
_SURE = frozenset((Known.DETECTED, Known.ABSENT))


@dataclass(frozen=True, slots=True)
class Kind:
    """What some conversations have in common: the labels that are on no message of a role known to be absent, though
    they are not known everywhere; and the attributes that nobody recorded.
    """

    labels: frozenset[tuple[str, Role]]
    attributes: frozenset[str]


@dataclass
class Lacking:
    """What is missing. ``messages`` and ``unknown`` are messages on which a label can stand, and on which it is
    unknown, by label and role; ``conversations`` those in which that is so of each such message.
    """

    policy: Policy
    assumed: Mapping[str, AttributeValue] = field(default_factory=dict)
    total: int = 0
    messages: Counter[tuple[str, Role]] = field(default_factory=Counter)
    unknown: Counter[tuple[str, Role]] = field(default_factory=Counter)
    detected: Counter[tuple[str, Role]] = field(default_factory=Counter)
    conversations: Counter[tuple[str, Role]] = field(default_factory=Counter)
    attributes: Counter[str] = field(default_factory=Counter)
    """By attribute: conversations in which nobody recorded it."""
    untimed: int = 0
    """Conversations in which some message has no time."""
    without_times: int = 0
    """Those of them in which none has."""
    spoken: Counter[Role] = field(default_factory=Counter)
    """By role: conversations in which it speaks."""
    kinds: Counter[Kind] = field(default_factory=Counter)
    uncounted: int = 0
    """Conversations of more kinds than are told apart."""

    def __post_init__(self) -> None:
        self.asked = asked_by(self.policy)
        vocabulary = self.policy.vocabulary
        self._family = _family(vocabulary, {each.label for each in compile_policy(self.policy).readings})
        self._knowledge = Knowledge(vocabulary, self._family)

    def add(self, conversation: Conversation) -> None:
        """One conversation more."""
        self.total += 1
        values: dict[tuple[str, Role], Counter[Known]] = {}
        met: Counter[tuple[Role, tuple[Known | None, ...]]] = Counter(self._knowledge.of(conversation))
        for (role, several), number in met.items():
            for name, known in zip(self._family, several, strict=True):
                if known is not None:
                    values.setdefault((name, role), Counter())[known] += number
        self.spoken.update({role for role, _ in met})
        for key, numbers in values.items():
            of = sum(numbers.values())
            unsure = of - sum(numbers[each] for each in _SURE)
            self.messages[key] += of
            self.unknown[key] += unsure
            self.detected[key] += numbers[Known.DETECTED]
            self.conversations[key] += unsure == of
        missing = {need.entry.name for need in self.asked.attributes} - conversation.attributes.keys()
        self.attributes.update(missing)
        untimed = any(message.time is None for message in conversation.messages)
        self.untimed += untimed
        self.without_times += untimed and has_no_times(conversation)
        self._add_kind(values, missing)

    def _add_kind(self, values: Mapping[tuple[str, Role], Counter[Known]], missing: Collection[str]) -> None:
        never_absent = frozenset(
            key for key, numbers in values.items() if not numbers[Known.ABSENT] and set(numbers) - _SURE
        )
        kind = Kind(never_absent, frozenset(missing))
        if kind not in self.kinds and len(self.kinds) >= _MOST_KINDS:
            self.uncounted += 1
        else:
            self.kinds[kind] += 1

    def lack(self, kind: Kind) -> Lack:
        """What conversations of a kind lack, as far as it bears on what can happen in them."""
        limits = {key: Limit.NEVER_ABSENT if self.detected[key] else Limit.NEVER_KNOWN for key in kind.labels}
        entries = self.policy.vocabulary.attributes
        attributes = {name: self.assumed.get(name, entries[name].assume) for name in kind.attributes}
        return Lack(limits, attributes, frozenset(self.spoken))


def _family(vocabulary: Vocabulary, read: set[str]) -> tuple[str, ...]:
    """The labels that are read, and all that imply them."""
    found = set(read)
    before = -1
    while len(found) != before:
        before = len(found)
        found |= {each.name for each in vocabulary.labels.values() if found & set(each.implies)}
    return tuple(sorted(found))
