"""The automaton of a count in a condition, which lies between the certain and the possible.

A turn with a certain match counts by the first; another by an uncertain one, while what makes it uncertain is
remembered: an unknown that is forgotten is absent. Its slot holds ``(status, sure, maybe, entries, heard)``:
whether the turn has had an uncertain (1) or a certain (2) match; how many certain and uncertain matches nothing
can take away, up to ``need``; the other turns that can still matter, newest first; and when a category whose
unknown lasts seconds was last unknown on a message of the user in this turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.shape import Shape, flag, perhaps, row, several, time, whole
from policy_engine.machine.state import lift_time
from policy_engine.machine.tallies import Match
from policy_engine.transcripts.message import SECOND
from policy_engine.vocabulary.vocabulary import Lasting

Life = tuple[int | None, int | None]
"""Turns of age below which, and the time until which (with it), a match counts; None: without an end."""
Kind = tuple[bool, tuple[Life, ...]]
"""All that tells two matches apart but their age: whether it is certain, and its lives."""
FOR_EVER: tuple[Life, ...] = ((None, None),)


class Entry(NamedTuple):
    """The match of one turn, ``age`` turns ago; it counts while one of ``lives`` lasts."""

    age: int
    certain: bool
    lives: tuple[Life, ...]

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return self.certain, self.lives

    @property
    def timed(self) -> bool:
        """Whether it ends at a time."""
        return any(until is not None for _, until in self.lives)

    def holds(self, time: int) -> bool:
        """Whether it counts at this time."""
        return any(
            (turns is None or self.age < turns) and (until is None or time <= until)
            for turns, until in self.lives
        )

    def outlives(self, other: Entry) -> bool:
        """Whether it counts whenever the other does."""
        return (self.certain or not other.certain) and all(
            any(
                _at_least(_left(mine[0], self.age), _left(theirs[0], other.age))
                and _at_least(mine[1], theirs[1])
                for mine in self.lives
            )
            for theirs in other.lives
        )


class DoubtfulCount:
    """Counts what is certain and what is possible, up to ``need``.

    ``act_lasts`` and ``on_lasts`` say how long an unknown of the act, and of each category of the match, is
    remembered.
    """

    def __init__(
        self, slot: int, match: Match, need: int, in_a_row: bool, within: Lasting | None, act_lasts: Lasting | None,
        on_lasts: Sequence[Lasting | None],
    ) -> None:  # fmt: skip
        self.slot = slot
        self.match = match
        self.need = need
        self.in_a_row = in_a_row
        self.within = within
        self.act_lasts = act_lasts
        self.on = tuple(zip(match.on or (), on_lasts, strict=True))
        self.timed = tuple(
            reading for (reading, _), lasts in self.on if lasts is not None and lasts.seconds is not None
        )

    @property
    def initial(self) -> tuple[Any, ...]:
        """Nothing counted."""
        return (0, 0, 0, (), (None,) * len(self.timed))

    @property
    def shape(self) -> Shape:
        """The shape of its states."""
        lives = several(row(perhaps(whole(0)), perhaps(time)))
        entries = several(row(whole(0), flag, lives))
        heard = row(*[perhaps(time)] * len(self.timed))
        parts = row(whole(0, 2), whole(0, self.need), whole(0, self.need), entries, heard)

        def state(value: Any) -> bool:
            return parts(value) and (not value[0] or bool(value[3]))  # a match of this turn is an entry

        return state

    def turn(self, slots: Slots) -> None:
        """A turn begins: everything is a turn older, and what cannot change is counted once and for all."""
        _, sure, maybe, entries, _ = slots[self.slot]
        kept = []
        for age, certain, lives in entries:
            entry = _older(age + 1, certain, lives)
            if self.in_a_row:
                entry = entry._replace(age=age + 1)
                kept += [entry] if entry.lives and entry.age <= self.need else []
            elif entry.lives == FOR_EVER:
                sure, maybe = min(self.need, sure + certain), min(self.need, maybe + (not certain))
            elif entry.lives:
                kept.append(entry)
        slots[self.slot] = (0, sure, maybe, tuple(kept), (None,) * len(self.timed))

    def see(self, slots: Slots, moment: Moment) -> None:
        """Take in a message."""
        status, sure, maybe, entries, heard = slots[self.slot]
        if moment.is_user and self.timed:
            heard = tuple(
                moment.time if moment.values[reading] == 1 else before
                for reading, before in zip(self.timed, heard, strict=True)
            )
            slots[self.slot] = (status, sure, maybe, entries, heard)
        value = 0 if status == 2 else self.match.value(slots, moment)
        if value == 0:
            return
        lives: Iterable[Life] = FOR_EVER if value == 2 else self.doubt(slots, moment)
        lives = both_last(lives, _lives(self.within, moment.time))
        if status:
            lives = lives if value == 2 else (*lives, *entries[0][2])
            entries = entries[1:]
        new = Entry(0, value == 2, _longest(lives))
        lasting = [each for each in entries if Entry(*each).holds(moment.time)]  # time never brings one back
        slots[self.slot] = (value, sure, maybe, self._pruned(new, lasting), heard)

    def doubt(self, slots: Slots, moment: Moment) -> tuple[Life, ...]:
        """How long the uncertain match of this message stays possible, once it has been seen: while its act, and one of
        its categories, may be."""
        act = FOR_EVER if moment.values[self.match.act] == 2 else _lives(self.act_lasts, moment.time)
        if self.match.on is None:
            return act
        on: list[Life] = []
        times = dict(zip(self.timed, slots[self.slot][4], strict=True))
        for (reading, peak), lasts in self.on:
            here = moment.values[reading]
            value = max(here, slots[peak.slot])
            if value == 2:
                on.extend(FOR_EVER)
            elif value == 1:
                heard_at = None if here == 1 else times.get(reading)
                on.extend(_lives(lasts, moment.time if heard_at is None else heard_at))
        return both_last(act, on)

    @staticmethod
    def lift(value: Any, of: Callable[[int], Any]) -> Any:
        """The state with a function applied to each time in it."""
        status, sure, maybe, entries, heard = value
        lifted = tuple(
            (age, certain, tuple((turns, lift_time(until, of)) for turns, until in lives))
            for age, certain, lives in entries
        )
        return (status, sure, maybe, lifted, tuple(lift_time(each, of) for each in heard))

    def value(self, slots: Slots, time: int) -> int:
        """2 where the count is certainly reached, 1 where it may be, 0 else."""
        _, sure, maybe, entries, _ = slots[self.slot]
        alive = [entry for entry in (Entry(*each) for each in entries) if entry.holds(time)]
        if sure + self._count([each for each in alive if each.certain]) >= self.need:
            return 2
        return 1 if sure + maybe + self._count(alive) >= self.need else 0

    def _count(self, entries: list[Entry]) -> int:
        if not self.in_a_row:
            return len(entries)
        ages = {each.age for each in entries}
        run, age = 0, 0 if 0 in ages else 1
        while age + run in ages:
            run += 1
        return run

    def _pruned(self, new: Entry, entries: Iterable[tuple[int, bool, tuple[Life, ...]]]) -> tuple[Entry, ...]:
        """Those that can still matter: not those that as many as are needed outlive."""
        kept: list[Entry] = []
        alike: Counter[Kind] = Counter()
        for each in (new, *entries):
            entry = Entry(*each)
            if self.in_a_row or not self._is_outlived(entry, kept, alike):
                kept.append(entry)
                if not entry.timed:
                    alike[entry.kind] += 1
        return tuple(kept)

    def _is_outlived(self, entry: Entry, newer: Sequence[Entry], alike: Mapping[Kind, int]) -> bool:
        """Whether as many as are needed outlive it; where no time counts, the newer of its kind (``alike``) do."""
        if len(newer) < self.need:
            return False
        if not entry.timed:
            return alike.get(entry.kind, 0) >= self.need
        return sum(other.outlives(entry) for other in newer) >= self.need


def _lives(lasts: Lasting | None, time: int) -> tuple[Life, ...]:
    """How long what was at this time is remembered, or lies in a window."""
    if lasts is None:
        return FOR_EVER
    return ((lasts.turns, None if lasts.seconds is None else time + lasts.seconds * SECOND),)


def both_last(some: Iterable[Life], others: Iterable[Life]) -> tuple[Life, ...]:
    """While one of some lasts and one of the others."""
    return tuple((_least(a[0], b[0]), _least(a[1], b[1])) for a in some for b in others)


def _longest(lives: Iterable[Life]) -> tuple[Life, ...]:
    """Without those that another outlasts, the longest first."""
    kept: list[Life] = []
    for each in sorted(lives, key=lambda life: (_or_never(life[0]), _or_never(life[1])), reverse=True):
        if not any(_at_least(other[0], each[0]) and _at_least(other[1], each[1]) for other in kept):
            kept.append(each)
    return tuple(kept)


def _older(age: int, certain: bool, lives: Iterable[Life]) -> Entry:
    """A match with those of its lives that last at this age. Where none ends with a turn, its age is all one."""
    left = tuple((turns, until) for turns, until in lives if turns is None or age < turns)
    return Entry(1 if all(turns is None for turns, _ in left) else age, certain, left)


def _left(turns: int | None, age: int) -> int | None:
    return None if turns is None else turns - age


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _at_least(one: int | None, other: int | None) -> bool:
    return one is None or (other is not None and one >= other)


def _or_never(value: int | None) -> tuple[bool, int]:
    return (value is None, 0 if value is None else value)
