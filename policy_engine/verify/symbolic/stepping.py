"""Runs a system in plain Python, message by message, for many conversations at once (see :mod:`evaluation`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from policy_engine.verify.symbolic.circuit import Signal
from policy_engine.verify.symbolic.cone import Cone
from policy_engine.verify.symbolic.evaluation import Evaluation, Lanes, Program


class Stepping:
    """Conversations on their way through a cone, one a lane. ``watched`` are signals that will be asked for."""

    def __init__(self, cone: Cone, watched: Iterable[Signal], lanes: int = 1) -> None:
        self.cone = cone
        self.lanes = lanes
        circuit, everything = cone.system.circuit, (1 << lanes) - 1
        self.state: dict[int, Lanes] = {
            each.state >> 1: everything if each.first else 0 for each in cone.memories
        }
        self.clocks: dict[int, Sequence[int]] = {each.state: [0] * lanes for each in cone.clocks}
        asked = [each.next for each in cone.memories]
        asked += circuit.conditions(each.next for each in cone.clocks)
        self._program = Program(circuit, [*asked, cone.system.start, *cone.valid, *watched])

    def step(self, inputs: Mapping[Signal, Lanes], times: Sequence[int]) -> Evaluation:
        """Take a message in each lane, where ``inputs`` and the fixed variables have these values; what it showed."""
        given = {signal >> 1: lanes for signal, lanes in inputs.items()}
        known = dict(self.clocks)
        if self.cone.system.now is not None:
            known[self.cone.system.now] = times
        found = self._program.run({**self.state, **given}, known, self.lanes)
        self.clocks = {each.state: found.time(*each.next) for each in self.cone.clocks}
        self.state = {each.state >> 1: found.of(each.next) for each in self.cone.memories}
        return found
