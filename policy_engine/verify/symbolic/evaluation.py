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


class Program:
    """The gates that some signals need, in the order in which they are worked out."""

    def __init__(self, circuit: Circuit, signals: Iterable[Signal]) -> None:
        self.circuit = circuit
        self.variables: list[int] = []
        self._operations: list[tuple[int, tuple[Signal, ...], Choice | AtMost | None]] = []
        highest = 0
        for highest in circuit.reach(signals):
            gate = circuit.gates[highest]
            match gate:
                case And(parts):
                    self._operations.append((2 * highest, parts, None))
                case Choice() | AtMost():
                    self._operations.append((2 * highest, (), gate))
                case Variable():
                    self.variables.append(highest)
                case None:
                    continue
        self._size = 2 * highest + 2

    def run(
        self, variables: Mapping[int, Lanes], times: Mapping[int, Sequence[int]], lanes: int
    ) -> Evaluation:
        """Work them out. Variables that are not given, by the numbers of their gates, are false."""
        everything = (1 << lanes) - 1
        # Of each gate both what it is and what its negation is, so that a signal is an index.
        values = [0, everything] * (self._size // 2)
        found = Evaluation(self.circuit, lanes, values, times)
        for number in self.variables:
            value = variables.get(number, 0)
            values[2 * number], values[2 * number + 1] = value, value ^ everything
        for place, parts, gate in self._operations:
            if gate is None:
                value = values[parts[0]]
                for each in parts[1:]:
                    value &= values[each]
            elif isinstance(gate, Choice):
                condition, then, otherwise = gate
                value = values[condition] & values[then] | values[condition ^ 1] & values[otherwise]
            else:
                value = found.compare(gate)
            values[place], values[place + 1] = value, value ^ everything
        return found


class Evaluation:
    """The values of signals, and of times, under some assignments."""

    def __init__(
        self, circuit: Circuit, lanes: int, values: list[Lanes], times: Mapping[int, Sequence[int]]
    ) -> None:
        self._circuit = circuit
        self._lanes = lanes
        self._values = values
        self._times: dict[int, Sequence[int]] = dict(times)

    def of(self, signal: Signal) -> Lanes:
        """The value of a signal that was worked out."""
        return self._values[signal]

    def compare(self, asked: AtMost) -> Lanes:
        """In which lanes a comparison of times holds."""
        pairs = zip(self.time(asked.one), self.time(asked.other), strict=True)
        return sum(1 << lane for lane, (late, early) in enumerate(pairs) if late - early <= asked.most)

    def time(self, number: int, offset: int = 0) -> Sequence[int]:
        """A time, by lane; the conditions of its choices were worked out."""
        found = self._times.get(number)
        if found is None:
            made = self._circuit.times[number]
            if not isinstance(made, TimeChoice):
                found = [0] * self._lanes
            else:
                chosen = self.of(made.condition)
                ways = (self.time(*made.then), self.time(*made.otherwise))
                found = [
                    ways[0][lane] if chosen >> lane & 1 else ways[1][lane] for lane in range(self._lanes)
                ]
            self._times[number] = found
        return [each + offset for each in found] if offset else found
