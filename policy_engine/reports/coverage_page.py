"""What tests have tried of policies as a page: the text of each policy, and below its lines what was tried of them.

It looks as the other pages do (:mod:`policy_engine.reports.page`): one style sheet, no script, nothing loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy_engine.policytest.reaching import Reached
from policy_engine.reports.coverage_text import by_file, goal_words, state_words, tried_words
from policy_engine.reports.page import environment, style, style_hash
from policy_engine.source import Source

_MOST_BLANKS = 16


@dataclass(frozen=True, slots=True)
class _Goal:
    """A goal below its line: what it is, whether it was tried (``mark`` and ``state`` say so) and by which test."""

    words: str
    mark: str
    state: str
    by: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a policy behind so many blanks, and the goals of what begins on it."""

    number: int
    blanks: int
    text: str
    goals: tuple[_Goal, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A policy file. Its ``lines`` can be read once."""

    anchor: str
    name: str
    tried: str
    lines: Iterator[_Line]


def coverage_page(found: Sequence[Reached], title: str) -> Iterator[str]:
    """The page in pieces; ``title`` says whose tests these are."""
    sheet = style()
    files = by_file(found)
    yield from (
        environment()
        .get_template("coverage.html.jinja")
        .generate(
            title=title,
            style=sheet,
            style_hash=style_hash(sheet),
            tried=tried_words(found),
            files=[_file(f"f{number}", name, mine) for number, (name, mine) in enumerate(files.items(), 1)],
        )
    )


def _file(anchor: str, name: str, found: Sequence[Reached]) -> _File:
    source = found[0].covered.goal.location.source
    return _File(anchor, name, tried_words(found), _lines(source, found))


def _lines(source: Source, found: Sequence[Reached]) -> Iterator[_Line]:
    by_line: dict[int, list[Reached]] = {}
    for each in found:
        by_line.setdefault(each.covered.goal.location.line, []).append(each)
    for number, text in enumerate(source.text.split("\n"), 1):
        inner = text.lstrip(" ")
        blanks = min(len(text) - len(inner), _MOST_BLANKS)
        yield _Line(number, blanks, inner, tuple(map(_goal, by_line.get(number, ()))))


def _goal(each: Reached) -> _Goal:
    mark, kind = ("▸", "done") if each.is_tried else ("·", "counted") if each.cannot_be else ("–", "stopped")
    return _Goal(goal_words(each), mark, state_words(each), each.covered.by, kind)
