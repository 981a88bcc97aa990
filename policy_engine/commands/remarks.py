"""What is remarked on a log: each thing once, with how often it was so, and where first.

Only so many are told apart: a log may bring any number of names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policy_engine.commands.standard_error import say
from policy_engine.diagnostics import Diagnostic

MOST = 1_000
"""Different remarks that are told apart."""
_SHOWN = 20
_WARNING = "warning: "

Remark = tuple[str, int, str]
"""What is said, how often it was so, and the place where it was first."""


@dataclass(slots=True)
class _Said:
    times: int
    place: str


class Remarks:
    """Remarks, counted. ``more`` is what is said of those that are not told apart."""

    def __init__(self, more: str = "note: more of other kinds", most: int = MOST) -> None:
        self._more = more
        self._most = most
        self._said: dict[str, _Said] = {}

    @property
    def is_full(self) -> bool:
        """Whether no other remark is told apart."""
        return len(self._said) >= self._most

    def add(self, text: str, times: int, place: str) -> None:
        """A remark, as ``note: …`` or ``warning: …``; ``place`` is where it was first, or empty."""
        if text not in self._said and self.is_full:
            text = self._more
        self._said.setdefault(text, _Said(0, place)).times += times

    def warn(self, warning: Diagnostic) -> None:
        """What a reader remarks on what it reads."""
        hint = f"; {warning.hint}" if warning.hint else ""
        self.add(f"{_WARNING}{warning.message}{hint}", 1, warning.subject or "")

    def said(self) -> Iterator[Remark]:
        """All of them, so far."""
        return ((text, each.times, each.place) for text, each in self._said.items())

    def take(self, said: Iterable[Remark]) -> None:
        """What was remarked on what comes after."""
        for remark in said:
            self.add(*remark)

    def tell(self) -> None:
        """Say it, on standard error: warnings first, then the most frequent."""
        ordered = sorted(
            self._said.items(), key=lambda each: (not each[0].startswith(_WARNING), -each[1].times, each[0])
        )
        for text, each in ordered[:_SHOWN]:
            first = f", first at {each.place}" if each.place else ""
            say(f"{text} ({'once' if each.times == 1 else f'{each.times:,} times'}{first})")
        if len(ordered) > _SHOWN:
            say(f"note: {len(ordered) - _SHOWN:,} more of this kind")
