"""What ``once`` asks: whether a condition held or may have held, at this message or an earlier one.

What held for certain is kept for good. What only may have held is kept as *lives*, as in
:mod:`policy_engine.machine.doubtful`: for how many turns, or until which time, the unknowns that it rests on are
remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from policy_engine.machine.doubtful import FOR_EVER, Life, both_last
from policy_engine.machine.latches import Recent
from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.network import Network
from policy_engine.machine.state import lift_time
from policy_engine.model.model import All, Condition, CountReached, Detected, Doubt, Not, Reading
from policy_engine.model.model import Any as Either
from policy_engine.model.parts import singles_of
from policy_engine.transcripts.message import SECOND


def is_exact(condition: Condition) -> bool:
    """Whether the doubts of a condition are remembered just as long as the language remembers them."""
    match condition:
        case Not(inner):
            return all(not isinstance(each, Detected | CountReached) for each in singles_of(inner))
        case All(several) | Either(several):
            return all(is_exact(each) for each in several)
        case CountReached():
            return False
        case _:
            return True


class Once:
    """The memory of one condition. Its slot holds the lives of what may have held.

    It may remember a doubt for longer than the language does, where that is not exact (:func:`is_exact`): so what
    it calls never is never.
    """

    def __init__(self, network: Network, condition: Condition) -> None:
        self._network = network
        self._condition = condition
        self._test = network.test(condition)
        self.slot = network.slot(())
        network.lifts[self.slot] = self.lift
        network.turning.append(self)

    @staticmethod
    def lift(value: Any, of: Any) -> Any:
        """The lives with a function applied to each time in them."""
        return tuple((turns, lift_time(until, of)) for turns, until in value)

    def turn(self, slots: Slots) -> None:
        """One turn less to live."""
        slots[self.slot] = tuple(
            (turns if turns is None else turns - 1, until)
            for turns, until in slots[self.slot]
            if turns is None or turns > 1
        )

    def holds(self, slots: Slots, moment: Moment) -> bool:
        """Whether it held or may have held, with this message; which is remembered."""
        if not any(turns is until is None for turns, until in slots[self.slot]):
            value = self._test(slots, moment)
            if value:
                new = FOR_EVER if value == 2 else self._lives(self._condition, slots, moment)
                slots[self.slot] = _longest((*new, *slots[self.slot]))
        return any(until is None or moment.time <= until for _, until in slots[self.slot])

    def _lives(self, condition: Condition, slots: Slots, moment: Moment) -> tuple[Life, ...]:
        """For how long the condition, as it is now, may have held."""
        match condition:
            case All(several):
                lives: Iterable[Life] = FOR_EVER
                for each in several:
                    lives = both_last(lives, self._lives(each, slots, moment))
                return tuple(lives)
            case Either(several):
                return tuple(life for each in several for life in self._lives(each, slots, moment))
            case Detected() if self._network.test(condition)(slots, moment):
                return self._of_detection(condition, slots, moment)
            case Detected():
                return ()
            case Not():
                return FOR_EVER if self._network.test(condition)(slots, moment) else ()
            case _:
                return FOR_EVER if self._network.test(condition)(slots, moment) else ()

    def _of_detection(self, detected: Detected, slots: Slots, moment: Moment) -> tuple[Life, ...]:
        if detected.scope.this_message:
            if detected.doubt is not Doubt.UNCHECKED and self._is_certain_here(detected, moment):
                return FOR_EVER
            unknown = [each for each in detected.readings if moment.values[self._network.index[each]] == 1]
            return tuple(self._left(each, 0, moment.time) for each in unknown)
        found: list[Life] = []
        for reading in detected.readings:
            sighting = self._network.sighting(reading, detected)
            if detected.doubt is not Doubt.UNCHECKED and sighting.certain.holds(slots, moment.time):
                return FOR_EVER
            if sighting.doubted(slots, moment.time):
                age, at = _last(sighting.doubts, slots)
                found.append(self._left(reading, age, at))
        return tuple(found)

    def _is_certain_here(self, detected: Detected, moment: Moment) -> bool:
        return any(moment.values[self._network.index[each]] == 2 for each in detected.readings)

    def _left(self, reading: Reading, age: int, at: int) -> Life:
        """What is left of the life of an unknown, ``age`` turns ago or at time ``at``."""
        lasts = self._network.vocabulary.labels[reading.label].unknown_lasts
        if lasts is None:
            return (None, None)
        if lasts.turns is not None:
            return (lasts.turns - age, None)
        return (None, at + (lasts.seconds or 0) * SECOND)


def _last(doubts: tuple[Recent, ...], slots: Slots) -> tuple[int, int]:
    """How many turns ago, and when, the last unknown was, as far as it is remembered."""
    age, at = 0, 0
    for each in doubts:
        if each.length is not None:
            at = slots[each.slot]
        elif each.turns is not None:
            age = slots[each.slot]
    return age, at


def _longest(lives: Iterable[Life]) -> tuple[Life, ...]:
    """Without those that another outlasts. Of times, only which is later is asked."""
    kept: list[Life] = []
    for each in lives:
        if not any(_outlasts(other, each) for other in kept):
            kept = [other for other in kept if not _outlasts(each, other)]
            kept.append(each)
    return tuple(kept)


def _outlasts(one: Life, other: Life) -> bool:
    return all(
        mine is None or (theirs is not None and mine >= theirs)
        for mine, theirs in zip(one, other, strict=True)
    )
