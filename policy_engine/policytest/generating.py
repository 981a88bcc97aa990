"""Tests to begin with: a small set of conversations that tries every goal of a policy which can be tried.

Each goal is asked of a prover; what it shows is a candidate. Of the candidates the one is taken, again and again,
that tries the most goals which are not tried yet (the greedy set cover: Johnson, "Approximation algorithms for
combinatorial problems", 1974), the shortest where several do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policy_engine.machine.machine import compile_policy
from policy_engine.policytest.asking import Ask
from policy_engine.policytest.case import Suite
from policy_engine.policytest.covering import Watching
from policy_engine.policytest.goals import Goal, goals_of
from policy_engine.policytest.writing import written_test
from policy_engine.simulation.simulation import Simulator
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.prover import Never, Shown


@dataclass(frozen=True, slots=True)
class Chosen:
    """A conversation, and the goals that it tries and none before it did."""

    conversation: Conversation
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class Generated:
    """The conversations, the goals that no conversation reaches, and those of which it was not found out."""

    chosen: tuple[Chosen, ...]
    unable: tuple[Goal, ...]
    undecided: tuple[Goal, ...]


def generated(suite: Suite, ask: Ask) -> Generated:
    """A small set of conversations for the goals that the file of a suite's policy has itself."""
    own = suite.loaded.files[0].source
    goals = [each for each in goals_of(suite) if each.location.source == own]
    watching = Watching(goals)
    candidates: list[Conversation] = []
    reaches: list[set[tuple[object, ...]]] = []
    unable, undecided = list[Goal](), list[Goal]()
    for goal in goals:
        if any(goal.key in each for each in reaches):
            continue
        answer = ask(goal.question)
        if isinstance(answer, Shown):
            candidates.append(answer.conversation)
            reaches.append(watching.reached(answer.conversation))
        else:
            (unable if isinstance(answer, Never) else undecided).append(goal)
    return Generated(_cover(goals, candidates, reaches), tuple(unable), tuple(undecided))


def _cover(
    goals: Sequence[Goal], candidates: Sequence[Conversation], reaches: Sequence[set[tuple[object, ...]]]
) -> tuple[Chosen, ...]:
    """Greedily: the candidate that reaches most of what is left; of those, the shortest, then the first."""
    left = set().union(*reaches) if reaches else set()
    chosen: list[Chosen] = []
    while left:
        best = max(
            range(len(candidates)), key=lambda n: (len(reaches[n] & left), -len(candidates[n].messages), -n)
        )
        mine = reaches[best] & left
        left -= mine
        chosen.append(Chosen(candidates[best], tuple(each for each in goals if each.key in mine)))
    return tuple(chosen)


def generated_text(suite: Suite, found: Generated) -> str:
    """The test file: each conversation with what the policy does in it today, and what it is there for."""
    simulator = Simulator(compile_policy(suite.policy))
    lines = [
        "# Made by `policy-engine test --generate`. Behind each turn stands what the policy does today:",
        "# read whether it is what you want, then give the test a name that says so.",
    ]
    lines += [f"# No conversation tries: {_words(each)}" for each in found.unable]
    lines += [f"# Not found out how to try: {_words(each)}" for each in found.undecided]
    tests = [
        written_test(
            simulator.run(each.conversation), _name(each.goals[0], number), _comment(each.goals), trial=True
        )
        for number, each in enumerate(found.chosen, 1)
    ]
    return "\n".join(lines) + "\ntests:\n" + "\n".join(tests)


def _words(goal: Goal) -> str:
    clause = "" if goal.clause in goal.owner else f", {goal.clause}"
    said = f"{goal.owner}{clause}: {goal.aspect.value}"
    return "".join(char if char.isprintable() else "?" for char in said)


def _name(goal: Goal, number: int) -> str:
    return f"{number}. {_words(goal)}"


def _comment(goals: Sequence[Goal]) -> str:
    return "\n".join(f"tries {_words(each)}" for each in goals)
