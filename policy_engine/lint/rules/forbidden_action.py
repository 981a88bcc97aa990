"""An action that a `never` always takes from the rule that asks for it.

The rule acts, but one of the things that it asks for is never done by it: whenever the rule is due, a `never` of the
policy forbids that one. Whoever reads the rule believes that it is done. It is proved for conversations of any
length. Where nothing at all is left of a rule, it is `always-stopped`.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.stopping import does
from policy_engine.language.tree import RuleLine
from policy_engine.lint.clause_places import parts_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.model.model import Rule as PolicyRule
from policy_engine.model.parts import action_names
from policy_engine.verify.question import Fires


def find(subject: Subject) -> Iterator[Finding]:
    """Actions of rules that act, which they never do."""
    policy = whole_policy(subject)
    if policy is None:
        return
    forbidden = {never.action for never in policy.nevers}
    for line, part in parts_in(subject):
        if not isinstance(line, RuleLine) or not isinstance(part, PolicyRule) or len(part.actions) < 2:
            continue
        for ref, act in zip(line.actions, part.actions, strict=False):
            if act.action not in forbidden or act.action not in action_names(part):
                continue
            what = f"whether `{part.name}` ever does what a `never` is about"
            if subject.proofs.can_be(does(policy, part, act.action), what) is False and (
                subject.proofs.can_be(Fires(0, part.name), f"whether `{part.name}` ever acts")
            ):
                yield Finding(
                    ref.span,
                    f"`{part.name}` never does this: a `never` always forbids it",
                    "take it out of the rule, or change the `never`",
                    notes=(PROVED,),
                )


_RULE = "rule r\n  when hate is detected, end the chat and add a strike\n"

RULE = Rule(
    "forbidden-action", "PE311", find, proves=True,
    valid=(Example(f'policy "p"\n{_RULE}never end the chat when self-harm has been detected\n'),),
    invalid=(Example(f'policy "p"\n{_RULE}never end the chat when hate has been detected\n', "end the chat"),),
)  # fmt: skip
