"""A group that no sentence of the policy uses.

A group is a name for several labels. One that nothing uses is left over from an earlier version, or, worse, it
is what a rule was meant to say and does not. In a file that other policies `use`, groups are there for them, and
nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.language.tree import GroupLine, Phrase
from policy_engine.lint.removal import statement
from policy_engine.lint.rule import Example, Finding, Rule, Subject


def find(subject: Subject) -> Iterator[Finding]:
    """Groups of a main file whose name stands nowhere else in the policy."""
    if not subject.is_main:
        return
    lines = [line for file in subject.files for line in file.lines]
    used = {words for line in lines for words in _phrases(line, isinstance(line, GroupLine))}
    for line in subject.file.lines:
        if isinstance(line, GroupLine) and line.name.without_noise().words not in used:
            yield Finding(
                line.name.span,
                f"nothing uses the group `{line.name.text}`",
                "use it in a rule, or take it out",
                Fix("take the group out", (statement(subject, line.span),), safe=True),
            )


def _phrases(value: object, is_group: bool) -> Iterator[tuple[str, ...]]:
    """The words of every phrase in a tree; of a group, only of what it holds."""
    if isinstance(value, Phrase):
        yield value.without_noise().words
    elif isinstance(value, GroupLine) and is_group:
        yield from _phrases(value.labels, False)
    elif isinstance(value, tuple):
        for each in value:
            yield from _phrases(each, False)


_POLICY = 'policy "p"\nrule r\n  when hate is detected, end the chat\n'
_GROUP = "group crisis = self-harm or imminent-harm\n"

RULE = Rule(
    "unused-group", "PE210", find, fixes=True,
    valid=(
        Example(f"{_POLICY}{_GROUP}never end the chat when crisis has been detected\n"),
        Example(f"{_GROUP}rule r\n  when hate is detected, end the chat\n"),
    ),
    invalid=(Example(f"{_POLICY}{_GROUP}", "crisis", _POLICY),),
)  # fmt: skip
