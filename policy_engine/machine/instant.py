"""Times that say what was asked of them, so that one step can stand for all steps with the same answers.

A state that holds times hardly ever comes again. But what a step does with times is little: it compares the
time that has passed with the lengths that the policy names, and it keeps some of them. A step that is taken
with instants in the place of times is the same step, by the same automata; besides, it tells its comparisons
and where the times that it keeps come from. Whatever other times give the same answers take the same step.

This is concolic execution (Godefroid, Klarlund and Sen, "DART", 2005) of a program without loops over times.
"""

from __future__ import annotations

from typing import NamedTuple


class NotTellable(Exception):
    """Something was asked of an instant that is no comparison; the step is to be taken with plain times."""


class Comparison(NamedTuple):
    """Whether time number ``one`` is at most ``most`` microseconds after time number ``other``."""

    one: int
    other: int
    most: int


class Answers:
    """The comparisons of one step, with their outcomes, in the order in which they were made."""

    def __init__(self) -> None:
        self.given: list[tuple[Comparison, bool]] = []
        self._known: dict[Comparison, bool] = {}

    def is_at_most(self, one: Instant, other: Instant, most: int) -> bool:
        """Whether ``one`` is at most ``most`` microseconds after ``other``."""
        # What is asked of `time + offset` is asked of the time.
        asked = Comparison(one.number, other.number, most - one.offset + other.offset)
        answer = self._known.get(asked)
        if answer is None:
            answer = self._known[asked] = one.actual - other.actual <= most
            self.given.append((asked, answer))
        return answer


class Instant:
    """A time during a step: number ``number`` of the times that the step begins with, and ``offset`` more."""

    __slots__ = ("actual", "answers", "number", "offset")

    def __init__(self, answers: Answers, number: int, actual: int, offset: int = 0) -> None:
        self.answers = answers
        self.number = number
        self.actual = actual
        self.offset = offset

    def __add__(self, length: int) -> Instant:
        return Instant(self.answers, self.number, self.actual + length, self.offset + length)

    def __sub__(self, other: Instant) -> Gap:
        return Gap(self, other)

    def __le__(self, other: Instant) -> bool:
        return self.answers.is_at_most(self, other, 0)

    def __lt__(self, other: Instant) -> bool:
        return self.answers.is_at_most(self, other, -1)

    def __ge__(self, other: Instant) -> bool:
        return other <= self

    def __gt__(self, other: Instant) -> bool:
        return other < self

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            raise NotTellable  # a number may be a time as it is
        return isinstance(other, Instant) and self <= other <= self

    def __hash__(self) -> int:
        raise NotTellable  # what has another hash was found to differ, and nobody would be told

    def __bool__(self) -> bool:
        raise NotTellable  # the time 0 is false

    def __index__(self) -> int:
        raise NotTellable


class Gap:
    """The time from one instant to another."""

    __slots__ = ("since", "until")

    def __init__(self, until: Instant, since: Instant) -> None:
        self.until = until
        self.since = since

    def __le__(self, length: int) -> bool:
        return self.until.answers.is_at_most(self.until, self.since, length)

    def __gt__(self, length: int) -> bool:
        return not self <= length

    def __lt__(self, length: int) -> bool:
        return self <= length - 1

    def __ge__(self, length: int) -> bool:
        return not self <= length - 1

    def __eq__(self, length: object) -> bool:
        raise NotTellable  # nobody asks it; without this, a gap would equal no length, unheard

    def __hash__(self) -> int:
        raise NotTellable

    def __bool__(self) -> bool:
        raise NotTellable
