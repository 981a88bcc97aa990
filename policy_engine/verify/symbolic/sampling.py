"""Random conversations through a system, many at once: what is remembered at many messages that can be reached.

What holds of all of these may hold always; what does not, does not. Each conversation comes back to a few labels, so
that counts are reached. The source of chance begins anew for each: the same conversations in every run.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence

from policy_engine.transcripts.message import Role
from policy_engine.verify.symbolic.circuit import AtMost, Signal
from policy_engine.verify.symbolic.cone import Cone
from policy_engine.verify.symbolic.evaluation import Evaluation, Lanes, Program
from policy_engine.verify.symbolic.problem import Problem
from policy_engine.verify.symbolic.records import Spelling
from policy_engine.verify.symbolic.stepping import Stepping

LANES = 512
STEPS = 80
WALK = 3
"""Messages of a walk on from a state."""
_TURNS = (Role.USER, Role.ASSISTANT)


class Messages:
    """Random messages for ``LANES`` conversations, over the variables of a cone."""

    def __init__(self, problem: Problem, cone: Cone, seed: int = 1) -> None:
        self.problem = problem
        self.chance = random.Random(seed)
        self.all = (1 << LANES) - 1
        inputs = frozenset(cone.inputs)
        self._spellings = [
            each
            for each in problem.records.spellings.values()
            if each.known >> 1 in inputs or each.unknown >> 1 in inputs
        ]
        self._favoured = [0] * len(self._spellings)
        for lane in range(LANES):
            count = min(self.chance.randint(1, 3), len(self._spellings))
            for number in self.chance.sample(range(len(self._spellings)), count):
                self._favoured[number] |= 1 << lane
        self._lengths = sorted({0, 1_000_000, *_compared(cone)})
        self._turn = 0

    def later(self, times: Sequence[int]) -> list[int]:
        """Times of the next message, around the lengths that are compared."""
        return [each + self.chance.choice(self._lengths) for each in times]

    def next(self) -> dict[Signal, Lanes]:
        """One message in each lane; mostly the user and the assistant take turns."""
        found: dict[Signal, Lanes] = {}
        roles = dict.fromkeys(Role, 0)
        aside = self._mask(0.15)
        roles[_TURNS[self._turn % 2]] = self.all & ~aside
        self._turn += 1
        for role in Role:
            chosen = aside & self._mask(0.4)
            roles[role] |= chosen
            aside &= ~chosen
        roles[Role.USER] |= aside
        for role, signal in self.problem.records.roles.items():
            found[signal] = roles[role]
        for number, each in enumerate(self._spellings):
            heard = sum(lanes for role, lanes in roles.items() if role in each.roles)
            self._record(found, each, heard, self._favoured[number])
        return found

    def _mask(self, share: float) -> Lanes:
        """About that share of the lanes, to an eighth."""
        mask, eighths = 0, round(share * 8)
        for bit in (1, 2, 4):
            drawn = self.chance.getrandbits(LANES)
            mask = mask | drawn if eighths & bit else mask & drawn
        return mask

    def _record(self, found: dict[Signal, Lanes], each: Spelling, heard: Lanes, favoured: Lanes) -> None:
        recorded = heard & (self._mask(0.75) & favoured | self._mask(0.125) & self._mask(0.5))
        doubted = recorded & self._mask(0.125)
        found[each.unknown] = doubted
        known = found[each.known] = recorded & ~doubted | doubted & self._mask(0.25)
        reached = known & ~self._mask(0.125)
        for score in sorted(each.reaches):
            found[each.reaches[score]] = reached
            reached &= self._mask(0.75)

    def fixed(self) -> dict[Signal, Lanes]:
        """What stays as it is throughout each conversation: mostly everything is looked for."""
        found: dict[Signal, Lanes] = {}
        for signal in self.problem.records.fixed:
            found[signal] = self.all & ~(self._mask(0.125) & self._mask(0.25))
        for lane in range(LANES):
            for signal in self.problem.standing.drawn(self.chance):
                found[signal] = found.get(signal, 0) | 1 << lane
        return found


def _compared(cone: Cone) -> Iterable[int]:
    for number in cone.gates:
        gate = cone.system.circuit.gates[number]
        if isinstance(gate, AtMost):
            yield from (abs(gate.most), abs(gate.most) + 1, abs(gate.most) // 2)


class Samples:
    """What the memories and clocks of a cone were before each of many messages.

    ``seen`` has one bit for each of them, by the signal of the memory; ``times`` one number, by the clock.
    """

    def __init__(self, problem: Problem, cone: Cone) -> None:
        self.seen: dict[Signal, Lanes] = {each.state: 0 for each in cone.memories}
        self.times: dict[int, list[int]] = {each.state: [] for each in cone.clocks}
        self.number = 0
        messages = Messages(problem, cone)
        fixed = messages.fixed()
        seen = Stepping(cone, [], LANES).step(fixed, [0] * LANES)
        spoken_of = seen.of(cone.system.start)
        self._kept = [lane for lane in range(LANES) if spoken_of >> lane & 1]
        stepping, times = Stepping(cone, [], LANES), [0] * LANES
        for _ in range(STEPS):
            self._keep(stepping)
            times = messages.later(times) if self.times else times
            stepping.step({**fixed, **messages.next()}, times)

    def _keep(self, stepping: Stepping) -> None:
        """What is remembered now, in the lanes of which the question speaks."""
        for signal in self.seen:
            value = stepping.state[signal >> 1]
            if len(self._kept) < LANES:
                value = sum(1 << place for place, lane in enumerate(self._kept) if value >> lane & 1)
            self.seen[signal] |= value << self.number
        for clock, known in self.times.items():
            now = stepping.clocks[clock]
            known.extend(now[lane] for lane in self._kept)
        self.number += len(self._kept)


class Walks:
    """Random walks on from a message, before which what is remembered may be something that nothing leads to."""

    def __init__(self, problem: Problem, cone: Cone, watched: Sequence[Signal]) -> None:
        self.cone = cone
        self._messages = Messages(problem, cone, 2)
        self._stepping = Stepping(cone, [], LANES)
        self._look = Program(cone.system.circuit, watched)

    def values(
        self,
        state: Mapping[int, bool],
        clocks: Mapping[int, int],
        fixed: Mapping[int, bool],
        first: Mapping[int, bool],
        time: int,
    ) -> Iterator[Evaluation]:
        """What the watched signals, which are made of what is remembered, are after the ``first`` message, which comes
        at ``time``, and before each message of the walks on from there."""
        stepping = self._stepping
        everything = self._messages.all
        stepping.state = {number: everything if value else 0 for number, value in state.items()}
        stepping.clocks = {number: [value] * LANES for number, value in clocks.items()}
        known = {2 * number: everything if value else 0 for number, value in fixed.items()}
        times = [time] * LANES
        stepping.step(
            {**known, **{2 * number: everything if value else 0 for number, value in first.items()}}, times
        )
        yield self._look.run(stepping.state, stepping.clocks, LANES)
        for _ in range(WALK):
            times = self._messages.later(times) if clocks else times
            stepping.step({**known, **self._messages.next()}, times)
            yield self._look.run(stepping.state, stepping.clocks, LANES)
