"""Attributes as fixed variables: what each condition on one comes to, throughout a conversation.

An attribute matters only by what the conditions on it come to. So each condition is two variables, and together they
take the values that some value of the attribute gives them, no others: those that are named, others of every type,
numbers beside and between the limits, and no value at all, for which each vocabulary may assume one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

from policy_engine.machine.attributes import attribute_value
from policy_engine.model.model import Attribute
from policy_engine.transcripts.message import AttributeValue
from policy_engine.verify.symbolic.circuit import Circuit, Signal
from policy_engine.verify.symbolic.kleene import Kleene
from policy_engine.vocabulary.vocabulary import Vocabulary

_Asked = tuple[AttributeValue | None, Attribute]
"""A condition, with what its vocabulary assumes where nobody gave the attribute."""


class Standing:
    """The variables of all conditions on attributes."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self._asked: dict[str, dict[_Asked, Kleene]] = {}

    def value(self, vocabulary: Vocabulary, asked: Attribute) -> Kleene:
        """What a condition comes to, in the conversation."""
        # Values that are equal in Python need not be the same: True is no number here.
        assumed = vocabulary.attributes[asked.name].assume
        known = self._asked.setdefault(asked.name, {})
        key = (assumed, asked)
        for (before, other), value in known.items():
            if repr((before, other)) == repr(key):
                return value
        name = f"{asked.name} {asked.op} {', '.join(map(str, asked.values))}"
        certain, possible = (self.circuit.variable(f"{name}/{what}") for what in ("certain", "possible"))
        known[key] = Kleene(certain, possible)
        return known[key]

    @property
    def fixed(self) -> Iterator[Signal]:
        """All variables; each has one value throughout a conversation."""
        for known in self._asked.values():
            for value in known.values():
                yield from value

    def possible(self) -> Signal:
        """What holds of every conversation: each attribute has some value, or none."""
        circuit = self.circuit
        return circuit.all(
            circuit.any(
                circuit.all([each ^ 1 ^ (each in true) for value in known.values() for each in value])
                for true in dict.fromkeys(self._true(name, value) for value in self._values(name))
            )
            for name, known in self._asked.items()
        )

    def given(self, attributes: dict[str, AttributeValue]) -> frozenset[Signal]:
        """The variables that are true where these attributes were given."""
        return frozenset(signal for name in self._asked for signal in self._true(name, attributes.get(name)))

    def drawn(self, chance: random.Random) -> frozenset[Signal]:
        """The variables that are true for some values of the attributes."""
        return frozenset(
            signal for name in self._asked for signal in self._true(name, chance.choice(self._values(name)))
        )

    def attributes(self, true: frozenset[Signal]) -> dict[str, AttributeValue]:
        """Attributes of which these variables are true; as few as possible."""
        found = {}
        for name, known in self._asked.items():
            signals = frozenset(each for value in known.values() for each in value)
            value = next(each for each in self._values(name) if self._true(name, each) == true & signals)
            if value is not None:
                found[name] = value
        return found

    def _true(self, name: str, value: AttributeValue | None) -> frozenset[Signal]:
        true = set()
        for (assumed, asked), (certain, possible) in self._asked[name].items():
            comes_to = attribute_value(asked, assumed if value is None else value)
            true |= {each for each, least in ((certain, 2), (possible, 1)) if comes_to >= least}
        return frozenset(true)

    def _values(self, name: str) -> list[AttributeValue | None]:
        """A value for everything that the conditions can come to, plainest first."""
        named = [each for _, asked in self._asked[name] for each in asked.values]
        numbers = sorted(
            {
                each
                for each in named
                if isinstance(each, int | float) and each is not True and each is not False
            }
        )
        texts = sorted({each for each in named if isinstance(each, str)})
        other = "other"
        while other in texts:
            other += "-"
        between = [(low + high) / 2 for low, high in pairwise(numbers)]
        beside = [numbers[0] - 1, numbers[-1] + 1] if numbers else [0]
        found: list[AttributeValue | None] = [None, *texts, *numbers, *beside, *between]
        return [*found, True, False, other]
