"""Which provers there are here, and in which order they are asked."""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.verify.changed import Changed
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.lighter import Lighter
from policy_engine.verify.prover import Answer, Budget, GaveUp, Ladder, Prover
from policy_engine.verify.question import Question
from policy_engine.verify.rule_by_rule import RuleByRule
from policy_engine.verify.symbolic.prover import MISSING, SymbolicProver
from policy_engine.verify.symbolic.solving import is_installed

_FIRST_SHARE = 0.4
"""Of the time that is left, for each prover that goes through states, where another can do without."""
_MOST_RULES = 9
"""Rules and ladders of policies for which states are gone through, where the solver can do without: of more, they often
take longer to be laid out than the solver takes to answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A prover with a share of the time, which leaves the rest, and policies of many rules, to those after it."""

    prover: Prover
    share: float

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The prover's answer within its share."""
        if sum(len(policy.rules) + len(policy.ladders) for policy in question.policies) > _MOST_RULES:
            return GaveUp("there are too many rules")
        return self.prover.answer(question, budget.part(self.share))


def by_states() -> Ladder:
    """The provers that go through states: they know soon how many there are."""
    return Ladder(_rungs())


def ladder() -> Ladder:
    """All provers that can be used here, those first that need the least."""
    if not is_installed():
        return Ladder(_rungs(), (MISSING,))
    return Ladder((*(Part(each, _FIRST_SHARE) for each in _rungs()), Lighter(SymbolicProver())))


def _rungs() -> tuple[Prover, ...]:
    return RuleByRule(), Changed(), Explicit()
