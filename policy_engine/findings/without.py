"""A policy without one of its clauses, rules or effects: what it is held against to see whether that matters."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from policy_engine.findings.endings import ending
from policy_engine.model.decision import Cause
from policy_engine.model.model import Guards, Ladder, Policy, Rule
from policy_engine.verify.question import Stopped

T = TypeVar("T")


def without_clause(policy: Policy, stop: Stopped) -> Policy:
    """Without the clause that stops a rule so: one of the rule's own, a ``never``, or an ``overrides``."""
    if stop.cause is Cause.NEVER:
        return replace(policy, nevers=_but_for(policy.nevers, stop.clause))
    if stop.cause is Cause.OVERRIDES:
        return replace(policy, overrides=_but_for(policy.overrides, stop.clause))

    def guarded(guards: Guards) -> Guards:
        match stop.cause:
            case Cause.ONLY_IF:
                return replace(guards, only_if=None)
            case Cause.EXCEPT:
                return replace(guards, excepts=_but_for(guards.excepts, stop.clause))
            case Cause.COOLDOWN:
                return replace(guards, at_most=None)
            case _:
                return replace(guards, applies=None)

    return replace(
        policy,
        rules=tuple(
            replace(each, guards=guarded(each.guards)) if each.name == stop.rule else each
            for each in policy.rules
        ),
        ladders=tuple(
            replace(each, guards=guarded(each.guards)) if each.name == stop.rule else each
            for each in policy.ladders
        ),
    )


def without_part(policy: Policy, name: str) -> Policy:
    """Without a rule or ladder, and without what it overrides and what overrides it."""
    return replace(
        policy,
        rules=tuple(each for each in policy.rules if each.name != name),
        ladders=tuple(each for each in policy.ladders if each.name != name),
        overrides=tuple(each for each in policy.overrides if name not in (each.winner, each.loser)),
    )


def without_endings_of_others(policy: Policy, name: str) -> Policy:
    """As if no rule or ladder but one ended the chat: those that do nothing else are left out."""
    action = ending(policy.vocabulary)

    def rule(each: Rule) -> Rule:
        return replace(each, actions=tuple(act for act in each.actions if act.action != action))

    def ladder(each: Ladder) -> Ladder:
        steps = [step for step in each.steps if all(act.action != action for act in step.actions)]
        return replace(each, steps=tuple(steps))

    rules = (each if each.name == name else rule(each) for each in policy.rules)
    ladders = (each if each.name == name else ladder(each) for each in policy.ladders)
    left = tuple(each for each in rules if each.actions)
    rest = tuple(each for each in ladders if each.steps)
    names = {each.name for each in left} | {each.name for each in rest}
    overrides = tuple(each for each in policy.overrides if {each.winner, each.loser} <= names)
    return replace(policy, rules=left, ladders=rest, overrides=overrides)


def _but_for(several: tuple[T, ...], number: int) -> tuple[T, ...]:
    return (*several[:number], *several[number + 1 :])
