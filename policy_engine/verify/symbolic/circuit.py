"""Boolean equations as a circuit: gates over variables, each made once, and comparisons of times.

A :data:`Signal` is a whole number: twice the number of a gate, and one more where it is negated, as in the AIGER
format (Biere, "The AIGER And-Inverter Graph Format", 2007). So a negation is free, equal gates are one gate,
and a gate comes after everything that it is made of. Gates are *and* of any number of signals, *if then else*,
and the comparison of two times. The circuit knows nothing of policies: it can be evaluated (:mod:`evaluation`) and
handed to a solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

Signal = int
"""A gate, or its negation."""

FALSE: Signal = 0
TRUE: Signal = 1


class Variable(NamedTuple):
    """A gate that is either value: an input, or what an automaton remembers."""

    name: str


class And(NamedTuple):
    """True where all of two or more signals are."""

    signals: tuple[Signal, ...]


class Choice(NamedTuple):
    """``then`` where ``condition`` is true, else ``otherwise``."""

    condition: Signal
    then: Signal
    otherwise: Signal


class AtMost(NamedTuple):
    """Whether time variable ``one`` is at most ``most`` microseconds after time variable ``other``."""

    one: int
    other: int
    most: int


Gate = Variable | And | Choice | AtMost | None
"""A gate; None is the constant false, which is gate 0."""


class TimeVariable(NamedTuple):
    """A time that is a variable of the circuit."""

    name: str


class TimeChoice(NamedTuple):
    """One of two times."""

    condition: Signal
    then: Time
    otherwise: Time


class Time(NamedTuple):
    """A time: number ``number`` of the circuit's times, and ``offset`` microseconds more."""

    number: int
    offset: int = 0

    def plus(self, length: int) -> Time:
        """So many microseconds later."""
        return Time(self.number, self.offset + length)


class Circuit:
    """Gates and times, each made once; nothing is ever taken out or changed."""

    def __init__(self) -> None:
        self.gates: list[Gate] = [None]
        self.times: list[TimeVariable | TimeChoice] = []
        self._known: dict[Gate, int] = {}
        self._compared: dict[tuple[Time, Time, int], Signal] = {}

    # --- signals ---

    def variable(self, name: str) -> Signal:
        """A new variable."""
        self.gates.append(Variable(name))
        return 2 * (len(self.gates) - 1)

    def both(self, one: Signal, other: Signal) -> Signal:
        """*And* of two."""
        if one > other:
            one, other = other, one
        if one == FALSE or one ^ 1 == other:
            return FALSE
        if one in (TRUE, other):
            return other
        return self._gate(And((one, other)))

    def all(self, signals: Iterable[Signal]) -> Signal:
        """*And*; true of none."""
        kept = {each for each in signals if each != TRUE}
        if FALSE in kept or any(each ^ 1 in kept for each in kept):
            return FALSE
        if len(kept) < 2:
            return kept.pop() if kept else TRUE
        return self._gate(And(tuple(sorted(kept))))

    def any(self, signals: Iterable[Signal]) -> Signal:
        """*Or*; false of none."""
        return self.all([each ^ 1 for each in signals]) ^ 1

    def either(self, one: Signal, other: Signal) -> Signal:
        """*Or* of two."""
        return self.both(one ^ 1, other ^ 1) ^ 1

    def implies(self, one: Signal, other: Signal) -> Signal:
        """*If one, then the other*."""
        return self.both(one, other ^ 1) ^ 1

    def same(self, one: Signal, other: Signal) -> Signal:
        """Whether two signals are equal."""
        return self.choose(one, other, other ^ 1)

    def choose(self, condition: Signal, then: Signal, otherwise: Signal) -> Signal:
        """``then`` where the condition is true, else ``otherwise``."""
        if condition & 1:
            condition, then, otherwise = condition ^ 1, otherwise, then
        if condition == FALSE or then == otherwise:
            return otherwise
        if then in (TRUE, condition):
            return self.either(condition, otherwise)
        if then in (FALSE, condition ^ 1):
            return self.both(condition ^ 1, otherwise)
        if otherwise in (FALSE, condition):
            return self.both(condition, then)
        if otherwise in (TRUE, condition ^ 1):
            return self.either(condition ^ 1, then)
        flip = then & 1
        return self._gate(Choice(condition, then ^ flip, otherwise ^ flip)) ^ flip

    def _gate(self, gate: Gate) -> Signal:
        number = self._known.get(gate)
        if number is None:
            number = self._known[gate] = len(self.gates)
            self.gates.append(gate)
        return 2 * number

    # --- times ---

    def time(self, name: str) -> Time:
        """A new time."""
        self.times.append(TimeVariable(name))
        return Time(len(self.times) - 1)

    def choose_time(self, condition: Signal, then: Time, otherwise: Time) -> Time:
        """``then`` where the condition is true, else ``otherwise``."""
        if condition == TRUE or then == otherwise:
            return then
        if condition == FALSE:
            return otherwise
        self.times.append(TimeChoice(condition, then, otherwise))
        return Time(len(self.times) - 1)

    def at_most(self, one: Time, other: Time, most: int) -> Signal:
        """Whether ``one`` is at most ``most`` microseconds after ``other``.

        A choice of times is asked branch by branch, so that only variables are ever compared.
        """
        key = (one, other, most)
        found = self._compared.get(key)
        if found is None:
            found = self._compared[key] = self._compare(one, other, most)
        return found

    def _compare(self, one: Time, other: Time, most: int) -> Signal:
        for index, each in enumerate((one, other)):
            made = self.times[each.number]
            if isinstance(made, TimeChoice):
                ways = [way.plus(each.offset) for way in (made.then, made.otherwise)]
                pairs = [(way, other) if index == 0 else (one, way) for way in ways]
                return self.choose(made.condition, *(self.at_most(*pair, most) for pair in pairs))
        most = most - one.offset + other.offset
        if one.number == other.number:
            return TRUE if most >= 0 else FALSE
        return self._gate(AtMost(one.number, other.number, most))

    def later(self, one: Time, other: Time) -> Time:
        """The later of two times."""
        return self.choose_time(self.at_most(one, other, 0), other, one)

    def earlier(self, one: Time, other: Time) -> Time:
        """The earlier of two times."""
        return self.choose_time(self.at_most(one, other, 0), one, other)

    # --- going through it ---

    def parts(self, number: int) -> tuple[int, ...]:
        """The numbers of the gates that a gate is made of."""
        match self.gates[number]:
            case And(signals):
                return tuple([each >> 1 for each in signals])
            case Choice(condition, then, otherwise):
                return (condition >> 1, then >> 1, otherwise >> 1)
            case _:
                return ()

    def reach(self, signals: Iterable[Signal]) -> list[int]:
        """The numbers of all gates that signals are made of, in order: each after its parts."""
        found = {each >> 1 for each in signals}
        waiting = list(found)
        while waiting:
            for part in self.parts(waiting.pop()):
                if part not in found:
                    found.add(part)
                    waiting.append(part)
        return sorted(found)

    def conditions(self, times: Iterable[Time]) -> list[Signal]:
        """The conditions of all choices that times are made of."""
        found: list[Signal] = []
        waiting, seen = [each.number for each in times], set[int]()
        while waiting:
            number = waiting.pop()
            made = self.times[number]
            if number not in seen and isinstance(made, TimeChoice):
                found.append(made.condition)
                waiting += (made.then.number, made.otherwise.number)
            seen.add(number)
        return found

    def variables_of(self, time: Time) -> list[int]:
        """The numbers of the time variables that a time is chosen from."""
        found: list[int] = []
        waiting, seen = [time.number], set[int]()
        while waiting:
            number = waiting.pop()
            made = self.times[number]
            if number not in seen and isinstance(made, TimeChoice):
                waiting += (made.then.number, made.otherwise.number)
            elif number not in seen:
                found.append(number)
            seen.add(number)
        return found

    # --- sums of few ---

    def at_least(self, stacks: Sequence[Sequence[Signal]], need: int) -> Signal:
        """Whether so many are true in all, of stacks in each of which none is true above one that is not."""
        heap: list[Signal] = []
        for stack in stacks:
            heap = self._merged(heap, list(stack), need)
        return heap[need - 1] if len(heap) >= need else FALSE

    def _merged(self, one: list[Signal], other: list[Signal], need: int) -> list[Signal]:
        """One stack of two, as high as is needed."""
        if not one or not other:
            return (one or other)[:need]
        high = min(need, len(one) + len(other))
        return [
            self.any(
                self.both(one[own - 1] if own else TRUE, other[total - own - 1] if total > own else TRUE)
                for own in range(max(0, total - len(other)), min(total, len(one)) + 1)
            )
            for total in range(1, high + 1)
        ]
