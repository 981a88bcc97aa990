"""A policy in which nobody who tells of a crisis is ever offered support.

In no conversation is an action that is done even after the end (`offer support`) done once a crisis was detected from
the user. What tells of a crisis is said by the vocabulary: a category of which an unknown is remembered
(`unknown-lasts`). Where the vocabulary has no such category, or no such action, nothing is said. It is proved for
conversations of any length.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.endings import helped
from policy_engine.lint.clause_places import whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED


def find(subject: Subject) -> Iterator[Finding]:
    """A policy that never helps."""
    policy = whole_policy(subject)
    formula = None if policy is None else helped(policy)
    if formula is None:
        return
    if subject.proofs.can_be(formula, "whether support is ever offered in a crisis") is False:
        yield Finding(
            subject.head(),
            "nobody who tells of a crisis is ever offered support",
            "add a rule: when self-harm is detected from the user or could not be checked, offer support …",
            notes=(PROVED,),
        )


_RULE = "rule r\n  when {} is detected from the user, offer support crisis-line\n"

RULE = Rule(
    "no-crisis-support", "PE320", find, proves=True,
    valid=(Example('policy "p"\n' + _RULE.format("self-harm or imminent-harm")),),
    invalid=(Example('policy "p"\nrule r\n  when hate is detected, add a strike\n', 'policy "p"'),),
)  # fmt: skip
