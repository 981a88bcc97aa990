"""The network of small automata that a policy is compiled to: who owns which slot, shared where equal.

Conditions become functions of the slots and the message. Automata that are asked the same question
are made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any as Anything
from typing import Protocol

from policy_engine.machine.attributes import attribute_value
from policy_engine.machine.doubtful import DoubtfulCount
from policy_engine.machine.latches import Recent, Sighting, TurnPeak
from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.shape import Shape, flag, row, whole
from policy_engine.machine.state import Lift, lift_time
from policy_engine.machine.tallies import Match
from policy_engine.model.model import (
    All,
    Any,
    Attribute,
    Condition,
    Count,
    CountReached,
    Detected,
    Doubt,
    Not,
    Reading,
    Scope,
    Taken,
)
from policy_engine.transcripts.message import AttributeValue
from policy_engine.vocabulary.vocabulary import Lasting, Vocabulary

Test = Callable[[Slots, Moment], int]
"""A compiled condition: 0 false, 1 unknown, 2 true."""


class Turning(Protocol):
    """An automaton that changes when a turn begins."""

    def turn(self, slots: Slots) -> object:
        """A turn begins."""


class Seeing(Protocol):
    """An automaton that looks at every message."""

    def see(self, slots: Slots, moment: Moment) -> object:
        """Take in a message."""


class Network:
    """Collects slots, automata and readings while a policy is compiled."""

    def __init__(self, vocabulary: Vocabulary, readings: Iterable[Reading]) -> None:
        self.vocabulary = vocabulary
        self.readings = tuple(
            sorted(set(readings), key=lambda each: (each.label, each.at is not None, each.at or 0))
        )
        self.index = {reading: number for number, reading in enumerate(self.readings)}
        self.initial: list[Anything] = []
        self.shapes: list[Shape] = []
        self.turning: list[Turning] = []
        self.peaks: list[Seeing] = []
        self.seeing: list[Seeing] = []
        self.taken: dict[str, list[Recent]] = {}
        self.lifts: dict[int, Lift] = {}
        """By slot: where the times of its states are, if they hold any."""
        self.turn_flags: list[int] = []
        """Slots that are False at the beginning of every turn."""
        self.since: dict[str, list[tuple[Anything, int]]] = {}
        """By action: the counts since it was taken, with the slot that says whether their rule has fired."""
        self.attributes: list[Attribute] = []
        self._made: dict[object, Anything] = {}
        self.attribute_slot = self.slot((), self._is_attribute_values)

    def slot(self, initial: object, shape: Shape = flag) -> int:
        """A new slot with its first state; all its states are of ``shape``."""
        self.initial.append(initial)
        self.shapes.append(shape)
        return len(self.initial) - 1

    def _is_attribute_values(self, value: object) -> bool:
        return row(*[whole(0, 2)] * len(self.attributes))(value)

    def recent(self, window: Lasting | None) -> Recent:
        """A new memory of when something last was."""
        made = Recent(self.slot(None, Recent.shape(window)), window)
        if made.length is not None:
            self.lifts[made.slot] = lift_time
        if made.ages:
            self.turning.append(made)
        return made

    def peak(self, reading: Reading) -> TurnPeak:
        """The highest value of the reading on the user's messages of the turn."""
        key = ("peak", reading)
        if key not in self._made:
            made = TurnPeak(self.slot(0, whole(0, 2)), self.index[reading])
            self.turning.append(made)
            self.peaks.append(made)
            self._made[key] = made
        return self._made[key]  # type: ignore[no-any-return]

    def match(self, act: str, on: tuple[Reading, ...] | None) -> Match:
        """What an act on categories is."""
        pairs = None if on is None else tuple((self.index[each], self.peak(each)) for each in on)
        return Match(self.index[Reading(act)], pairs)

    def own_counters(self, count: Count) -> list[tuple[Reading, ...] | None]:
        """The categories of each counter that the count has: one, or with ``same_category`` one each."""
        if count.same_category and count.on is not None:
            return [(each,) for each in count.on]
        return [count.on]

    # --- conditions ---

    def test(self, condition: Condition) -> Test:
        """The condition as a function."""
        match condition:
            case Detected():
                return self._detected(condition)
            case Taken(action, scope):
                return self._taken(action, scope)
            case Attribute():
                return self._attribute(condition)
            case Not(inner):
                test = self.test(inner)
                return lambda slots, moment: 2 - test(slots, moment)
            case All(inner_conditions):
                tests = [self.test(each) for each in inner_conditions]
                return lambda slots, moment: min([each(slots, moment) for each in tests])
            case Any(inner_conditions):
                tests = [self.test(each) for each in inner_conditions]
                return lambda slots, moment: max([each(slots, moment) for each in tests])
            case CountReached(count):
                return self._count_reached(count)

    def here(self, detected: Detected) -> Test:
        """The detection at this message alone."""
        indexes = tuple(self.index[each] for each in detected.readings)
        role = detected.role
        doubt = detected.doubt

        def value(_: Slots, moment: Moment) -> int:
            if role is not None and moment.role is not role:
                return 0
            found = max([moment.values[each] for each in indexes])
            if doubt is Doubt.DETECTED:
                return found
            if doubt is Doubt.UNCHECKED:
                return 2 if found == 1 else 0
            return 2 if found else 0

        return value

    def _detected(self, detected: Detected) -> Test:
        if detected.scope.this_message:
            return self.here(detected)
        sightings = [self.sighting(each, detected) for each in detected.readings]
        doubt = detected.doubt

        def value(slots: Slots, moment: Moment) -> int:
            found = [each.value(slots, moment.time) for each in sightings]
            if doubt is Doubt.DETECTED:
                return max(found)
            return 2 if any(found) else 0

        if doubt is Doubt.UNCHECKED:
            return lambda slots, moment: (
                2 if any(each.doubted(slots, moment.time) for each in sightings) else 0
            )
        return value

    def sighting(self, reading: Reading, detected: Detected) -> Sighting:
        """What remembers one reading of a detection; not for one that looks at this message only."""
        muted = (
            tuple(self.index[each] for each in detected.readings) if detected.doubt is Doubt.UNCHECKED else ()
        )
        key = ("sighting", reading, detected.role, detected.scope, muted)
        if key not in self._made:
            window = detected.scope.window
            lasts = self.vocabulary.labels[reading.label].unknown_lasts
            windows = _both(window, lasts)
            made = Sighting(
                self.recent(window),
                tuple(self.recent(each) for each in windows),
                self.index[reading],
                detected.role,
                muted,
            )
            self.seeing.append(made)
            self._made[key] = made
        return self._made[key]  # type: ignore[no-any-return]

    def _taken(self, action: str, scope: Scope) -> Test:
        key = ("taken", action, scope.window)
        if key not in self._made:
            self._made[key] = self.recent(scope.window)
            self.taken.setdefault(action, []).append(self._made[key])
        made: Recent = self._made[key]
        if scope.this_message:
            return lambda slots, moment: 0
        return lambda slots, moment: 2 if made.holds(slots, moment.time) else 0

    def _attribute(self, attribute: Attribute) -> Test:
        if attribute not in self.attributes:
            self.attributes.append(attribute)
        number, slot = self.attributes.index(attribute), self.attribute_slot
        return lambda slots, moment: int(slots[slot][number])

    def counts(self, count: Count) -> list[DoubtfulCount]:
        """The automata of a count in a condition: one for each counter that it has."""
        key = ("count", count)
        if key not in self._made:
            self._made[key] = [self._doubtful(count, on) for on in self.own_counters(count)]
        return self._made[key]  # type: ignore[no-any-return]

    def _count_reached(self, count: Count) -> Test:
        counts = self.counts(count)
        if len(counts) == 1:
            only = counts[0]
            return lambda slots, moment: only.value(slots, moment.time)
        return lambda slots, moment: max([each.value(slots, moment.time) for each in counts])

    def _doubtful(self, count: Count, on: tuple[Reading, ...] | None) -> DoubtfulCount:
        labels = self.vocabulary.labels
        lasts = [labels[each.label].unknown_lasts for each in on or ()]
        match, act_lasts = self.match(count.act, on), labels[count.act].unknown_lasts
        made = DoubtfulCount(0, match, count.need, count.in_a_row, count.within, act_lasts, lasts)
        made.slot = self.slot(made.initial, made.shape)
        self.lifts[made.slot] = made.lift
        self.turning.append(made)
        self.seeing.append(made)
        return made

    def attribute_values(self, given: dict[str, AttributeValue]) -> tuple[int, ...]:
        """The values of all attribute conditions for one conversation."""
        known = self.vocabulary.attributes
        return tuple(
            attribute_value(each, given.get(each.name, known[each.name].assume)) for each in self.attributes
        )


def _both(window: Lasting | None, lasts: Lasting | None) -> tuple[Lasting | None, ...]:
    """The windows within which a doubt must lie: the shorter where they are of one unit, else both."""
    if window is None or lasts is None:
        return (window or lasts,)
    if window.turns is not None and lasts.turns is not None:
        return (min(window, lasts, key=lambda each: each.turns or 0),)
    if window.seconds is not None and lasts.seconds is not None:
        return (min(window, lasts, key=lambda each: each.seconds or 0),)
    return (window, lasts)
