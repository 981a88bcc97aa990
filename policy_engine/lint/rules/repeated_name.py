"""The same name twice, where one is enough: `hate or hate`, or a label beside a group that holds it.

It changes nothing, and is most likely another name mistyped or copied.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.language.tree import LabelRef
from policy_engine.lint.contents import name_lists
from policy_engine.lint.removal import name
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.model.model import Reading


def find(subject: Subject) -> Iterator[Finding]:
    """Names that add nothing to those beside them."""
    for line in subject.file.lines:
        for refs in name_lists(line):
            yield from _in_list(subject, refs)


def _in_list(subject: Subject, refs: tuple[LabelRef, ...]) -> Iterator[Finding]:
    whole = [_readings(subject, each) for each in refs]
    for number, ref in enumerate(refs):
        mine = whole[number]
        others = [at for at in range(len(refs)) if at != number and mine and mine <= whole[at]]
        others = [at for at in others if mine < whole[at] or at < number]
        if not others:
            continue
        edit = name(subject, [each.span for each in refs], number)
        said = refs[others[0]].phrase.without_noise().text
        mine_said = ref.phrase.without_noise().text
        yield Finding(
            ref.span,
            f"`{mine_said}` stands here twice"
            if said == mine_said
            else f"`{said}` holds `{mine_said}` already",
            "take it out, or write the name that was meant",
            Fix("take it out", (edit,), safe=True) if edit is not None else None,
        )
        return  # what is left is looked at anew when this is mended


def _readings(subject: Subject, ref: LabelRef) -> frozenset[Reading]:
    phrase = ref.phrase.without_noise()
    found = (subject.names.readings(phrase.text) if len(phrase.words) == 1 else None) or ()
    return frozenset(found if ref.at is None else (Reading(each.label, ref.at) for each in found))


_RULE = "rule r\n  when {} is detected, add a strike\n"

RULE = Rule(
    "repeated-name", "PE112", find, fixes=True,
    valid=(
        Example(_RULE.format("hate or harassment")),
        Example(_RULE.format("hate at 0.9 or hate")),
        Example("group abuse = hate or harassment\n" + _RULE.format("abuse or violence")),
    ),
    invalid=(
        Example(_RULE.format("hate or harassment or hate"), "hate", _RULE.format("hate or harassment")),
        Example(_RULE.format("self-harm or S11"), "S11", _RULE.format("self-harm")),
        Example(
            "group abuse = hate or harassment\n" + _RULE.format("hate or abuse"), "hate",
            "group abuse = hate or harassment\n" + _RULE.format("abuse"),
        ),
        Example(
            "group abuse = hate or harassment or hate\n" + _RULE.format("abuse"), "hate",
            "group abuse = hate or harassment\n" + _RULE.format("abuse"),
        ),
    ),
)  # fmt: skip
