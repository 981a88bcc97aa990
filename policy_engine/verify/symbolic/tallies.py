"""The equations of the automata that count for a trigger: see :mod:`policy_engine.machine.tallies`.

What is kept of the additions is a row of cells, one for each that is needed, newest first: cell number *n* says whether
there were *n* that still count. So a count is reached where the last cell counts, an addition moves all cells on by
one, and no number is ever added to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from policy_engine.transcripts.message import SECOND
from policy_engine.verify.symbolic.circuit import FALSE, TRUE, Circuit, Signal
from policy_engine.verify.symbolic.equations import Equations
from policy_engine.verify.symbolic.kleene import Kleene, greatest, least
from policy_engine.verify.symbolic.latches import TurnPeak
from policy_engine.vocabulary.vocabulary import Lasting


class Match:
    """An act on categories: the assistant's message with it, in a turn in which a category is detected."""

    def __init__(self, circuit: Circuit, act: Kleene, on: Sequence[tuple[Kleene, TurnPeak]] | None) -> None:
        self.circuit = circuit
        self.act = act
        self.on = None if on is None else tuple(on)

    @property
    def value(self) -> Kleene:
        """The smaller of the act's value and the categories' highest (Kleene's ``and`` and ``or``)."""
        if self.on is None:
            return self.act
        shown = [value for reading, peak in self.on for value in (reading, peak.value)]
        return least(self.circuit, (self.act, greatest(self.circuit, shown)))


class Cells(Protocol):
    """What is kept of additions. All that is done is done where a condition is true."""

    def turn(self) -> None:
        """A turn begins."""

    def add(self, condition: Signal, points: int) -> None:
        """With an addition of so many."""

    def clear(self, condition: Signal) -> None:
        """Nothing is kept."""

    def reaches(self, number: int) -> Signal:
        """Whether the count is at least that many, of those that are needed."""


class Sums:
    """Additions without a limit."""

    def __init__(self, equations: Equations, name: str, need: int) -> None:
        self.circuit = equations.circuit
        self.cells = [equations.latch(f"{name}/{number + 1}") for number in range(need)]

    def turn(self) -> None:
        """Nothing changes."""

    def add(self, condition: Signal, points: int) -> None:
        """With an addition of so many."""
        before = [TRUE] * points + [each.value for each in self.cells]
        for each, value in zip(self.cells, before, strict=False):
            each.set(condition, value)

    def clear(self, condition: Signal) -> None:
        """Nothing is kept."""
        for each in self.cells:
            each.set(condition, FALSE)

    def reaches(self, number: int) -> Signal:
        """Whether there were that many."""
        return self.cells[number - 1].value


class Row(Sums):
    """A run of turns that ends at the current one."""

    def __init__(self, equations: Equations, name: str, need: int) -> None:
        super().__init__(equations, name, need)
        self.equations = equations
        self.is_of_turn = equations.latch(f"{name}/this turn")

    def turn(self) -> None:
        """A turn without an addition ends the run."""
        new_turn = self.equations.new_turn
        super().clear(self.circuit.both(new_turn, self.is_of_turn.value ^ 1))
        self.is_of_turn.set(new_turn, FALSE)

    def add(self, condition: Signal, points: int) -> None:
        """With an addition."""
        super().add(condition, 1)
        self.is_of_turn.set(condition)

    def clear(self, condition: Signal) -> None:
        """No run."""
        super().clear(condition)
        self.is_of_turn.set(condition, FALSE)

    @property
    def so_far(self) -> Signal:
        """Whether the run is as long as is needed, also where it ended at the turn before."""
        return self.cells[-1].value

    def reaches(self, number: int) -> Signal:
        """Whether the run is that long."""
        return self.circuit.both(self.is_of_turn.value, super().reaches(number))


class Turns:
    """A window of turns: for each addition, in how many turns it leaves the window."""

    def __init__(self, equations: Equations, name: str, need: int, turns: int) -> None:
        self.equations = equations
        self.turns = turns
        self.cells = [equations.countdown(f"{name}/{number + 1}", turns) for number in range(need)]

    def turn(self) -> None:
        """What leaves the window is forgotten."""
        for each in self.cells:
            each.tick(self.equations.new_turn)

    def add(self, condition: Signal, points: int) -> None:
        """With an addition of so many."""
        for number in reversed(range(len(self.cells))):
            if number < points:
                self.cells[number].set(condition, self.turns)
            else:
                self.cells[number].copy(condition, self.cells[number - points])

    def clear(self, condition: Signal) -> None:
        """Nothing is kept."""
        for each in self.cells:
            each.set(condition, 0)

    def reaches(self, number: int) -> Signal:
        """Whether that many are in the window."""
        return self.cells[number - 1].runs


class Seconds(Sums):
    """A window of time: when each addition was."""

    def __init__(self, equations: Equations, name: str, need: int, seconds: int) -> None:
        super().__init__(equations, name, need)
        self.equations = equations
        self.length = seconds * SECOND
        self.times = [equations.register(f"{name}/{number + 1}") for number in range(need)]

    def add(self, condition: Signal, points: int) -> None:
        """With an addition of so many."""
        super().add(condition, points)
        before = [self.equations.now] * points + [each.value for each in self.times]
        for each, value in zip(self.times, before, strict=False):
            each.set(condition, value)

    def reaches(self, number: int) -> Signal:
        """Whether that many are in the window."""
        is_in = self.equations.within(self.times[number - 1].value, self.length)
        return self.circuit.both(super().reaches(number), is_in)


def cells(equations: Equations, name: str, need: int, in_a_row: bool, within: Lasting | None) -> Cells:
    """What is kept for a count with that limit."""
    if in_a_row:
        return Row(equations, name, need)
    if within is None:
        return Sums(equations, name, need)
    if within.turns is not None:
        return Turns(equations, name, need, within.turns)
    return Seconds(equations, name, need, within.seconds or 0)


class Tally:
    """One counter of matches: at most one a turn, at the first. ``waits`` for the marker of a ``since``."""

    def __init__(self, equations: Equations, name: str, kept: Cells, waits: bool = False) -> None:
        self.equations = equations
        self.circuit = equations.circuit
        self.kept = kept
        self.active = equations.latch(f"{name}/active") if waits else None
        self.added = FALSE
        """Whether this message adds."""

    def turn(self) -> None:
        """A turn begins."""
        self.kept.turn()

    def see(self, forgotten: Signal) -> Signal:
        """Take in a message, whose match is forgotten at once where that is true; whether it adds."""
        counts = self.circuit.both(TRUE if self.active is None else self.active.value, forgotten ^ 1)
        self.added = FALSE
        for match, points in self._matches():
            adds = self.circuit.both(match, counts)
            self.kept.add(adds, points)
            self.added = self.circuit.either(self.added, adds)
        return self.added

    def _matches(self) -> list[tuple[Signal, int]]:
        """What matches at this message, and what each match is worth."""
        raise NotImplementedError

    def restart(self, condition: Signal) -> None:
        """The count starts anew; the turn's match stays. A ``since`` that waited waits no longer."""
        self.kept.clear(condition)
        if self.active is not None:
            self.active.set(condition)

    def empty(self, condition: Signal) -> None:
        """The count starts anew, the rest stays."""
        self.kept.clear(condition)


class MatchTally(Tally):
    """Counts an act on categories."""

    def __init__(
        self, equations: Equations, name: str, match: Match, kept: Cells, waits: bool = False
    ) -> None:
        super().__init__(equations, name, kept, waits)
        self.match = match
        self.matched = equations.latch(f"{name}/matched")

    def turn(self) -> None:
        """A turn begins: it has had no match."""
        self.matched.set(self.equations.new_turn, FALSE)
        super().turn()

    def _matches(self) -> list[tuple[Signal, int]]:
        matches = self.circuit.both(self.match.value.certain, self.matched.value ^ 1)
        self.matched.set(matches)
        return [(matches, 1)]


class PointsTally(Tally):
    """Counts points: a turn is worth the largest weight in it, and a message that raises it adds the difference."""

    def __init__(
        self, equations: Equations, name: str, weights: Sequence[tuple[Kleene, int]], kept: Cells, waits: bool = False
    ) -> None:  # fmt: skip
        super().__init__(equations, name, kept, waits)
        self.weights = tuple(weights)
        self.steps = sorted({weight for _, weight in weights})
        self.worth = [equations.latch(f"{name}/worth {each}") for each in self.steps]

    def turn(self) -> None:
        """A turn begins: it is worth nothing yet."""
        for each in self.worth:
            each.set(self.equations.new_turn, FALSE)
        super().turn()

    def _matches(self) -> list[tuple[Signal, int]]:
        found, below = [], 0
        for step, worth in zip(self.steps, self.worth, strict=True):
            shown = self.circuit.any([reading.certain for reading, weight in self.weights if weight >= step])
            found.append((self.circuit.both(shown, worth.value ^ 1), step - below))
            worth.set(shown)
            below = step
        return found


class Quiet:
    """How long ago the last addition was. Says when the stretch is over."""

    def __init__(self, equations: Equations, name: str, lasting: Lasting) -> None:
        self.equations = equations
        self._left = self._time = self._was = None
        if lasting.turns is not None:
            self._left = equations.countdown(name, lasting.turns + 1)
        else:
            self.length = (lasting.seconds or 0) * SECOND
            self._was, self._time = equations.latch(name), equations.register(name)

    def turn(self) -> Signal:
        """A turn begins. Whether the stretch is over."""
        if self._left is None:
            return FALSE
        is_over = self.equations.circuit.both(self.equations.new_turn, self._left.is_(1))
        self._left.tick(self.equations.new_turn)
        return is_over

    def see(self) -> Signal:
        """A message comes. Whether a stretch of time is over."""
        if self._was is None or self._time is None:
            return FALSE
        is_over = self.equations.circuit.both(
            self._was.value, self.equations.over(self._time.value, self.length)
        )
        self._was.set(is_over, FALSE)
        return is_over

    def mark(self, condition: Signal) -> None:
        """There was one, where the condition is true."""
        if self._left is not None:
            self._left.set(condition, self._left.most)
        if self._was is not None and self._time is not None:
            self._was.set(condition)
            self._time.set(condition, self.equations.now)
