"""A chat that is ended in the first turn in which anything was detected.

One message, which a classifier may have read wrongly, shuts the user out: in no earlier turn was any category detected
that the policy reads. Where that is meant, for what is severe, say so in a comment that sets the finding aside.
Endings that the user asked for are not looked at. A conversation shows how it happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.endings import on_first_offence
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.unasked import endings_that_may


def find(subject: Subject) -> Iterator[Finding]:
    """Rules that end a chat on a first offence."""
    for line, part, notes in endings_that_may(subject, on_first_offence, "ends a chat on a first offence"):
        yield Finding(
            line.name.span,
            f"`{part.name}` may end a chat on a first offence",
            "wait for more than one turn, or ask a person to review",
            notes=notes,
        )


RULE = Rule(
    "ends-on-first-offence", "PE317", find, proves=True,
    valid=(Example('policy "p"\nrule r\n  after 2 refusals on hate, end the chat\n'),),
    invalid=(Example('policy "p"\nrule r\n  when hate is detected, end the chat\n', "r"),),
)  # fmt: skip
