"""A table of points that no rule counts.

It is left over from an earlier version, or a rule counts refusals where it should count points. In a file that other
policies `use`, tables are there for them, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.language.tree import PointsLine
from policy_engine.lint.removal import statement
from policy_engine.lint.rule import Example, Finding, Rule, Subject, lines_of
from policy_engine.model.model import After


def find(subject: Subject) -> Iterator[Finding]:
    """Tables of a main file that nothing counts, in any of its files."""
    if not subject.is_main or subject.policy is None:
        return
    counted = {
        count.points
        for rule in subject.policy.rules
        if isinstance(rule.trigger, After)
        for count in rule.trigger.counts
    }
    for line in lines_of(subject, PointsLine):
        assert isinstance(line, PointsLine)
        if line.name.without_noise().text not in counted and not _is_promised(subject, line):
            yield Finding(
                line.name.span,
                f"nothing counts the points of `{line.name.text}`",
                f"use them in a rule, for example: after 3 points of {line.name.text}",
                Fix("take the table out", (statement(subject, line.span),), safe=True),
            )


def _is_promised(subject: Subject, line: PointsLine) -> bool:
    """Whether a promise counts them: it speaks their name."""
    promises = subject.policy.promises if subject.policy is not None else ()
    return any(line.name.without_noise().text in promise.text.split() for promise in promises)


_POLICY = 'policy "p"\nrule r\n  {}, end the chat\n'
_POINTS = "points abuse = 1 per harassment, 3 per hate\n"

RULE = Rule(
    "unused-points", "PE211", find, fixes=True,
    valid=(
        Example(_POINTS + _POLICY.format("after 5 points of abuse")),
        Example(f"{_POINTS}rule r\n  when hate is detected, end the chat\n"),
    ),
    invalid=(
        Example(_POINTS + _POLICY.format("after 3 refusals"), "abuse", _POLICY.format("after 3 refusals")),
    ),
)  # fmt: skip
