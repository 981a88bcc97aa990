"""The lazily filled table of a machine: (state, symbol) to (state, decision).

A flat table of every state would be exponential in the number of rules; this one holds only the steps
that conversations took, and is begun anew when it is full. A row knows the rows that follow it, so that a
conversation goes from row to row and a state is looked up once, where the conversation is taken up.
"""

from __future__ import annotations

from collections.abc import Callable

from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.encoder import Symbol
from policy_engine.machine.state import Slots
from policy_engine.model.decision import Decision

MOST = 100_000
"""Steps, and counters at steps, that are kept."""
MOST_HELD = 4_000_000
"""Values that their states may hold together: a window of a thousand turns makes a state of thousands."""

Leap = Callable[[Slots, Symbol, int], tuple[Slots, bool, Decision]]
Look = Callable[[Slots, Symbol, int], tuple[CounterView, ...]]


class Row:
    """A state, and the steps that were taken from it: by symbol, the next row, whether a turn began, the decision.

    ``views`` are the counters at a step, for those steps at which somebody asked for them.
    """

    __slots__ = ("slots", "steps", "views")

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.steps: dict[Symbol, tuple[Row, bool, Decision]] = {}
        self.views: dict[Symbol, tuple[CounterView, ...]] = {}


class Table:
    """Steps taken before. Only for machines whose step depends on nothing but state and symbol."""

    def __init__(self, leap: Leap, look: Look) -> None:
        self._leap = leap
        self._look = look
        self._rows: dict[Slots, Row] = {}
        self._size = 0
        self._held = 0

    def row(self, slots: Slots) -> Row:
        """The row of a state."""
        found = self._rows.get(slots)
        if found is None:
            self._make_room()
            found = self._rows[slots] = Row(slots)
            self._held += _held(slots)
        return found

    def step(self, row: Row, symbol: Symbol) -> tuple[Row, bool, Decision]:
        """The step from a row, by the machine's leap, kept for the next time."""
        self._make_room()
        slots, new_turn, decision = self._leap(row.slots, symbol, 0)
        found = (self.row(slots), new_turn, decision)
        self.row(row.slots).steps[symbol] = found
        self._size += 1
        return found

    def views(self, row: Row, symbol: Symbol) -> tuple[CounterView, ...]:
        """The counters at the step from a row, by the machine's look, kept for the next time."""
        self._make_room()
        found = self.row(row.slots).views[symbol] = self._look(row.slots, symbol, 0)
        self._size += 1
        return found

    def _make_room(self) -> None:
        """Where it is full, forget every step. A conversation keeps its row alone, and finds no step on it."""
        if self._size < MOST and self._held < MOST_HELD:
            return
        for row in self._rows.values():
            row.steps.clear()
            row.views.clear()
        self._rows.clear()
        self._size = self._held = 0


def _held(value: object) -> int:
    return 1 + sum(map(_held, value)) if isinstance(value, tuple) else 1
