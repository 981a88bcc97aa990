"""Whom a policy covers: its ``applies when``, read for the attributes of one conversation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum

from policy_engine.model.model import All, Any, Attribute, Condition, Not
from policy_engine.model.truth import Truth
from policy_engine.transcripts.message import AttributeValue
from policy_engine.vocabulary.vocabulary import AttributeEntry, Vocabulary

Attributes = Mapping[str, AttributeValue]


class Coverage(Enum):
    """Whether a policy applies to a conversation, and how well that is known."""

    CERTAIN = "certain"
    """By what was recorded (or because the policy applies to everybody)."""
    ASSUMED = "assumed"
    """By an attribute that nobody recorded and that was assumed."""
    NOT = "not"
    UNKNOWN = "unknown"
    """An attribute was neither recorded nor assumed: the rules that ask for it do not act."""


def coverage(
    applies: Condition | None, recorded: Attributes, given: Attributes, vocabulary: Vocabulary
) -> Coverage:
    """How ``applies`` stands; ``recorded`` are the conversation's attributes, ``given`` with assumptions."""
    if applies is None:
        return Coverage.CERTAIN
    for attributes, covered in ((recorded, Coverage.CERTAIN), (given, Coverage.ASSUMED)):
        truth = _truth(applies, attributes, vocabulary)
        if truth is not Truth.UNKNOWN:
            return covered if truth is Truth.TRUE else Coverage.NOT
    return Coverage.UNKNOWN


def is_proper(entry: AttributeEntry, value: AttributeValue) -> bool:
    """Whether a value is of the attribute's type, and listed where the values are listed."""
    match entry.type:
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
        case "one of":
            return isinstance(value, str) and value in entry.values
        case _:
            return isinstance(value, str)


def typed(entry: AttributeEntry, text: str) -> AttributeValue:
    """The value that ``text`` writes for the attribute; ValueError, with a fragment to show, for none."""
    if entry.type == "boolean":
        if text.lower() not in ("true", "false"):
            raise ValueError(f"`{entry.name}` is true or false, not `{text}`")
        return text.lower() == "true"
    if entry.type == "number":
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"`{entry.name}` is a number, not `{text}`")
        return int(number) if number.is_integer() else number
    return text


def _truth(condition: Condition, attributes: Attributes, vocabulary: Vocabulary) -> Truth:
    match condition:
        case Not(inner):
            return _truth(inner, attributes, vocabulary).negated()
        case All(several):
            return min(_truth(each, attributes, vocabulary) for each in several)
        case Any(several):
            return max(_truth(each, attributes, vocabulary) for each in several)
        case Attribute(name, op, values):
            value = attributes.get(name)
            return (
                Truth.UNKNOWN if value is None else _compared(vocabulary.attributes[name], op, value, values)
            )
        case _:
            return Truth.UNKNOWN


def _compared(
    entry: AttributeEntry, op: str, value: AttributeValue, values: tuple[AttributeValue, ...]
) -> Truth:
    if op == "is":
        return Truth.TRUE if is_proper(entry, value) and value in values else Truth.FALSE
    limit = values[0]
    if isinstance(value, bool | str) or isinstance(limit, bool | str) or math.isnan(value):
        return Truth.UNKNOWN
    holds = {
        "at least": value >= limit,
        "at most": value <= limit,
        "more than": value > limit,
        "less than": value < limit,
    }[op]
    return Truth.TRUE if holds else Truth.FALSE
