"""Which goals (:mod:`policy_engine.policytest.goals`) the conversations of test files reach.

Each goal is watched for by the monitor that proofs use, on the decisions that the machine made; a goal that was
reached is watched for no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.encoder import Encoder
from policy_engine.machine.machine import compile_policy
from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy
from policy_engine.policytest.goals import Goal, goals_of
from policy_engine.policytest.running import SuiteResult
from policy_engine.simulation.simulation import Simulation, Simulator
from policy_engine.verify.watch import Watch


@dataclass(frozen=True, slots=True)
class Covered:
    """A goal, and the test that reaches it first; empty where none does."""

    goal: Goal
    by: str = ""


def covered(results: Sequence[SuiteResult]) -> tuple[Covered, ...]:
    """The goals of all policies that were tested, and which of them their tests reach.

    A goal of a file that several policies use is one goal: it is reached if the tests of any of them reach it.
    """
    found: dict[tuple[object, ...], Covered] = {}
    for result in results:
        watching = Watching(result.suite.policy, goals_of(result.suite))
        by: dict[tuple[object, ...], str] = {}
        for case in result.cases:
            for goal in watching.take(case.simulation) if case.simulation is not None else ():
                by[goal.key] = case.case.name
        for goal in watching.goals:
            before = found.get(goal.key)
            if before is None or not before.by:
                found[goal.key] = Covered(goal, by.get(goal.key, ""))
    return tuple(found.values())


class Watching:
    """Watches for the goals of one policy."""

    def __init__(self, policy: Policy, goals: Sequence[Goal]) -> None:
        self.policy = policy
        self.goals = tuple(goals)
        self._left = [_Watched(goal) for goal in goals]

    def take(self, simulation: Simulation) -> Iterator[Goal]:
        """The goals that one more conversation reaches and none before it did."""
        run = _Run(simulation)
        left = []
        for watched in self._left:
            if watched.is_reached(run):
                yield watched.goal
            else:
                left.append(watched)
        self._left = left


class _Run:
    """A conversation and what is decided in it, as monitors ask for it."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        turns = simulation.turns
        self.begins = [turn != (turns[number - 1] if number else 0) for number, turn in enumerate(turns)]

    @cached_property
    def counters(self) -> tuple[tuple[CounterView, ...], ...]:
        """The counters of the policy at every message."""
        simulation = self.simulation
        walk = simulation.machine.walk(simulation.machine.initial(simulation.attributes))
        found = []
        for seen in simulation.observations:
            found.append(walk.views(*seen))
            walk.step(*seen)
        return tuple(found)


class _Watched:
    """One goal with its monitor, and the machines of the policies that it compares with."""

    def __init__(self, goal: Goal) -> None:
        self.goal = goal
        self._watch = Watch(goal.question)
        self._others = [Simulator(compile_policy(each)) for each in goal.question.policies[1:]]

    def is_reached(self, run: _Run) -> bool:
        """Whether the goal's formula is true at a message."""
        simulation, watch = run.simulation, self._watch
        conversation = simulation.conversation
        decisions = self._decisions(run)
        kept = watch.initial(dict(simulation.attributes))
        if decisions is None or kept is None:
            return False
        encoders = [
            Encoder(view.vocabulary, readings, conversation.looked_for)
            for view, readings in zip(self.goal.question.views, watch.readings, strict=True)
        ]
        none: tuple[tuple[CounterView, ...], ...] = ((),) * len(decisions)
        for number, message in enumerate(conversation.messages):
            values = [each.symbol(message.role, message.labels).values for each in encoders]
            counters = (run.counters[number], *none[1:]) if watch.needs_counters else none
            kept, is_reached = watch.step(
                kept, message.role, values, message.time or 0, run.begins[number],
                [each[number] for each in decisions], counters,
            )  # fmt: skip
            if is_reached:
                return True
        return False

    def _decisions(self, run: _Run) -> list[Sequence[Decision]] | None:
        """What each policy decides; None where one of them needs times that there are not."""
        try:
            others = [each.run(run.simulation.conversation).decisions for each in self._others]
        except TimeOrderError:
            return None
        return [run.simulation.decisions, *others]


def conversations_that_count(results: Iterable[Covered]) -> int:
    """How many goals are reached."""
    return sum(bool(each.by) for each in results)
