"""An `only if` that changes nothing in any conversation.

Whenever the rule is due and nothing else stops it, what the clause asks for is certain anyway. So the rule is not
as careful as it reads; often the rule was meant to wait for more than what makes it due. That the policy is the
same without it is proved, so the fix is safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.needless import is_needless
from policy_engine.lint.clause_places import clause_left_out, clauses_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.model.decision import Cause


def find(subject: Subject) -> Iterator[Finding]:
    """`only if` of rules that act, without which the policy is the same."""
    if whole_policy(subject) is None:
        return
    for span, clause, part in clauses_in(subject, Cause.ONLY_IF):
        if is_needless(subject.proofs, clause):
            yield Finding(
                span,
                f"this `only if` changes nothing: without it, `{part.name}` acts just the same",
                "leave it out, or say what it was meant for",
                clause_left_out(subject, span, "only if left out"),
                notes=(PROVED,),
            )


_RULE = "rule r\n  after 2 refusals on hate, end the chat"

RULE = Rule(
    "only-if-without-effect", "PE305", find, proves=True, fixes=True,
    valid=(Example(f'policy "p"\n{_RULE}, only if user.minor is false\n'),),
    invalid=(
        Example(
            f'policy "p"\n{_RULE}, only if hate has been detected\n', "hate has been detected", f'policy "p"\n{_RULE}\n'
        ),
    ),
)  # fmt: skip
