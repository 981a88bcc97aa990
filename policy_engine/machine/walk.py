"""A conversation on its way through a machine: where it stands, moved on message by message.

A live session and the run over a log both walk. What a walk is at any time is its :class:`State`, a plain
value; a walk is taken up at any state.
"""

from __future__ import annotations

from typing import Protocol

from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.encoder import Symbol
from policy_engine.machine.state import State
from policy_engine.machine.table import Look, Table
from policy_engine.machine.timed_table import TimedTable
from policy_engine.model.decision import Decision


class TimeOrderError(ValueError):
    """A message has no time, or an earlier one than the message before, and the policy needs times."""


class Walk(Protocol):
    """A conversation under way. ``turn`` is the current turn (0 before the user's first message)."""

    turn: int

    def step(self, symbol: Symbol, time: int | None) -> Decision:
        """What the policy does at the next message, at ``time`` (microseconds since 1970).

        Raises TimeOrderError where the policy needs times and this one is missing or earlier than the
        last; nothing has then happened.
        """

    def views(self, symbol: Symbol, time: int | None) -> tuple[CounterView, ...]:
        """Every counter at the next message, before a firing resets it. The walk does not move."""

    @property
    def state(self) -> State:
        """Where it stands."""


class TabledWalk:
    """A walk under a policy without durations: from row to row of the machine's table."""

    __slots__ = ("_key", "_row", "_table", "messages", "turn")

    def __init__(self, table: Table, state: State) -> None:
        self._table = table
        self._row = table.row(state.slots)
        self.turn, self.messages, self._key = state.turn, state.messages, state.key

    def step(self, symbol: Symbol, time: int | None) -> Decision:
        """What the policy does at the next message; its time does not matter."""
        found = self._row.steps.get(symbol) or self._table.step(self._row, symbol)
        self._row, new_turn, decision = found
        self.turn += new_turn
        self.messages += 1
        return decision

    def views(self, symbol: Symbol, time: int | None) -> tuple[CounterView, ...]:
        """Every counter at the next message."""
        found = self._row.views.get(symbol)
        return self._table.views(self._row, symbol) if found is None else found

    @property
    def state(self) -> State:
        """Where it stands."""
        return State(self._row.slots, self.turn, self.messages, None, self._key)


class TimedWalk:
    """A walk under a policy with durations: from row to row, with the times that the row has holes for."""

    __slots__ = ("_key", "_look", "_row", "_table", "_times", "messages", "time", "turn")

    def __init__(self, table: TimedTable, look: Look, state: State) -> None:
        self._table = table
        self._look = look
        self._row, self._times = table.place(state.slots)
        self.turn, self.messages, self.time, self._key = state.turn, state.messages, state.time, state.key

    def step(self, symbol: Symbol, time: int | None) -> Decision:
        """What the policy does at the next message, at ``time``. Raises TimeOrderError."""
        number = self.messages + 1
        if time is None:
            raise TimeOrderError(f"message {number} has no time, and the policy needs one on every message")
        if self.time is not None and time < self.time:
            raise TimeOrderError(f"message {number} is earlier than the message before it")
        times = (*self._times, time)
        step = self._table.step(self._row, symbol, times)
        self._row = step.row
        self._times = tuple([times[number] + offset for number, offset in step.picks])
        self.turn += step.new_turn
        self.messages += 1
        self.time = time
        return step.decision

    def views(self, symbol: Symbol, time: int | None) -> tuple[CounterView, ...]:
        """Every counter at the next message, if it came at ``time``."""
        return self._look(self._row.filled(self._times), symbol, time or 0)

    @property
    def state(self) -> State:
        """Where it stands."""
        return State(self._row.filled(self._times), self.turn, self.messages, self.time, self._key)
