"""Conversations without the labels and attributes that nobody needs: what a solver that was short of time has left.

Each is left out if the conversation shows the same without it, attributes first, then labels from the last message to
the first, so that the same conversation always becomes the same. The policies are cut to what matters: whoever asked
runs the result again in the whole ones. Where a prover has found the fewest labels, nothing is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from policy_engine.transcripts.message import Conversation
from policy_engine.verify.product import Product, State
from policy_engine.verify.prover import Answer, Budget, Prover, Shown
from policy_engine.verify.question import Question

_MOST_LABELS = 400
"""Labels of a conversation that are tried: one of more has too many messages for trying."""


@dataclass(frozen=True, slots=True)
class Lighter:
    """A prover whose conversations are made lighter, as far as the budget goes.

    Without ``labels``, they keep these: where something is to be seen in how a conversation ends, each may tell.
    """

    prover: Prover
    labels: bool = True

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The prover's answer."""
        found = self.prover.answer(question, budget)
        if not isinstance(found, Shown) or question.any_will_do:
            return found
        return replace(found, conversation=lighter(question, found.conversation, budget, self.labels))


def lighter(
    question: Question, conversation: Conversation, budget: Budget, labels: bool = True
) -> Conversation:
    """The conversation without the attributes and ``labels`` that it shows the same without."""
    product = Product(question)
    left = _without_attributes(product, conversation, budget)
    return _without_labels(product, left, budget) if labels else left


def _without_attributes(product: Product, conversation: Conversation, budget: Budget) -> Conversation:
    for name in sorted(conversation.attributes):
        left = {each: value for each, value in conversation.attributes.items() if each != name}
        candidate = replace(conversation, attributes=left)
        if not budget.is_spent and _shows(product, product.begun(left), candidate):
            conversation = candidate
    return conversation


def _without_labels(product: Product, conversation: Conversation, budget: Budget) -> Conversation:
    if sum(len(each.labels) for each in conversation.messages) > _MOST_LABELS:
        return conversation
    begun = product.begun(dict(conversation.attributes))
    for number in reversed(range(len(conversation.messages))):
        for label in reversed(conversation.messages[number].labels):
            message = conversation.messages[number]
            less = message.with_labels(tuple(each for each in message.labels if each != label))
            tried = (*conversation.messages[:number], less, *conversation.messages[number + 1 :])
            candidate = replace(conversation, messages=tried)
            if not budget.is_spent and _shows(product, begun, candidate):
                conversation = candidate
    return conversation


def _shows(product: Product, begun: State, conversation: Conversation) -> bool:
    return product.first_true(begun, conversation) == len(conversation.messages) - 1
