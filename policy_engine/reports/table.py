"""Many conversations as a table on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_engine.reports.figures import ACTIONS, IN_DOUBT, RULES, STOPS, Figures, faults, figures, left_out
from policy_engine.reports.rows import cells, filled, row
from policy_engine.reports.screen import COLUMNS, Screen, clean, cut, pad
from policy_engine.simulation.summary import Summary

_MOST_CLAUSES = 10
_NAME = 32
_WIDTHS = (14, 10, 24)
_RULE_NAME = 26
_RULE_WIDTHS = (13, 8, 15, 7, 11)


def table(
    summary: Summary, screen: Screen, seconds: float | None = None, is_doubt_told: bool = False
) -> Iterator[str]:
    """The lines of the table. ``seconds`` is how long it took, where somebody wants to know; ``is_doubt_told`` says
    that what was unknown is told after it.
    """
    for line in _lines(figures(summary, is_doubt_told), screen, seconds):
        yield screen.signs(line).rstrip()


def left_out_lines(summary: Summary, screen: Screen) -> Iterator[str]:
    """What could not be used, beside a timeline of the one conversation that could; nothing where all could."""
    for line in _left_out(left_out(summary), tuple(faults(summary)), screen):
        yield screen.signs(line).rstrip()


def _left_out(told: str, kinds: Iterable[str], screen: Screen) -> Iterator[str]:
    if told:
        yield screen.paint(told, "yellow")
    for kind in kinds:
        first, *more = filled(kind, COLUMNS - 4)
        yield from (f"  {first}", *(f"    {line}" for line in more))


def _lines(found: Figures, screen: Screen, seconds: float | None) -> Iterator[str]:
    took = [] if seconds is None else [f"{seconds:.1f} s"]
    yield cut(" · ".join([found.conversations, found.messages, *took, clean(found.policy)]), COLUMNS)
    yield from _left_out(found.left_out, found.faults, screen)
    yield from filled(found.coverage)
    for reach in found.reaches:
        first, *more = filled(reach, COLUMNS - 4)
        yield from (f"  {first}", *(f"    {line}" for line in more))
    if found.times:
        yield from filled(found.times)
    yield ""
    yield screen.paint(pad("", _NAME) + cells(ACTIONS, _WIDTHS), "bold")
    for each in found.actions:
        yield from row(each, _NAME, _WIDTHS)
    yield ""
    yield from _rules(found, screen)
    yield from _stops(found, screen)
    yield ""
    for sentence in found.sentences:
        yield from filled(sentence)


def _rules(found: Figures, screen: Screen) -> Iterator[str]:
    """Two lines say what is counted: the first of what, the second in what."""
    of = [name if number in (1, 3, 4) else "" for number, (name, _) in enumerate(RULES)]
    yield screen.paint(pad("", _RULE_NAME) + cells(of, _RULE_WIDTHS), "bold")
    units = [unit for _, unit in RULES]
    yield screen.paint(pad("by rule", _RULE_NAME) + cells(units, _RULE_WIDTHS), "bold")
    for each in found.rules:
        yield from row(each, _RULE_NAME, _RULE_WIDTHS)


def _stops(found: Figures, screen: Screen) -> Iterator[str]:
    if not found.stops:
        return
    yield ""
    yield screen.paint(f"{pad('', _NAME)}{STOPS:>{_WIDTHS[0]}}", "bold")
    for stops in found.stops:
        yield f"{pad(stops.name, _NAME)}{stops.conversations:>{_WIDTHS[0]},}"
        for words, number in stops.clauses[:_MOST_CLAUSES]:
            yield f"{pad(cut(f'  {clean(words)}', COLUMNS - 12), COLUMNS - 12)} of which {number:,}"
    if found.in_doubt:
        yield f"{pad(f'  {IN_DOUBT}', _NAME)}{found.in_doubt:>{_WIDTHS[0]},}"
