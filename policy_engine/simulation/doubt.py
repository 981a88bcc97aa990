"""How far what a policy does in a log rests on what nobody knows, or on how refusals were found.

Beside the run as it is, the machine runs over each conversation once more for every *supposition*: that all unknown
labels are absent, that all are detected, and that refusals were found by another detector, or by none. All of that
is done while the conversation is at hand, so that a log is read once; what is kept are numbers, and a few ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from enum import Enum

from policy_engine.diagnostics import nearest
from policy_engine.machine.encoder import ABSENT, DETECTED, value_of
from policy_engine.machine.machine import compile_policy
from policy_engine.model.model import Policy
from policy_engine.simulation.known import Knowledge, Known
from policy_engine.simulation.refusals import REFUSAL, Compared, Refound
from policy_engine.simulation.simulation import Simulation
from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.message import Conversation, Label, Role

FIRST = 5
"""Conversations that are named for a supposition: the first that change."""
_MOST_KEYS = 2_000
"""Different names and sources that are told apart: a log may bring any number of them."""
_MOST_OF_A_PART = 100_000
"""The same in a part of a log, before it is added to those before it: else it would matter where a log is cut."""
OTHERS = "other sources"
OTHER_NAMES = "other names"
"""What is beyond that."""
_LONGEST = 100
"""Characters of a name that are kept."""
_LONGEST_ID = 1_000


class Supposition(Enum):
    """What is supposed of every unknown label; the value is its key for programs."""

    AS_NO = "unknown_as_no"
    AS_YES = "unknown_as_yes"


class Deeds:
    """What is done in a conversation: at each message, and ``actions`` anywhere."""

    def __init__(self, simulation: Simulation) -> None:
        self.conversation = simulation.conversation.id
        self.done = [
            frozenset((each.action, each.text) for each in decision.actions)
            for decision in simulation.decisions
        ]
        self.actions = {action for each in self.done for action, _ in each}


@dataclass
class Outcome:
    """What is done in a log under one supposition, each by action: in how many conversations.

    ``more`` are those in which it is done, and was not as it is; ``fewer`` the other way round. ``changed`` are the
    conversations in which at some message other actions are done, or with other texts, and ``first`` the ids of
    the first of them.
    """

    actions: Counter[str] = field(default_factory=Counter)
    more: Counter[str] = field(default_factory=Counter)
    fewer: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, supposed: Deeds, as_it_is: Deeds) -> None:
        """One conversation more."""
        self.actions.update(supposed.actions)
        self.more.update(supposed.actions - as_it_is.actions)
        self.fewer.update(as_it_is.actions - supposed.actions)
        if supposed.done != as_it_is.done:
            self.changed += 1
            if len(self.first) < FIRST:
                self.first.append(as_it_is.conversation[:_LONGEST_ID])

    def take(self, other: Outcome) -> None:
        """What came of conversations after these."""
        self.actions.update(other.actions)
        self.more.update(other.more)
        self.fewer.update(other.fewer)
        self.changed += other.changed
        self.first = [*self.first, *other.first][:FIRST]


@dataclass
class Doubt:
    """What was not known in a log, who said the rest, and what would come of other suppositions.

    Everything is a number that can be added to those of other conversations, so that several processes can count.
    """

    most: int = field(default=_MOST_KEYS, compare=False)
    """Names and sources that are told apart."""
    conversations: int = 0
    known: Counter[tuple[str, Known]] = field(default_factory=Counter)
    """By label that the policy reads: messages on which it can stand, by what was known of it there."""
    never_known: Counter[str] = field(default_factory=Counter)
    """By label: conversations that have such messages, and in which it was unknown on each."""
    said: Counter[tuple[str, str | None, Known]] = field(default_factory=Counter)
    """By label and source: records of it. (``OTHERS``, where there are too many.)"""
    unmapped: Counter[str] = field(default_factory=Counter)
    """By name: records of labels that the vocabulary does not have."""
    compared: Compared = field(default_factory=Compared)
    as_it_is: Outcome = field(default_factory=Outcome)
    unknown: dict[Supposition, Outcome] = field(
        default_factory=lambda: {each: Outcome() for each in Supposition}
    )
    refusals: dict[str, Outcome] = field(default_factory=dict)
    """By the detector that refusals are supposed to be found by, as :class:`Refound` names them."""
    refusals_as_no: dict[str, Outcome] = field(default_factory=dict)
    """The same, where every unknown label is supposed to be absent besides: what a missing label hides of it."""

    def take(self, other: Doubt) -> None:
        """What came of conversations after these: as if each had been counted here."""
        self.conversations += other.conversations
        self.known.update(other.known)
        self.never_known.update(other.never_known)
        self.compared.take(other.compared)
        for key, number in other.said.items():
            self.count_said(key, number)
        for name, number in other.unmapped.items():
            self.count_unmapped(name, number)
        self.as_it_is.take(other.as_it_is)
        for each, outcome in other.unknown.items():
            self.unknown[each].take(outcome)
        for name, outcome in other.refusals.items():
            self.refusals.setdefault(name, Outcome()).take(outcome)
        for name, outcome in other.refusals_as_no.items():
            self.refusals_as_no.setdefault(name, Outcome()).take(outcome)

    def count_said(self, key: tuple[str, str | None, Known], number: int = 1) -> None:
        """A record of a label, by a source."""
        if key not in self.said and len(self.said) >= self.most:
            key = (key[0], OTHERS, key[2])
        self.said[key] += number

    def count_unmapped(self, name: str, number: int = 1) -> None:
        """A record of a name that the vocabulary does not have."""
        if name not in self.unmapped and len(self.unmapped) >= self.most:
            name = OTHER_NAMES
        self.unmapped[name] += number


class Doubting:
    """Counts the doubt of one policy's simulations.

    ``chosen`` are the detectors that were asked for, ``classifiers`` the names of those that are known.
    """

    def __init__(
        self, policy: Policy, chosen: Sequence[Detector] = (), classifiers: Container[str] = frozenset()
    ) -> None:
        self.policy = policy
        self.classifiers = classifiers
        self._chosen = chosen
        self.labels = tuple(sorted({each.label for each in compile_policy(policy).readings}))
        """Those that the policy reads."""
        self._read = frozenset(self.labels)
        self._knowledge = Knowledge(policy.vocabulary, self.labels)
        self._refound = Refound(policy.vocabulary, chosen, classifiers) if REFUSAL in self._read else None
        self.doubt = Doubt()

    def anew(self) -> Doubting:
        """The same for a part of the log, with nothing counted so far."""
        fresh = copy(self)
        fresh.doubt = Doubt(_MOST_OF_A_PART)
        return fresh

    def add(
        self,
        simulation: Simulation,
        recorded: Conversation,
        detected: Conversation,
        run: Callable[[Conversation], Simulation],
    ) -> None:
        """One conversation more: its simulation as it is, the conversation before and after detectors read it, and
        what runs it where they had found something else.
        """
        doubt, as_it_is, as_no = self.doubt, Deeds(simulation), Deeds(simulation.if_absent)
        doubt.conversations += 1
        self._add_known(simulation.conversation)
        self._add_said(simulation.conversation)
        doubt.as_it_is.add(as_it_is, as_it_is)
        doubt.unknown[Supposition.AS_NO].add(as_no, as_it_is)
        doubt.unknown[Supposition.AS_YES].add(Deeds(simulation.if_detected), as_it_is)
        if self._refound is not None:
            found = tuple(self._refound.of(recorded, detected))
            doubt.compared.take(self._refound.compared(found))
            before, other = simulation.conversation, simulation
            for name, conversation in found:
                if conversation is not before:
                    before, other = conversation, run(conversation)
                doubt.refusals.setdefault(name, Outcome()).add(Deeds(other), as_it_is)
                doubt.refusals_as_no.setdefault(name, Outcome()).add(Deeds(other.if_absent), as_no)

    def _add_known(self, conversation: Conversation) -> None:
        messages: Counter[tuple[Known | None, ...]] = Counter(
            known for _, known in self._knowledge.of(conversation)
        )
        met: dict[str, set[Known]] = {}
        for several, number in messages.items():
            for name, known in zip(self.labels, several, strict=True):
                if known is not None:
                    self.doubt.known[name, known] += number
                    met.setdefault(name, set()).add(known)
        self.doubt.never_known.update(
            name for name, each in met.items() if not each & {Known.DETECTED, Known.ABSENT}
        )

    def _add_said(self, conversation: Conversation) -> None:
        for role, label in _records(conversation):
            name = self.policy.vocabulary.canonical(label.name)
            if name is None:
                self.doubt.count_unmapped(label.name[:_LONGEST])
            elif name in self._read and role in self.policy.vocabulary.labels[name].roles:
                source = label.source if label.source is None else label.source[:_LONGEST]
                self.doubt.count_said((name, source, self._value(name, label)))

    def _value(self, name: str, label: Label) -> Known:
        value = value_of(self.policy.vocabulary.labels[name], label.value)
        return {DETECTED: Known.DETECTED, ABSENT: Known.ABSENT}.get(value, Known.UNKNOWN)

    def nearest(self, name: str) -> str | None:
        """The name of the vocabulary that one is near to that it does not have."""
        vocabulary = self.policy.vocabulary
        return nearest(name, (*vocabulary.labels, *vocabulary.aliases))


def _records(conversation: Conversation) -> Iterator[tuple[Role, Label]]:
    for message in conversation.messages:
        for label in message.labels:
            yield message.role, label
