"""Where a question's formula is true in a recorded conversation: the product that proofs go through, for one path.

It takes time in proportion to the conversation, where :mod:`policy_engine.reference.promises` looks back at all of
it at every message.
"""

from __future__ import annotations

from policy_engine.transcripts.message import AttributeValue, Conversation
from policy_engine.verify.product import Product, State, needs_times
from policy_engine.verify.question import Question


class Timeless(Exception):
    """The question needs times, and a message has none."""


class Monitor:
    """Watches conversations for one question."""

    def __init__(self, question: Question) -> None:
        self._product = Product(question)
        self._needs_times = needs_times(self._product.question)
        self._begun: dict[tuple[tuple[str, AttributeValue], ...], State] = {}

    def speaks_of(self, conversation: Conversation) -> bool:
        """Whether the question is about it: by the attributes that it asks for."""
        return self._product.speaks_of(dict(conversation.attributes))

    def first_true(self, conversation: Conversation) -> int | None:
        """The first message, from 0, at which the formula is true; None where there is none. Raises Timeless."""
        if self._needs_times and any(message.time is None for message in conversation.messages):
            raise Timeless
        return self._product.first_true(self._initial(dict(conversation.attributes)), conversation)

    def _initial(self, given: dict[str, AttributeValue]) -> State:
        key = tuple(sorted(given.items()))
        if key not in self._begun:
            self._begun[key] = self._product.begun(given)
        return self._begun[key]
