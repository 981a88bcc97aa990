"""Which provers there are here, and in which order they are asked."""

from __future__ import annotations

from policy_engine.verify.changed import Changed
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.prover import Ladder, Prover
from policy_engine.verify.rule_by_rule import RuleByRule


def ladder() -> Ladder:
    """All provers that can be used here, those first that need the least."""
    rungs: tuple[Prover, ...] = (RuleByRule(), Changed(), Explicit())
    return Ladder(rungs)
