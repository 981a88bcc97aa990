"""What nobody knew in a log, and what depends on it, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.reports.doubts import Grid, doubts
from policy_engine.reports.rows import cells, filled, row
from policy_engine.reports.screen import COLUMNS, Screen, pad
from policy_engine.simulation.doubt import Doubting

_LEAST = 10
_GAP = 2
_LEAST_OF_MANY = 9
"""The width of a column where there are so many that too little would be left for names."""
_NAME = 25


def doubt_text(doubting: Doubting, screen: Screen) -> Iterator[str]:
    """The lines."""
    for line in _lines(doubting, screen):
        yield screen.signs(line).rstrip()


def _lines(doubting: Doubting, screen: Screen) -> Iterator[str]:
    found = doubts(doubting)
    for number, grid in enumerate(found.grids):
        if number:
            yield ""
        yield from _grid(grid, screen)
    if found.sentences:
        yield ""
    for sentence in found.sentences:
        yield from filled(sentence)


def _grid(grid: Grid, screen: Screen) -> Iterator[str]:
    widths = _widths(grid.columns)
    name = COLUMNS - sum(widths)
    yield screen.paint(grid.title, "bold")
    yield screen.paint(pad("", name) + cells(grid.columns, widths), "bold")
    for each in grid.rows:
        yield from row(each, name, widths)
    for sentence in grid.below:
        yield from (f"  {line}" for line in filled(sentence, COLUMNS - 2, "  "))


def _widths(columns: Sequence[str]) -> list[int]:
    wide = [max(_LEAST, len(each) + _GAP) for each in columns]
    return wide if COLUMNS - sum(wide) >= _NAME else [max(_LEAST_OF_MANY, len(each) + 1) for each in columns]
