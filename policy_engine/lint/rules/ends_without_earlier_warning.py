"""A chat that is ended though no warning was given at an earlier message.

Whoever is shut out should have been told before, at a message to which they could still answer; a warning at the
message that ends the chat is none. A warning is an action that the vocabulary calls so (`noun: warning`). Endings that
the user asked for are not looked at. A conversation shows how it happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.endings import unwarned
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.unasked import endings_that_may


def find(subject: Subject) -> Iterator[Finding]:
    """Rules that end a chat that had no warning."""
    for line, part, notes in endings_that_may(subject, unwarned, "ends a chat without an earlier warning"):
        yield Finding(
            line.name.span,
            f"`{part.name}` may end a chat in which no warning was given",
            "say: only if a warning has been given",
            notes=notes,
        )


_RULE = "rule r\n  after 2 refusals on hate, end the chat"

RULE = Rule(
    "ends-without-earlier-warning", "PE315", find, proves=True,
    valid=(
        Example(f'policy "p"\n{_RULE}, only if a warning has been given\n'),
        Example('policy "p"\nrule r\n  when the user asks to end, end the chat\n'),
    ),
    invalid=(Example(f'policy "p"\n{_RULE}\n', "r"),),
)  # fmt: skip
