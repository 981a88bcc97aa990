"""A policy that a newer version of it in the same folder has replaced.

Two files carry the same name, and both are in force by their dates: the older one was to be taken away when the newer
came, or the date of one is wrong. A version that begins in the future stands beside the present one rightly.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from policy_engine.language.tree import PolicyLine
from policy_engine.lint.rule import (
    EXAMPLE_DAY,
    Example,
    Finding,
    Opening,
    Rule,
    Subject,
    Surroundings,
    lines_of,
)


def find(subject: Subject) -> Iterator[Finding]:
    """A dated `policy` line whose name another policy of the folder has, with a later date that has come."""
    if subject.policy is None or subject.policy.effective_from is None:
        return
    mine = date.fromisoformat(subject.policy.effective_from)
    for line in lines_of(subject, PolicyLine):
        assert isinstance(line, PolicyLine)
        newer = [
            each
            for each in subject.surroundings.neighbours()
            if each.name == line.name
            and each.effective_from is not None
            and mine < each.effective_from <= subject.surroundings.today
        ]
        if newer:
            last = max(newer, key=lambda each: (each.effective_from or mine, each.file))
            yield Finding(
                subject.head(),
                f"`{last.file}` has the same name, and is in force since {last.effective_from}",
                "take the older one out, or give it another name",
            )


def _beside(day: date) -> Surroundings:
    return Surroundings(EXAMPLE_DAY, lambda: (Opening("p-2.policy", "p", "2", day),))


_POLICY = 'policy "p" version "1"\n  effective from 2025-08-15\nrule r\n  after 3 refusals, end the chat\n'

RULE = Rule(
    "superseded-version", "PE404", find,
    valid=(
        Example(_POLICY, around=_beside(date(2027, 1, 1))),
        Example(_POLICY, around=_beside(date(2025, 1, 1))),
        Example(_POLICY),
    ),
    invalid=(Example(_POLICY, 'policy "p" version "1"', around=_beside(date(2026, 3, 1))),),
)  # fmt: skip
