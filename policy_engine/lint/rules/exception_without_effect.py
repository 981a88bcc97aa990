"""An exception that changes nothing in any conversation.

With it and without it, the policy does the same: another clause always stops the rule at those messages, or the
exception is never so when the rule is due. It reads like a protection, and whoever relies on it is mistaken; often
a name in it is not the one that was meant. That both policies are alike is proved, so the fix is safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.needless import is_needless
from policy_engine.lint.clause_places import clause_left_out, clauses_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.model.decision import Cause


def find(subject: Subject) -> Iterator[Finding]:
    """Exceptions of rules that act, without which the policy is the same."""
    if whole_policy(subject) is None:
        return
    for span, clause, part in clauses_in(subject, Cause.EXCEPT):
        if is_needless(subject.proofs, clause):
            yield Finding(
                span,
                f"this exception changes nothing: without it, `{part.name}` acts just the same",
                "leave it out, or say what it was meant for",
                clause_left_out(subject, span, "except left out"),
                notes=(PROVED,),
            )


_RULE = "rule r\n  after 2 refusals on hate, end the chat"
_OTHER = ", except when self-harm has been detected"

RULE = Rule(
    "exception-without-effect", "PE304", find, proves=True, fixes=True,
    valid=(Example(f'policy "p"\n{_RULE}{_OTHER}\n'),),
    invalid=(
        Example(
            f'policy "p"\n{_RULE}{_OTHER}, except when self-harm is detected in this turn\n',
            "self-harm is detected in this turn",
            f'policy "p"\n{_RULE}{_OTHER}\n',
        ),
    ),
)  # fmt: skip
