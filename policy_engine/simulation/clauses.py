"""The clauses of a policy that a stop speaks of."""

from __future__ import annotations

from policy_engine.model.decision import Cause, Stop
from policy_engine.model.model import (
    Act,
    After,
    Condition,
    Ladder,
    Policy,
    Rule,
    SinceAction,
    SinceEvent,
    StartOver,
)
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


def actions_asked_for(policy: Policy, trial: bool) -> tuple[str, ...]:
    """The actions that the rules and ladders ask for, or those that the trial rules do; strongest first."""
    acts = [act for rule in policy.rules if rule.trial is trial for act in rule.actions]
    if not trial:
        acts += [act for ladder in policy.ladders for step in ladder.steps for act in step.actions]
    return tuple(sorted({act.action for act in acts}, key=lambda name: policy.vocabulary.actions[name].rank))


def start_over_of(part: Rule | Ladder) -> StartOver | None:
    """What makes the count of a rule, or a ladder, start over; None where nothing does."""
    if isinstance(part, Ladder):
        return part.start_over
    return part.trigger.start_over if isinstance(part.trigger, After) else None


def is_in_stretches(part: Rule | Ladder) -> bool:
    """Whether it may act once more when its count has started over: again on a new warning, appeal or quiet stretch.

    What is first detected is so once: `since X was first detected` begins one stretch, and no other.
    """
    if start_over_of(part) is not None:
        return True
    counts = part.trigger.counts if isinstance(part, Rule) and isinstance(part.trigger, After) else ()
    return any(isinstance(count.since, SinceAction | SinceEvent) for count in counts)
