"""The clauses of a policy that a stop speaks of."""

from __future__ import annotations

from policy_engine.model.decision import Cause, Stop
from policy_engine.model.model import Act, Condition, Ladder, Policy, Rule
from policy_engine.model.parts import part_named


def condition_of(policy: Policy, stop: Stop) -> Condition | None:
    """The condition of the clause that stopped a rule; None where the clause has none."""
    guards = part_named(policy, stop.rule).guards
    match stop.cause:
        case Cause.APPLIES:
            return guards.applies
        case Cause.ONLY_IF:
            return guards.only_if
        case Cause.EXCEPT:
            return guards.excepts[stop.clause]
        case Cause.NEVER:
            return policy.nevers[stop.clause].when
        case _:
            return None


def actions_of(part: Rule | Ladder, step: int | None) -> tuple[Act, ...]:
    """What a rule, or a step of a ladder, asks for."""
    return part.actions if isinstance(part, Rule) else part.steps[step or 0].actions
