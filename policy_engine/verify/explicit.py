"""The explicit prover: every state that a conversation can lead to."""

from __future__ import annotations

from policy_engine.verify.alphabet import TooWide
from policy_engine.verify.facts import TooMany
from policy_engine.verify.product import Product, needs_times
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import Question
from policy_engine.verify.timed import TimedSearch
from policy_engine.verify.untimed import UNLIMITED, Limit, UntimedSearch
from policy_engine.verify.witness import Found

METHOD = "every state was looked at"


class Explicit:
    """Goes through the product of all rules that matter. ``is_cut``: only those; False is for tests alone."""

    def __init__(self, is_cut: bool = True) -> None:
        self._is_cut = is_cut

    def answer(self, question: Question, budget: Budget) -> Answer:
        """Whether the formula can become true."""
        try:
            product = Product(question, is_cut=self._is_cut)
            found = search(product, budget)
        except (TooWide, TooMany) as fault:
            return GaveUp(str(fault))
        if not isinstance(found, Found):
            return found
        return Shown(found.conversation(product.readers, needs_times(question)), METHOD)


def search(product: Product, budget: Budget, limit: Limit = UNLIMITED) -> Found | Never | GaveUp:
    """The plainest of the shortest paths within a limit. Raises TooWide and TooMany."""
    if product.is_timed:
        return TimedSearch(product, budget, limit.messages).found()
    return UntimedSearch(product, budget, limit).found()
