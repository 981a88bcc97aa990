"""Whom a policy covers: its ``applies when``, read for the attributes of one conversation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum

from policy_engine.machine.attributes import attribute_value
from policy_engine.model.model import All, Any, Attribute, Condition, Not
from policy_engine.model.truth import Truth
from policy_engine.transcripts.message import AttributeValue
from policy_engine.vocabulary.vocabulary import AttributeEntry

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


def coverage(applies: Condition | None, recorded: Attributes, given: Attributes) -> Coverage:
    """How ``applies`` stands; ``recorded`` are the conversation's attributes, ``given`` with assumptions."""
    if applies is None:
        return Coverage.CERTAIN
    for attributes, covered in ((recorded, Coverage.CERTAIN), (given, Coverage.ASSUMED)):
        truth = _truth(applies, attributes)
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


def _truth(condition: Condition, attributes: Attributes) -> Truth:
    match condition:
        case Not(inner):
            return _truth(inner, attributes).negated()
        case All(several):
            return min(_truth(each, attributes) for each in several)
        case Any(several):
            return max(_truth(each, attributes) for each in several)
        case Attribute(name):
            return Truth(attribute_value(condition, attributes.get(name)))
        case _:
            return Truth.UNKNOWN
