"""An exception that says `not`: it is read wrongly by most people.

`except when X has not been detected` means `only if X has been detected`, in doubt as well. The second is read
rightly at the first go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.language.tree import Compared, ConditionRef, DetectedRef, Stated
from policy_engine.lint.contents import clauses_of
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.source import Span

_EXCEPT = re.compile(r"except\s+when\s+$", re.IGNORECASE)
_NOT = re.compile(r"\b(?:is|has|have)(\s+not)\b", re.IGNORECASE)
_BEFORE = 100


def find(subject: Subject) -> Iterator[Finding]:
    """The first such exception of a rule or ladder that has no `only if`."""
    for line in subject.file.lines:
        clauses = clauses_of(line)
        if clauses.only_ifs:
            continue
        for condition in clauses.excepts:
            if isinstance(condition, DetectedRef | Stated | Compared) and condition.negated:
                yield Finding(
                    condition.span,
                    "an exception that says `not` is easily read the wrong way round",
                    "say it with `only if`, without `not`",
                    _fix(subject, condition),
                )
                break


def _fix(subject: Subject, condition: ConditionRef) -> Fix | None:
    text = subject.plain
    start = max(0, condition.span.start - _BEFORE)
    opening = _EXCEPT.search(text[start : condition.span.start])
    said = _NOT.search(text, condition.span.start, condition.span.end)
    if opening is None or said is None:
        return None
    keyword = Span(start + opening.start(), condition.span.start)
    edits = (Edit(subject.at(keyword), "only if "), Edit(subject.at(Span(*said.span(1))), ""))
    return Fix("say it with `only if`", edits, safe=True)


def _rule(clause: str) -> str:
    return f"rule r\n  after 3 refusals, end the chat, {clause}\n"


RULE = Rule(
    "double-negative", "PE115", find, fixes=True,
    valid=(
        Example(_rule("only if hate has been detected")),
        Example(_rule("except when hate has been detected")),
        Example(_rule("except when hate has not been detected, only if user.minor is false")),
    ),
    invalid=(
        Example(_rule("except when hate has not been detected"), "hate has not been detected",
                _rule("only if hate has been detected")),
        Example(_rule("except when a warning has not been given"), "a warning has not been given",
                _rule("only if a warning has been given")),
        Example(_rule("except when user.age is not 18"), "user.age is not 18", _rule("only if user.age is 18")),
    ),
)  # fmt: skip
