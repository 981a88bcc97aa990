"""`only if` with what `applies when` asks of every rule of the file.

`applies when` stands for an `only if` on each rule and ladder. Saying it again adds nothing, and makes a reader look
for the difference.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.lint.contents import clauses_of
from policy_engine.lint.removal import condition
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.model.model import All, Condition


def find(subject: Subject) -> Iterator[Finding]:
    """Conditions that hold wherever the file applies."""
    for line in subject.file.lines:
        part = subject.parts.get(line.span)
        only_ifs = clauses_of(line).only_ifs
        if part is None or part.guards.applies is None or part.guards.only_if is None or not only_ifs:
            continue
        if _asked(part.guards.only_if) <= _asked(part.guards.applies):
            edit = condition(subject, only_ifs[0].span)
            yield Finding(
                only_ifs[0].span,
                "`applies when` asks for this in the whole file",
                "leave it out here",
                Fix("leave it out", (edit,), safe=True) if edit is not None else None,
            )


def _asked(condition: Condition) -> frozenset[Condition]:
    return frozenset(condition.conditions if isinstance(condition, All) else (condition,))


_APPLIES = "applies when model is opus-4 and user.minor is false\n"
_RULE = "rule r\n  after 3 refusals, end the chat{}\n"

RULE = Rule(
    "condition-repeats-applies", "PE209", find, fixes=True,
    valid=(
        Example(_APPLIES + _RULE.format(", only if user.age is at least 18")),
        Example(_RULE.format(", only if user.minor is false")),
    ),
    invalid=(
        Example(_APPLIES + _RULE.format(", only if user.minor is false"), "user.minor is false",
                _APPLIES + _RULE.format("")),
        Example(_APPLIES + _RULE.format(",\n  only if user.minor is false and model is opus-4,\n  at most once"),
                "user.minor is false and model is opus-4", _APPLIES + _RULE.format(",\n  at most once")),
    ),
)  # fmt: skip
