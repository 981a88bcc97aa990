"""Conversations that have the id of one before them: they are like any other, and that is told."""

from __future__ import annotations

from policy_engine.diagnostics import Diagnostic, Severity

MOST_REMEMBERED = 1_000_000
"""Ids that are remembered: later ones are compared with these alone."""


class RepeatedIds:
    """Remembers which ids came, by their hashes. ``done`` is what is done with all of them."""

    def __init__(self, done: str = "counted") -> None:
        self._done = done
        self._met: set[int] = set()

    def told(self, name: str, place: str) -> Diagnostic | None:
        """A warning where a conversation with the id ``name``, at ``place``, is not the first that has it."""
        key = hash(name)
        if key in self._met:
            message = f"the conversation `{name}` has the id of one before it"
            hint = f"both are {self._done}; is the log given twice?"
            return Diagnostic("repeated-id", message, hint=hint, subject=place, severity=Severity.WARNING)
        if len(self._met) < MOST_REMEMBERED:
            self._met.add(key)
        return None
