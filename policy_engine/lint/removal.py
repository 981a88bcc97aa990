"""Edits that take something out of a policy, with what belongs to it: a line break, a comma, an `or`.

Each is None where a comment stands in between, so that no fix swallows one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from policy_engine.diagnostics import Edit
from policy_engine.lint.rule import Subject
from policy_engine.source import Span

_BEFORE = 400
"""Characters before a condition in which the words that open its clause are looked for."""
_OPENING = re.compile(
    r"(?P<comma>\s*,)?\s*(?:except\s+when|only\s+if)\s*(?P<open>(?:\(\s*)*)$", re.IGNORECASE
)
_COMMA = re.compile(r"\s*,?\s*$")


def statement(subject: Subject, span: Span) -> Edit:
    """Takes out a statement with its line break; a comment behind it stays."""
    text = subject.plain
    start = text.rfind("\n", 0, span.start) + 1
    start = start if not text[start : span.start].strip() else span.start
    end = text.find("\n", span.end)
    line_end = len(text) if end < 0 else end
    if text[span.end : line_end].strip():
        return Edit(subject.at(Span(span.start, span.end)), "")
    return Edit(subject.at(Span(start, min(line_end + 1, len(text)))), "")


def condition(subject: Subject, span: Span) -> Edit | None:
    """Takes out the `except when` or `only if` whose condition stands at ``span``."""
    text = subject.plain
    window = max(0, span.start - _BEFORE)
    opening = _OPENING.search(text[window : span.start])
    if opening is None:
        return None
    end = span.end
    for _ in range(opening["open"].count("(")):
        closing = re.compile(r"\s*\)").match(text, end)
        if closing is None:
            return None
        end = closing.end()
    return _cut(subject, window + opening.start(), end)


def clause(subject: Subject, span: Span) -> Edit | None:
    """Takes out a clause that stands at ``span`` from its first word on."""
    window = max(0, span.start - _BEFORE)
    comma = _COMMA.search(subject.plain[window : span.start])
    return _cut(subject, window + comma.start() if comma else span.start, span.end)


def _cut(subject: Subject, start: int, end: int) -> Edit | None:
    text = subject.plain
    line = text[text.rfind("\n", 0, start) + 1 : start]
    if "#" in re.sub(r'"[^"\n]*"', "", line):
        return None
    return Edit(subject.at(Span(start, end)), "")


def name(subject: Subject, spans: Sequence[Span], number: int) -> Edit | None:
    """Takes one out of several names that `or` joins."""
    if len(spans) < 2:
        return None
    one, other = (spans[0], spans[1]) if number == 0 else (spans[number - 1], spans[number])
    if not re.fullmatch(r"\s+or\s+", subject.plain[one.end : other.start], re.IGNORECASE):
        return None
    cut = Span(one.start, other.start) if number == 0 else Span(one.end, other.end)
    return Edit(subject.at(cut), "")
