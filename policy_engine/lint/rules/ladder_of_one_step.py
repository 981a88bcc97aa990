"""A ladder with a single step, which is a rule.

`ladder` promises steps, and a reader looks for the second. A rule with `starting over` says the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.language.tree import LadderLine
from policy_engine.lint.rule import Example, Finding, Rule, Subject, lines_of


def find(subject: Subject) -> Iterator[Finding]:
    """Ladders with one step."""
    for line in lines_of(subject, LadderLine):
        assert isinstance(line, LadderLine)
        if len(line.steps) == 1:
            yield Finding(
                line.name.span,
                f"`{line.name.text}` has one step: it is a rule",
                "write a rule, or add the next step",
            )


_LADDER = 'ladder abuse on harassment\n  after 2 refusals, warn the user "Please stop."\n'

RULE = Rule(
    "ladder-of-one-step", "PE220", find,
    valid=(Example(f"{_LADDER}  after 1 more refusal, end the chat\n"),),
    invalid=(Example(_LADDER, "abuse"),),
)  # fmt: skip
