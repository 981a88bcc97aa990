"""The conversation behind a solver's model: the shortest, with the fewest labels, first in the alphabet.

The solver minimises; then each message is made as plain as it can be, one choice after the other, and at last each
comes as early as the comparisons of times allow: what comparisons ask is a system of differences, which has an
earliest solution (Bellman, "On a Routing Problem", 1958).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from policy_engine.machine.instant import Answers, Comparison, Instant
from policy_engine.transcripts.message import SECOND, Conversation, Role
from policy_engine.verify.prover import Budget
from policy_engine.verify.symbolic.circuit import Signal
from policy_engine.verify.symbolic.problem import Problem
from policy_engine.verify.symbolic.records import Spelling
from policy_engine.verify.symbolic.solving import Frame, OutOfBudget, Solver
from policy_engine.verify.symbolic.stepping import Stepping
from policy_engine.verify.witness import START


class Shaping:
    """Makes the plainest conversation of a solver that has found one. ``held`` are literals that say what is sought."""

    def __init__(
        self, problem: Problem, solver: Solver, held: Sequence[Any], model: Any, budget: Budget
    ) -> None:
        self.problem = problem
        self.solver = solver
        self.formulas = solver.formulas
        self.held = list(held)
        self.model = model
        self.budget = budget

    def conversation(self) -> Conversation:
        """The plainest; where the budget ends before, the plainest so far."""
        try:
            self._sought()
            self._fewest()
            self._first_in_alphabet()
        except OutOfBudget:
            pass
        return self._read()

    # --- choices ---

    def _is(self, formula: Any) -> bool:
        value = self.model.eval(formula, model_completion=True)
        return bool(self.formulas.z3.is_true(value))

    def _prefer(self, *formulas: Any) -> bool:
        """From now on all of these hold, if they can."""
        if not all(self._is(each) for each in formulas):
            model = self.solver.check(self.budget, *self.held, *formulas)
            if model is None:
                return False
            self.model = model
        self.held.extend(formulas)
        return True

    def _sought(self) -> None:
        """As much as can be was looked for: everything, or else one by one."""
        signals = [each >> 1 for each in self.problem.records.fixed]
        sought = [self.formulas.fixed[each] for each in signals if each in self.formulas.fixed]
        if not self._prefer(*sought):
            for each in sought:
                self._prefer(each)

    def _fewest(self) -> None:
        """As few records as can be."""
        records = [
            frame.variables[number]
            for frame in self.formulas.frames
            for spelling in self.problem.records.spellings.values()
            for number in (spelling.known >> 1, spelling.unknown >> 1)
            if number in frame.variables
        ]
        if not records:
            return
        self._few()
        number = sum(self._is(each) for each in records)
        counted = self._counted(records, number)
        while number:
            fewer = self.formulas.z3.Not(counted[number - 1])
            model = self.solver.check(self.budget, *self.held, fewer)
            if model is None:
                return
            self.model = model
            self.held.append(fewer)
            number = sum(self._is(each) for each in records)

    def _few(self) -> None:
        """Few records for a beginning: without label after label, where it goes without. Nothing is held for that."""
        held, z3 = list(self.held), self.formulas.z3
        for spelling in self.problem.records.spellings.values():
            of_label = [each for frame in self.formulas.frames for each in self._records(frame, spelling)]
            self._prefer(*[z3.Not(each) for each in of_label])
        for frame in self.formulas.frames:
            spellings = self.problem.records.spellings.values()
            of_message = [each for one in spellings for each in self._records(frame, one)]
            self._prefer(*[z3.Not(each) for each in of_message])
        self.held = held

    def _counted(self, records: Sequence[Any], most: int) -> list[Any]:
        """Literals that say that there are at least one, two, … ``most`` (Bailleux and Boufkhad, "Efficient CNF
        Encoding of Boolean Cardinality Constraints", 2003)."""
        if len(records) < 2:
            return list(records)
        middle = len(records) // 2
        one, other = self._counted(records[:middle], most), self._counted(records[middle:], most)
        z3, made = self.formulas.z3, []
        for total in range(1, min(most, len(one) + len(other)) + 1):
            literal = self.formulas.truth(f"{self.solver.new_name()} at least {total}")
            for mine in range(max(0, total - len(other)), min(total, len(one)) + 1):
                parts = ([one[mine - 1]] if mine else []) + (
                    [other[total - mine - 1]] if total > mine else []
                )
                self.solver.add(z3.Implies(z3.And(parts), literal))
            made.append(literal)
        return made

    def _first_in_alphabet(self) -> None:
        for frame in self.formulas.frames:
            self._role(frame)
            self._labels(frame)

    def _role(self, frame: Frame) -> None:
        roles = self.problem.records.roles
        for role in sorted(Role, key=lambda each: each.value):
            formula = frame.variables.get(roles[role] >> 1)
            if formula is not None and self._prefer(formula):
                return

    def _labels(self, frame: Frame) -> None:
        """None at all; else the first label that can be the first, and so on; each as plain as it can be."""
        z3 = self.formulas.z3
        left = sorted(self.problem.records.spellings.values(), key=lambda each: each.name)
        while left:
            rest = [formula for each in left for formula in self._records(frame, each)]
            if self._prefer(*[z3.Not(each) for each in rest]):
                return
            spelling = left.pop(0)
            mine = self._records(frame, spelling)
            if mine and self._prefer(self._any_of(mine)):
                self._value(frame, spelling)
            else:
                self.held.extend(z3.Not(each) for each in mine)

    def _any_of(self, formulas: Sequence[Any]) -> Any:
        """A literal of which one of the formulas follows."""
        if len(formulas) == 1:
            return formulas[0]
        literal = self.formulas.truth(f"any {'/'.join(map(str, formulas))}")
        self.solver.add(literal == self.formulas.z3.Or(list(formulas)))
        return literal

    def _records(self, frame: Frame, spelling: Spelling) -> list[Any]:
        numbers = (spelling.known >> 1, spelling.unknown >> 1)
        return [frame.variables[each] for each in numbers if each in frame.variables]

    def _value(self, frame: Frame, spelling: Spelling) -> None:
        """Detected, if it can be; else by the highest score; else absent; else unknown."""
        known = frame.variables.get(spelling.known >> 1)
        unknown = frame.variables.get(spelling.unknown >> 1)
        if known is not None:
            self._prefer(known)
            for limit in sorted(spelling.reaches, reverse=True):
                reached = frame.variables.get(spelling.reaches[limit] >> 1)
                if reached is not None and self._prefer(reached):
                    break
        if unknown is not None:
            self._prefer(self.formulas.z3.Not(unknown))

    # --- what it says ---

    def _read(self) -> Conversation:
        problem, records = self.problem, self.problem.records
        fixed = self._fixed()
        shown = [
            fixed | {2 * number for number, formula in frame.variables.items() if self._is(formula)}
            for frame in self.formulas.frames
        ]
        times = self._times(shown)
        messages = tuple(records.message(true, time) for true, time in zip(shown, times, strict=True))
        attributes = problem.standing.attributes(fixed & frozenset(problem.standing.fixed))
        return Conversation("witness", messages, attributes, records.sought(fixed))

    def _fixed(self) -> frozenset[Signal]:
        """The fixed variables that are true. Of those that do not matter: everything was looked for, nothing given."""
        problem, known = self.problem, self.formulas.fixed
        true = {each for each in problem.records.fixed if each >> 1 not in known}
        true |= {each for each in problem.standing.given({}) if each >> 1 not in known}
        true |= {2 * number for number, formula in known.items() if self._is(formula)}
        return frozenset(true)

    def _times(self, shown: Sequence[frozenset[Signal]]) -> list[int | None]:
        if self.problem.system.now is None:
            return [None] * len(shown)
        if not self.formulas.is_timed:
            return [START] * len(shown)
        actual = [
            self.model.eval(frame.time, model_completion=True).as_long() for frame in self.formulas.frames
        ]
        asked = list(self._comparisons(shown, actual))
        found = earliest(len(shown), [_whole(*each) for each in asked])
        if found is None:
            found = earliest(len(shown), [_exact(*each) for each in asked])
        assert found is not None, "the solver's own times are a solution"
        return [START + each for each in found]

    def _comparisons(
        self, shown: Sequence[frozenset[Signal]], actual: Sequence[int]
    ) -> Iterator[tuple[Comparison, bool]]:
        """What the equations ask of the times of the messages, and the answers."""
        answers = Answers()
        stepping = Stepping(self.formulas.cone, [self.problem.bad])
        before = Instant(answers, 0, actual[0])
        stepping.clocks = {each: [before] for each in stepping.clocks}  # type: ignore[list-item]
        for number, true in enumerate(shown):
            instant: Any = Instant(answers, number, actual[number])
            stepping.step(dict.fromkeys(true, 1), [instant])
        yield from answers.given


Difference = tuple[int, int, int]
"""Number one is at most so much after number two."""


def _exact(asked: Comparison, answer: bool) -> Difference:
    if answer:
        return asked.one, asked.other, asked.most
    return asked.other, asked.one, -asked.most - 1


def _whole(asked: Comparison, answer: bool) -> Difference:
    """The same in whole seconds, which are plainer to read: a little less may be possible."""
    one, other, most = _exact(asked, answer)
    return one, other, most // SECOND * SECOND


def earliest(number: int, differences: Iterable[Difference]) -> list[int] | None:
    """The earliest times of so many messages, the first at 0, none before the one before; None where there are none."""
    asked = [*differences, *((each, each + 1, 0) for each in range(number - 1))]
    found = [0] * number
    for _ in range(number + 1):
        changed = False
        for one, other, most in asked:
            if found[other] < found[one] - most:
                found[other] = found[one] - most
                changed = True
        if not changed:
            return found if not number or found[0] == 0 else None
    return None
