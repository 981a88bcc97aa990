"""A rule that does nothing that another does not do.

Equal action and equal text are one action, whoever asks for it. A second rule that waits for the same and does the
same shows nothing to anybody; most likely one of the two was to be changed after copying.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.language.tree import RuleLine
from policy_engine.lint.removal import statement
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.model.model import Begins, Guards, When
from policy_engine.model.model import Rule as PolicyRule


def find(subject: Subject) -> Iterator[Finding]:
    """Rules of the file that another, of any file, makes needless."""
    if subject.policy is None:
        return
    alike: dict[object, list[PolicyRule]] = {}
    for rule in subject.policy.rules:
        alike.setdefault(_deed(rule), []).append(rule)
    for line in subject.file.lines:
        mine = subject.parts.get(line.span)
        if not isinstance(line, RuleLine) or not isinstance(mine, PolicyRule):
            continue
        other = next((each for each in alike[_deed(mine)] if _makes_needless(subject, each, mine)), None)
        if other is not None:
            yield Finding(
                line.name.span,
                f"the rule `{other.name}` does the same whenever this one does",
                "take one of the two out, or change what was to be different",
                Fix("take this rule out", (statement(subject, line.span),)),
            )


def _deed(rule: PolicyRule) -> object:
    return rule.trigger, frozenset(rule.actions), rule.trial


def _makes_needless(subject: Subject, other: PolicyRule, mine: PolicyRule) -> bool:
    if other.name == mine.name:
        return False
    if other.guards == mine.guards:
        return _stands_before(subject, other, mine)
    is_momentary = isinstance(mine.trigger, Begins) or (
        isinstance(mine.trigger, When) and not mine.trigger.first
    )
    return is_momentary and other.guards == Guards()


def _stands_before(subject: Subject, other: PolicyRule, mine: PolicyRule) -> bool:
    """Of two rules that are alike, one is needless: that of this file, or the second in it."""
    if other.location is None or mine.location is None or not subject.holds(other.location):
        return True
    return other.location.span.start < mine.location.span.start


def _rules(one: str, other: str) -> str:
    return f"rule one\n  {one}\nrule two\n  {other}\n"


_ENDS = "after 3 refusals on hate, end the chat"

RULE = Rule(
    "duplicate-rule", "PE216", find, fixes=True,
    valid=(
        Example(_rules(_ENDS, _ENDS.replace("3", "4"))),
        Example(_rules(_ENDS, f"{_ENDS}, except when self-harm is detected in this turn")),
        Example(_rules("when hate is detected, add a strike, at most once", "when hate is detected, add a strike")
                .replace("hate", "harassment", 1)),
    ),
    invalid=(
        Example(_rules(_ENDS, _ENDS), "two", f"rule one\n  {_ENDS}\n"),
        Example(_rules("when hate is detected, add a strike",
                       "when hate is detected, add a strike, only if user.minor is true"),
                "two", "rule one\n  when hate is detected, add a strike\n"),
    ),
)  # fmt: skip
