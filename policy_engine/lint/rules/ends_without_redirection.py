"""A chat that is ended though nobody tried to turn it to something else.

Ending a chat is a last resort, for when redirection has failed: neither has the assistant turned to something else (an
act `redirection`), nor did the policy ask for it before. Endings that the user asked for are not looked at. Where the
vocabulary has no act of that name, nothing is said. A conversation shows how it happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.endings import unredirected
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.unasked import endings_that_may


def find(subject: Subject) -> Iterator[Finding]:
    """Rules that end a chat in which no redirection was tried."""
    for line, part, notes in endings_that_may(subject, unredirected, "ends a chat without a redirection"):
        yield Finding(
            line.name.span,
            f"`{part.name}` may end a chat in which no redirection was tried",
            "wait for a redirection, too: `… and 1 redirection on …`",
            notes=notes,
        )


_RULE = "rule r\n  after 2 refusals on hate{}, end the chat\n"

RULE = Rule(
    "ends-without-redirection", "PE316", find, proves=True,
    valid=(Example('policy "p"\n' + _RULE.format(" and 1 redirection on hate")),),
    invalid=(Example('policy "p"\n' + _RULE.format(""), "r"),),
)  # fmt: skip
