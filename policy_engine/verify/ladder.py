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
_FEW_RULES = 9
"""Rules and ladders of policies whose states are gone through at leisure: of more, that often takes longer than the
solver takes to answer."""
_MANY_RULES = 150
"""Of more, not even a glance is worth while."""
_GLANCE_SHARE, _GLANCE_STATES = 0.1, 3_000
"""What a glance may cost. Most that single rules tell takes less; so it is worth while before the solver is asked."""


@dataclass(frozen=True, slots=True)
class Part:
    """A prover with a share of the time, which leaves the rest to those after it.

    Of policies of many rules, it takes a ``glance``, or leaves that to those after it.
    """

    prover: Prover
    glances: bool

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The prover's answer within its share."""
        rules = sum(len(policy.rules) + len(policy.ladders) for policy in question.policies)
        if rules <= _FEW_RULES:
            return self.prover.answer(question, budget.part(_FIRST_SHARE))
        if not self.glances or rules > _MANY_RULES:
            return GaveUp("there are too many rules")
        glance = Budget(budget.left * _GLANCE_SHARE, min(budget.states, _GLANCE_STATES))
        return self.prover.answer(question, glance)


def by_states() -> Ladder:
    """The provers that go through states: they know soon how many there are."""
    return Ladder(_rungs())


def ladder() -> Ladder:
    """All provers that can be used here, those first that need the least."""
    rungs = _rungs()
    if not is_installed():
        return Ladder(rungs, (MISSING,))
    by_rule, changed, explicit = rungs
    parts = (Part(by_rule, glances=True), Part(changed, glances=True), Part(explicit, glances=False))
    return Ladder((*parts, Lighter(SymbolicProver())))


def _rungs() -> tuple[Prover, Prover, Prover]:
    return RuleByRule(), Changed(), Explicit()
