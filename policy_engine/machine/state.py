"""Where a conversation stands: a plain immutable value that can be copied, written out and read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

FORMAT = 1
"""The version of the written form."""

Slots = tuple[Any, ...]
"""The states of the small automata: nested tuples of integers, booleans and None."""


Lift = Callable[[Any, Callable[[int], Any]], Any]
"""Makes the state of an automaton anew, with a function applied to each time in it."""


def lift_time(value: Any, of: Callable[[int], Any]) -> Any:
    """The lift of a state that is a time, or None."""
    return None if value is None else of(value)


class State(NamedTuple):
    """``slots`` holds the states of all automata; ``turn`` and ``messages`` count what was seen.

    ``time`` is that of the last message, in microseconds since 1970 (None where times are not used).
    ``key`` names the policy whose machine the state belongs to.
    """

    slots: Slots
    turn: int
    messages: int
    time: int | None
    key: str

    def to_json(self) -> str:
        """The state as one line of JSON."""
        return json.dumps(
            [FORMAT, self.key, self.messages, self.turn, self.time, self.slots], separators=(",", ":")
        )

    @staticmethod
    def from_json(text: str) -> State:
        """The state that :meth:`to_json` wrote. Raises ValueError for anything else."""
        try:
            found = json.loads(text)
            form, key, messages, turn, time, slots = found
        except (ValueError, TypeError, RecursionError) as fault:
            raise ValueError("this is not a saved state") from fault
        if form != FORMAT or not isinstance(key, str) or not isinstance(slots, list):
            raise ValueError("this is not a saved state of this version")
        if not all(_is_count(each) for each in (messages, turn)) or not (time is None or type(time) is int):
            raise ValueError("this is not a saved state of this version")
        try:
            return State(_frozen(slots), turn, messages, time, key)
        except RecursionError as fault:
            raise ValueError("this is not a saved state of this version") from fault


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    if value is None or isinstance(value, bool | int):
        return value
    raise ValueError("this is not a saved state of this version")
