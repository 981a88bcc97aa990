"""A policy that has rules to end a chat, and ends none.

Every rule that asks for the ending is stopped whenever it is due, or never due at all. A policy that means to end no
chat has no such rule, and nothing is said of it. It is proved for conversations of any length.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.endings import ending_parts, ends
from policy_engine.lint.clause_places import whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.verify.question import Or


def find(subject: Subject) -> Iterator[Finding]:
    """A policy with rules that end the chat, of which none ever does."""
    policy = whole_policy(subject)
    if policy is None:
        return
    endings = ending_parts(policy)
    formula = Or(tuple(ends(policy, part) for part in endings))
    if endings and subject.proofs.can_be(formula, "whether the policy ever ends a chat") is False:
        yield Finding(
            subject.head(),
            "no chat is ever ended, though rules ask for it",
            "see which clauses stop these rules",
            notes=(PROVED,),
        )


_RULE = "rule r\n  after 2 refusals on hate, end the chat, only if"

RULE = Rule(
    "never-ends", "PE314", find, proves=True,
    valid=(
        Example(f'policy "p"\n{_RULE} user.minor is false\n'),
        Example('policy "p"\nrule r\n  when hate is detected, add a strike\n'),
    ),
    invalid=(Example(f'policy "p"\n{_RULE} a warning has been given\n', 'policy "p"'),),
)  # fmt: skip
