"""Induction: what is not true at so many messages running is not true at the next.

With invariants that hold before every message, that is a proof for conversations of every length (Sheeran, Singh and
Stålmarck, "Checking Safety Properties Using Induction and a SAT-Solver", 2000).
"""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.verify.prover import Budget
from policy_engine.verify.symbolic.circuit import Signal
from policy_engine.verify.symbolic.cone import Cone
from policy_engine.verify.symbolic.solving import Formulas


def is_inductive(cone: Cone, bad: Signal, known: Sequence[Signal], depth: int, budget: Budget) -> bool:
    """Whether ``bad`` is never true after ``depth`` messages at which it is not. ``known`` hold before every message.

    Together with conversations of up to ``depth`` messages, that proves that it is never true. False says nothing.
    Raises OutOfBudget.
    """
    formulas = Formulas(cone.extended(known), [bad, *known], from_start=False)
    z3 = formulas.z3
    frames = [formulas.add() for _ in range(depth + 1)]
    solver = formulas.solver()
    solver.add(*[frame.signals[each] for frame in frames for each in known])
    solver.add(*[z3.Not(frame.signals[bad]) for frame in frames[:-1]])
    is_bad = formulas.truth("bad")
    solver.add(z3.Implies(is_bad, frames[-1].signals[bad]))
    return solver.check(budget, is_bad) is None
