"""Which goals (:mod:`policy_engine.policytest.goals`) the conversations of test files reach.

Each goal is watched for by the monitor that proofs use, on the decisions that the machine made; a goal that was
reached is watched for no longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy_engine.policytest.case import Suite
from policy_engine.policytest.goals import Goal, goals_of
from policy_engine.policytest.monitor import Monitor, Timeless
from policy_engine.policytest.running import SuiteResult
from policy_engine.transcripts.message import Conversation


@dataclass(frozen=True, slots=True)
class Covered:
    """A goal, as each of the ``suites`` has it whose policy it is part of (that of its own file first).

    ``by`` is the test that reaches it first; empty where none does.
    """

    suites: tuple[tuple[Suite, Goal], ...]
    by: str = ""

    @property
    def goal(self) -> Goal:
        """The goal, as its own policy has it."""
        return self.suites[0][1]


def covered(results: Sequence[SuiteResult]) -> tuple[Covered, ...]:
    """The goals of all policies that were tested, and which of them their tests reach.

    A goal of a file that several policies use is one goal: it is reached if the tests of any of them reach it.
    """
    suites: dict[tuple[object, ...], list[tuple[Suite, Goal]]] = {}
    by: dict[tuple[object, ...], str] = {}
    for result in results:
        watching = Watching(goals_of(result.suite))
        main = result.suite.loaded.files[0].source
        for goal in watching.goals:
            place = 0 if goal.location.source == main else len(suites.get(goal.key, ()))
            suites.setdefault(goal.key, []).insert(place, (result.suite, goal))
        for case in result.cases:
            for goal in watching.take(case.case.conversation) if case.simulation is not None else ():
                by.setdefault(goal.key, case.case.name)
    return tuple(Covered(tuple(each), by.get(key, "")) for key, each in suites.items())


class Watching:
    """Watches for the goals of one policy."""

    def __init__(self, goals: Sequence[Goal]) -> None:
        self.goals = tuple(goals)
        self._left = [(goal, Monitor(goal.question)) for goal in goals]

    def take(self, conversation: Conversation) -> Iterator[Goal]:
        """The goals that one more conversation reaches and none before it did."""
        left = []
        for goal, monitor in self._left:
            if _is_reached(monitor, conversation):
                yield goal
            else:
                left.append((goal, monitor))
        self._left = left

    def reached(self, conversation: Conversation) -> set[tuple[object, ...]]:
        """The keys of the goals that a conversation reaches, of all that nobody has taken."""
        return {goal.key for goal, monitor in self._left if _is_reached(monitor, conversation)}


def _is_reached(monitor: Monitor, conversation: Conversation) -> bool:
    """Whether a goal's formula is true at a message; not where times that are needed are not there."""
    try:
        return monitor.first_true(conversation) is not None
    except Timeless:
        return False
