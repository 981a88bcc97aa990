"""Conversations without the labels that nobody needs: what a solver that was short of time has left in them.

Each label is left out if the conversation shows the same without it, from the last message to the first, so that the
same conversation always becomes the same. The policies are cut to what matters: whoever asked runs the result again in
the whole ones. Where a prover has found the fewest labels, nothing is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from policy_engine.transcripts.message import Conversation
from policy_engine.verify.product import Product
from policy_engine.verify.prover import Answer, Budget, Prover, Shown
from policy_engine.verify.question import Question

_MOST_LABELS = 400
"""Labels of a conversation that are tried: one of more has too many messages for trying."""


@dataclass(frozen=True, slots=True)
class Lighter:
    """A prover whose conversations are made lighter, as far as the budget goes."""

    prover: Prover

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The prover's answer."""
        found = self.prover.answer(question, budget)
        if not isinstance(found, Shown) or question.any_will_do:
            return found
        return replace(found, conversation=lighter(question, found.conversation, budget))


def lighter(question: Question, conversation: Conversation, budget: Budget) -> Conversation:
    """The conversation without the labels that it shows the same without."""
    if sum(len(each.labels) for each in conversation.messages) > _MOST_LABELS:
        return conversation
    product = Product(question)
    begun = product.begun(dict(conversation.attributes))
    for number in reversed(range(len(conversation.messages))):
        for label in reversed(conversation.messages[number].labels):
            if budget.is_spent:
                return conversation
            message = conversation.messages[number]
            left = message.with_labels(tuple(each for each in message.labels if each != label))
            tried = (*conversation.messages[:number], left, *conversation.messages[number + 1 :])
            candidate = replace(conversation, messages=tried)
            if product.first_true(begun, candidate) == len(candidate.messages) - 1:
                conversation = candidate
    return conversation
