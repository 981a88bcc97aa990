"""A rule that acts only where others do the same.

Whenever it acts, other rules ask for the same actions, in the same words, at the same message. Without it the
policy does the same in every conversation, and that is proved. Two rules that say one thing will be changed one at
a time: then they say two.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.needless import is_repeated
from policy_engine.lint.clause_places import line_left_out, parts_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.model.model import Policy


def find(subject: Subject) -> Iterator[Finding]:
    """Rules and ladders without which the policy is the same."""
    policy = whole_policy(subject)
    if policy is None:
        return
    for line, part in parts_in(subject):
        if is_repeated(subject.proofs, part.name):
            yield Finding(
                line.name.span,
                f"`{part.name}` acts only where other rules do the same",
                "take it out, or say what it is for",
                None if _is_named(policy, part.name) else line_left_out(subject, line.span),
                notes=(PROVED,),
            )


def _is_named(policy: Policy, name: str) -> bool:
    """Whether another sentence names the rule."""
    return any(name in (each.winner, each.loser) for each in policy.overrides)


_ONE = "rule one\n  after 2 refusals, add a strike\n"
_TWO = "rule two\n  after 2 refusals on hate, add a strike\n"
_EVERY = "rule every\n  when refusal is detected, add a strike\n"

RULE = Rule(
    "repeated-rule", "PE312", find, proves=True, fixes=True,
    valid=(Example(f'policy "p"\n{_ONE}{_TWO}'),),
    invalid=(Example(f'policy "p"\n{_EVERY}{_TWO}', "two", f'policy "p"\n{_EVERY}'),),
)  # fmt: skip
