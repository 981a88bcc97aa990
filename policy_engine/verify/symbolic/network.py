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


class Senses:
    """The automata that depend on messages alone, in one vocabulary: whoever reads it shares them.

    First everything is asked for; then a turn begins, perhaps, and the message is looked at; from then on what they
    remember includes it.
    """

    def __init__(self, equations: Equations, number: int) -> None:
        self.equations = equations
        self.number = number
        self.turning: list[Turning] = []
        self.peaks: list[Seeing] = []
        self.seeing: list[Seeing] = []
        self._made: dict[object, Anything] = {}

    def shared(self, key: object, make: Callable[[str], Made]) -> Made:
        """What was made under this key; made now, as nobody's own, if it was not."""
        if key not in self._made:
            owner, self.equations.owner = self.equations.owner, ""
            self._made[key] = make(f"{self.number}/{len(self._made)}")
            self.equations.owner = owner
        return self._made[key]  # type: ignore[no-any-return]

    def turn(self) -> None:
        """A turn begins, perhaps."""
        for each in self.turning:
            each.turn()

    def look(self) -> None:
        """Take in the message."""
        for each in (*self.peaks, *self.seeing):
            each.see()


class Network:
    """Conditions in the vocabulary of some senses, over what one policy does.

    As with the senses, everything is asked for first. At last :meth:`take` tells which actions were taken.
    """

    def __init__(self, senses: Senses, name: str) -> None:
        self.senses = senses
        self.equations = senses.equations
        self.circuit = self.equations.circuit
        self.name = name
        self.number = senses.number
        self.vocabulary = self.equations.records.vocabularies[senses.number]
        self._turning: list[Turning] = []
        self._taken: dict[str, dict[Lasting | None, Recent]] = {}

    # --- parts ---

    def reading(self, reading: Reading) -> Kleene:
        """What this message shows of a reading."""
        return self.equations.records.reading(self.number, reading)

    def peak(self, reading: Reading) -> TurnPeak:
        """The highest value of the reading on the user's messages of the turn."""

        def make(name: str) -> TurnPeak:
            made = TurnPeak(self.equations, name, self.reading(reading))
            self.senses.turning.append(made)
            self.senses.peaks.append(made)
            return made

        return self.senses.shared(("peak", reading), make)

    def recent(self, name: str, window: Lasting | None) -> Recent:
        """A new memory of when the policy last did something."""
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
            certain = Recent(self.equations, f"{name}/certain", window)
            doubts = tuple(
                Recent(self.equations, f"{name}/doubt {number}", each) for number, each in enumerate(windows)
            )
            self.senses.turning += (certain, *doubts)
            made = Sighting(
                self.equations,
                certain,
                doubts,
                self.reading(reading),
                detected.role,
                tuple(self.reading(each) for each in muted),
            )
            self.senses.seeing.append(made)
            return made

        return self.senses.shared(("sighting", reading, detected.role, detected.scope, muted), make)

    def _took(self, action: str, scope: Scope) -> Recent:
        known = self._taken.setdefault(action, {})
        if scope.window not in known:
            owner, self.equations.owner = self.equations.owner, self.name
            known[scope.window] = self.recent(f"{action} {scope.window}", scope.window)
            self.equations.owner = owner
        return known[scope.window]

    def _doubtful(self, count: Count) -> list[DoubtfulCount]:
        return [
            self.senses.shared(("count", count, on), lambda name, on=on: self._count(name, count, on))  # type: ignore[misc]
            for on in own_counters(count)
        ]

    def _count(self, name: str, count: Count, on: tuple[Reading, ...] | None) -> DoubtfulCount:
        labels = self.vocabulary.labels

        def doubtable(reading: Reading, peak: TurnPeak | None) -> Doubtable:
            return Doubtable(self.reading(reading), labels[reading.label].unknown_lasts, peak)

        categories = None if on is None else [doubtable(each, self.peak(each)) for each in on]
        act = doubtable(Reading(count.act), None)
        made = DoubtfulCount(self.equations, name, act, categories, count.need, count.in_a_row, count.within)
        self.senses.turning.append(made)
        self.senses.seeing.append(made)
        return made

    # --- the step ---

    def turn(self) -> None:
        """A turn begins, perhaps."""
        for each in self._turning:
            each.turn()

    def take(self, action: str, condition: Signal) -> None:
        """An action was taken at this message, where the condition is true: known from the next one on."""
        for each in self._taken.get(action, {}).values():
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
