"""A policy that does not say which edition of the language it is written in.

`language 1` at the top fixes what the words mean: a policy never changes its meaning when the software is upgraded to
a later edition. Without the line, that is left open.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.language.tree import LanguageLine
from policy_engine.lint.rule import Example, Finding, Rule, Subject, lines_of
from policy_engine.model.resolver import EDITION
from policy_engine.source import Span


def find(subject: Subject) -> Iterator[Finding]:
    """A policy, or a file of one, without a `language` line."""
    if subject.policy is None or any(lines_of(subject, LanguageLine)):
        return
    start = subject.file.lines[0].span.start
    place = subject.plain.rfind("\n", 0, start) + 1
    edit = Edit(subject.at(Span(place, place)), f"language {EDITION}\n")
    yield Finding(
        subject.head(),
        "the file does not say in which edition of the language it is written",
        f"write `language {EDITION}` above the first statement",
        Fix("say the edition", (edit,), safe=True),
    )


_RULE = "rule r\n  when hate is detected, add a strike\n"

RULE = Rule(
    "missing-language", "PE101", find, fixes=True,
    valid=(
        Example(f"language 1\n{_RULE}"),
        Example("require that the chat is never ended once self-harm has been detected\n", standard=True),
    ),
    invalid=(
        Example(_RULE, "rule r", f"language 1\n{_RULE}"),
        Example(f'# Ours.\n\npolicy "p"\n\n{_RULE}', 'policy "p"', f'# Ours.\n\nlanguage 1\npolicy "p"\n\n{_RULE}'),
    ),
)  # fmt: skip
