"""Spans of a conversation, as they are seen from the present: until a turn or a time, and from one on.

Times of spans are only compared with each other and with the present.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class Span(NamedTuple):
    """A span: of ``turns`` turns, the present one included, up to time ``until`` (with it); not before ``later`` more
    turns have begun, and ``after`` a time. None, and no turns later: without such a bound."""

    turns: int | None = None
    until: int | None = None
    later: int = 0
    after: int | None = None

    @property
    def is_now(self) -> bool:
        """Whether it has begun, as far as it is told of the time (:meth:`at`)."""
        return self.later == 0 and self.after is None

    def turned(self) -> Span | None:
        """The span at the beginning of the next turn; None where it is over."""
        turns = None if self.turns is None else self.turns - 1
        return None if turns == 0 else Span(turns, self.until, max(0, self.later - 1), self.after)

    def at(self, time: int) -> Span | None:
        """The span at a time of the present turn; None where it is over."""
        if self.until is not None and time > self.until:
            return None
        if self.after is not None and time > self.after:
            return self._replace(after=None)
        return self

    def lifted(self, of: Callable[[int], Any]) -> tuple[Any, ...]:
        """The span with a function applied to each time in it."""
        until, after = (None if each is None else of(each) for each in (self.until, self.after))
        return (self.turns, until, self.later, after)

    def outlasts(self, other: Span) -> bool:
        """Whether it is whenever the other is."""
        return (
            (self.turns is None or (other.turns is not None and self.turns >= other.turns))
            and self.later <= other.later
            and (self.until is None or (other.until is not None and self.until >= other.until))
            and (self.after is None or (other.after is not None and self.after <= other.after))
        )


Spans = tuple[Span, ...]
"""Whenever one of them is."""

ALWAYS: Spans = (Span(),)
NEVER: Spans = ()


def both(some: Iterable[Span], others: Iterable[Span]) -> Spans:
    """Whenever one of some is, and one of the others."""
    second = tuple(others)
    return tuple(each for one in some for other in second if (each := _together(one, other)) is not None)


def _together(one: Span, other: Span) -> Span | None:
    turns = min((each for each in (one.turns, other.turns) if each is not None), default=None)
    later = max(one.later, other.later)
    if turns is not None and later >= turns:
        return None
    until = min((each for each in (one.until, other.until) if each is not None), default=None)
    after = max((each for each in (one.after, other.after) if each is not None), default=None)
    return Span(turns, until, later, after)


def longest(spans: Iterable[Span]) -> Spans:
    """Without those that another outlasts; in an order that does not depend on theirs, but for times."""
    kept: list[Span] = []
    for each in spans:
        if not any(other.outlasts(each) for other in kept):
            kept = [other for other in kept if not each.outlasts(other)]
            kept.append(each)
    return tuple(sorted(kept, key=lambda span: (span.turns is None, span.turns or 0, span.later)))
