"""What the states of the automata look like, so that a stored state that is none of theirs is refused.

A store is written by others, too. A shape says of a value whether an automaton could have left it: of which
type it is, and within which bounds. It cannot say whether the automaton ever was in that state.
"""

from __future__ import annotations

from collections.abc import Callable

Shape = Callable[[object], bool]


def flag(value: object) -> bool:
    """True or False."""
    return isinstance(value, bool)


def time(value: object) -> bool:
    """Microseconds since 1970."""
    return type(value) is int


def whole(least: int, most: int | None = None) -> Shape:
    """A whole number within bounds, both included."""
    return lambda value: type(value) is int and least <= value and (most is None or value <= most)


def perhaps(shape: Shape) -> Shape:
    """A value of the shape, or None."""
    return lambda value: value is None or shape(value)


def row(*shapes: Shape) -> Shape:
    """So many values, each of its shape."""
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(shapes)
        and all(shape(each) for shape, each in zip(shapes, value, strict=True))
    )


def several(shape: Shape) -> Shape:
    """Any number of values of the shape."""
    return lambda value: isinstance(value, tuple) and all(map(shape, value))
