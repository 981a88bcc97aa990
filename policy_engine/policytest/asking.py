"""Asking provers what tests leave open, within a budget for each question."""

from __future__ import annotations

from collections.abc import Callable

from policy_engine.policytest.narrowing import Narrowing
from policy_engine.verify.ladder import ladder
from policy_engine.verify.prover import Answer, Budget, Prover
from policy_engine.verify.question import Question

Ask = Callable[[Question], Answer]
"""Answers a question within a budget."""


def asking(seconds: float, prover: Prover | None = None) -> Ask:
    """Asks all provers that there are (or that one), of a few rules first; so many seconds for each question."""
    narrowing = Narrowing(prover or ladder())
    return lambda question: narrowing.answer(question, Budget(seconds=seconds))
