"""The lazily filled table of a machine whose policy uses durations.

As :mod:`table`, but the times are taken out of the states: a row is a state with a hole in the place of each
time, and a conversation that stands on it brings its times. What a step from there does depends on how these
times compare, so the steps by one symbol form a tree of the comparisons that were made (:mod:`instant`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from policy_engine.machine.encoder import Symbol
from policy_engine.machine.instant import Answers, Comparison, Instant, NotTellable
from policy_engine.machine.state import Lift, Slots
from policy_engine.machine.table import Leap
from policy_engine.model.decision import Decision

MOST = 1_000_000
"""What is kept: steps, their comparisons, rows, and the times of both. A single step may compare a thousand times."""

Times = tuple[int, ...]


class Hole:
    """The place of time number ``number`` in the states of a row."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


@cache
def hole(number: int) -> Hole:
    """The hole of that number: one object each, so that equal rows are one."""
    return Hole(number)


class Leaf:
    """A step: the next row, which times it keeps (``picks``: number and offset), whether a turn began, the decision."""

    __slots__ = ("decision", "new_turn", "picks", "row")

    def __init__(
        self, row: TimedRow, picks: tuple[tuple[int, int], ...], new_turn: bool, decision: Decision
    ) -> None:
        self.row = row
        self.picks = picks
        self.new_turn = new_turn
        self.decision = decision


class Fork:
    """A comparison on the way to a step; a branch that nobody has gone yet is None."""

    __slots__ = ("most", "no", "one", "other", "yes")

    def __init__(self, asked: Comparison) -> None:
        self.one, self.other, self.most = asked
        self.yes: Fork | Leaf | None = None
        self.no: Fork | Leaf | None = None


class TimedRow:
    """A state with holes for its times, and by symbol the tree of the steps that were taken from it."""

    __slots__ = ("slots", "steps")

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.steps: dict[Symbol, Fork | Leaf] = {}

    def filled(self, times: Sequence[object]) -> Slots:
        """The state with these times in it."""
        return tuple([filled_with(each, times) for each in self.slots])


class TimedTable:
    """Steps taken before. ``lifts`` says, by slot, where the times of an automaton's state are."""

    def __init__(self, leap: Leap, lifts: Mapping[int, Lift]) -> None:
        self._leap = leap
        self._lifts = dict(sorted(lifts.items()))
        self._rows: dict[Slots, TimedRow] = {}
        self._size = 0

    def place(self, slots: Slots) -> tuple[TimedRow, Times]:
        """The row of a state, and its times."""
        self._make_room()
        times: dict[int, Hole] = {}

        def taken(time: int) -> Hole:
            if time not in times:
                times[time] = hole(len(times))
            return times[time]

        holed = list(slots)
        for number, lift in self._lifts.items():
            holed[number] = lift(slots[number], taken)
        return self._row(tuple(holed), len(times)), tuple(times)

    def step(self, row: TimedRow, symbol: Symbol, times: Times) -> Leaf:
        """The step from a row; the last of ``times`` is the message's."""
        found: Fork | Leaf | None = row.steps.get(symbol)
        while type(found) is Fork:
            found = found.yes if times[found.one] - times[found.other] <= found.most else found.no
        return cast(Leaf, found) if found is not None else self._take(row, symbol, times)

    def _row(self, slots: Slots, times: int) -> TimedRow:
        """The row of a state with holes for so many times."""
        found = self._rows.get(slots)
        if found is None:
            found = self._rows[slots] = TimedRow(slots)
            self._size += 1 + times
        return found

    def _take(self, row: TimedRow, symbol: Symbol, times: Times) -> Leaf:
        """Take a step with instants, and keep it."""
        self._make_room()
        answers = Answers()
        instants = [Instant(answers, number, time) for number, time in enumerate(times)]
        try:
            slots, new_turn, decision = self._leap(row.filled(instants), symbol, cast(int, instants[-1]))
        except NotTellable:
            return self._take_plainly(row, symbol, times)
        picks: dict[tuple[int, int], Hole] = {}
        holed = tuple([with_holes(each, picks) for each in slots])
        leaf = Leaf(self._row(holed, len(picks)), tuple(picks), new_turn, decision)
        self._plant(self._row(row.slots, len(times) - 1), symbol, answers.given, leaf)
        self._size += 1 + len(answers.given) + len(picks)
        return leaf

    def _take_plainly(self, row: TimedRow, symbol: Symbol, times: Times) -> Leaf:
        """Take a step with the times themselves; it is good for this once."""
        slots, new_turn, decision = self._leap(row.filled(times), symbol, times[-1])
        following, kept = self.place(slots)
        now = len(times) - 1
        return Leaf(following, tuple((now, time - times[now]) for time in kept), new_turn, decision)

    @staticmethod
    def _plant(row: TimedRow, symbol: Symbol, given: Sequence[tuple[Comparison, bool]], leaf: Leaf) -> None:
        """Put a step where the answers to its comparisons lead."""
        before: Fork | None = None
        was_yes = False
        found: Fork | Leaf | None = row.steps.get(symbol)
        for asked, answer in given:
            if not isinstance(found, Fork):
                found = Fork(asked)
                _hang(row, symbol, before, was_yes, found)
            before, was_yes = found, answer
            found = found.yes if answer else found.no
        _hang(row, symbol, before, was_yes, leaf)

    def _make_room(self) -> None:
        """Where it is full, forget every step. A conversation keeps its row alone, and finds no step on it."""
        if self._size < MOST:
            return
        for row in self._rows.values():
            row.steps.clear()
        self._rows.clear()
        self._size = 0


def _hang(row: TimedRow, symbol: Symbol, before: Fork | None, was_yes: bool, found: Fork | Leaf) -> None:
    if before is None:
        row.steps[symbol] = found
    elif was_yes:
        before.yes = found
    else:
        before.no = found


def filled_with(value: Any, times: Sequence[object]) -> Any:
    """The value with these times in its holes."""
    if type(value) is Hole:
        return times[value.number]
    return tuple([filled_with(each, times) for each in value]) if isinstance(value, tuple) else value


def with_holes(value: Any, picks: dict[tuple[int, int], Hole]) -> Any:
    """The value with a hole for each instant in it; ``picks`` gets their times: number and offset."""
    if type(value) is Instant:
        key = (value.number, value.offset)
        if key not in picks:
            picks[key] = hole(len(picks))
        return picks[key]
    return tuple([with_holes(each, picks) for each in value]) if isinstance(value, tuple) else value
