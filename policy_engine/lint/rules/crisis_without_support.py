"""A user tells of a crisis, and no support is offered in that turn.

The policy offers support in some conversations, but not in this one: a clause stops it, or the rule looks at other
labels. Support that comes a turn late may come too late. What tells of a crisis, and what support is, is said by
the vocabulary and the policy, as in `no-crisis-support`. A conversation shows how it happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.endings import helped, unhelped
from policy_engine.lint.clause_places import whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import shown_by
from policy_engine.verify.prover import Shown


def find(subject: Subject) -> Iterator[Finding]:
    """A policy that helps, but not always."""
    policy = whole_policy(subject)
    if policy is None:
        return
    helping, failing = helped(policy), unhelped(policy)
    if helping is None or failing is None:
        return
    if not subject.proofs.can_be(helping, "whether support is ever offered in a crisis"):
        return
    found = subject.proofs.answer(failing, "whether support is offered in every crisis")
    if isinstance(found, Shown):
        yield Finding(
            subject.head(),
            "a user may tell of a crisis and be offered no support in that turn",
            "see which label, or which clause, is the reason",
            notes=shown_by(subject, found),
        )


_RULE = "rule r\n  when {} is detected from the user, offer support crisis-line{}\n"

RULE = Rule(
    "crisis-without-support", "PE321", find, proves=True,
    valid=(Example('policy "p"\n' + _RULE.format("self-harm or imminent-harm", "")),),
    invalid=(
        Example('policy "p"\n' + _RULE.format("self-harm", ""), 'policy "p"'),
        Example('policy "p"\n' + _RULE.format("self-harm or imminent-harm", ", at most once"), 'policy "p"'),
    ),
)  # fmt: skip
