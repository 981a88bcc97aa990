"""What nobody knew in a log, and what depends on it, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.reports.doubts import Grid, doubts
from policy_engine.reports.rows import cells, filled, row
from policy_engine.reports.screen import COLUMNS, Screen, pad
from policy_engine.simulation.doubt import Doubting

_LEAST = 10
_GAP = 2


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
    widths = [max(_LEAST, len(each) + _GAP) for each in grid.columns]
    name = COLUMNS - sum(widths)
    yield screen.paint(grid.title, "bold")
    yield screen.paint(pad("", name) + cells(grid.columns, widths), "bold")
    for each in grid.rows:
        yield from row(each, name, widths)
    for sentence in grid.below:
        yield from (f"  {line}" for line in filled(sentence, COLUMNS - 2, "  "))
