"""Kleene's three values. Unknown is not no."""

from __future__ import annotations

from enum import IntEnum


class Truth(IntEnum):
    """A value of a condition: ``and`` is the smallest, ``or`` the largest (S. C. Kleene, 1938)."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    def negated(self) -> Truth:
        """True for false, false for true; unknown stays unknown."""
        return Truth(2 - self)
