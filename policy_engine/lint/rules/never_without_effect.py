"""A `never` that stops nothing in any conversation.

No rule asks for the action when the condition is so, or other clauses always stop it there. The sentence reads like
a protection of the whole policy, and takes nothing away. That the policy is the same without it is proved, so the
fix is safe. In a file without a `policy` line, a `never` is there for the policies that use it, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.needless import is_needless
from policy_engine.lint.clause_places import line_left_out, nevers_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.model.decision import Cause
from policy_engine.model.parts import action_names, parts_of
from policy_engine.verify.question import Stopped


def find(subject: Subject) -> Iterator[Finding]:
    """`never` lines without which the policy is the same."""
    policy = whole_policy(subject)
    if policy is None:
        return
    for line, number in nevers_in(subject):
        action = policy.nevers[number].action
        touched = [part.name for part in parts_of(policy) if action in action_names(part)]
        if touched and not is_needless(subject.proofs, Stopped(0, touched[0], Cause.NEVER, number)):
            continue
        why = "nothing that it could stop is ever stopped by it alone" if touched else "no rule does that"
        yield Finding(
            line.span,
            f"this `never` changes nothing: {why}",
            "leave it out, or say what it was meant for",
            line_left_out(subject, line.span),
            notes=(PROVED,),
        )


_NEVER = "never end the chat when self-harm has been detected\n"
_RULE = "rule r\n  after 2 refusals on hate, end the chat, except when self-harm has been detected\n"

RULE = Rule(
    "never-without-effect", "PE307", find, proves=True, fixes=True,
    valid=(
        Example(f'policy "p"\nrule r\n  after 2 refusals on hate, end the chat\n{_NEVER}'),
        Example(f"{_RULE}{_NEVER}"),
    ),
    invalid=(
        Example(f'policy "p"\n{_RULE}{_NEVER}', _NEVER.strip(), f'policy "p"\n{_RULE}'),
        Example(
            f'policy "p"\nrule r\n  when hate is detected, add a strike\n{_NEVER}',
            _NEVER.strip(),
            'policy "p"\nrule r\n  when hate is detected, add a strike\n',
        ),
    ),
)  # fmt: skip
