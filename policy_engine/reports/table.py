"""Many conversations as a table on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.reports.figures import ACTIONS, IN_DOUBT, RULES, Figures, Row, figures
from policy_engine.reports.screen import COLUMNS, Screen, clean, cut, pad, wrapped
from policy_engine.simulation.summary import Summary

_MOST_CLAUSES = 10
_NAME = 32
_WIDTHS = (14, 10, 24)


def table(summary: Summary, screen: Screen, seconds: float | None = None) -> Iterator[str]:
    """The lines of the table. ``seconds`` is how long it took, where somebody wants to know."""
    for line in _lines(figures(summary), screen, seconds):
        yield screen.signs(line).rstrip()


def _lines(found: Figures, screen: Screen, seconds: float | None) -> Iterator[str]:
    took = [] if seconds is None else [f"{seconds:.1f} s"]
    yield cut(" · ".join([found.conversations, found.messages, *took, clean(found.policy)]), COLUMNS)
    if found.left_out:
        yield screen.paint(found.left_out, "yellow")
    yield from _filled(found.coverage)
    if found.times:
        yield from _filled(found.times)
    yield ""
    yield screen.paint(_title("", *ACTIONS), "bold")
    for row in found.actions:
        yield from _row(row)
    yield ""
    yield screen.paint(_title("by rule", *RULES), "bold")
    for row in found.rules:
        yield from _row(row)
    yield from _stops(found)
    yield ""
    for sentence in found.sentences:
        yield from _filled(sentence)


def _filled(text: str, columns: int = COLUMNS) -> Iterator[str]:
    return wrapped((cut(word, columns) for word in clean(text).split(" ")), columns)


def _title(first: str, *others: str) -> str:
    return pad(first, _NAME) + _cells(*others)


def _cells(*cells: str) -> str:
    return "".join(f"{each:>{size}}" for each, size in zip(cells, _WIDTHS, strict=True))


def _row(row: Row) -> Iterator[str]:
    """A name with its figures; a long name takes several lines, and the figures stand on the last."""
    first, *more = _filled(row.name, _NAME - 5)
    *above, last = [f"  {first}", *(f"    {line}" for line in more)]
    yield from above
    yield pad(last, _NAME) + _cells(*row.figures)


def _stops(found: Figures) -> Iterator[str]:
    if not found.stops:
        return
    yield ""
    for stops in found.stops:
        yield f"{pad(stops.name, _NAME)}{stops.conversations:>{_WIDTHS[0]},}"
        for words, number in stops.clauses[:_MOST_CLAUSES]:
            yield f"{pad(cut(f'  {clean(words)}', COLUMNS - 12), COLUMNS - 12)} of which {number:,}"
    if found.in_doubt:
        yield f"{pad(f'  {IN_DOUBT}', _NAME)}{found.in_doubt:>{_WIDTHS[0]},}"
