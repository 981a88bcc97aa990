"""One message as the automata see it while the machine takes a step."""

from __future__ import annotations

from typing import Any

from policy_engine.transcripts.message import Role

Slots = list[Any]
"""The states of the automata during a step, one slot each."""


class Moment:
    """A message being stepped over. ``added`` collects the tallies that this message adds to."""

    __slots__ = ("added", "begun", "is_user", "new_turn", "role", "time", "values")

    def __init__(self, role: Role, values: tuple[int, ...], time: int, begun: bool, new_turn: bool) -> None:
        self.role = role
        self.is_user = role is Role.USER
        self.values = values
        self.time = time
        self.begun = begun
        self.new_turn = new_turn
        self.added: set[int] = set()
