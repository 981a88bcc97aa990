"""The symbolic prover: a ladder of methods over the equations of a question, from the cheapest to the last resort.

1. The cone of influence: where nothing is left, the answer is known.
2. One message, whatever is remembered: more can happen then, never less. So a rule whose own exception covers a
   promise keeps it, however many other rules there are.
3. Longer and longer conversations, for the shortest witness; a few at first.
4. Each way in which it may come true by itself: mostly, one for each rule.
5. Induction, with invariants that were found by trying and kept by proof: with equalities first, then with all.
6. z3's Spacer, for a share of what is left of the time; then longer conversations again, up to the end of the budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policy_engine.transcripts.message import Conversation
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import Question
from policy_engine.verify.replay import is_shown
from policy_engine.verify.symbolic.bounded import Bounded
from policy_engine.verify.symbolic.circuit import FALSE
from policy_engine.verify.symbolic.cone import Cone, cone_of
from policy_engine.verify.symbolic.doubtful import TooEntangled
from policy_engine.verify.symbolic.induction import is_inductive
from policy_engine.verify.symbolic.invariants import Sought, invariants
from policy_engine.verify.symbolic.problem import Problem, written
from policy_engine.verify.symbolic.solving import OutOfBudget, is_installed
from policy_engine.verify.symbolic.spacer import is_never
from policy_engine.verify.symbolic.ways import is_no_way

MISSING = "pip install 'policy-engine[solver]' proves more"
"""What to say where the solver is not installed."""
FIRST_LENGTH, SECOND_LENGTH = 4, 12
"""Conversations of up to so many messages are looked at before a proof is tried, and before a thorough one is."""
WAYS_SHARE = 0.3
"""Of the time that is left, for looking at each way by itself."""
DEPTHS = (0, 1, 2)
"""How many messages induction looks back on."""


@dataclass(frozen=True, slots=True)
class SymbolicProver:
    """Answers questions by solver. Without one, it gives up at once, and says what to install.

    ``is_quick``: it gives up, too, before it looks for what holds of all that is remembered, and for conversations of
    more than a few messages.
    """

    is_quick: bool = False

    def answer(self, question: Question, budget: Budget) -> Answer:
        """Whether the question's formula can become true."""
        if not is_installed():
            return GaveUp(MISSING)
        try:
            problem = written(question)
        except TooEntangled:
            return GaveUp("a count in a condition waits for unknowns that last many different times")
        return _Attempt(problem, budget, self.is_quick).answer()


class _Attempt:
    """One question on its way up the ladder."""

    def __init__(self, problem: Problem, budget: Budget, is_quick: bool) -> None:
        self.problem = problem
        self.budget = budget
        self.is_quick = is_quick
        self.cone: Cone = cone_of(problem.system, [problem.bad])
        self.covered = 0
        self._bounded: Bounded | None = None
        self._surely: Bounded | None = None

    def answer(self) -> Answer:
        """Up the ladder."""
        try:
            for answer in self._rungs():
                if answer is not None:
                    return answer
        except OutOfBudget as end:
            return GaveUp(str(end), self.covered)
        return GaveUp("it is not settled by a few messages", self.covered)

    def _rungs(self) -> Iterator[Answer | None]:
        if self.problem.bad == FALSE or self._is_always_impossible():
            yield Never("whatever was before: it is impossible at any message")
        yield self._longer(FIRST_LENGTH)
        yield self._way_by_way()
        if self.is_quick:
            return
        yield self._by_induction(Sought.EQUALITIES)
        yield self._longer(SECOND_LENGTH)
        yield self._by_induction(Sought.ALL)
        yield self._last_resort()
        yield self._longer(None)

    # --- rungs ---

    def _is_always_impossible(self) -> bool:
        """Whether it cannot be at any message, whatever is remembered."""
        everything = frozenset(each.state for each in self.problem.system.memories)
        cone = cone_of(self.problem.system, [self.problem.bad], everything)
        return is_inductive(cone, self.problem.bad, [], 0, self.budget)

    def _way_by_way(self) -> Answer | None:
        try:
            if is_no_way(self.problem, DEPTHS, self.budget.part(WAYS_SHARE)):
                return Never("rule by rule, by induction")
        except OutOfBudget:
            if self.budget.is_spent:
                raise
        return None

    def _by_induction(self, sought: Sought) -> Answer | None:
        known = invariants(self.problem, self.cone, self.budget, sought)
        for depth in DEPTHS:
            if is_inductive(self.cone, self.problem.bad, known, depth, self.budget):
                return Never("by induction")
        return None

    def _longer(self, most: int | None) -> Answer | None:
        """A witness of at most so many messages (None: of any number)."""
        if self._bounded is None:
            self._bounded = Bounded(self.problem, self.cone)
        while most is None or self._bounded.covered < most:
            found = self._bounded.longer(self.budget)
            self.covered = self._bounded.covered
            if found is not None and not self._is_shown(found):
                found = self._surely_shown()
                if found is None:
                    return GaveUp(
                        "what was in doubt is followed for longer than it is remembered", self.covered
                    )
            if found is not None:
                return Shown(found, "bounded check")
        return None

    def _is_shown(self, conversation: Conversation) -> bool:
        """Whether it is more than a doubt that is forgotten in between. Then it is the shortest in any case."""
        return self.problem.is_exact or is_shown(self.problem.question, conversation)

    def _surely_shown(self) -> Conversation | None:
        """A witness of one message more than was gone through that rests on no doubt but one that is there."""
        if self._surely is None:
            surely = replace(self.problem, bad=self.problem.surely)
            self._surely = Bounded(surely, cone_of(surely.system, [surely.bad]))
        found = None
        while self._surely.covered <= self.covered and found is None:
            found = self._surely.longer(self.budget)
        return found

    def _last_resort(self) -> Answer | None:
        try:
            if is_never(self.cone, self.problem.bad, self.budget.left / 2, self.budget):
                return Never("by z3's Spacer")
        except OutOfBudget:
            if self.budget.is_spent:
                raise
        return None
