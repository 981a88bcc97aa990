"""A policy with a name and no version.

Reports, decisions and test results name the policy with its version. Without one, nobody can say later which text it
was that ended a chat.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.language.tree import PolicyLine
from policy_engine.lint.rule import Example, Finding, Rule, Subject


def find(subject: Subject) -> Iterator[Finding]:
    """A `policy` line without a version."""
    for line in subject.file.lines:
        if isinstance(line, PolicyLine) and not (line.version or "").strip():
            yield Finding(
                subject.head(),
                "the policy has a name, and no version",
                'for example: version "2026.11"',
            )


_RULE = "rule r\n  when hate is detected, add a strike\n"

RULE = Rule(
    "missing-version", "PE102", find,
    valid=(Example(f'policy "p" version "1"\n{_RULE}'), Example(_RULE)),
    invalid=(
        Example(f'policy "p"\n{_RULE}', 'policy "p"'),
        Example(f'policy "p"\n  effective from 2026-11-01\n{_RULE}', 'policy "p"'),
    ),
)  # fmt: skip
