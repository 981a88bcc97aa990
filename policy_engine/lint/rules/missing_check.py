"""A policy that ends chats, and promises nothing about it.

A `check` says what must be true of every conversation, whatever is changed above it, and `verify` proves it. An
ending cannot be undone: what it must never do, and what has to come before it, belongs into a check.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.model.model import DoneBefore, Promise


def find(subject: Subject) -> Iterator[Finding]:
    """A main file whose policy takes the ending action, and has no check that names it."""
    policy = subject.policy
    if policy is None or not subject.is_main:
        return
    ending = next((each.name for each in subject.vocabulary.actions.values() if each.ends), None)
    rules = {act.action for rule in policy.rules if not rule.trial for act in rule.actions}
    steps = {act.action for ladder in policy.ladders for step in ladder.steps for act in step.actions}
    if ending in rules | steps and not any(_speaks_of(each, ending) for each in policy.promises):
        yield Finding(
            subject.head(),
            "the policy ends chats, and no check says when it must not",
            "for example: check that the chat is never ended once self-harm has been detected",
        )


def _speaks_of(promise: Promise, action: str | None) -> bool:
    claim = promise.claim
    return claim.action == action or (isinstance(claim, DoneBefore) and claim.before == action)


_POLICY = 'policy "p"\nrule r\n  after 3 refusals, {}\n'
_CHECK = "check that the chat is never ended once self-harm has been detected\n"

RULE = Rule(
    "missing-check", "PE401", find,
    valid=(
        Example(_POLICY.format("end the chat") + _CHECK),
        Example(_POLICY.format("add a strike")),
        Example("rule r\n  after 3 refusals, end the chat\n"),
    ),
    invalid=(Example(_POLICY.format("end the chat"), 'policy "p"'),),
)  # fmt: skip
