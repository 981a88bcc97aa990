"""An exception that says what a `never` of the same file says for every rule.

`never end the chat when crisis has been detected` stops every rule. An exception with the same condition on a rule
that only ends the chat adds nothing; when the policy changes, two places have to be changed alike.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.language.tree import LadderLine, RuleLine
from policy_engine.lint.contents import clauses_of
from policy_engine.lint.removal import condition
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.model.parts import action_names


def find(subject: Subject) -> Iterator[Finding]:
    """Exceptions of rules and ladders all of whose actions a `never` takes away in that case."""
    if subject.policy is None:
        return
    nevers = {(each.action, each.when) for each in subject.policy.nevers if subject.holds(each.location)}
    for line in subject.file.lines if nevers else ():
        part = subject.parts.get(line.span)
        if part is None or not isinstance(line, RuleLine | LadderLine):
            continue
        actions = action_names(part)
        for ref, bound in zip(clauses_of(line).excepts, part.guards.excepts, strict=True):
            if all((action, bound) in nevers for action in actions):
                edit = condition(subject, ref.span)
                yield Finding(
                    ref.span,
                    "a `never` of this file says the same for every rule",
                    "leave the exception out",
                    Fix("leave the exception out", (edit,), safe=True) if edit is not None else None,
                )


_NEVER = "never end the chat when self-harm has been detected\n"
_RULE = "rule r\n  after 3 refusals, {}{}\n"
_EXCEPT = ", except when self-harm has been detected"

RULE = Rule(
    "exception-repeats-never", "PE208", find, fixes=True,
    valid=(
        Example(_RULE.format("end the chat", _EXCEPT)),
        Example(_NEVER + _RULE.format("add a strike", _EXCEPT)),
        Example(_NEVER + _RULE.format("end the chat", ", except when hate has been detected")),
    ),
    invalid=(
        Example(_NEVER + _RULE.format("end the chat", _EXCEPT), "self-harm has been detected",
                _NEVER + _RULE.format("end the chat", "")),
        Example(_NEVER + _RULE.format("end the chat", ",\n  except when (self-harm has been detected)\n  reason \"R\""),
                "self-harm has been detected", _NEVER + _RULE.format("end the chat", "\n  reason \"R\"")),
    ),
)  # fmt: skip
