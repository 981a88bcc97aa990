"""Clauses of a policy, and what would show that one of them matters."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.stopping import Part, alone, due
from policy_engine.model.decision import Cause
from policy_engine.model.model import All, Any, Condition, Count, CountReached, Not, Policy
from policy_engine.model.parts import action_names, part_named, parts_of
from policy_engine.source import Location
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


def shared_clauses(policy: Policy) -> Iterator[Stopped]:
    """Every ``overrides`` and ``never`` of a policy. A ``never`` is told by the first rule that it is about."""
    for number, override in enumerate(policy.overrides):
        yield Stopped(0, override.loser, Cause.OVERRIDES, number)
    for number, never in enumerate(policy.nevers):
        touched = (part.name for part in parts_of(policy) if never.action in action_names(part))
        for name in list(touched)[:1]:
            yield Stopped(0, name, Cause.NEVER, number)


def location_of(policy: Policy, clause: Stopped) -> Location | None:
    """Where the sentence of a shared clause stands."""
    shared = policy.nevers if clause.cause is Cause.NEVER else policy.overrides
    return shared[clause.clause].location


def counts_in(part: Part) -> Iterator[tuple[Count, bool]]:
    """The counts that its clauses ask for, in their order; each with whether only what is certain counts."""
    guards = part.guards
    for condition in (guards.only_if, *guards.excepts):
        is_certain = condition is guards.only_if
        for single, is_asked in _singles(condition, is_certain) if condition is not None else ():
            if isinstance(single, CountReached):
                yield single.count, is_asked


def _singles(condition: Condition, is_certain: bool) -> Iterator[tuple[Condition, bool]]:
    match condition:
        case Not(inner):
            yield from _singles(inner, not is_certain)
        case All(several) | Any(several):
            for each in several:
                yield from _singles(each, is_certain)
        case _:
            yield condition, is_certain


def reached_when_due(policy: Policy, part: Part, asked: tuple[Count, bool]) -> Formula:
    """The count is reached, or may be, at a message at which the rule is due."""
    count, is_certain = asked
    return both(due(policy, part), Holds(0, CountReached(count), is_certain))
