"""Clauses that one policy has and the other has not: what each of them stopped is asked for by itself.

A number that changed and an exception that went may both end a chat sooner. The shortest conversation shows one of
them. So for each clause that only one policy has, a conversation is looked for in which it is this clause that makes
the difference.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.difference.deed import Deed, Pair, asking_parts, own_name, view_of
from policy_engine.difference.direction import Asked, question
from policy_engine.model.decision import Cause
from policy_engine.model.model import Condition, Ladder, Rule
from policy_engine.verify.question import Question, Stopped, both

MOST = 8
"""Clauses that are asked about, for each deed."""


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
