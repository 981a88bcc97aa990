"""The automaton of a count in a condition, which lies between the certain and the possible.

Its slot holds ``(status, certain, entries)``: whether the turn has had an uncertain (1) or a certain (2)
match; how many certain matches there were (plain counts only); and the turns that can still matter,
newest first, each ``(age in turns, time, certain)``. A turn with a certain match counts by the first; another
by its last uncertain one, until that is forgotten.
"""

from __future__ import annotations

from typing import Any

from policy_engine.machine.latches import SECOND
from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.tallies import Match
from policy_engine.vocabulary.vocabulary import Lasting

Entry = tuple[int, int, bool]


class Memory:
    """How long an uncertain match is remembered: while one of ``turns`` and ``length`` allows; both None: for ever."""

    def __init__(self, turns: int | None, seconds: int | None) -> None:
        self.turns = turns
        self.length = None if seconds is None else seconds * SECOND

    def holds(self, entry: Entry, time: int) -> bool:
        """Whether the match is still remembered."""
        if self.turns is None and self.length is None:
            return True
        in_turns = self.turns is not None and entry[0] < self.turns
        return in_turns or (self.length is not None and time - entry[1] <= self.length)


class DoubtfulCount:
    """Counts what is certain and what is possible, up to ``need``."""

    initial: tuple[Any, ...] = (0, ())

    def __init__(
        self, slot: int, match: Match, need: int, in_a_row: bool, within: Lasting | None, memory: Memory
    ) -> None:
        self.slot = slot
        self.match = match
        self.need = need
        self.in_a_row = in_a_row
        self.turns = within.turns if within else None
        self.length = within.seconds * SECOND if within and within.seconds is not None else None
        self.memory = memory
        self.ages = in_a_row or self.turns is not None or memory.turns is not None
        self.times = self.length is not None or memory.length is not None

    def turn(self, slots: Slots) -> None:
        """A turn begins."""
        status, entries = slots[self.slot]
        if status or (entries and self.ages):
            aged = [(self._older(age), time, certain) for age, time, certain in entries]
            slots[self.slot] = (0, self._pruned(aged, None))

    def _older(self, age: int) -> int:
        return age + 1 if self.ages else 1

    def see(self, slots: Slots, moment: Moment) -> None:
        """Take in a message."""
        status, entries = slots[self.slot]
        value = 0 if status == 2 else self.match.value(slots, moment)
        if value == 0:
            return
        kept = entries[1:] if status == 1 and entries and entries[0][0] == 0 else entries
        new = (0, moment.time if self.times else 0, value == 2)
        slots[self.slot] = (value, self._pruned([new, *kept], moment.time))

    def value(self, slots: Slots, time: int) -> int:
        """2 where the count is certainly reached, 1 where it may be, 0 else."""
        entries = [each for each in slots[self.slot][1] if self._matters(each, time)]
        if self._count([each for each in entries if each[2]]) >= self.need:
            return 2
        return 1 if self._count(entries) >= self.need else 0

    def _count(self, entries: list[Entry]) -> int:
        if not self.in_a_row:
            return len(entries)
        ages = {each[0] for each in entries}
        run, age = 0, 0 if 0 in ages else 1
        while age + run in ages:
            run += 1
        return run

    def _matters(self, entry: Entry, time: int | None) -> bool:
        age, when, certain = entry
        if self.turns is not None and age >= self.turns:
            return False
        if self.in_a_row and age > self.need:
            return False
        if time is None:
            return True
        if self.length is not None and time - when > self.length:
            return False
        return certain or self.memory.holds(entry, time)

    def _pruned(self, entries: list[Entry], time: int | None) -> tuple[Entry, ...]:
        """Those that can still matter: of the certain and of the uncertain, the ``need`` newest."""
        kept: list[Entry] = []
        left = {True: self.need + 1, False: self.need + 1}
        for entry in entries:
            if left[entry[2]] and self._matters(entry, time) and not self._is_forgotten(entry):
                left[entry[2]] -= 1
                kept.append(entry if self._needs_age(entry) else (min(entry[0], 1), entry[1], entry[2]))
        return tuple(kept)

    def _needs_age(self, entry: Entry) -> bool:
        return self.in_a_row or self.turns is not None or (not entry[2] and self.memory.turns is not None)

    def _is_forgotten(self, entry: Entry) -> bool:
        """Whether no time can bring it back: uncertain, and past its turns where no time counts."""
        turns, length = self.memory.turns, self.memory.length
        return not entry[2] and turns is not None and length is None and entry[0] >= turns
