"""The cone of influence: of all that is remembered, what can bear on some signals at this or a later message.

What is left out changes nothing of them (Clarke, Grumberg and Peled, "Model Checking", 1999, chapter 10).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from policy_engine.verify.symbolic.circuit import And, AtMost, Circuit, Signal, Variable
from policy_engine.verify.symbolic.system import Clock, Memory, System


@dataclass(frozen=True, slots=True)
class Cone:
    """The part of a system that bears on some signals.

    ``gates`` are the numbers of all gates of one step, each after its parts. ``valid`` is what has to hold of every
    message, as far as it speaks of these variables; the others can be chosen so that the rest holds, too. ``inputs``
    and ``fixed`` are the variables of a message and of a conversation; those that are ``cut`` count as inputs.
    """

    system: System
    memories: tuple[Memory, ...]
    clocks: tuple[Clock, ...]
    valid: tuple[Signal, ...]
    gates: tuple[int, ...]
    inputs: tuple[int, ...]
    fixed: tuple[int, ...]

    def extended(self, signals: Iterable[Signal]) -> Cone:
        """The same cone with the gates of more signals, which are made of what it remembers."""
        gates = {*self.gates, *self.system.circuit.reach(signals)}
        return replace(self, gates=tuple(sorted(gates)))


class _Growing:
    """A cone while it grows: what is asked for, and what was found to bear on it."""

    def __init__(self, system: System, signals: Iterable[Signal], cut: frozenset[Signal]) -> None:
        self.system = system
        self.circuit = system.circuit
        self.memories = {each.state >> 1: each for each in system.memories if each.state not in cut}
        self.clocks = {each.state: each for each in system.clocks}
        self.found_clocks: dict[int, Clock] = {}
        self.valid: list[Signal] = []
        self.seen: set[int] = set()
        self._about = _about_variables(system, {*self.memories, *(each >> 1 for each in system.fixed)})
        self._of_times = [
            part for part in conjuncts(self.circuit, system.valid) if self._speaks_of_times(part)
        ]
        for part in self._about.pop(0, ()):
            self._require(part)
        self.visit([*signals, system.start])

    def _speaks_of_times(self, part: Signal) -> bool:
        return any(isinstance(self.circuit.gates[each], AtMost) for each in self.circuit.reach([part]))

    def _require(self, part: Signal) -> None:
        if part not in self.valid:
            self.valid.append(part)
            self.visit([part])

    def visit(self, signals: Iterable[Signal]) -> None:
        """Take in some signals, and all that bears on them."""
        waiting = [each >> 1 for each in signals]
        while waiting:
            number = waiting.pop()
            if number in self.seen:
                continue
            self.seen.add(number)
            gate = self.circuit.gates[number]
            if isinstance(gate, AtMost):
                for time in (gate.one, gate.other):
                    waiting += [each >> 1 for each in self._time(time)]
            elif not isinstance(gate, Variable):
                waiting += self.circuit.parts(number)
            elif number in self.memories:
                waiting.append(self.memories[number].next >> 1)
            else:
                for part in self._about.pop(number, ()):
                    self._require(part)

    def _time(self, number: int) -> list[Signal]:
        """Take in a time variable; the conditions of what it is next."""
        if number not in self.clocks or number in self.found_clocks:
            return []
        for part in self._of_times:
            self._require(part)
        if number in self.found_clocks:
            return []
        clock = self.found_clocks[number] = self.clocks[number]
        conditions = self.circuit.conditions([clock.next])
        for leaf in self.circuit.variables_of(clock.next):
            conditions += self._time(leaf)
        return conditions


def cone_of(system: System, signals: Iterable[Signal], cut: frozenset[Signal] = frozenset()) -> Cone:
    """The cone of some signals. Memories in ``cut`` are left free: then more may happen, and nothing less."""
    growing = _Growing(system, signals, cut)
    memories = tuple(each for number, each in growing.memories.items() if number in growing.seen)
    remembered = {each.state >> 1 for each in memories}
    known = {each >> 1 for each in system.fixed}
    variables = [each for each in sorted(growing.seen) if isinstance(system.circuit.gates[each], Variable)]
    return Cone(
        system,
        memories,
        tuple(each for each in system.clocks if each.state in growing.found_clocks),
        tuple(growing.valid),
        tuple(sorted(growing.seen)),
        tuple(each for each in variables if each not in remembered and each not in known),
        tuple(each for each in variables if each in known),
    )


def conjuncts(circuit: Circuit, signal: Signal) -> list[Signal]:
    """What has to be true for a signal to be: the parts of its *and*, and of theirs."""
    gate = circuit.gates[signal >> 1]
    if signal & 1 or not isinstance(gate, And):
        return [signal]
    return [part for each in gate.signals for part in conjuncts(circuit, each)]


def _about_variables(system: System, known: set[int]) -> dict[int, list[Signal]]:
    """The parts of what is valid, by the inputs that they speak of; under 0 those that always count.

    The roles are spoken of by every part, so they lead to none.
    """
    circuit = system.circuit
    roles = {each >> 1 for each in system.roles}
    found: dict[int, list[Signal]] = {}
    for part in conjuncts(circuit, system.valid):
        reached = circuit.reach([part])
        variables = {each for each in reached if isinstance(circuit.gates[each], Variable)} - roles - known
        if not variables and not any(isinstance(circuit.gates[each], AtMost) for each in reached):
            found.setdefault(0, []).append(part)
        for each in variables:
            found.setdefault(each, []).append(part)
    return found
