"""Random conversations through a system, many at once: what is remembered at many messages that can be reached.

What holds of all of these may hold always; what does not, does not. Each conversation comes back to a few labels, so
that counts are reached. The source of chance is given: the same conversations in every run.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from policy_engine.transcripts.message import Role
from policy_engine.verify.symbolic.circuit import AtMost, Signal
from policy_engine.verify.symbolic.cone import Cone
from policy_engine.verify.symbolic.evaluation import Lanes
from policy_engine.verify.symbolic.problem import Problem
from policy_engine.verify.symbolic.records import Spelling
from policy_engine.verify.symbolic.stepping import Stepping

LANES = 256
STEPS = 40
_OFTEN = (Role.USER, Role.ASSISTANT, Role.USER, Role.ASSISTANT, Role.USER, Role.ASSISTANT)


class Samples:
    """What the memories and clocks of a cone were before each of many messages.

    ``seen`` has one bit for each of them, by the signal of the memory; ``times`` one number, by the clock.
    """

    def __init__(self, problem: Problem, cone: Cone, seed: int = 1) -> None:
        self.problem = problem
        self.cone = cone
        self.chance = random.Random(seed)
        self.seen: dict[Signal, Lanes] = {each.state: 0 for each in cone.memories}
        self.times: dict[int, list[int]] = {each.state: [] for each in cone.clocks}
        self.number = 0
        self._all = (1 << LANES) - 1
        self._spellings = [
            each
            for each in problem.records.spellings.values()
            if each.known >> 1 in cone.inputs or each.unknown >> 1 in cone.inputs
        ]
        self._lengths = sorted({0, 1_000_000, *self._compared()})
        self._run()

    def _compared(self) -> Iterable[int]:
        for number in self.cone.gates:
            gate = self.cone.system.circuit.gates[number]
            if isinstance(gate, AtMost):
                yield from (abs(gate.most), abs(gate.most) + 1, abs(gate.most) // 2)

    def _run(self) -> None:
        system = self.cone.system
        fixed, speaks_of = self._fixed()
        subjects = [self.chance.sample(self._spellings, min(3, len(self._spellings))) for _ in range(LANES)]
        favoured = {id(each): 0 for each in self._spellings}
        for lane, some in enumerate(subjects):
            for each in some:
                favoured[id(each)] |= 1 << lane
        stepping = Stepping(self.cone, [], LANES)
        times = [0] * LANES
        for _ in range(STEPS):
            self._keep(stepping, speaks_of)
            times = [each + self.chance.choice(self._lengths) for each in times] if self.times else times
            stepping.step({**fixed, **self._messages(favoured)}, times)
        assert system is self.problem.system

    def _keep(self, stepping: Stepping, lanes: Lanes) -> None:
        """What is remembered now, in the lanes of which the question speaks."""
        kept = [lane for lane in range(LANES) if lanes >> lane & 1]
        everything = lanes == self._all
        for signal in self.seen:
            value = stepping.state[signal >> 1]
            if not everything:
                value = sum(1 << place for place, lane in enumerate(kept) if value >> lane & 1)
            self.seen[signal] |= value << self.number
        for clock, known in self.times.items():
            now = stepping.clocks[clock]
            known.extend(now[lane] for lane in kept)
        self.number += len(kept)

    # --- messages ---

    def _mask(self, percent: int) -> Lanes:
        """Each lane with that chance, in steps of an eighth."""
        mask = 0
        for bit in (1, 2, 4):
            drawn = self.chance.getrandbits(LANES)
            mask = mask | drawn if (percent * 8 // 100) & bit else mask & drawn
        return mask

    def _messages(self, favoured: dict[int, Lanes]) -> dict[Signal, Lanes]:
        found: dict[Signal, Lanes] = {}
        roles = dict.fromkeys(Role, 0)
        for lane in range(LANES):
            others = tuple(Role) if self.chance.random() < 0.2 else _OFTEN
            roles[self.chance.choice(others)] |= 1 << lane
        for role, signal in self.problem.records.roles.items():
            found[signal] = roles[role]
        for each in self._spellings:
            heard = sum(lanes for role, lanes in roles.items() if role in each.roles)
            self._record(found, each, heard, favoured[id(each)])
        return found

    def _record(self, found: dict[Signal, Lanes], each: Spelling, heard: Lanes, favoured: Lanes) -> None:
        recorded = heard & (self._mask(75) & favoured | self._mask(13))
        doubted = recorded & self._mask(13)
        found[each.unknown] = doubted
        known = found[each.known] = recorded & ~doubted | doubted & self._mask(25)
        reached = known & ~self._mask(13)
        for score in sorted(each.reaches):
            found[each.reaches[score]] = reached
            reached &= self._mask(75)

    def _fixed(self) -> tuple[dict[Signal, Lanes], Lanes]:
        """The fixed variables, and the lanes in which they are what the question assumes."""
        problem = self.problem
        found: dict[Signal, Lanes] = {}
        for signal in problem.records.fixed:
            found[signal] = self._all & ~(self._mask(13) & self._mask(25))
        for lane in range(LANES):
            for signal in problem.standing.drawn(self.chance):
                found[signal] = found.get(signal, 0) | 1 << lane
        seen = Stepping(self.cone, [], LANES).step(found, [0] * LANES)
        return found, seen.of(self.cone.system.start)
