"""What holds of everything that is remembered: candidates that hold in random conversations, kept if they stay true.

Candidates are equalities and implications of remembered truths, orders of countdowns, and orders of clocks. All are
assumed before a message; one that need not hold after it is dropped, or the set of equals to which it belongs is
divided, until nothing changes (Flanagan and Leino, "Houdini, an Annotation Assistant for ESC/Java", 2001; van Eijk,
"Sequential Equivalence Checking Based on Structural Similarities", 2000). What is left holds always, since it holds
at the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from policy_engine.verify.prover import Budget
from policy_engine.verify.symbolic.circuit import FALSE, TRUE, Circuit, Signal, Time
from policy_engine.verify.symbolic.cone import Cone
from policy_engine.verify.symbolic.evaluation import Evaluation, Lanes
from policy_engine.verify.symbolic.monitor import MONITOR
from policy_engine.verify.symbolic.problem import Problem
from policy_engine.verify.symbolic.sampling import LANES, Samples, Walks
from policy_engine.verify.symbolic.solving import Formulas, Frame

MOST_IMPLICATIONS = 6_000
"""Implications that are tried."""
LATE = 2_048
"""Samples that are looked at before all are."""


class Sought(Enum):
    """What is tried: the more, the longer it takes."""

    EQUALITIES = "no orders and no implications; enough for two policies that do the same in the same way"
    OWNED = "besides, those of what rules and the question count, not of what was detected"
    ALL = "all"


def invariants(problem: Problem, cone: Cone, budget: Budget, sought: Sought) -> list[Signal]:
    """Signals over what is remembered that are true before every message. Raises OutOfBudget."""
    candidates = _Candidates(cone, Samples(problem, cone), sought)
    return _Filter(problem, cone, candidates, budget).run()


class _Candidates:
    """What holds in all samples: ``classes`` of signals that are equal there, and ``others``, one by one."""

    def __init__(self, cone: Cone, samples: Samples, sought: Sought = Sought.ALL) -> None:
        self.cone = cone
        self.owners = {
            each.state: each.owner for each in cone.memories if each.owner or sought is not Sought.OWNED
        }
        """Of the memories of which orders and implications are tried."""
        self.circuit: Circuit = cone.system.circuit
        self.samples = samples
        self.all = (1 << samples.number) - 1
        self._late = max(0, samples.number - LATE)
        self.classes = self._classes()
        self.others: list[Signal] = [*self._clocks()]
        if sought is Sought.EQUALITIES:
            return
        self.others += [
            *self._implications(), *self._counted_apart(), *self._countdowns()
        ]  # fmt: skip

    def _classes(self) -> list[list[Signal]]:
        """Signals, or their negations, that are equal in all samples; the first class is that of TRUE."""
        found: dict[Lanes, list[Signal]] = {self.all: [TRUE]}
        for signal, seen in self.samples.seen.items():
            flip = 0 if seen & 1 else 1
            found.setdefault(seen ^ self.all if flip else seen, []).append(signal ^ flip)
        return list(found.values())

    def _implications(self) -> Iterator[Signal]:
        """Of one automaton's owner, or with what is nobody's own or the question's: one truth from another.

        Of signals that are equal in all samples one stands for all; but what a class is divided into later has its
        own implications, of which those of its owner and of the question are made as well.
        """
        leading = {each[0] & ~1 for each in self.classes}
        owners = self.owners
        literals = [
            (way, seen, seen ^ self.all, seen >> self._late)
            for state in owners
            for way in (state, state ^ 1)
            for seen in (self._seen(way),)
        ]
        made = 0
        for one, seen, _, late in literals:
            for other, _, absent, also in literals:
                # Most are told apart by the last samples, in which most was counted.
                if one & ~1 >= other & ~1 or late & ~also or seen & absent:
                    continue
                own = owners[one & ~1], owners[other & ~1]
                if own[0] == own[1] or any(each.startswith(MONITOR) for each in own):
                    yield self.circuit.implies(one, other)
                elif {one & ~1, other & ~1} <= leading and any("/" not in each for each in own):
                    yield self.circuit.implies(one, other)
                    made += 1
                    if made >= MOST_IMPLICATIONS:
                        return

    def _counted_apart(self) -> Iterator[Signal]:
        """What a rule has counted, the question has counted too; and one more where this turn's match is another's.

        So for each of a rule's cells, alone and with "the question has had a match in this turn, the rule has not".
        """
        own = [each for each in _tallies(self.cone) if each.owner.startswith(MONITOR)]
        for mine in own:
            cells = [self._any(cell) for cell in mine.cells]
            for other in _tallies(self.cone):
                if other.owner == mine.owner:
                    continue
                apart = (
                    (mine.matched, self._seen(mine.matched)),
                    (other.matched ^ 1, self._seen(other.matched ^ 1)),
                )
                for cell in map(self._any, other.cells):
                    for guarded in ((cell,), (cell, *apart)):
                        yield from self._all_implied(guarded, cells)

    def _any(self, signals: Sequence[Signal]) -> tuple[Signal, Lanes]:
        """Whether one is true, and where it is in the samples."""
        seen = 0
        for each in signals:
            seen |= self._seen(each)
        return self.circuit.any(signals), seen

    def _all_implied(
        self, guarded: Sequence[tuple[Signal, Lanes]], cells: Sequence[tuple[Signal, Lanes]]
    ) -> Iterator[Signal]:
        condition, seen = self.circuit.all([signal for signal, _ in guarded]), self.all
        for _, each in guarded:
            seen &= each
        for cell, reached in cells:
            if not seen & (reached ^ self.all):
                yield self.circuit.implies(condition, cell)

    def _belong(self, one: str, other: str) -> bool:
        return one == other or any("/" not in each or each.startswith(MONITOR) for each in (one, other))

    def _seen(self, signal: Signal) -> Lanes:
        seen = self.samples.seen[signal & ~1]
        return seen ^ self.all if signal & 1 else seen

    def _countdowns(self) -> Iterator[Signal]:
        """While one runs, another runs, and so much longer."""
        owners = self.owners
        known = [each for each in self.cone.system.countdowns if all(bit in owners for bit in each)]
        values = [self._values(each) for each in known]
        for number, one in enumerate(known):
            running = [place for place, value in enumerate(values[number]) if value]
            if not running:
                continue
            for rank, other in enumerate(known):
                if rank == number or not self._belong(owners[one[0]], owners[other[0]]):
                    continue
                least = min(values[rank][place] - values[number][place] for place in running)
                highest = max(values[number])
                if least > -highest and highest <= 64:
                    yield self._longer(one, other, least, highest)

    def _values(self, bits: Sequence[Signal]) -> list[int]:
        """The number in every third sample."""
        # Written out, a column is gone through at once; shifted, it would be copied for every sample.
        columns = [f"{self.samples.seen[bit]:0{self.samples.number}b}"[::-3] for bit in reversed(bits)]
        return [int("".join(places), 2) for places in zip(*columns, strict=True)]

    def _longer(self, one: Sequence[Signal], other: Sequence[Signal], least: int, highest: int) -> Signal:
        return self.circuit.all(
            self.circuit.implies(self._reaches(one, value), self._reaches(other, value + least))
            for value in range(1, highest + 1)
        )

    def _reaches(self, bits: Sequence[Signal], value: int) -> Signal:
        """Whether a number is at least that."""
        if value <= 0:
            return TRUE
        if value >> len(bits):
            return FALSE
        reached = TRUE
        for place, bit in enumerate(bits):
            joined = self.circuit.both if value >> place & 1 else self.circuit.either
            reached = joined(bit, reached)
        return reached

    def _clocks(self) -> Iterator[Signal]:
        """One is never later than another."""
        times = self.samples.times
        for one, mine in times.items():
            for other, theirs in times.items():
                if one != other and all(late <= early for late, early in zip(mine, theirs, strict=True)):
                    yield self.circuit.at_most(Time(one), Time(other), 0)


@dataclass(frozen=True, slots=True)
class _Tally:
    """Where a count of matches is kept: whether this turn has had its match, and the memories of each cell."""

    owner: str
    matched: Signal
    cells: tuple[tuple[Signal, ...], ...]


def _tallies(cone: Cone) -> list[_Tally]:
    """The counts of matches of a cone, known by the names that automata give to what they remember."""
    cells: dict[str, dict[str, list[Signal]]] = {}
    for each in cone.memories:
        for prefix in _prefixes(each.name):
            cells.setdefault(prefix, {}).setdefault(each.name[len(prefix) + 1 :].split("/")[0], []).append(
                each.state
            )
    found = []
    for each in cone.memories:
        prefix, _, last = each.name.rpartition("/")
        if last == "matched":
            numbered = {name: own for name, own in cells[prefix].items() if name.isdigit()}
            of_cells = tuple(tuple(numbered[name]) for name in sorted(numbered, key=int))
            found.append(_Tally(each.owner, each.state, of_cells))
    return found


def _prefixes(name: str) -> Iterator[str]:
    parts = name.split("/")
    for number in (len(parts) - 1, len(parts) - 2):
        if number > 0:
            yield "/".join(parts[:number])


class _Filter:
    """Drops what need not stay true."""

    def __init__(self, problem: Problem, cone: Cone, candidates: _Candidates, budget: Budget) -> None:
        self.cone = cone
        self.circuit = cone.system.circuit
        self.budget = budget
        self.others = list(dict.fromkeys(candidates.others))
        self.classes = [each for each in candidates.classes if len(each) > 1]
        members = [each for some in self.classes for each in some]
        self._asked = tuple(dict.fromkeys(each & ~1 for each in (*members, *self.others) if each > TRUE))
        self._walks = Walks(problem, cone, self._asked)
        self.formulas = Formulas(cone.extended(self._asked), self._asked, from_start=False)
        self._state = self.formulas.remembered()
        self.before = self.formulas.add()
        self.after = self.formulas.add()
        self.solver = self.formulas.solver()
        self._literals: dict[tuple[Signal, Signal], tuple[Any, Any]] = {}

    def run(self) -> list[Signal]:
        """What is left."""
        z3 = self.formulas.z3
        known: set[tuple[Signal, Signal]] = set()
        some = None
        while pairs := self._pairs():
            made = [self._literal(*each) for each in pairs]
            if not known.issuperset(pairs):
                some = self.formulas.truth(self.solver.new_name())
                self.solver.add(z3.Implies(some, z3.Or([fails for _, fails in made])))
            self.solver.add(*[z3.Not(self._literals[each][1]) for each in known.difference(pairs)])
            known = set(pairs)
            model = self.solver.check(self.budget, some, *[holds for holds, _ in made])
            if model is None:
                return [self.circuit.same(*each) for each in pairs]
            self._divide(model)
        return []

    def _pairs(self) -> list[tuple[Signal, Signal]]:
        """Candidates as pairs of equals."""
        pairs = [(each, TRUE) for each in self.others]
        for some in self.classes:
            pairs += [(each, some[0]) for each in some[1:]]
        return pairs

    def _literal(self, one: Signal, other: Signal) -> tuple[Any, Any]:
        """Two literals: one says that the pair is equal before the message, one that it is not after it."""
        key = (one, other)
        if key not in self._literals:
            name = self.solver.new_name()
            holds, fails = self.formulas.truth(f"{name} holds"), self.formulas.truth(f"{name} fails")
            z3 = self.formulas.z3
            self.solver.add(z3.Implies(holds, self._at(self.before, one) == self._at(self.before, other)))
            self.solver.add(z3.Implies(fails, self._at(self.after, one) != self._at(self.after, other)))
            self._literals[key] = (holds, fails)
        return self._literals[key]

    def _at(self, frame: Frame, signal: Signal) -> Any:
        if signal <= TRUE:
            return self.formulas.constant(bool(signal))
        made = frame.signals[signal & ~1]
        return self.formulas.z3.Not(made) if signal & 1 else made

    def _divide(self, model: Any) -> None:
        """Keep what is true after the message of the model, and on random walks from there; divide the classes.

        What is left after a message holds there, so whatever need not hold after the next is to be dropped, too.
        """
        memories, clocks, fixed = self.cone.memories, self.cone.clocks, self.formulas.fixed
        inputs = {**fixed, **self.before.variables}
        numbers = [*(each.state >> 1 for each in memories), *inputs]
        truths = self.solver.truths(model, [*self._state[: len(memories)], *inputs.values()])
        known = dict(zip(numbers, truths, strict=True))
        wholes = [
            *self._state[len(memories) :],
            *([self.before.time] if self.before.time is not None else []),
        ]
        times = [model.eval(each, model_completion=True).as_long() for each in wholes]
        walk = self._walks.values(
            {each.state >> 1: known[each.state >> 1] for each in memories},
            dict(zip((each.state for each in clocks), times, strict=False)),
            {number: known[number] for number in fixed},
            {number: known[number] for number in self.before.variables},
            times[-1] if times else 0,
        )
        for seen in walk:
            self._keep(seen)

    def _keep(self, seen: Evaluation) -> None:
        """Keep what is true of all lanes, and divide the classes by what is equal in all."""
        value, everything = seen.of, (1 << LANES) - 1
        self.others = [each for each in self.others if value(each) == everything]
        divided: list[list[Signal]] = []
        for some in self.classes:
            found: dict[Lanes, list[Signal]] = {}
            for each in some:
                found.setdefault(value(each), []).append(each)
            divided += [each for each in found.values() if len(each) > 1]
        self.classes = divided
