"""A chat that is ended on something that could not be checked, and was never detected.

`is detected or could not be checked` is for protections: it makes a rule act when a classifier has failed. A rule that
ends chats so ends them all in an outage. Endings that the user asked for are not looked at. A conversation shows how
it happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.endings import on_doubt
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.unasked import endings_that_may


def find(subject: Subject) -> Iterator[Finding]:
    """Rules that end a chat on an unknown alone."""
    for line, part, notes in endings_that_may(subject, on_doubt, "ends a chat on doubt"):
        yield Finding(
            line.name.span,
            f"`{part.name}` may end a chat on what could not be checked",
            "leave out `or could not be checked`",
            notes=notes,
        )


_RULE = "rule r\n  when hate is detected{}, end the chat\n"

RULE = Rule(
    "ends-on-doubt", "PE319", find, proves=True,
    valid=(Example('policy "p"\n' + _RULE.format("")),),
    invalid=(Example('policy "p"\n' + _RULE.format(" or could not be checked"), "r"),),
)  # fmt: skip
