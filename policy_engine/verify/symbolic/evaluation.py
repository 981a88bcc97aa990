"""Evaluates a circuit in plain Python, for many assignments at once.

The value of a signal is a whole number with one bit for each assignment (a *lane*), so that one pass over the gates
works out hundreds of conversations: bit-parallel simulation, as logic synthesis does it. Times are lists, one
number a lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from policy_engine.verify.symbolic.circuit import And, AtMost, Choice, Circuit, Signal, TimeChoice, Variable

Lanes = int
"""One bit for each assignment."""


class Evaluation:
    """The values of all gates that some signals need. ``lanes`` is how many assignments there are."""

    def __init__(self, circuit: Circuit, lanes: int, times: Mapping[int, Sequence[int]]) -> None:
        self.circuit = circuit
        self.lanes = lanes
        self.all = (1 << lanes) - 1
        self.times: dict[int, Sequence[int]] = dict(times)
        self.values: dict[int, Lanes] = {0: 0}

    def run(self, needed: Iterable[int], variables: Mapping[int, Lanes]) -> None:
        """Work out the gates of these numbers, each of which comes after its parts. Variables not given are false."""
        values, gates, everything = self.values, self.circuit.gates, self.all
        for number in needed:
            match gates[number]:
                case And(signals):
                    value = everything
                    for each in signals:
                        value &= values[each >> 1] ^ everything if each & 1 else values[each >> 1]
                    values[number] = value
                case Choice(condition, then, otherwise):
                    chosen = values[condition >> 1]
                    values[number] = chosen & self.of(then) | (chosen ^ everything) & self.of(otherwise)
                case AtMost(one, other, most):
                    pairs = zip(self.time(one), self.time(other), strict=True)
                    values[number] = sum(
                        1 << lane for lane, (late, early) in enumerate(pairs) if late - early <= most
                    )
                case Variable():
                    values[number] = variables.get(number, 0)
                case None:
                    values[number] = 0

    def of(self, signal: Signal) -> Lanes:
        """The value of a signal that was worked out."""
        value = self.values[signal >> 1]
        return value ^ self.all if signal & 1 else value

    def time(self, number: int, offset: int = 0) -> Sequence[int]:
        """A time, by lane."""
        found = self.times.get(number)
        if found is None:
            made = self.circuit.times[number]
            if not isinstance(made, TimeChoice):
                found = [0] * self.lanes
            else:
                chosen = self.of(made.condition)
                ways = (self.time(*made.then), self.time(*made.otherwise))
                found = [ways[0][lane] if chosen >> lane & 1 else ways[1][lane] for lane in range(self.lanes)]
            self.times[number] = found
        return [each + offset for each in found] if offset else found
