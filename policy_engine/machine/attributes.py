"""What a condition on an attribute comes to."""

from __future__ import annotations

from collections.abc import Callable
from operator import ge, gt, le, lt

from policy_engine.model.model import Attribute
from policy_engine.transcripts.message import AttributeValue

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "at least": ge,
    "at most": le,
    "more than": gt,
    "less than": lt,
}


def attribute_value(asked: Attribute, value: AttributeValue | None) -> int:
    """2 where ``value`` is what is asked for, 0 where it is not, 1 where that is not known (None: nobody gave it)."""
    if value is None:
        return 1
    if asked.op == "is":
        return 2 if any(_is_same(value, each) for each in asked.values) else 0
    limit = asked.values[0]
    if (
        isinstance(value, bool | str) or isinstance(limit, bool | str) or value != value
    ):  # NaN is not a number
        return 1
    return 2 if _COMPARE[asked.op](value, limit) else 0


def _is_same(value: AttributeValue, other: AttributeValue) -> bool:
    return isinstance(value, bool) == isinstance(other, bool) and value == other
