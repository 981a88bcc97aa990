"""A number in a condition that is never reached when the rule is due.

`there have been at least 5 refusals` in a rule that is due before there can be five: the condition is always the
same, whatever happens. Most often the number, or the label that is counted, is not the one that was meant. It is
proved for conversations of any length. (A count that a trigger waits for in vain makes its rule `never-fires`.)
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.mattering import counts_in, reached_when_due
from policy_engine.language.tree import ConditionRef, CountedRef, Joined
from policy_engine.lint.clause_places import parts_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.verify.question import Fires


def find(subject: Subject) -> Iterator[Finding]:
    """Counts in `only if` and in exceptions that are never reached at a message at which the rule is due."""
    policy = whole_policy(subject)
    if policy is None:
        return
    for line, part in parts_in(subject):
        refs = [
            ref
            for condition in (*line.clauses.only_ifs, *line.clauses.excepts)
            for ref in _counted(condition)
        ]
        # `applies when` names attributes only, so what is counted stands in these clauses, in the same order.
        for ref, count in zip(refs, counts_in(part), strict=True):
            what = f"whether a count of `{part.name}` is reached"
            if subject.proofs.can_be(reached_when_due(policy, part, count), what) is False and (
                subject.proofs.can_be(Fires(0, part.name), f"whether `{part.name}` ever acts")
            ):
                yield Finding(
                    ref.span,
                    f"this number is never reached when `{part.name}` is due",
                    "change the number, or what is counted",
                    notes=(PROVED,),
                )


def _counted(condition: ConditionRef) -> Iterator[CountedRef]:
    if isinstance(condition, Joined):
        for each in condition.conditions:
            yield from _counted(each)
    elif isinstance(condition, CountedRef):
        yield condition


_RULE = "rule r\n  after {} refusals on hate, end the chat, except when"
_COUNT = "there have been at least 3 refusals on hate"

RULE = Rule(
    "unreachable-count", "PE310", find, proves=True,
    valid=(Example(f'policy "p"\n{_RULE.format(2)} there have been at least 1 redirection\n'),),
    invalid=(
        Example(f'policy "p"\n{_RULE.format(2)} ({_COUNT} or self-harm has been detected)\n', _COUNT),
    ),
)  # fmt: skip
