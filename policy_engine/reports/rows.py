"""Names with figures behind them, as rows of a table on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.reports.figures import Row
from policy_engine.reports.screen import COLUMNS, clean, cut, pad, wrapped


def filled(text: str, columns: int = COLUMNS, rest: str = "") -> Iterator[str]:
    """A text in lines; ``rest`` stands before all but the first. A word that is longer than a line is cut."""
    return wrapped((cut(word, columns - len(rest)) for word in clean(text).split(" ")), columns, "", rest)


def cells(figures: Sequence[str], widths: Sequence[int]) -> str:
    """Figures, each at the right of its column."""
    return "".join(f"{each:>{size}}" for each, size in zip(figures, widths, strict=True))


def row(each: Row, name: int, widths: Sequence[int]) -> Iterator[str]:
    """A name with its figures; a long name takes several lines, and the figures stand on the last."""
    first, *more = filled(each.name, name - 5)
    *above, last = [f"  {first}", *(f"    {line}" for line in more)]
    yield from above
    yield pad(last, name) + cells(each.figures, widths)
