"""What may stop a rule or ladder, or take an action from it, as formulas: a Stop for each of its clauses."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from policy_engine.model.decision import Cause
from policy_engine.model.model import Ladder, Policy, Rule
from policy_engine.model.parts import action_names
from policy_engine.verify.question import Stopped


def stops_of(policy: Policy, part: Rule | Ladder) -> tuple[Stopped, ...]:
    """Every way in which the whole rule may be stopped, and in which actions may be taken from it."""
    return (*whole_stops(policy, part), *never_stops(policy, part, action_names(part)))


def whole_stops(policy: Policy, part: Rule | Ladder) -> Iterator[Stopped]:
    """The clauses that stop all of it."""
    guards, name = part.guards, part.name
    if guards.applies is not None:
        yield Stopped(0, name, Cause.APPLIES)
    if guards.only_if is not None:
        yield Stopped(0, name, Cause.ONLY_IF)
    for clause in range(len(guards.excepts)):
        yield Stopped(0, name, Cause.EXCEPT, clause)
    if guards.at_most is not None:
        yield Stopped(0, name, Cause.COOLDOWN)
    for number, override in enumerate(policy.overrides):
        if override.loser == name:
            yield Stopped(0, name, Cause.OVERRIDES, number)


def never_stops(policy: Policy, part: Rule | Ladder, actions: Collection[str]) -> Iterator[Stopped]:
    """The ``never`` lines that take one of these actions from it."""
    for number, never in enumerate(policy.nevers):
        if never.action in actions:
            yield Stopped(0, part.name, Cause.NEVER, number)
