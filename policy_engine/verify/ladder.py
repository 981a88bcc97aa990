"""Which provers there are here, and in which order they are asked."""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.verify.changed import Changed
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.lighter import Lighter
from policy_engine.verify.prover import Answer, Bounded, Budget, GaveUp, Ladder, Prover
from policy_engine.verify.question import Question
from policy_engine.verify.rule_by_rule import RuleByRule
from policy_engine.verify.symbolic.prover import MISSING, SymbolicProver
from policy_engine.verify.symbolic.solving import is_installed

_FIRST_SHARE = 0.4
"""Of the time that is left, for each prover that goes through states, where another can do without."""
_SMALL_SHARE = 0.25
"""The same, of policies of many rules: there the others mostly need less."""
_FEW_RULES = 9
"""Rules and ladders of policies whose states are gone through at leisure: of more, that often takes longer than the
solver takes to answer."""
_MANY_RULES = 40
"""Of more, not even a glance is worth while."""
_GLANCE_SHARE, _GLANCE_STATES = 0.1, 3_000
"""What a glance may cost. Most that single rules tell takes less; so it is worth while before the solver is asked."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A prover with so little time that it is asked before those that need more; of very many rules, not at all."""

    prover: Prover

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The prover's answer, if it has one at once."""
        if _size(question) > _MANY_RULES:
            return GaveUp("there are too many rules")
        return self.prover.answer(question, budget.part(_GLANCE_SHARE, _GLANCE_STATES))


@dataclass(frozen=True, slots=True)
class BySize:
    """One prover for policies of few rules, another for those of ``many``."""

    few: Prover
    many: Prover

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The answer of the one that suits the question."""
        return (self.few if _size(question) <= _FEW_RULES else self.many).answer(question, budget)


def _size(question: Question) -> int:
    """How many rules and ladders the policies of a question have."""
    return sum(len(policy.rules) + len(policy.ladders) for policy in question.policies)


def by_states() -> Ladder:
    """The provers that go through states: they know soon how many there are."""
    return Ladder((RuleByRule(), Changed(), Explicit()))


def ladder() -> Prover:
    """All provers that can be used here, those first that need the least.

    Of many rules, what takes no search for what holds is asked first: then a few messages often say it, or one rule.
    """
    if not is_installed():
        return Ladder(by_states().rungs, (MISSING,))
    by_rule = RuleByRule()
    by_solver = Lighter(SymbolicProver())
    few: tuple[Prover, ...] = (*(Bounded(each, _FIRST_SHARE) for each in by_states().rungs), by_solver)
    quick = Lighter(SymbolicProver(is_quick=True))
    many = (Glance(by_rule), Glance(Changed()), quick, Bounded(by_rule, _SMALL_SHARE), by_solver)
    return BySize(Ladder(few), Ladder(many))
