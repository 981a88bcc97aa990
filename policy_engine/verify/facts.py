"""Every conversation that differs in its attributes: one choice of values for all that are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, product
from math import prod

from policy_engine.machine.attributes import attribute_value
from policy_engine.model.model import Attribute
from policy_engine.transcripts.message import AttributeValue
from policy_engine.verify.walking import values_in
from policy_engine.vocabulary.vocabulary import Vocabulary

Given = dict[str, AttributeValue]

MOST = 4_096
"""Choices of values that are gone through."""


class TooMany(Exception):
    """There are more choices than can be gone through; the message says so, as a fragment."""


def asked_of(*made: object) -> tuple[Attribute, ...]:
    """What the values of a model, or a formula, ask of attributes."""
    return tuple(dict.fromkeys(values_in(made, Attribute)))


def choices(asked: Iterable[Attribute], vocabularies: Iterable[Vocabulary]) -> Iterator[Given]:
    """Values of the attributes, one choice for all that nobody tells apart; the fewest given first. Raises TooMany."""
    known = list(vocabularies)
    by_name: dict[str, list[Attribute]] = {}
    for each in asked:
        by_name.setdefault(each.name, []).append(each)
    options: list[list[tuple[str, AttributeValue | None]]] = []
    for name, several in sorted(by_name.items()):
        distinct: dict[object, AttributeValue | None] = {}
        for value in _values(name, several, known):
            distinct.setdefault(tuple(_read(each, value, known) for each in several), value)
        options.append([(name, value) for value in distinct.values()])
    number = prod(len(each) for each in options)
    if number > MOST:
        raise TooMany(f"the attributes can be {number:,} things to it")
    found = [{name: value for name, value in choice if value is not None} for choice in product(*options)]
    yield from sorted(
        found, key=lambda given: (len(given), [(name, str(value)) for name, value in given.items()])
    )


def _read(asked: Attribute, value: AttributeValue | None, vocabularies: list[Vocabulary]) -> tuple[int, ...]:
    """What an attribute with this value (None: not given) comes to, by each vocabulary."""
    entries = (each.attributes.get(asked.name) for each in vocabularies)
    return tuple(
        attribute_value(asked, entry.assume if value is None else value)
        for entry in entries
        if entry is not None
    )


def _values(
    name: str, asked: list[Attribute], vocabularies: list[Vocabulary]
) -> Iterator[AttributeValue | None]:
    """Nothing, then every value that is asked for, those beside it, and one of another kind."""
    yield None
    entries = [each.attributes[name] for each in vocabularies if name in each.attributes]
    mentioned = [value for each in asked for value in each.values]
    listed = [value for entry in entries for value in entry.values]
    if any(entry.type == "boolean" for entry in entries):
        yield from (True, False)
    yield from sorted(value for value in mentioned if isinstance(value, str))
    yield from listed
    numbers = sorted({value for value in mentioned if not isinstance(value, bool | str)})
    for value in numbers:
        yield from (value, value - 1, value + 1)
    yield from ((one + other) / 2 for one, other in pairwise(numbers))
    other = "another"
    while other in mentioned or other in listed:
        other += "-one"
    yield other
