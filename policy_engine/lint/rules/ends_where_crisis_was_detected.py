"""A chat that is ended at or after a sign of crisis, though the user did not ask for it.

Somebody at risk is shut out. What tells of a crisis is said by the vocabulary and the policy: a category of which an
unknown is remembered (`unknown-lasts`, as of `self-harm` and `imminent-harm` in the default vocabulary), and one that
a rule answers with an action that is done even after the end. Write `except when … has been detected`, over the whole
conversation. A conversation shows how it happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.endings import in_crisis
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.unasked import endings_that_may


def find(subject: Subject) -> Iterator[Finding]:
    """Rules that end a chat in which a crisis was detected."""
    for line, part, notes in endings_that_may(
        subject, in_crisis, "ends a chat in which a crisis was detected"
    ):
        yield Finding(
            line.name.span,
            f"`{part.name}` may end a chat in which a crisis was detected",
            "say: except when crisis has been detected",
            notes=notes,
        )


_RULE = "rule r\n  after 2 refusals on hate, end the chat"
_CRISIS = "self-harm or imminent-harm has been detected"

RULE = Rule(
    "ends-where-crisis-was-detected", "PE318", find, proves=True,
    valid=(
        Example(f'policy "p"\n{_RULE}, except when {_CRISIS}\n'),
        Example(f'policy "p"\n{_RULE}\nnever end the chat when {_CRISIS}\n'),
    ),
    invalid=(
        Example(f'policy "p"\n{_RULE}\n', "r"),
        Example(f'policy "p"\n{_RULE}, except when {_CRISIS} in this turn\n', "r"),
    ),
)  # fmt: skip
