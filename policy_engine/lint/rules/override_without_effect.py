"""An `overrides` by which nobody ever gives way.

The two rules are never due in one turn in this order, or other clauses always stop the one that should give way.
A reader will take them for rivals, and they are none; or another rule was meant. That the policy is the same
without the sentence is proved, so the fix is safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.needless import is_needless
from policy_engine.lint.clause_places import line_left_out, overrides_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.model.decision import Cause
from policy_engine.verify.question import Stopped


def find(subject: Subject) -> Iterator[Finding]:
    """`overrides` without which the policy is the same."""
    policy = whole_policy(subject)
    if policy is None:
        return
    for line, number in overrides_in(subject):
        override = policy.overrides[number]
        if is_needless(subject.proofs, Stopped(0, override.loser, Cause.OVERRIDES, number)):
            yield Finding(
                line.span,
                f"this changes nothing: `{override.loser}` never gives way to `{override.winner}`",
                "leave it out, or say which rule was meant",
                line_left_out(subject, line.span),
                notes=(PROVED,),
            )


_TWO = (
    "rule one\n  when hate is detected from the user, add a strike\n"
    'rule two\n  when the chat begins, remind the user "Hello."{}\n'
)
_OVER = "rule one overrides rule two\n"

RULE = Rule(
    "override-without-effect", "PE308", find, proves=True, fixes=True,
    valid=(Example(f'policy "p"\n{_TWO.format("")}{_OVER}'),),
    invalid=(
        Example(
            f'policy "p"\n{_TWO.format(", only if hate has not been detected")}{_OVER}',
            _OVER.strip(),
            f'policy "p"\n{_TWO.format(", only if hate has not been detected")}',
        ),
    ),
)  # fmt: skip
