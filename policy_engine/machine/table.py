"""The lazily filled table of a machine: (state, symbol) to (state, decision).

A flat table of every state would be exponential in the number of rules; this one holds only the steps
that conversations took, and is begun anew when it is full.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policy_engine.machine.encoder import Observation
from policy_engine.machine.state import Slots
from policy_engine.model.decision import Decision
from policy_engine.transcripts.message import Role

MOST = 100_000
"""Steps that are kept."""

Leap = Callable[[Slots, Observation, int], tuple[Slots, bool, Decision]]
_Key = tuple[Slots, Role, tuple[int, ...]]


class Table:
    """Steps taken before. Only for machines whose step depends on nothing but state and symbol."""

    def __init__(self) -> None:
        self._steps: dict[Any, tuple[Slots, bool, Decision]] = {}

    def step(self, slots: Slots, seen: Observation, leap: Leap) -> tuple[Slots, bool, Decision]:
        """The step from ``slots`` on ``seen``, by ``leap`` where it was not taken before."""
        key: _Key = (slots, seen.role, seen.values)
        found = self._steps.get(key)
        if found is None:
            if len(self._steps) >= MOST:
                self._steps.clear()
            found = self._steps[key] = leap(slots, seen, 0)
        return found
