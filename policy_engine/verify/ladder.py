"""Which provers there are here, and in which order they are asked."""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.verify.changed import Changed
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.lighter import Lighter
from policy_engine.verify.prover import Answer, Budget, Ladder, Prover
from policy_engine.verify.question import Question
from policy_engine.verify.rule_by_rule import RuleByRule
from policy_engine.verify.symbolic.prover import MISSING, SymbolicProver
from policy_engine.verify.symbolic.solving import is_installed

_FIRST_SHARE = 0.4
"""Of the time that is left, for each prover that goes through states, where another can do without."""
_SMALL_SHARE = 0.25
"""The same, of policies of many rules: there the others mostly need less."""
_MOST_RULES = 9
"""Rules and ladders of policies for which states are gone through, where the solver can do without: of more, they often
take longer to be laid out than the solver takes to answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A prover with a share of the time, which leaves the rest to those after it."""

    prover: Prover
    share: float

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The prover's answer within its share."""
        return self.prover.answer(question, budget.part(self.share))


@dataclass(frozen=True, slots=True)
class BySize:
    """One prover for policies of few rules, another for those of ``many``."""

    few: Prover
    many: Prover

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The answer of the one that suits the question."""
        rules = sum(len(policy.rules) + len(policy.ladders) for policy in question.policies)
        return (self.many if rules > _MOST_RULES else self.few).answer(question, budget)


def ladder() -> Prover:
    """All provers that can be used here, those first that need the least.

    Of many rules, what takes no search for what holds is asked first: then a few messages often say it, or one rule.
    """
    rungs: tuple[Prover, ...] = (RuleByRule(), Changed(), Explicit())
    if not is_installed():
        return Ladder(rungs, (MISSING,))
    by_solver = Lighter(SymbolicProver())
    few = Ladder((*(Part(each, _FIRST_SHARE) for each in rungs), by_solver))
    return BySize(
        few, Ladder((Lighter(SymbolicProver(is_quick=True)), Part(RuleByRule(), _SMALL_SHARE), by_solver))
    )
