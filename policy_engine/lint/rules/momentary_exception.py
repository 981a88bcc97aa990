"""An exception that looks at this turn only, on a rule that counts over many.

`after 3 refusals on X, end the chat, except when self-harm is detected in this turn` spares somebody who speaks of
self-harm in the very turn in which the third refusal comes, and nobody who spoke of it a turn before. A rule that
looks back over many turns should look back as far for what stops it: say `has been detected`, or `in the last 5
turns`.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.language.tree import (
    AfterRef,
    ConditionRef,
    DetectedRef,
    Joined,
    LadderLine,
    RuleLine,
    ScopeRef,
)
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.source import Span
from policy_engine.vocabulary.vocabulary import Kind


def find(subject: Subject) -> Iterator[Finding]:
    """Categories detected in this message or turn, in exceptions of rules that count and of ladders."""
    for line in subject.file.lines:
        if isinstance(line, LadderLine) or (
            isinstance(line, RuleLine) and isinstance(line.trigger, AfterRef)
        ):
            for condition in line.clauses.excepts:
                yield from (_finding(subject, each) for each in _momentary(subject, condition))


def _momentary(subject: Subject, condition: ConditionRef) -> Iterator[ScopeRef]:
    if isinstance(condition, Joined):
        for each in condition.conditions:
            yield from _momentary(subject, each)
    elif isinstance(condition, DetectedRef) and condition.scope is not None:
        names = {subject.vocabulary.canonical(each.phrase.without_noise().text) for each in condition.labels}
        acts = {each.name for each in subject.vocabulary.labels.values() if each.kind is Kind.ACT}
        if condition.scope.kind in ("message", "turn") and not names <= acts:
            yield condition.scope


def _finding(subject: Subject, scope: ScopeRef) -> Finding:
    start = len(subject.source.text[: scope.span.start].rstrip())
    return Finding(
        scope.span,
        f"the rule counts over many turns, and this exception looks at {_looks_at(scope)} only",
        "look back as far: leave it out, or say `in the last 5 turns`",
        Fix("look at the whole conversation", (Edit(subject.at(Span(start, scope.span.end)), ""),)),
    )


def _looks_at(scope: ScopeRef) -> str:
    return "this message" if scope.kind == "message" else "this turn"


_RULE = "rule r\n  after 3 refusals on hate, end the chat, except when self-harm has been detected"

RULE = Rule(
    "momentary-exception", "PE201", find, fixes=True,
    valid=(
        Example(f"{_RULE}\n"),
        Example("rule r\n  after 3 refusals on hate, add a strike, except when redirection is detected in this turn\n"),
        Example("rule r\n  when hate is detected, end the chat, except when self-harm is detected in this turn\n"),
    ),
    invalid=(Example(f"{_RULE} in this turn\n", "in this turn", f"{_RULE}\n"),),
)  # fmt: skip
