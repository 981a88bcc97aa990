"""The same condition twice in one sentence, or the same exception twice.

The second changes nothing, and is most likely another condition that was mistyped, or copied and not changed. Take it
out, or write the one that was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.language.tree import ConditionRef, Joined
from policy_engine.lint.contents import clauses_of, inside
from policy_engine.lint.removal import condition
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.source import Span


def find(subject: Subject) -> Iterator[Finding]:
    """Conditions with the words of one beside them."""
    for line in subject.file.lines:
        excepts = clauses_of(line).excepts
        first: set[str] = set()
        for each in excepts:
            if _words(subject, each) in first:
                edit = condition(subject, each.span)
                yield _finding(each.span, edit)
            first.add(_words(subject, each))
        for part in inside(line):
            if isinstance(part, Joined):
                yield from _among(subject, part)


def _among(subject: Subject, joined: Joined) -> Iterator[Finding]:
    first: set[str] = set()
    for before, each in zip((None, *joined.conditions), joined.conditions, strict=False):
        words = _words(subject, each)
        if words in first and before is not None:
            cut = Span(before.span.end, each.span.end)
            is_plain = re.fullmatch(
                r"\s+(?:and|or)\s+", subject.plain[cut.start : each.span.start], re.IGNORECASE
            )
            yield _finding(each.span, Edit(subject.at(cut), "") if is_plain else None)
        first.add(words)


def _finding(span: Span, edit: Edit | None) -> Finding:
    return Finding(
        span,
        "this condition stands here twice",
        "take one of the two out, or write the one that was meant",
        Fix("take the second out", (edit,), safe=True) if edit is not None else None,
    )


def _words(subject: Subject, condition: ConditionRef) -> str:
    return " ".join(subject.text(condition.span).split())


_HATE = "hate has been detected"


def _rule(clauses: str) -> str:
    return f"rule r\n  after 3 refusals, end the chat, {clauses}\n"


RULE = Rule(
    "repeated-condition", "PE218", find, fixes=True,
    valid=(
        Example(_rule(f"except when {_HATE}, except when {_HATE} in this turn")),
        Example(_rule(f"except when {_HATE} and user.minor is true")),
    ),
    invalid=(
        Example(_rule(f"except when {_HATE}, except when {_HATE}"), _HATE, _rule(f"except when {_HATE}")),
        Example(_rule(f"only if {_HATE} and user.minor is true and {_HATE}"), _HATE,
                _rule(f"only if {_HATE} and user.minor is true")),
    ),
)  # fmt: skip
