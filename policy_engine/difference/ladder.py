"""Which provers are asked about differences, and in which order.

Two policies together have more states than each, so most questions are beyond looking at every state. That comes
first all the same, for a few states: it is at hand, and many rules are small. Then the solver. What it leaves open,
and everything where there is none, is asked of parts of the policies alone, and then of all states.
"""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.policytest.narrowing import Narrowing
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.ladder import Part
from policy_engine.verify.prover import Answer, Budget, Ladder, Prover
from policy_engine.verify.question import Question
from policy_engine.verify.symbolic.prover import MISSING, SymbolicProver
from policy_engine.verify.symbolic.solving import is_installed

_FEW = 500
"""States that are looked at before anything else is tried."""
_SHARE = 0.5
"""Of the time, for the solver."""


@dataclass(frozen=True, slots=True)
class Few:
    """A prover that may keep few states."""

    prover: Prover
    states: int

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The prover's answer with so many states."""
        return self.prover.answer(question, Budget(budget.left, min(self.states, budget.states)))


def ladder() -> Ladder:
    """All provers that can be used here."""
    rest = Narrowing(Explicit())
    first = Few(Explicit(), _FEW)
    if is_installed():
        return Ladder((first, Part(SymbolicProver(), _SHARE), rest))
    return Ladder((first, rest), (MISSING,))
