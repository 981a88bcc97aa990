"""`use` of a file of names, none of which the policy says.

A file that only names groups and points does nothing by itself. Where no sentence of the policy says one of its
names, the line is left over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.language.tree import (
    GroupLine,
    LanguageLine,
    Phrase,
    PointsLine,
    PolicyFile,
    PolicyLine,
    UseLine,
)
from policy_engine.lint.contents import inside
from policy_engine.lint.removal import statement
from policy_engine.lint.rule import Example, Finding, Rule, Subject, lines_of


def find(subject: Subject) -> Iterator[Finding]:
    """The lines of a main file that name such a file."""
    if not subject.is_main:
        return
    folder = os.path.dirname(subject.source.name)
    others = {each.source.name: each for each in subject.files}
    for line in lines_of(subject, UseLine):
        assert isinstance(line, UseLine)
        used = others.get(os.path.normpath(os.path.join(folder, line.path)))
        if used is not None and _only_names(used) and not _named(used) & _said(subject, used):
            yield Finding(
                line.span,
                f"nothing says a name of `{line.path}`",
                "take the line out",
                Fix("take the line out", (statement(subject, line.span),), safe=True),
            )


def _only_names(file: PolicyFile) -> bool:
    return all(isinstance(each, GroupLine | PointsLine | LanguageLine | PolicyLine) for each in file.lines)


def _named(file: PolicyFile) -> set[str]:
    return {each.name.without_noise().text for each in file.lines if isinstance(each, GroupLine | PointsLine)}


def _said(subject: Subject, used: PolicyFile) -> set[str]:
    """Every word of the sentences of the policy's other files."""
    return {
        word
        for file in subject.files
        if file is not used
        for part in inside(file.lines)
        if isinstance(part, Phrase)
        for word in part.words
    }


_RULE = 'policy "p"\n{}rule r\n  when {} is detected, end the chat\n'
_RULES = (("names.policy", "rule s\n  when hate is detected, add a strike\n"),)
_GROUPS = "group abuse = hate or harassment\n"

RULE = Rule(
    "unused-use", "PE212", find, fixes=True,
    valid=(
        Example(_RULE.format('use "names.policy"\n', "abuse"), files=(("names.policy", _GROUPS),)),
        Example(_RULE.format('use "names.policy"\n', "hate"), files=_RULES),
    ),
    invalid=(
        Example(_RULE.format('use "names.policy"\n', "hate"), 'use "names.policy"', _RULE.format("", "hate"),
                files=(("names.policy", _GROUPS),)),
    ),
)  # fmt: skip
