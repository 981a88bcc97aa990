"""What can still happen in conversations that lack something: labels, attributes, or somebody who speaks.

The product of a question is the same; it is only shown fewer messages (:class:`~policy_engine.verify.alphabet.Limits`)
and fewer attributes. Every conversation that lacks at least as much is among those that are gone through, so what
never becomes true in them never does in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from policy_engine.transcripts.message import AttributeValue, Role
from policy_engine.verify.alphabet import UNLIMITED, Limits, TooWide, letters
from policy_engine.verify.explicit import search
from policy_engine.verify.facts import Given, TooMany
from policy_engine.verify.product import Input, Product, State
from policy_engine.verify.prover import Budget, GaveUp
from policy_engine.verify.question import Question
from policy_engine.verify.witness import Found


@dataclass(frozen=True, slots=True)
class Lack:
    """What conversations lack.

    ``attributes`` are those that nobody recorded, with what is assumed of them (None: nothing is). ``roles`` are
    those who speak.
    """

    limits: Limits = field(default_factory=lambda: UNLIMITED)
    attributes: Mapping[str, AttributeValue | None] = field(default_factory=lambda: MappingProxyType({}))
    roles: frozenset[Role] = frozenset(Role)


class LimitedProduct(Product):
    """The product of a question, over conversations that lack something."""

    def __init__(self, question: Question, lack: Lack) -> None:
        super().__init__(question)
        self._lack = lack

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """All that can happen at a message, by the alphabet. Raises TooWide."""
        return tuple(map(Input, letters(self.readers, self._lack.limits, self._lack.roles)))

    def initial(self) -> Iterator[tuple[Given, State]]:
        """The states before the first message, with the attributes that lead to each. Raises TooMany."""
        assumed = {name: value for name, value in self._lack.attributes.items() if value is not None}
        met: set[State] = set()
        for given, _ in super().initial():
            known = {
                name: value for name, value in given.items() if name not in self._lack.attributes
            } | assumed
            state = self.begun(known)
            if state not in met:
                met.add(state)
                yield known, state


def can_be(question: Question, lack: Lack, budget: Budget) -> bool | None:
    """Whether the question's formula can become true in conversations that lack so much; None: it cannot be told."""
    try:
        found = search(LimitedProduct(question, lack), budget)
    except (TooWide, TooMany):
        return None
    return None if isinstance(found, GaveUp) else isinstance(found, Found)
