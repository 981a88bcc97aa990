"""A rule that was made a comment.

Nobody can tell whether it was switched off for a day or for good, and it does not keep up with the rest. A `trial
rule` is tried out and does nothing; what is not wanted any more is kept by the version control.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile

from policy_engine.diagnostics import Edit, Fix
from policy_engine.language.parser import parse
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.source import Source, Span

_MOST_LINES = 30
_MOST_TRIES = 50
"""How many lines such a rule has, and how often a comment of one file is looked at as if it were one."""
_COMMENT = re.compile(r"^[ \t]*#+([^\n]*)\n?", re.MULTILINE)
_OPENER = re.compile(
    r"^\s*(?:(?:trial\s+)?rule|ladder|group|points)\s+[\w./-]+\s*(?:[,=]|on\b|$)|^\s*check\s+that\b"
)


def find(subject: Subject) -> Iterator[Finding]:
    """Comments that are whole statements."""
    comments = list(_COMMENT.finditer(subject.plain))
    tries = at = 0
    while at < len(comments) and tries < _MOST_TRIES:
        taken = 1
        if _OPENER.search(comments[at][1]) is not None:
            tries += 1
            taken = _lines(comments[at : at + _MOST_LINES])
            if taken:
                first, last = comments[at], comments[at + taken - 1]
                start = first.start() + len(first[0]) - len(first[0].lstrip(" \t"))
                yield Finding(
                    Span(start, first.end() - first[0].endswith("\n")),
                    "this comment is a statement that was switched off",
                    "take it out, or make it a `trial rule`",
                    Fix("take the comment out", (Edit(subject.at(Span(first.start(), last.end())), ""),)),
                )
        at += max(taken, 1)


def _lines(comments: list[re.Match[str]]) -> int:
    """How many of these comments, from the first on, make a statement; 0 where they make none."""
    following = pairwise(comments)
    together = 1 + sum(1 for _ in takewhile(lambda pair: pair[0].end() == pair[1].start(), following))
    words = [each[1].rstrip() for each in comments[:together]]
    words = list(takewhile(str.strip, words))
    for many in range(len(words), 0, -1):
        tree, faults = parse(Source("comment", "\n".join(words[:many])))
        if len(tree.lines) == 1 and not faults:
            return many
    return 0


_RULE = "rule r\n  when hate is detected, add a strike\n"

RULE = Rule(
    "commented-out-statement", "PE114", find, fixes=True,
    valid=(
        Example(f"# rule r of the house: be kind\n{_RULE}"),
        Example(f"# check that again in May\n{_RULE}"),
        Example(f"# Our reading of group r.\n{_RULE}"),
    ),
    invalid=(
        Example(f"{_RULE}# rule s\n#   after 3 refusals, end the chat\n", "# rule s", _RULE),
        Example(f"# check that a warning is given before the chat is ended\n\n{_RULE}",
                "# check that a warning is given before the chat is ended", f"\n{_RULE}"),
    ),
)  # fmt: skip
