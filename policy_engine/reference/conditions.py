"""Conditions: "A condition has three values (Kleene)" and "looks at the whole conversation so far"."""

from __future__ import annotations

import math

from policy_engine.model.model import (
    All,
    Any,
    Attribute,
    Condition,
    CountReached,
    Detected,
    Doubt,
    Not,
    Scope,
    Taken,
)
from policy_engine.model.truth import Truth
from policy_engine.reference.counts import count_reached
from policy_engine.reference.history import History
from policy_engine.transcripts.message import AttributeValue


def evaluate(history: History, condition: Condition, now: int) -> Truth:
    """The value of a condition at a message, its labels included."""
    match condition:
        case Detected():
            return _detected(history, condition, now)
        case Taken():
            return _taken(history, condition, now)
        case Attribute():
            return _attribute(history, condition)
        case CountReached(count):
            return count_reached(history, count, now)
        case Not(inner):
            return evaluate(history, inner, now).negated()
        case All(conditions):
            return min(evaluate(history, inner, now) for inner in conditions)
        case Any(conditions):
            return max(evaluate(history, inner, now) for inner in conditions)


def _in_scope(history: History, scope: Scope, index: int, now: int) -> bool:
    """ "`in this message`, `in this turn`, `in the last 5 turns`, `in the last 10 minutes`"."""
    if scope.this_message:
        return index == now
    return history.in_window(scope.window, index, now)


def _detected(history: History, condition: Detected, now: int) -> Truth:
    """Whether X has been detected in scope.

    "In a condition `is detected` and `has been detected` mean the same"; "`a or b is detected` is
    one detection, of either"; "To act on doubt, say so: `is detected or could not be checked`".
    """
    places = [
        index
        for index in range(now + 1)
        if _in_scope(history, condition.scope, index, now)
        and (condition.role is None or history.messages[index].role is condition.role)
    ]
    certain = [
        (index, reading)
        for index in places
        for reading in condition.readings
        if history.read(index, reading) is Truth.TRUE
    ]
    unknown = [
        (index, reading)
        for index in places
        for reading in condition.readings
        if history.read(index, reading) is Truth.UNKNOWN and history.is_remembered(reading.label, index, now)
    ]
    match condition.doubt:
        case Doubt.DETECTED:
            if certain:
                return Truth.TRUE
            return Truth.UNKNOWN if unknown else Truth.FALSE
        case Doubt.DETECTED_OR_UNCHECKED:
            return Truth.TRUE if certain or unknown else Truth.FALSE
        case Doubt.UNCHECKED:
            checked = {index for index, _ in certain}
            return Truth.TRUE if any(index not in checked for index, _ in unknown) else Truth.FALSE


def _taken(history: History, condition: Taken, now: int) -> Truth:
    """ "actions already taken (`a warning has been given`: at an earlier message)"."""
    is_taken = any(
        history.is_taken(condition.action, index)
        for index in range(now)
        if _in_scope(history, condition.scope, index, now)
    )
    return Truth.TRUE if is_taken else Truth.FALSE


def _is_number(value: AttributeValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _attribute(history: History, condition: Attribute) -> Truth:
    """A fact about the conversation.

    "A value that is not listed is none of the listed, and reported; an attribute nobody gave is its
    `assume`, else unknown."
    """
    entry = history.vocabulary.attributes[condition.name]
    value = history.attributes.get(condition.name, entry.assume)
    if value is None:
        return Truth.UNKNOWN
    if condition.op == "is":
        if entry.type == "boolean":
            is_proper = isinstance(value, bool)
        elif entry.type == "number":
            is_proper = _is_number(value)
        else:
            is_proper = isinstance(value, str) and (entry.type == "text" or value in entry.values)
        return Truth.TRUE if is_proper and value in condition.values else Truth.FALSE
    limit = condition.values[0]
    if not _is_number(value):
        return Truth.UNKNOWN
    assert isinstance(value, int | float)
    assert isinstance(limit, int | float)
    holds = {
        "at least": value >= limit,
        "at most": value <= limit,
        "more than": value > limit,
        "less than": value < limit,
    }[condition.op]
    return Truth.TRUE if holds else Truth.FALSE
