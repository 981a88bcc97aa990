"""The matches of a count, for ``once``: until when each may be one, apart from how long it lies in the count's window.

The count itself (:mod:`policy_engine.machine.doubtful`) asks for both at the same message. ``once`` looks back: at
which matches lay in the window then, and which of those may still be matches now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, NamedTuple

from policy_engine.machine.doubtful import FOR_EVER, DoubtfulCount
from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.network import Network
from policy_engine.transcripts.message import SECOND
from policy_engine.verify.span import ALWAYS, NEVER, Span, Spans, both, longest


class Mark(NamedTuple):
    """A message by which a turn may count: while that is in doubt, and its time where the window asks for it."""

    span: Span
    at: int | None

    def outlasts(self, other: Mark) -> bool:
        """Whether it counts whenever the other does."""
        return self.span.outlasts(other.span) and (self.at is None or other.at is None or self.at >= other.at)


Entry = tuple[int, tuple[tuple[Any, ...], ...]]
"""A turn's age and its marks."""


class Matches:
    """The turns that may count, newest first, as far as they can matter.

    Its slot holds whether the turn has had an uncertain (1) or a certain (2) match, and the turns.
    """

    def __init__(self, network: Network, count: DoubtfulCount) -> None:
        self._count = count
        within = count.within
        self._turns = None if within is None else within.turns
        self._length = None if within is None or within.seconds is None else within.seconds * SECOND
        self.slot = network.slot((0, ()))
        network.lifts[self.slot] = self.lift
        network.turning.append(self)
        network.seeing.append(self)

    @staticmethod
    def lift(value: Any, of: Callable[[int], Any]) -> Any:
        """The state with a function applied to each time in it."""
        status, entries = value
        lifted = tuple(
            (age, tuple((Span(*span).lifted(of), None if at is None else of(at)) for span, at in marks))
            for age, marks in entries
        )
        return (status, lifted)

    def turn(self, slots: Slots) -> None:
        """All are a turn older."""
        _, entries = slots[self.slot]
        kept = []
        for age, marks in entries:
            turned = ((Span(*span).turned(), at) for span, at in marks)
            left = tuple((span, at) for span, at in turned if span is not None)
            if left and not self._is_past(age + 1):
                kept.append((age + 1 if self._counts_age else 1, left))
        slots[self.slot] = (0, tuple(kept))

    @property
    def _counts_age(self) -> bool:
        return self._count.in_a_row or self._turns is not None

    def _is_past(self, age: int) -> bool:
        if self._count.in_a_row:
            return age > self._count.need
        return self._turns is not None and age >= self._turns

    def see(self, slots: Slots, moment: Moment) -> None:
        """Take in a message."""
        status, entries = slots[self.slot]
        value = 0 if status == 2 else self._count.match.value(slots, moment)
        if value == 0:
            return
        lives = FOR_EVER if value == 2 else self._count.doubt(slots, moment)
        at = None if self._length is None else moment.time
        marks = [Mark(Span(turns, until), at) for turns, until in lives]
        if status:
            marks += [] if value == 2 else [_mark(each) for each in entries[0][1]]
            entries = entries[1:]
        left = ((age, self._left(each, moment)) for age, each in entries)
        slots[self.slot] = (value, self._pruned((0, _longest(marks)), (each for each in left if each[1])))

    def _pruned(self, new: Entry, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Without those that as many newer ones as are needed outlast."""
        kept = [new]
        for each in entries:
            outlasting = 0 if self._count.in_a_row else sum(_outlasts(other, each) for other in kept)
            if outlasting < self._count.need:
                kept.append(each)
        return tuple(kept)

    def spans(self, slots: Slots, moment: Moment) -> Spans:
        """While the count, as it is now, may be reached: as many of what now lies in the window may be matches."""
        kept = [(age, [span for span, _ in self._left(marks, moment)]) for age, marks in slots[self.slot][1]]
        need = self._count.need
        if not self._count.in_a_row:
            return _at_least(need, [spans for _, spans in kept])
        by_age = dict(kept)
        # A row ends at this turn, or, if it is without one, at the turn before.
        rows = [[by_age.get(age, []) for age in range(first, first + need)] for first in (0, 1)]
        return longest(span for row in rows for span in reduce(both, row, ALWAYS))

    def _left(self, marks: Iterable[tuple[Any, ...]], moment: Moment) -> tuple[Mark, ...]:
        """The marks of a turn by which it still may count."""
        inside = (
            (Span(*span).at(moment.time), at)
            for span, at in marks
            if self._length is None or at is None or moment.time - at <= self._length
        )
        return tuple(Mark(span, at) for span, at in inside if span is not None)


def _at_least(need: int, several: Sequence[Sequence[Span]]) -> Spans:
    """While so many of several may be."""
    found: list[Spans] = [ALWAYS, *([NEVER] * need)]
    for spans in several:
        for number in range(need, 0, -1):
            found[number] = longest((*found[number], *both(found[number - 1], spans)))
    return found[need]


def _outlasts(one: Entry, other: Entry) -> bool:
    """Whether a turn counts whenever an older one does."""
    return all(any(_mark(mine).outlasts(_mark(theirs)) for mine in one[1]) for theirs in other[1])


def _mark(kept: tuple[Any, ...]) -> Mark:
    """A mark as it is kept in a slot: with plain tuples."""
    span, at = kept
    return Mark(Span(*span), at)


def _longest(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Without those that another outlasts."""
    kept: list[Mark] = []
    for each in marks:
        if not any(other.outlasts(each) for other in kept):
            kept = [other for other in kept if not each.outlasts(other)]
            kept.append(each)
    return tuple(kept)
