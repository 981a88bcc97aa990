"""The equations of conditions, and of the automata behind them, which are made once where they are asked the same:
see :mod:`policy_engine.machine.network`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any as Anything
from typing import Protocol, TypeVar

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
from policy_engine.verify.symbolic.circuit import Signal
from policy_engine.verify.symbolic.doubtful import Doubtable, DoubtfulCount
from policy_engine.verify.symbolic.equations import Equations
from policy_engine.verify.symbolic.kleene import NO, Kleene, gated, greatest, in_doubt, least, plain
from policy_engine.verify.symbolic.latches import Recent, Sighting, TurnPeak
from policy_engine.verify.symbolic.tallies import Match
from policy_engine.vocabulary.vocabulary import Lasting

Made = TypeVar("Made")


class Turning(Protocol):
    """An automaton that changes when a turn begins."""

    def turn(self) -> object:
        """A turn begins."""


class Seeing(Protocol):
    """An automaton that looks at every message."""

    def see(self) -> object:
        """Take in a message."""


class Network:
    """Conditions in one vocabulary (number ``number`` of the equations), over what one policy does.

    First everything is asked for; then :meth:`look` takes in the message; from then on conditions have their values;
    at last :meth:`remember` tells which actions were taken.
    """

    def __init__(self, equations: Equations, number: int, name: str) -> None:
        self.equations = equations
        self.circuit = equations.circuit
        self.number = number
        self.name = name
        self.vocabulary = equations.records.vocabularies[number]
        self._turning: list[Turning] = []
        self._peaks: list[Seeing] = []
        self._seeing: list[Seeing] = []
        self._taken: dict[str, list[Recent]] = {}
        self._made: dict[object, Anything] = {}

    def _shared(self, key: object, make: Callable[[str], Made]) -> Made:
        """What was made under this key; made now, as nobody's own, if it was not."""
        if key not in self._made:
            owner, self.equations.owner = self.equations.owner, ""
            self._made[key] = make(f"{self.name}/{len(self._made)}")
            self.equations.owner = owner
        return self._made[key]  # type: ignore[no-any-return]

    # --- parts ---

    def reading(self, reading: Reading) -> Kleene:
        """What this message shows of a reading."""
        return self.equations.records.reading(self.number, reading)

    def peak(self, reading: Reading) -> TurnPeak:
        """The highest value of the reading on the user's messages of the turn."""

        def make(name: str) -> TurnPeak:
            made = TurnPeak(self.equations, name, self.reading(reading))
            self._turning.append(made)
            self._peaks.append(made)
            return made

        return self._shared(("peak", reading), make)

    def recent(self, name: str, window: Lasting | None) -> Recent:
        """A new memory of when something last was."""
        made = Recent(self.equations, name, window)
        self._turning.append(made)
        return made

    def match(self, act: str, on: tuple[Reading, ...] | None) -> Match:
        """What an act on categories is."""
        pairs = None if on is None else [(self.reading(each), self.peak(each)) for each in on]
        return Match(self.circuit, self.reading(Reading(act)), pairs)

    # --- conditions ---

    def prepare(self, condition: Condition | None) -> None:
        """Make the automata of a condition; to be called for each before the message is looked at."""
        if condition is not None:
            self._visit(condition)

    def _visit(self, condition: Condition) -> None:
        match condition:
            case Detected(scope=scope):
                for each in condition.readings:
                    if scope.this_message:
                        self.reading(each)
                    else:
                        self._sighting(each, condition)
            case Taken(action, scope):
                self._took(action, scope)
            case Attribute():
                self.equations.standing.value(self.vocabulary, condition)
            case Not(inner):
                self._visit(inner)
            case All(several) | Any(several):
                for one in several:
                    self._visit(one)
            case CountReached(count):
                self._doubtful(count)

    def test(self, condition: Condition) -> Kleene:
        """What a condition comes to at this message."""
        match condition:
            case Detected():
                return self._detected(condition)
            case Taken(action, scope):
                return NO if scope.this_message else plain(self._took(action, scope).holds)
            case Attribute():
                return self.equations.standing.value(self.vocabulary, condition)
            case Not(inner):
                return self.test(inner).negated()
            case All(several):
                return least(self.circuit, [self.test(each) for each in several])
            case Any(several):
                return greatest(self.circuit, [self.test(each) for each in several])
            case CountReached(count):
                return greatest(self.circuit, [each.value for each in self._doubtful(count)])

    def here(self, detected: Detected) -> Kleene:
        """The detection at this message alone."""
        found = self._as_asked(
            detected.doubt, greatest(self.circuit, [self.reading(each) for each in detected.readings])
        )
        if detected.role is None:
            return found
        return gated(self.circuit, self.equations.records.roles[detected.role], found)

    def _as_asked(self, doubt: Doubt, found: Kleene) -> Kleene:
        if doubt is Doubt.DETECTED:
            return found
        return plain(in_doubt(self.circuit, found) if doubt is Doubt.UNCHECKED else found.possible)

    def _detected(self, detected: Detected) -> Kleene:
        if detected.scope.this_message:
            return self.here(detected)
        sightings = [self._sighting(each, detected) for each in detected.readings]
        if detected.doubt is Doubt.UNCHECKED:
            return plain(self.circuit.any([each.doubted for each in sightings]))
        found = greatest(self.circuit, [each.value for each in sightings])
        return found if detected.doubt is Doubt.DETECTED else plain(found.possible)

    def _sighting(self, reading: Reading, detected: Detected) -> Sighting:
        muted = detected.readings if detected.doubt is Doubt.UNCHECKED else ()
        window = detected.scope.window

        def make(name: str) -> Sighting:
            windows = _both(window, self.vocabulary.labels[reading.label].unknown_lasts)
            made = Sighting(
                self.equations,
                self.recent(f"{name}/certain", window),
                tuple(self.recent(f"{name}/doubt {number}", each) for number, each in enumerate(windows)),
                self.reading(reading),
                detected.role,
                tuple(self.reading(each) for each in muted),
            )
            self._seeing.append(made)
            return made

        return self._shared(("sighting", reading, detected.role, detected.scope, muted), make)

    def _took(self, action: str, scope: Scope) -> Recent:
        def make(name: str) -> Recent:
            made = self.recent(name, scope.window)
            self._taken.setdefault(action, []).append(made)
            return made

        return self._shared(("taken", action, scope.window), make)

    def _doubtful(self, count: Count) -> list[DoubtfulCount]:
        return [
            self._shared(("count", count, on), lambda name, on=on: self._count(name, count, on))  # type: ignore[misc]
            for on in own_counters(count)
        ]

    def _count(self, name: str, count: Count, on: tuple[Reading, ...] | None) -> DoubtfulCount:
        labels = self.vocabulary.labels

        def doubtable(reading: Reading, peak: TurnPeak | None) -> Doubtable:
            return Doubtable(self.reading(reading), labels[reading.label].unknown_lasts, peak)

        categories = None if on is None else [doubtable(each, self.peak(each)) for each in on]
        act = doubtable(Reading(count.act), None)
        made = DoubtfulCount(self.equations, name, act, categories, count.need, count.in_a_row, count.within)
        self._turning.append(made)
        self._seeing.append(made)
        return made

    # --- the step ---

    def turn(self) -> None:
        """A turn begins, perhaps."""
        for each in self._turning:
            each.turn()

    def look(self) -> None:
        """Take in the message."""
        for each in (*self._peaks, *self._seeing):
            each.see()

    def take(self, action: str, condition: Signal) -> None:
        """An action was taken at this message, where the condition is true: known from the next one on."""
        for each in self._taken.get(action, ()):
            each.mark(condition)


def own_counters(count: Count) -> list[tuple[Reading, ...] | None]:
    """The categories of each counter that the count has: one, or with ``same_category`` one each."""
    if count.same_category and count.on is not None:
        return [(each,) for each in count.on]
    return [count.on]


def _both(window: Lasting | None, lasts: Lasting | None) -> tuple[Lasting | None, ...]:
    """The windows within which a doubt must lie: the shorter where they are of one unit, else both."""
    if window is None or lasts is None:
        return (window or lasts,)
    if window.turns is not None and lasts.turns is not None:
        return (min(window, lasts, key=lambda each: each.turns or 0),)
    if window.seconds is not None and lasts.seconds is not None:
        return (min(window, lasts, key=lambda each: each.seconds or 0),)
    return (window, lasts)
