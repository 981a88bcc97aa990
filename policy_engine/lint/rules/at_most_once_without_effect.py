"""An `at most once` that changes nothing in any conversation.

The rule cannot act more often than the clause allows, with it or without it: an `after` rule acts once in a
conversation anyway, and what ends the chat is done once. The clause makes readers look for a repetition that is not
there. That the policy is the same without it is proved, so the fix is safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.needless import is_needless
from policy_engine.lint.clause_places import clause_left_out, clauses_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.model.decision import Cause


def find(subject: Subject) -> Iterator[Finding]:
    """`at most once` of rules that act, without which the policy is the same."""
    if whole_policy(subject) is None:
        return
    for span, clause, part in clauses_in(subject, Cause.COOLDOWN):
        if is_needless(subject.proofs, clause):
            yield Finding(
                span,
                f"`at most once` changes nothing: `{part.name}` never acts more often",
                "leave it out, or say what it was meant for",
                clause_left_out(subject, span, "at most once left out"),
                notes=(PROVED,),
            )


_WARN = 'rule r\n  after {}2 refusals on hate, warn the user "Stop."{}\n'
_ONCE = ", at most once"

RULE = Rule(
    "at-most-once-without-effect", "PE306", find, proves=True, fixes=True,
    valid=(Example('policy "p"\n' + _WARN.format("every ", _ONCE)),),
    invalid=(
        Example(
            'policy "p"\n' + _WARN.format("", _ONCE), "at most once", 'policy "p"\n' + _WARN.format("", "")
        ),
    ),
)  # fmt: skip
