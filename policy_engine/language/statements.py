"""Cuts a policy file into its statements, so that one fault does not hide the next.

A statement begins at a line whose first word opens one (``rule``, ``group``, ``check`` ...).
``never`` also occurs inside promises; it opens a statement only where it stands no deeper
than the statement before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_engine.diagnostics import Report
from policy_engine.source import Source, Span

MAX_TEXT = 4 * 1024 * 1024
"""Characters in one file."""
MAX_LINE = 10_000
"""Characters in one line."""
MAX_STATEMENTS = 20_000
"""Statements in one file."""
MAX_DEPTH = 50
"""Brackets open at once."""

OPENERS = (
    "language",
    "policy",
    "use",
    "applies",
    "group",
    "points",
    "trial",
    "rule",
    "ladder",
    "never",
    "check",
    "require",
)
"""The words that open a statement."""
_OPENER = re.compile(r"^([ \t]*)(" + "|".join(OPENERS) + r")(?![\w./-])", re.MULTILINE | re.IGNORECASE)

_SAME = {
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2018": "'", "\u2019": "'",
    "\u00a0": " ", "\u2007": " ", "\u202f": " ", "\u2009": " ", "\u2002": " ", "\u2003": " ",
    "\u2010": "-", "\u2011": "-", "\ufeff": " ", "\u200b": " ", "\t": " ",
}  # fmt: skip
_UNDERSTOOD = str.maketrans(_SAME)


def understood(text: str) -> str:
    """The text with what a word processor makes of it undone: quotes, spaces and hyphens, one for one."""
    return text.translate(_UNDERSTOOD).replace("\r\n", " \n").replace("\r", "\n")


def within_bounds(source: Source, report: Report) -> bool:
    """Whether the text is of a size that is read; says so where it is not."""
    if len(source.text) > MAX_TEXT:
        report.add("too-large", f"the file has more than {MAX_TEXT:,} characters", source, Span(0, 1),
                   hint="split it into several files and `use` them")  # fmt: skip
        return False
    if sum(1 for _ in _OPENER.finditer(source.text)) > MAX_STATEMENTS:
        report.add("too-large", f"the file has more than {MAX_STATEMENTS} statements", source, Span(0, 1),
                   hint="split it into several files and `use` them")  # fmt: skip
        return False
    start = 0
    for line in source.text.split("\n"):
        if len(line) > MAX_LINE:
            report.add("too-large", f"the line has more than {MAX_LINE:,} characters", source, Span(start, start + 1),
                       hint="break it into several lines")  # fmt: skip
            return False
        start += len(line) + 1
    return True


def statements(text: str) -> Iterator[Span]:
    """The stretches of ``text`` (already :func:`understood`), one a statement; what stands before the
    first opener comes as a stretch of its own, if it holds anything but blanks and comments."""
    masked = without_comments(text)
    starts: list[int] = []
    depth = 0
    for found in _OPENER.finditer(masked):
        indent = len(found.group(1))
        if starts and found.group(2).lower() == "never" and indent > depth:
            continue
        starts.append(found.start(2))
        depth = indent
    if masked[: starts[0] if starts else len(text)].strip():
        starts.insert(0, 0)
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        yield Span(start, end)


def without_comments(text: str) -> str:
    """The text with strings kept and comments blanked, at equal offsets: a comment stands wherever a blank may."""
    return re.sub(r'"[^"\n]*"|#[^\n]*', lambda m: " " * len(m[0]) if m[0][0] == "#" else m[0], text)


def too_deep(text: str) -> int | None:
    """The offset at which more than :data:`MAX_DEPTH` brackets are open, or None."""
    depth = 0
    for found in re.finditer(r'"[^"\n]*"|#[^\n]*|[()]', text):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth > MAX_DEPTH:
            return found.start()
    return None
