"""Two texts of one action that differ only in capitals, in punctuation or in spaces.

Equal action and equal text are one action: the user is told once. Texts that differ in a full stop are two, and the
user reads both. One of them is most likely a slip.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.lint.contents import action_of, actions_of
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.model.model import Ladder
from policy_engine.model.parts import parts_of
from policy_engine.source import Span


def find(subject: Subject) -> Iterator[Finding]:
    """Texts that are almost one of another file of the policy, or almost one that stands above."""
    first = dict(_elsewhere(subject))
    for line in subject.file.lines:
        for ref in actions_of(line):
            entry = action_of(subject, ref)
            if ref.text is None or entry is None or not _bare(ref.text):
                continue
            before = first.setdefault((entry.name, _bare(ref.text)), ref.text)
            if before != ref.text:
                place = Span(ref.span.end - 1 - len(ref.text), ref.span.end - 1)
                yield Finding(
                    place,
                    f"another text is almost the same: `{before}`",
                    "write the same in both, so that people read it once",
                    Fix("write the same in both", (Edit(subject.at(place), before),)),
                )


def _elsewhere(subject: Subject) -> Iterator[tuple[tuple[str, str], str]]:
    """The texts of the other files, by action and by what they say without their dress."""
    for part in parts_of(subject.policy) if subject.policy is not None else ():
        if subject.holds(part.location):
            continue
        steps = part.steps if isinstance(part, Ladder) else (part,)
        for act in (act for step in steps for act in step.actions):
            if act.text is not None:
                yield (act.action, _bare(act.text)), act.text


def _bare(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())


def _rules(one: str, other: str) -> str:
    return (
        f'rule one\n  when hate is detected, warn the user "{one}"\n'
        f'rule two\n  when harassment is detected, warn the user "{other}"\n'
    )


RULE = Rule(
    "inconsistent-wording", "PE109", find, fixes=True,
    valid=(
        Example(_rules("Please stop.", "Please stop.")),
        Example(_rules("Please stop.", "Please be kind.")),
        Example(_rules("Please stop.", "Please stop").replace("two\n  when harassment is detected, warn",
                                                             "two\n  when harassment is detected, remind")),
    ),
    invalid=(
        Example(_rules("Please stop.", "please stop"), "please stop", _rules("Please stop.", "Please stop.")),
    ),
)  # fmt: skip
