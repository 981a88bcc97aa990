"""Bounded model checking: is the formula true after one message, after two, after three …?

The first length at which it can be is that of the shortest witness (Biere, Cimatti, Clarke and Zhu, "Symbolic Model
Checking without BDDs", 1999).
"""

from __future__ import annotations

from policy_engine.transcripts.message import Conversation
from policy_engine.verify.prover import Budget
from policy_engine.verify.symbolic.cone import Cone
from policy_engine.verify.symbolic.problem import Problem
from policy_engine.verify.symbolic.solving import Formulas
from policy_engine.verify.symbolic.witness import Shaping


class Bounded:
    """Looks at longer and longer conversations. ``covered`` is the length that was gone through so far."""

    def __init__(self, problem: Problem, cone: Cone) -> None:
        self.problem = problem
        self.formulas = Formulas(cone, [problem.bad], from_start=True)
        self.solver = self.formulas.solver()
        self.covered = 0

    def longer(self, budget: Budget) -> Conversation | None:
        """A witness of one message more than was gone through, if there is one. Raises OutOfBudget."""
        z3 = self.formulas.z3
        if len(self.formulas.frames) == self.covered:
            self.formulas.add()
        is_bad = self.formulas.truth(f"bad {self.covered + 1}")
        self.solver.add(z3.Implies(is_bad, self.formulas.frames[-1].signals[self.problem.bad]))
        model = self.solver.check(budget, is_bad)
        if model is None:
            self.covered += 1
            return None
        return Shaping(self.problem, self.solver, [is_bad], model, budget).conversation()
