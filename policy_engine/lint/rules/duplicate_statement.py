"""The same statement twice in one file.

The second says nothing new. When the policy is changed, somebody changes one of the two, and wonders why nothing
happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.lint.removal import statement
from policy_engine.lint.rule import Example, Finding, Rule, Subject, first_line

_COMMENT = re.compile(r'("[^"\n]*")|#[^\n]*')


def find(subject: Subject) -> Iterator[Finding]:
    """Statements with the words of one before."""
    first: dict[str, int] = {}
    for line in subject.file.lines:
        words = _words(subject.plain[line.span.start : line.span.end])
        number = subject.source.position(line.span.start)[0]
        before = first.setdefault(words, number)
        if before != number:
            yield Finding(
                first_line(subject.source, line),
                f"line {before} says the same",
                "take one of the two out",
                Fix("take the second out", (statement(subject, line.span),), safe=True),
            )


def _words(text: str) -> str:
    return " ".join(_COMMENT.sub(lambda found: found[1] or " ", text).split())


_RULE = "rule r\n  when hate is detected, end the chat\n"
_NEVER = "never end the chat when self-harm has been detected\n"

RULE = Rule(
    "duplicate-statement", "PE111", find, fixes=True,
    valid=(Example(_RULE + _NEVER), Example(_RULE + _NEVER + _NEVER.replace("self", "imminent"))),
    invalid=(
        Example(_RULE + _NEVER + _NEVER, _NEVER.strip(), _RULE + _NEVER),
        Example(f"{_RULE}{_RULE}", "rule r", _RULE),
        Example(
            "require that a warning is given before the chat is ended\n"
            "require that a warning is given\n  before the chat is ended\n",
            "require that a warning is given",
            "require that a warning is given before the chat is ended\n",
            standard=True,
        ),
    ),
)  # fmt: skip
