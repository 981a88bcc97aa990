"""A prover that looks at plain exchanges alone: a message of the user, one of the assistant, and so on.

There are far fewer of these than of all conversations, and most of what can be is shown by one. So it soon finds
something; that it finds nothing says nothing.
"""

from __future__ import annotations

from policy_engine.verify.alphabet import TooWide
from policy_engine.verify.facts import TooMany
from policy_engine.verify.product import needs_times
from policy_engine.verify.prover import Answer, Budget, GaveUp, Shown
from policy_engine.verify.question import Question, Unanswered
from policy_engine.verify.sweep import product_of, sweep
from policy_engine.verify.walking import parts_of_formula

METHOD = "plain exchanges were looked at"


class Exchanges:
    """Shows what can be, where no time passes. What it shows may not be the shortest."""

    def answer(self, question: Question, budget: Budget) -> Answer:
        """A conversation in which the formula becomes true; else it gives up."""
        if any(isinstance(part, Unanswered) for part in parts_of_formula(question.bad)):
            return GaveUp("something waits for an answer")
        try:
            product = product_of(question, (question.bad,))
            if product.is_timed:
                return GaveUp("times make a difference to it")
            swept = sweep(product, budget, is_exchange=True)
        except (TooWide, TooMany) as fault:
            return GaveUp(str(fault))
        if not swept.paths:
            return GaveUp(swept.reason or "only exchanges were looked at")
        conversation = swept.paths[0].conversation(product.readers, needs_times(question))
        return Shown(conversation, METHOD, is_shortest=False)
