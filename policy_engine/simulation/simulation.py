"""A recorded conversation under a policy: what the policy would have decided at every message.

``run`` decides and nothing more, so that a log of millions of messages goes through quickly; the
explanations of a :class:`Simulation` are made when somebody asks for its ``moments``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from policy_engine.machine.encoder import ABSENT, DETECTED, UNKNOWN, Observation
from policy_engine.machine.machine import Machine
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy as Model
from policy_engine.model.parts import readings_in
from policy_engine.runtime.policy import Policy
from policy_engine.simulation.clauses import condition_of
from policy_engine.simulation.coverage import Attributes, Coverage, coverage
from policy_engine.simulation.pacing import has_no_times, paced
from policy_engine.simulation.unknowns import taken_as
from policy_engine.transcripts.message import AttributeValue, Conversation, Role
from policy_engine.vocabulary.vocabulary import Lasting

if TYPE_CHECKING:
    from policy_engine.simulation.moments import Moment

_NOTHING_ASSUMED: Attributes = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """A message of a conversation, counted from 1, and its turn (0: before the user's first message)."""

    message: int
    turn: int


@dataclass(frozen=True)
class Simulation:
    """What a policy decides in one conversation. ``decisions``, ``turns`` and ``observations`` go by message."""

    machine: Machine = field(repr=False, compare=False)
    conversation: Conversation
    decisions: tuple[Decision, ...]
    turns: tuple[int, ...]
    observations: tuple[Observation, ...] = field(repr=False)
    assumed: Attributes
    """The attributes that nobody recorded, with what was assumed."""
    covered: Coverage
    pace: Lasting | None = None
    """The time supposed between two messages, where the policy needs times and nobody recorded any."""

    @property
    def policy(self) -> Model:
        """The policy that decided."""
        return self.machine.policy

    @property
    def attributes(self) -> Attributes:
        """Everything known or assumed of the conversation."""
        return {**self.assumed, **self.conversation.attributes}

    @cached_property
    def ended(self) -> Place | None:
        """Where the policy ends the chat."""
        return _end(self.decisions, self.turns)

    @property
    def after_end(self) -> int:
        """How many messages follow the end."""
        return 0 if self.ended is None else len(self.decisions) - self.ended.message

    @property
    def turn_count(self) -> int:
        """How many turns the conversation has."""
        return self.turns[-1] if self.turns else 0

    @property
    def moments(self) -> Iterator[Moment]:
        """Every message with what was detected, counted and done at it, and why; each time from the first on.

        They are made as they are asked for, and not kept: a conversation may be long.
        """
        from policy_engine.simulation.moments import moments_of

        return moments_of(self)

    def moments_at(self, wanted: Callable[[Decision], bool]) -> Iterator[Moment]:
        """The moments of those messages whose decision is ``wanted``."""
        from policy_engine.simulation.moments import moments_of

        return moments_of(self, wanted)

    @cached_property
    def counted(self) -> frozenset[str]:
        """The rules and ladders for which some message counted, by name."""
        walk = self.machine.walk(self.machine.initial(self.attributes))
        found: set[str] = set()
        for seen in self.observations:
            if any(seen.values):
                found.update(view.owner for view in walk.views(*seen) if view.added)
            walk.step(*seen)
        return frozenset(found)

    @cached_property
    def is_in_doubt(self) -> bool:
        """Whether a label that the policy reads was unknown on some message."""
        return any(UNKNOWN in each.values for each in self.observations)

    @cached_property
    def if_absent(self) -> Simulation:
        """The same conversation with every unknown label read as absent."""
        if not self.is_in_doubt:
            return self
        return self._taken_as(ABSENT)

    @property
    def only_in_doubt(self) -> frozenset[str]:
        """The actions that are done, and would not be if every unknown label were absent."""
        return self._actions() - self.if_absent._actions() if self.is_in_doubt else frozenset()

    def _actions(self) -> frozenset[str]:
        return frozenset(done.action for decision in self.decisions for done in decision.actions)

    @cached_property
    def if_detected(self) -> Simulation:
        """The same conversation with every unknown label read as detected."""
        return self._taken_as(DETECTED) if self.is_in_doubt else self

    def _taken_as(self, value: int) -> Simulation:
        seen = taken_as(value, self.observations)
        decisions, turns = _decide(self.machine, seen, self.attributes)
        return replace(self, decisions=decisions, turns=turns, observations=seen)

    @cached_property
    def held_open(self) -> Held | None:
        """What alone keeps the chat open: it would be ended if every unknown label were absent."""
        if self.ended is not None or not self.is_in_doubt or self.if_absent.ended is None:
            return None
        return _held(self, self.if_absent.ended)


@dataclass(frozen=True, slots=True)
class Held:
    """A chat held open only because labels are missing: it would have been ended at ``place``.

    ``never_looked_for`` are the labels that nobody looked for, ``not_checked`` those that could not be
    checked; only those that matter to what kept the chat open, where that can be told.
    """

    place: Place
    never_looked_for: tuple[str, ...]
    not_checked: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(sorted({*self.never_looked_for, *self.not_checked}))


class Simulator:
    """Runs one policy over many conversations. ``assume`` supplies attributes that nobody recorded.

    ``pace`` is the time that is supposed between two messages, where the policy needs times and a
    conversation has none at all.
    """

    def __init__(
        self, machine: Machine, assume: Attributes = _NOTHING_ASSUMED, pace: Lasting | None = None
    ) -> None:
        self.machine = machine
        self._pace = pace if machine.timed else None
        vocabulary = machine.policy.vocabulary
        defaults: dict[str, AttributeValue] = {
            name: entry.assume for name, entry in vocabulary.attributes.items() if entry.assume is not None
        }
        self._assumed = {**defaults, **assume}

    def run(self, conversation: Conversation) -> Simulation:
        """What the policy decides. Raises TimeOrderError where it needs times that are not as they must be."""
        pace = self._pace if self._pace is not None and has_no_times(conversation) else None
        if pace is not None:
            conversation = paced(conversation, pace)
        encoder = self.machine.encoder(conversation.looked_for)
        seen = tuple([encoder.observe_mark(mark) for mark in conversation.marks()])
        recorded = conversation.attributes
        assumed = {name: value for name, value in self._assumed.items() if name not in recorded}
        given = {**assumed, **recorded}
        decisions, turns = _decide(self.machine, seen, given)
        covered = coverage(self.machine.policy.applies, recorded, given)
        return Simulation(self.machine, conversation, decisions, turns, seen, assumed, covered, pace)


def run(
    machine: Machine, conversation: Conversation, assume: Mapping[str, AttributeValue] | None = None
) -> Simulation:
    """What the policy of ``machine`` decides in a conversation. Raises TimeOrderError."""
    return Simulator(machine, assume or {}).run(conversation)


def simulate(
    policy: Policy, conversation: Conversation, assume: Mapping[str, AttributeValue] | None = None
) -> Simulation:
    """What a policy decides in a recorded conversation, message by message.

    ``assume`` supplies attributes that nobody recorded. Raises TimeOrderError where the policy needs
    times and a message has none, or an earlier one than the message before.
    """
    return run(policy.machine, conversation, assume)


def _decide(
    machine: Machine, seen: tuple[Observation, ...], attributes: Attributes
) -> tuple[tuple[Decision, ...], tuple[int, ...]]:
    walk = machine.walk(machine.initial(attributes))
    decisions = []
    turns = []
    for symbol, time in seen:
        decisions.append(walk.step(symbol, time))
        turns.append(walk.turn)
    return tuple(decisions), tuple(turns)


def _end(decisions: tuple[Decision, ...], turns: tuple[int, ...]) -> Place | None:
    for number, decision in enumerate(decisions):
        if decision.ends:
            return Place(number + 1, turns[number])
    return None


def _held(simulation: Simulation, place: Place) -> Held:
    """The unknown labels that the clauses asked for which kept the chat open; else every unknown one."""
    policy = simulation.policy
    asked = {
        reading
        for decision in simulation.decisions[: place.message]
        for stop in decision.stopped
        if stop.unknown
        for reading in readings_in(condition_of(policy, stop))
    }
    unknown: dict[str, set[int]] = {}
    unknown_and_asked: dict[str, set[int]] = {}
    for number, seen in enumerate(simulation.observations[: place.message]):
        for reading, value in zip(simulation.machine.readings, seen.values, strict=True):
            if value == UNKNOWN:
                unknown.setdefault(reading.label, set()).add(number)
                if reading in asked:
                    unknown_and_asked.setdefault(reading.label, set()).add(number)
    chosen = unknown_and_asked or unknown
    recorded = {
        simulation.policy.vocabulary.canonical(label.name)
        for message in simulation.conversation.messages
        for label in message.labels
    }
    missing = {name for name in chosen if name not in recorded and _is_looked_for_nowhere(simulation, name)}
    return Held(place, tuple(sorted(missing)), tuple(sorted(chosen.keys() - missing)))


def _is_looked_for_nowhere(simulation: Simulation, name: str) -> bool:
    looked_for = simulation.conversation.looked_for
    if looked_for is None:
        return False
    canonical = simulation.policy.vocabulary.canonical
    roles: set[Role] = set()
    for each, on in looked_for.items():
        if canonical(each) == name:
            roles |= set(Role) if on is None else on
    return not roles & simulation.policy.vocabulary.labels[name].roles
