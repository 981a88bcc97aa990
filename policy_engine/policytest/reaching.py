"""Goals that no test reaches, asked of a prover: a conversation that reaches each, or that none can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policy_engine.policytest.asking import Ask
from policy_engine.policytest.case import Suite
from policy_engine.policytest.covering import Covered
from policy_engine.policytest.goals import Goal
from policy_engine.verify.prover import Answer, GaveUp, Never, Shown


@dataclass(frozen=True, slots=True)
class Reached:
    """A goal: reached by a test (``answer`` is None), or else what a prover says of it.

    ``suite`` is the one whose policy the answer is about: one in which some conversation reaches the goal, if any.
    """

    covered: Covered
    suite: Suite
    goal: Goal
    answer: Answer | None = None

    @property
    def is_tried(self) -> bool:
        """Whether a test reaches it."""
        return self.answer is None

    @property
    def cannot_be(self) -> bool:
        """Whether no conversation reaches it."""
        return isinstance(self.answer, Never)

    @property
    def is_undecided(self) -> bool:
        """Whether it was not found out if any conversation reaches it."""
        return isinstance(self.answer, GaveUp)


def reached(found: Iterable[Covered], ask: Ask) -> Iterator[Reached]:
    """Every goal with what is known of it."""
    for each in found:
        yield Reached(each, *each.suites[0]) if each.by else _asked(each, ask)


def _asked(covered: Covered, ask: Ask) -> Reached:
    """What is known of a goal that no test reaches, in all policies that it is part of."""
    last = None
    for suite, goal in covered.suites:
        found = Reached(covered, suite, goal, ask(goal.question))
        if isinstance(found.answer, Shown):
            return found
        last = found if last is None or found.is_undecided else last
    assert last is not None
    return last


def percent_tried(found: Iterable[Reached]) -> float:
    """How many of the goals that can be reached, or may, were; in per cent. Of none, 100."""
    counted = [each for each in found if not each.cannot_be]
    return 100.0 * sum(each.is_tried for each in counted) / len(counted) if counted else 100.0
