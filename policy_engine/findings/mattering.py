"""Clauses of a policy, and what would show that one of them matters."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.stopping import Part, action_names, alone, due
from policy_engine.model.decision import Cause
from policy_engine.model.model import Count, CountReached, Policy
from policy_engine.model.parts import conditions_of, part_named, parts_of, singles_of
from policy_engine.verify.question import Formula, Holds, Or, Stopped, both


def own_clauses(part: Part) -> Iterator[Stopped]:
    """The clauses of a rule or ladder itself: ``only if``, ``except when``, ``at most once``."""
    if part.guards.only_if is not None:
        yield Stopped(0, part.name, Cause.ONLY_IF)
    for clause in range(len(part.guards.excepts)):
        yield Stopped(0, part.name, Cause.EXCEPT, clause)
    if part.guards.at_most is not None:
        yield Stopped(0, part.name, Cause.COOLDOWN)


def matters(policy: Policy, clause: Stopped) -> Formula:
    """The clause makes a difference: of a ``never``, to any of the rules that it is about."""
    if clause.cause is not Cause.NEVER:
        return alone(policy, part_named(policy, clause.rule), clause)
    action = policy.nevers[clause.clause].action
    touched = [part for part in parts_of(policy) if action in action_names(part)]
    return Or(
        tuple(alone(policy, part, Stopped(0, part.name, Cause.NEVER, clause.clause)) for part in touched)
    )


def every_clause(policy: Policy) -> Iterator[Stopped]:
    """Every clause of a policy that may matter or not. A ``never`` is told by the first rule that it is about."""
    for part in parts_of(policy):
        yield from own_clauses(part)
    for number, override in enumerate(policy.overrides):
        yield Stopped(0, override.loser, Cause.OVERRIDES, number)
    for number, never in enumerate(policy.nevers):
        touched = (part.name for part in parts_of(policy) if never.action in action_names(part))
        for name in list(touched)[:1]:
            yield Stopped(0, name, Cause.NEVER, number)


def counts_in(part: Part) -> Iterator[Count]:
    """The counts that its clauses ask for."""
    for condition in conditions_of(part.guards):
        for single in singles_of(condition):
            if isinstance(single, CountReached):
                yield single.count


def reached_when_due(policy: Policy, part: Part, count: Count) -> Formula:
    """The count may be reached at a message at which the rule is due."""
    return both(due(policy, part), Holds(0, CountReached(count), False))
