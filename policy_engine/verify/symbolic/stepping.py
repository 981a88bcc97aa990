"""Runs a system in plain Python, message by message, for many conversations at once (see :mod:`evaluation`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from policy_engine.verify.symbolic.circuit import Signal
from policy_engine.verify.symbolic.evaluation import Evaluation, Lanes
from policy_engine.verify.symbolic.system import System


class Stepping:
    """Conversations on their way through a system, one a lane. ``watched`` are signals that will be asked for."""

    def __init__(self, system: System, watched: Iterable[Signal], lanes: int = 1) -> None:
        self.system = system
        self.lanes = lanes
        circuit, everything = system.circuit, (1 << lanes) - 1
        self.state: dict[int, Lanes] = {
            each.state >> 1: everything if each.first else 0 for each in system.memories
        }
        self.clocks: dict[int, Sequence[int]] = {each.state: [0] * lanes for each in system.clocks}
        asked = [each.next for each in system.memories]
        asked += circuit.conditions(each.next for each in system.clocks)
        self._order = circuit.reach([*asked, system.start, system.valid, *watched])

    def step(self, inputs: Mapping[Signal, Lanes], times: Sequence[int]) -> Evaluation:
        """Take a message in each lane, where ``inputs`` and the fixed variables have these values; what it showed."""
        given = {signal >> 1: lanes for signal, lanes in inputs.items()}
        found = Evaluation(self.system.circuit, self.lanes, self.clocks)
        if self.system.now is not None:
            found.times[self.system.now] = times
        found.run(self._order, {**self.state, **given})
        self.clocks = {each.state: found.time(*each.next) for each in self.system.clocks}
        self.state = {each.state >> 1: found.of(each.next) for each in self.system.memories}
        return found
