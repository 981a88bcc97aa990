"""A label beside one that it implies: `sexual or sexual/minors`.

Whenever `sexual/minors` is detected, so is `sexual`: the narrower name adds nothing to what is detected. Perhaps the
narrower one was meant alone. It is not quite the same only where nobody looks for the narrower one: then the whole is
unknown, not absent.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.language.tree import LabelRef
from policy_engine.lint.contents import name_lists
from policy_engine.lint.removal import name
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.vocabulary.vocabulary import Vocabulary


def find(subject: Subject) -> Iterator[Finding]:
    """Labels that another of the same list stands for."""
    for line in subject.file.lines:
        for refs in name_lists(line):
            yield from _in_list(subject, refs)


def _in_list(subject: Subject, refs: tuple[LabelRef, ...]) -> Iterator[Finding]:
    labels = [
        subject.vocabulary.canonical(each.phrase.without_noise().text) if each.at is None else None
        for each in refs
    ]
    for number, label in enumerate(labels):
        wider = None if label is None else next(
            (each for each in labels if each is not None and each in _implied(subject.vocabulary, label)), None
        )  # fmt: skip
        if wider is not None:
            edit = name(subject, [each.span for each in refs], number)
            yield Finding(
                refs[number].span,
                f"`{label}` implies `{wider}`, which stands beside it",
                "leave the narrower name out, or the wider one, if that was meant",
                Fix("leave the narrower name out", (edit,)) if edit is not None else None,
            )
            return  # what is left is looked at anew when this is mended


def _implied(vocabulary: Vocabulary, label: str) -> set[str]:
    """What is detected with a label, without the label itself."""
    found: set[str] = set()
    waiting = list(vocabulary.labels[label].implies)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += vocabulary.labels[each].implies
    return found - {label}


_RULE = "rule r\n  when {} is detected, add a strike\n"

RULE = Rule(
    "implied-label", "PE215", find, fixes=True,
    valid=(
        Example(_RULE.format("sexual or violence")),
        Example(_RULE.format("self-harm/intent or self-harm/instructions")),
        Example(_RULE.format("sexual or sexual/minors at 0.2")),
    ),
    invalid=(
        Example(_RULE.format("sexual or sexual/minors"), "sexual/minors", _RULE.format("sexual")),
        Example("group crisis = self-harm/intent or self-harm\n" + _RULE.format("crisis"), "self-harm/intent",
                "group crisis = self-harm\n" + _RULE.format("crisis")),
    ),
)  # fmt: skip
