"""Boxes and lines to lay out, and where they come to stand. All lengths are pixels; y grows downwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """Something with a size, by a name of its own."""

    name: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line between two different boxes.

    ``label`` is the width of its words (0: none). Lines of one ``kind`` without words meet where they touch a
    box. ``leaves`` is how far below the top of its source it begins; None: in the middle of the side. A
    ``weak`` line is turned round rather than another where a circle must be opened. The stronger the ``pull``
    of a line, the more level it runs.
    """

    source: str
    target: str
    label: float = 0.0
    kind: str = ""
    leaves: float | None = None
    weak: bool = False
    pull: float = 1.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each box has its upper left corner, and the ``routes`` of the lines, each in its own direction.

    A route is level from its first point to its second, bends to the third, is level to the fourth, and so on;
    it ends level, so there is an even number of points. ``words`` is for each line where its words end: on
    a level stretch.
    """

    width: float
    height: float
    corners: Mapping[str, Point]
    routes: Sequence[Sequence[Point]]
    words: Sequence[Point]
