"""Where a text came from, and how a place in it is named."""

from __future__ import annotations

import bisect
import os
import stat
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one source: offsets in characters, ``start`` inclusive, ``end`` exclusive."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The stretch from the start of this one to the end of ``other``."""
        return Span(self.start, max(self.end, other.end))


@dataclass(frozen=True)
class Source:
    """A named text. ``name`` is what people are shown: a path, or ``<text>``."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def _line_starts(self) -> tuple[int, ...]:
        starts = [0]
        starts.extend(index + 1 for index, char in enumerate(self.text) if char == "\n")
        return tuple(starts)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of ``offset``, both counted from 1."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line ``number`` (from 1), without its line break."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Location:
    """A place that a person can be shown: a stretch of a source."""

    source: Source
    span: Span

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def line(self) -> int:
        """The line on which the stretch begins, from 1."""
        return self.source.position(self.span.start)[0]

    @property
    def column(self) -> int:
        """The column at which the stretch begins, from 1."""
        return self.source.position(self.span.start)[1]


def is_pipe(path: str | os.PathLike[str]) -> bool:
    """Whether reading the path might wait for somebody to write. Only a file that was asked for by its own
    name may do so: not one that is found in a folder, or that another file uses."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False
