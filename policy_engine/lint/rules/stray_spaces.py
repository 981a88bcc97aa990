"""A text with spaces at an end of it, or several in a row.

People see them, or they see two texts where one was meant: actions are the same only if their texts are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.lint.contents import texts_of
from policy_engine.lint.rule import Example, Finding, Rule, Subject


def find(subject: Subject) -> Iterator[Finding]:
    """Texts and reasons with spaces that say nothing."""
    for line in subject.file.lines:
        for text in texts_of(line):
            tidy = re.sub(" {2,}", " ", text.words).strip(" ")
            if tidy and tidy != text.words:
                yield Finding(
                    text.span,
                    "there are spaces in this text that say nothing",
                    "leave them out",
                    Fix("leave them out", (Edit(subject.at(text.span), tidy),)),
                )


def _rule(text: str) -> str:
    return f'rule r\n  when hate is detected, warn the user "{text}"\n'


RULE = Rule(
    "stray-spaces", "PE108", find, fixes=True,
    valid=(Example(_rule("Please stop. Now.")),),
    invalid=(
        Example(_rule("Please stop. "), "Please stop. ", _rule("Please stop.")),
        Example(_rule("Please  stop."), "Please  stop.", _rule("Please stop.")),
    ),
)  # fmt: skip
