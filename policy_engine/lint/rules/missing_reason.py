"""An ending without a reason, where every other ending of the file gives one.

A reason is what a person reads who asks why a chat was ended. Where a policy gives reasons, one without is most
likely forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.language.tree import LadderLine, RuleLine
from policy_engine.lint.contents import action_of, actions_of, clauses_of
from policy_engine.lint.rule import Example, Finding, Rule, Subject

_ENOUGH = 2
"""Endings with a reason from which on it is a habit of the file."""


def find(subject: Subject) -> Iterator[Finding]:
    """The one rule or ladder that ends the chat and gives no reason."""
    endings = [
        line
        for line in subject.file.lines
        if isinstance(line, RuleLine | LadderLine)
        and any(entry.ends for entry in (action_of(subject, each) for each in actions_of(line)) if entry)
    ]
    without = [line for line in endings if not clauses_of(line).reasons]
    if len(without) == 1 and len(endings) - 1 >= _ENOUGH:
        yield Finding(
            without[0].name.span,
            f"`{without[0].name.text}` ends the chat without a reason; the other endings of this file give one",
            'for example: reason "Abuse that went on after a warning"',
        )


def _rule(name: str, category: str, reason: str) -> str:
    said = f'\n  reason "{reason}"' if reason else ""
    return f"rule {name}\n  after 3 refusals on {category}, end the chat{said}\n"


RULE = Rule(
    "missing-reason", "PE110", find,
    valid=(
        Example(_rule("hateful", "hate", "Hate") + _rule("violent", "violence", "Violence")
                + _rule("terrorist", "terrorism", "Terrorism")),
        Example(_rule("hateful", "hate", "Hate") + _rule("violent", "violence", "")),
    ),
    invalid=(
        Example(_rule("hateful", "hate", "Hate") + _rule("violent", "violence", "Violence")
                + _rule("terrorist", "terrorism", ""), "terrorist"),
    ),
)  # fmt: skip
