"""Automata that count for a trigger: what is certain, at most once a turn, at the first match of it.

A tally's slot holds ``(matched, kept, quiet, active)``: whether the turn has had its match (for points,
the weight that the turn has reached), what is kept of the additions (by kind of limit), how long ago
the last addition was, and whether the marker of a ``since`` has come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policy_engine.machine import shape
from policy_engine.machine.latches import TurnPeak
from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.shape import Shape, flag, perhaps, row, several, whole
from policy_engine.transcripts.message import SECOND
from policy_engine.vocabulary.vocabulary import Lasting


class Match:
    """An act on categories: the assistant's message with it, in a turn in which a category is detected."""

    def __init__(self, act: int, on: tuple[tuple[int, TurnPeak], ...] | None) -> None:
        self.act = act
        self.on = on

    def value(self, slots: Slots, moment: Moment) -> int:
        """The smaller of the act's value and the categories' highest (Kleene's ``and`` and ``or``)."""
        act = moment.values[self.act]
        if act == 0 or self.on is None:
            return act
        best = 0
        for reading, peak in self.on:
            best = max(best, moment.values[reading], slots[peak.slot])
            if best >= act:
                return act
        return best


class Weights:
    """What a message is worth in points: the largest weight of the readings certain on it."""

    def __init__(self, weights: tuple[tuple[int, int], ...]) -> None:
        self.weights = weights

    def worth(self, moment: Moment) -> int:
        """Points of the message alone."""
        return max((weight for reading, weight in self.weights if moment.values[reading] == 2), default=0)


class Kept:
    """What is kept of additions without a limit: their sum, up to ``need``."""

    empty: Any = 0

    def __init__(self, need: int) -> None:
        self.need = need

    @property
    def shape(self) -> Shape:
        """The shape of what is kept."""
        return whole(0, self.need)

    def turn(self, kept: Any) -> Any:
        """At the beginning of a turn."""
        return kept

    def add(self, kept: Any, points: int, time: int) -> Any:
        """With an addition."""
        return min(self.need, kept + points)

    def value(self, kept: Any, time: int) -> int:
        """The count."""
        return int(kept)


class KeptInARow(Kept):
    """A run of turns that ends at the current one: its length, and whether this turn belongs to it."""

    empty = (0, False)

    @property
    def shape(self) -> Shape:
        """The length of the run, and whether this turn belongs to it."""
        return row(whole(0, self.need), flag)

    def turn(self, kept: Any) -> Any:
        """A turn without an addition ends the run."""
        return (kept[0], False) if kept[1] else self.empty

    def add(self, kept: Any, points: int, time: int) -> Any:
        """With an addition."""
        return (min(self.need, kept[0] + points), True)

    def value(self, kept: Any, time: int) -> int:
        """The count."""
        return int(kept[0]) if kept[1] else 0


class KeptTurns(Kept):
    """A window of turns: additions by age, newest first, as far as they can matter."""

    empty = ()

    def __init__(self, need: int, turns: int) -> None:
        super().__init__(need)
        self.turns = turns

    @property
    def shape(self) -> Shape:
        """Ages and points."""
        return several(row(whole(0, self.turns - 1), whole(1)))

    def turn(self, kept: Any) -> Any:
        """Ages grow; what leaves the window is forgotten."""
        return tuple((age + 1, points) for age, points in kept if age + 1 < self.turns)

    def add(self, kept: Any, points: int, time: int) -> Any:
        """With an addition."""
        if kept and kept[0][0] == 0:
            points += kept[0][1]
            kept = kept[1:]
        return _newest(((0, points), *kept), self.need)

    def value(self, kept: Any, time: int) -> int:
        """The count."""
        return sum(points for _, points in kept)


def lift_additions(value: Any, of: Callable[[int], Any]) -> Any:
    """The lift of a tally that keeps :class:`KeptSeconds`."""
    matched, kept, active = value
    return (matched, tuple((of(time), points) for time, points in kept), active)


class KeptSeconds(Kept):
    """A window of time: additions by time, newest first, as far as they can matter."""

    empty = ()

    def __init__(self, need: int, seconds: int) -> None:
        super().__init__(need)
        self.length = seconds * SECOND

    @property
    def shape(self) -> Shape:
        """Times and points."""
        return several(row(shape.time, whole(1)))

    def add(self, kept: Any, points: int, time: int) -> Any:
        """With an addition."""
        return _newest(((time, points), *(each for each in kept if time - each[0] <= self.length)), self.need)

    def value(self, kept: Any, time: int) -> int:
        """The count."""
        return sum(points for moment, points in kept if time - moment <= self.length)


def _newest(kept: tuple[tuple[int, int], ...], need: int) -> tuple[tuple[int, int], ...]:
    """The newest additions that reach ``need``: older ones leave the window before them."""
    total = 0
    for index, (_, points) in enumerate(kept):
        total += points
        if total >= need:
            return kept[: index + 1]
    return kept


class Tally:
    """One counter. ``source`` says what matches; ``kept`` how additions are kept; ``waits`` for a ``since``."""

    def __init__(self, slot: int, source: Match | Weights, kept: Kept, waits: bool = False) -> None:
        self.slot = slot
        self.source = source
        self.kept = kept
        self.waits = waits

    @property
    def initial(self) -> tuple[Any, ...]:
        """Nothing counted; with ``since``, waiting for the marker."""
        return (0, self.kept.empty, not self.waits)

    @property
    def shape(self) -> Shape:
        """The shape of its states."""
        return row(whole(0), self.kept.shape, flag)

    def turn(self, slots: Slots) -> None:
        """A turn begins."""
        matched, kept, active = slots[self.slot]
        if matched or kept:
            slots[self.slot] = (0, self.kept.turn(kept), active)

    def see(self, slots: Slots, moment: Moment, counts: bool = True) -> bool:
        """Take in a message; True where it adds. ``counts`` is False where it is forgotten at once."""
        matched, kept, active = slots[self.slot]
        if isinstance(self.source, Weights):
            worth = self.source.worth(moment)
            points, matched = max(0, worth - matched), max(worth, matched)
        elif matched or self.source.value(slots, moment) != 2:
            return False
        else:
            points = matched = 1
        if not points:
            return False
        is_added = bool(active and counts)
        slots[self.slot] = (matched, self.kept.add(kept, points, moment.time) if is_added else kept, active)
        return is_added

    def restart(self, slots: Slots) -> None:
        """The count starts anew; the turn's match stays. A ``since`` that waited waits no longer."""
        slots[self.slot] = (slots[self.slot][0], self.kept.empty, True)

    def empty(self, slots: Slots) -> None:
        """The count starts anew, the rest stays: an ``after every`` has fired, or a stretch is over."""
        matched, _, active = slots[self.slot]
        slots[self.slot] = (matched, self.kept.empty, active)

    def value(self, slots: Slots, time: int) -> int:
        """The count at this message."""
        return self.kept.value(slots[self.slot][1], time)


class Quiet:
    """How long ago the last addition was: turns or a time, or None. Says when the stretch is over."""

    initial = None

    def __init__(self, slot: int, lasting: Lasting) -> None:
        self.slot = slot
        self.turns = lasting.turns
        self.length = lasting.seconds * SECOND if lasting.seconds is not None else None

    @staticmethod
    def shape(lasting: Lasting) -> Shape:
        """The shape of its states."""
        return perhaps(shape.time if lasting.turns is None else whole(0, lasting.turns))

    def turn(self, slots: Slots) -> bool:
        """A turn begins. True where the stretch is over."""
        age = slots[self.slot]
        if self.turns is None or age is None:
            return False
        slots[self.slot] = age + 1 if age < self.turns else None
        return bool(age >= self.turns)

    def see(self, slots: Slots, time: int) -> bool:
        """A message comes. True where a stretch of time is over."""
        last = slots[self.slot]
        if self.length is None or last is None or time < last + self.length:
            return False
        slots[self.slot] = None
        return True

    def mark(self, slots: Slots, time: int) -> None:
        """There was one."""
        slots[self.slot] = 0 if self.length is None else time
