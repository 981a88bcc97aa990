"""Questions about one policy, each answered once: what can be and what never can, with a conversation or a proof.

Those that are asked of every policy (:mod:`policy_engine.findings.standing`) are asked together, as soon as one
of them is (:mod:`policy_engine.findings.together`); what that leaves open, and all others, one by one of every prover.
"""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.findings.standing import standing
from policy_engine.findings.together import Together, contents, question_about
from policy_engine.model.model import Policy
from policy_engine.policytest.asking import asking
from policy_engine.policytest.difference import difference_question
from policy_engine.verify.prover import Answer, Budget, GaveUp, Shown
from policy_engine.verify.question import Formula, Question

SECONDS = 5.0
"""What all questions about one policy may take, in seconds of this process's own work."""
_SHARE = 0.25
"""Of the time that is left, for one question that is asked by itself."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A question that was asked and not decided within the budget: ``what`` in words, and why."""

    what: str
    reason: str


class Proofs:
    """Answers about one policy, each worked out once. ``seconds`` are for all of them together."""

    def __init__(self, policy: Policy, seconds: float = SECONDS) -> None:
        self.policy = policy
        self.seconds = seconds
        self._begun: Budget | None = None
        self._answers: dict[Formula, Answer] = {}
        self._alike: dict[object, Answer] = {}
        self._undecided: dict[tuple[str, str], None] = {}

    @property
    def undecided(self) -> tuple[Undecided, ...]:
        """What was asked so far and not decided, in the order of asking."""
        return tuple(Undecided(what, reason) for what, reason in self._undecided)

    def answer(self, formula: Formula, what: str) -> Answer:
        """Whether a formula about the policy (number 0, and its own view) can be true at some message.

        ``what`` says what is asked, as a fragment: it is told where that is not decided.
        """
        if self._begun is None:
            Together(
                self.policy, tuple(dict.fromkeys(standing(self.policy))), self._budget, self._answers
            ).ask()
        found = self._answers.get(formula)
        if found is None:
            found = self._answers[formula] = self._by_itself(question_about(self.policy, formula))
        return self._noted(found, what)

    def can_be(self, formula: Formula, what: str) -> bool | None:
        """Whether the formula can be true; None where that is not decided."""
        found = self.answer(formula, what)
        return None if isinstance(found, GaveUp) else isinstance(found, Shown)

    def difference(self, changed: Policy, what: str) -> Answer:
        """A conversation in which the policy, changed, does something else; or that it never does."""
        key = contents(changed)
        if key not in self._alike:
            self._alike[key] = self._by_itself(difference_question(self.policy, changed))
        return self._noted(self._alike[key], what)

    def answer_to(self, question: Question, what: str) -> Answer:
        """Whether the formula of any question can be true: of one about this policy, changed, for example."""
        return self._noted(self._by_itself(question), what)

    @property
    def _budget(self) -> Budget:
        """Begun when it is first needed."""
        if self._begun is None:
            self._begun = Budget(self.seconds)
        return self._begun

    def _by_itself(self, question: Question) -> Answer:
        if self._budget.is_spent:
            return GaveUp(f"after {self.seconds:g} seconds for all questions")
        return asking(max(self._budget.left * _SHARE, 0.01))(question)

    def _noted(self, found: Answer, what: str) -> Answer:
        if isinstance(found, GaveUp):
            self._undecided[what, found.reason] = None
        return found
