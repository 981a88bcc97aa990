"""Which goals (:mod:`policy_engine.policytest.goals`) the conversations of test files reach.

Each goal is watched for by the monitor that proofs use, on the decisions that the machine made; a goal that was
reached is watched for no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from policy_engine.policytest.case import Suite
from policy_engine.policytest.goals import Goal, goals_of
from policy_engine.policytest.running import SuiteResult
from policy_engine.transcripts.message import AttributeValue, Conversation
from policy_engine.verify.product import Input, Product, State
from policy_engine.verify.watch import Outcome


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
        self._left = [_Watched(goal) for goal in goals]

    def take(self, conversation: Conversation) -> Iterator[Goal]:
        """The goals that one more conversation reaches and none before it did."""
        left = []
        for watched in self._left:
            if watched.is_reached(conversation):
                yield watched.goal
            else:
                left.append(watched)
        self._left = left


class _Watched:
    """One goal with the product that proofs about it go through, for the messages that there are."""

    def __init__(self, goal: Goal) -> None:
        self.goal = goal
        self._product = Product(goal.question)
        self._begun: dict[tuple[tuple[str, AttributeValue], ...], State] = {}

    def is_reached(self, conversation: Conversation) -> bool:
        """Whether the goal's formula is true at a message; not where times that are needed are not there."""
        product = self._product
        if product.is_timed and any(message.time is None for message in conversation.messages):
            return False
        state = self._initial(dict(conversation.attributes))
        for message in conversation.messages:
            letter = product.letter(message, conversation.looked_for)
            state, outcome = product.step(state, Input(letter), message.time or 0)
            if outcome is Outcome.TRUE:
                return True
        return False

    def _initial(self, given: dict[str, AttributeValue]) -> State:
        key = tuple(sorted(given.items()))
        if key not in self._begun:
            self._begun[key] = self._product.begun(given)
        return self._begun[key]


def reached_of(found: Iterable[Covered]) -> int:
    """How many goals are reached."""
    return sum(bool(each.by) for each in found)
