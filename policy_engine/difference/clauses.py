"""Clauses that one policy has and the other has not: what each of them stopped is asked for by itself.

A number that changed and an exception that went may both end a chat sooner. The shortest conversation shows one of
them. So for each clause that only one policy has, a conversation is looked for in which it is this clause that makes
the difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policy_engine.difference.deed import Deed, Pair, asking_parts, own_name, view_of
from policy_engine.difference.direction import Asked, question
from policy_engine.model.decision import Cause, Stop
from policy_engine.model.model import Condition, Guards, Ladder, Policy, Rule
from policy_engine.model.parts import action_names, part_named, parts_of
from policy_engine.value import value
from policy_engine.verify.question import Negation, Or, Question, Stopped, both, ever

MOST = 8
"""Clauses that are asked about, for each deed."""


@value
class ClauseChange:
    """A clause that one policy has and the other has nowhere: as it stands in the old one, and in the new one.

    One of both is None where the clause went, or came; of neither, where it says something else now.
    """

    was: Stop | None
    now: Stop | None


def clause_change(policies: Pair, number: int, deed: Deed, stop: Stop) -> ClauseChange | None:
    """What became of a clause of policy ``number`` that stopped a rule; None where both have it, or it is none."""
    mine = {(each.rule, each.cause, each.clause) for each in _own_clauses(policies, deed, number)}
    if (stop.rule, stop.cause, stop.clause) not in mine:
        return None
    own = Stop(stop.rule, stop.cause, stop.clause)
    other = _in_its_place(policies[number], policies[1 - number], own)
    return ClauseChange(own, other) if number == 0 else ClauseChange(other, own)


def _in_its_place(policy: Policy, other: Policy, stop: Stop) -> Stop | None:
    """The clause that the other policy has in the place of one of this policy's own, where both have as many."""
    if stop.rule not in {part.name for part in parts_of(other)}:
        return None
    mine, theirs = (_alike(each, stop) for each in (policy, other))
    at = [each for _, each in mine].index(stop)
    if len(mine) != len(theirs) or theirs[at][0] in {condition for condition, _ in mine}:
        return None
    return theirs[at][1]


def _alike(policy: Policy, stop: Stop) -> list[tuple[Condition, Stop]]:
    """All clauses of the kind: of a ``never``, those about the same action."""
    part = part_named(policy, stop.rule)
    if stop.cause is Cause.NEVER:
        actions = action_names(part)
        return [
            (never.when, Stop(stop.rule, stop.cause, clause))
            for clause, never in enumerate(policy.nevers)
            if never.action in actions
        ]
    return [
        (condition, Stop(stop.rule, cause, clause))
        for cause, clause, condition in _clauses(part)
        if cause is stop.cause
    ]


def clause_questions(policies: Pair, deed: Deed) -> Iterator[tuple[Asked, Question]]:
    """For each clause that only one policy has: does the other do the deed, there or before, where it stops this one's
    rule, which has not done it?

    By a clause of the old policy that is gone the new one is ``FREED``; by one that is new it is ``STOPPED``.
    """
    views = (view_of(policies, 0), view_of(policies, 1))
    found = [
        (Asked.FREED if number == 0 else Asked.STOPPED, stop)
        for number in (0, 1)
        for stop in _own_clauses(policies, deed, number)
    ]
    for asked, stop in found[:MOST]:
        first = question(policies, deed, asked)
        yield asked, Question(policies, views, both(first.bad, stop))


def unstopped_question(policies: Pair, deed: Deed, asked: Asked) -> Question | None:
    """The question ``SOONER`` or ``SLOWER``, where no clause that only one policy has stops its rules.

    What shows it is another change than those of the clauses. None where nothing else changed.
    """
    stops = tuple(_own_clauses(policies, deed, 0 if asked is Asked.SOONER else 1))[:MOST]
    if not stops or _awaited(policies, 0, deed) == _awaited(policies, 1, deed):
        return None
    first = question(policies, deed, asked)
    return replace(first, bad=both(first.bad, Negation(ever(Or(stops)))))


def _awaited(policies: Pair, number: int, deed: Deed) -> set[Rule | Ladder]:
    """What the rules and ladders for a deed wait for and do: without their names, reasons and clauses."""
    return {
        replace(part, name="", guards=Guards(), reason=None) for part in asking_parts(policies, number, deed)
    }


def _own_clauses(policies: Pair, deed: Deed, number: int) -> Iterator[Stopped]:
    """The clauses of one policy's rules for a deed, and its ``never`` lines, that the other has nowhere."""
    policy, other = policies[number], policies[1 - number]
    theirs = asking_parts(policies, 1 - number, deed)
    has = {condition for part in theirs for _, _, condition in _clauses(part)}
    action, other_action = own_name(policies, number, deed), own_name(policies, 1 - number, deed)
    nevers = {each.when for each in other.nevers if each.action == other_action}
    for part in asking_parts(policies, number, deed):
        for cause, clause, condition in _clauses(part):
            if condition not in has:
                yield Stopped(number, part.name, cause, clause)
        for clause, never in enumerate(policy.nevers):
            if never.action == action and never.when not in nevers:
                yield Stopped(number, part.name, Cause.NEVER, clause)


def _clauses(part: Rule | Ladder) -> Iterator[tuple[Cause, int, Condition]]:
    if part.guards.only_if is not None:
        yield Cause.ONLY_IF, 0, part.guards.only_if
    for clause, condition in enumerate(part.guards.excepts):
        yield Cause.EXCEPT, clause, condition
