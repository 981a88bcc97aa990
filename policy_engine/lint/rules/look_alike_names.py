"""Two names that are easily taken for each other.

`persistent-harm` and `persistant-harm` are two rules, and whoever reads a report will take them for one. So are names
that differ in one letter, in `-` and `_`, or in `1` and `l`. Names that differ in a number, or in a part of one
letter, are numbered on purpose, and nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from policy_engine.language.tree import GroupLine, LadderLine, Phrase, PointsLine, RuleLine
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.model.parts import parts_of

_SHORTEST = 5
_LONGEST = 60
"""Characters of the names that are compared: short words are alike by chance, and long ones take long."""
_ALIKE = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"))


def find(subject: Subject) -> Iterator[Finding]:
    """Names of rules and ladders that are like another, and names of groups that are like a group or a label."""
    parts = [
        each.name.without_noise() for each in subject.file.lines if isinstance(each, RuleLine | LadderLine)
    ]
    groups = [
        each.name.without_noise() for each in subject.file.lines if isinstance(each, GroupLine | PointsLine)
    ]
    named = {each.name for each in parts_of(subject.policy)} if subject.policy is not None else set()
    yield from _among(parts, "rule", named)
    yield from _among(groups, "name", {*subject.names.groups, *subject.vocabulary.labels})


def _among(mine: list[Phrase], what: str, others: Iterable[str]) -> Iterator[Finding]:
    """Those of ``mine`` that are like one before, or like one that another file gives."""
    own = {each.text for each in mine}
    index = _Index()
    for other in sorted(set(others) - own):
        index.add(other)
    for each in mine:
        like = index.like(each.text)
        if like is not None:
            yield Finding(
                each.span,
                f"`{each.text}` is easily taken for another {what}, `{like}`",
                "choose names that differ in more than a letter",
            )
        index.add(each.text)


class _Index:
    """Names by what they look like, and by what is left of them without one character."""

    def __init__(self) -> None:
        self.looks: dict[str, list[str]] = {}
        self.without_one: dict[str, list[str]] = {}

    def add(self, name: str) -> None:
        """Keep a name."""
        if len(name) > _LONGEST:
            return
        self.looks.setdefault(_looks(name), []).append(name)
        for short in _shortened(name):
            self.without_one.setdefault(short, []).append(name)

    def like(self, name: str) -> str | None:
        """The first name that is like this one."""
        if not _SHORTEST <= len(name) <= _LONGEST:
            return None
        near = list(self.looks.get(_looks(name), ()))
        for short in _shortened(name):
            near += self.without_one.get(short, ())
        found = (each for each in near if each != name and _is_alike(each, name))
        return next(found, None)


def _looks(name: str) -> str:
    bare = re.sub(r"[-._/]", "", name)
    for one, other in _ALIKE:
        bare = bare.replace(one, other)
    return bare


def _shortened(name: str) -> Iterator[str]:
    yield name
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]


def _is_alike(one: str, other: str) -> bool:
    if re.sub(r"\d+", "0", one) == re.sub(r"\d+", "0", other):
        return False
    if _looks(one) == _looks(other):
        return True
    mine, theirs = re.split(r"[-._/]", one), re.split(r"[-._/]", other)
    differing = [pair for pair in zip(mine, theirs, strict=False) if pair[0] != pair[1]]
    is_numbered = len(mine) == len(theirs) and all(len(a) < 2 or len(b) < 2 for a, b in differing)
    return not is_numbered and _is_one_apart(one, other)


def _is_one_apart(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    differing = one[start : start + 1] + other[start : start + 1]
    if any(each.isdigit() for each in differing):
        return False
    return one[start + (len(one) >= len(other)) :] == other[start + (len(other) >= len(one)) :]


def _rules(one: str, other: str) -> str:
    return "".join(f"rule {each}\n  when hate is detected, add a strike\n" for each in (one, other))


RULE = Rule(
    "look-alike-names", "PE103", find,
    valid=(
        Example(_rules("persistent-harm", "persistent-hate")),
        Example(_rules("warning-1", "warning-2")),
        Example(_rules("warning-a", "warning-b")),
        Example("group abuse = hate or harassment\nrule abuse-ends\n  when abuse is detected, end the chat\n"),
    ),
    invalid=(
        Example(_rules("persistent-harm", "persistant-harm"), "persistant-harm"),
        Example(_rules("last-warning", "last_warning"), "last_warning"),
        Example(_rules("final-step", "fina1-step"), "fina1-step"),
        Example("group insults = hate or harassment\nrule r\n  when insults is detected, end the chat\n", "insults"),
    ),
)  # fmt: skip
