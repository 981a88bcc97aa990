"""Whether two policies ever do different things, trial rules included: one question to a prover."""

from __future__ import annotations

from policy_engine.model.model import Policy, Rule
from policy_engine.verify.question import (
    And,
    Differ,
    Fires,
    Formula,
    Negation,
    Or,
    Question,
    own_view,
)


def difference_question(one: Policy, other: Policy) -> Question:
    """Can the two do different things at a message, or would their trial rules?"""
    policies = (one, other)
    views = tuple(own_view(policies, number) for number in range(2))
    return Question(policies, views, Or((Differ(0, 1), *_on_trial(one, other))))


def _on_trial(one: Policy, other: Policy) -> list[Formula]:
    """Trial rules act alone: one would act and the other not, or both would do something else."""
    before, after = ({rule.name: rule for rule in each.rules if rule.trial} for each in (one, other))
    found: list[Formula] = []
    for name in sorted({*before, *after}):
        here, there = before.get(name), after.get(name)
        if here is not None and there is not None:
            found += _apart(here, there)
        else:
            found.append(Fires(0 if here is not None else 1, name))
    return found


def _apart(here: Rule, there: Rule) -> list[Formula]:
    first, second = Fires(0, here.name), Fires(1, there.name)
    if here.actions != there.actions:
        return [first, second]
    return [And((first, Negation(second))), And((second, Negation(first)))]
