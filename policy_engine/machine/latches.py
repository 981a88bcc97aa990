"""Automata that remember that something was: a detection, an action, a firing.

Each owns one slot. ``turn`` is called when a turn begins, before anything else; ``see`` at every
message; ``mark`` when what it remembers is done. Ages are counted in turns (0: the current one) and
forgotten once no question can reach them; times are microseconds.
"""

from __future__ import annotations

from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.shape import Shape, perhaps, time, whole
from policy_engine.transcripts.message import SECOND, Role
from policy_engine.vocabulary.vocabulary import Lasting


class TurnPeak:
    """The highest value of a reading on the user's messages of the current turn."""

    initial = 0

    def __init__(self, slot: int, reading: int) -> None:
        self.slot = slot
        self.reading = reading

    def turn(self, slots: Slots) -> None:
        """Forget the turn before."""
        slots[self.slot] = 0

    def see(self, slots: Slots, moment: Moment) -> None:
        """Take in a message of the user."""
        if moment.is_user:
            value = moment.values[self.reading]
            if value > slots[self.slot]:
                slots[self.slot] = value


class Recent:
    """When something last was: within ``window`` (None: ever). The state is None, an age or a time."""

    initial = None

    def __init__(self, slot: int, window: Lasting | None) -> None:
        self.slot = slot
        self.turns = window.turns if window else None
        self.length = window.seconds * SECOND if window and window.seconds is not None else None

    @staticmethod
    def shape(window: Lasting | None) -> Shape:
        """The shape of its states."""
        if window is not None and window.seconds is not None:
            return perhaps(time)
        return perhaps(whole(0, window.turns if window else 0))

    @property
    def ages(self) -> bool:
        """Whether the beginning of a turn changes the state."""
        return self.turns is not None

    def turn(self, slots: Slots) -> None:
        """One turn older."""
        age = slots[self.slot]
        if age is not None:
            slots[self.slot] = age + 1 if age + 1 < (self.turns or 0) else None

    def mark(self, slots: Slots, time: int) -> None:
        """It is now."""
        slots[self.slot] = time if self.length is not None else 0

    def holds(self, slots: Slots, time: int) -> bool:
        """Whether it was within the window."""
        last = slots[self.slot]
        if last is None:
            return False
        return self.length is None or bool(time - last <= self.length)


class Sighting:
    """Remembers when a reading was detected, or unknown, within a scope: two :class:`Recent` at once.

    ``muted_by`` are readings whose detection at the same message takes the doubt away. The doubt is
    remembered within ``windows``, all of which must hold (the scope and the label's unknown-lasts).
    """

    def __init__(self, certain: Recent, doubts: tuple[Recent, ...], reading: int, role: Role | None,
                 muted_by: tuple[int, ...] = ()) -> None:  # fmt: skip
        self.certain = certain
        self.doubts = doubts
        self.reading = reading
        self.role = role
        self.muted_by = muted_by

    def see(self, slots: Slots, moment: Moment) -> None:
        """Take in a message."""
        if self.role is not None and moment.role is not self.role:
            return
        value = moment.values[self.reading]
        if value == 2:
            self.certain.mark(slots, moment.time)
        elif value == 1 and not any(moment.values[each] == 2 for each in self.muted_by):
            for each in self.doubts:
                each.mark(slots, moment.time)

    def value(self, slots: Slots, time: int) -> int:
        """2 where it was detected, 1 where only a doubt is remembered, 0 else."""
        if self.certain.holds(slots, time):
            return 2
        return 1 if self.doubted(slots, time) else 0

    def doubted(self, slots: Slots, time: int) -> bool:
        """Whether a doubt is remembered, whatever was certain besides."""
        return all(each.holds(slots, time) for each in self.doubts)
