"""Help that is not offered while a classifier cannot say whether it is needed.

A trigger sees only what is certain: while the classifier is down, `when self-harm is detected` never fires. Help that
was not needed costs less than help that was not offered, so a rule that helps should say `or could not be checked`.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.language.tree import DetectedRef, RuleLine, WhenRef
from policy_engine.lint.contents import action_of, actions_of
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.source import Span
from policy_engine.vocabulary.vocabulary import Kind


def find(subject: Subject) -> Iterator[Finding]:
    """Rules with an action that is done even after the end, that wait for a certain detection."""
    for line in subject.file.lines:
        if not isinstance(line, RuleLine) or not isinstance(line.trigger, WhenRef):
            continue
        condition = line.trigger.condition
        entries = [action_of(subject, each) for each in actions_of(line)]
        if (
            isinstance(condition, DetectedRef)
            and condition.doubt == "detected"
            and condition.role != "assistant"
            and any(each is not None and each.even_after_end for each in entries)
            and _may_be_unknown(subject, condition)
        ):
            end = condition.span.end
            edit = Edit(subject.at(Span(end, end)), " or could not be checked")
            yield Finding(
                condition.span,
                "while this cannot be checked, no help is offered",
                "add `or could not be checked`",
                Fix("help in doubt, too", (edit,)),
            )


def _may_be_unknown(subject: Subject, condition: DetectedRef) -> bool:
    """Whether one of the labels is a category that the vocabulary does not read one way when it is unknown."""
    for ref in condition.labels:
        for reading in subject.names.readings(ref.phrase.without_noise().text) or ():
            entry = subject.vocabulary.labels[reading.label]
            if entry.kind is Kind.CATEGORY and entry.when_unknown is None:
                return True
    return False


def _rule(trigger: str) -> str:
    return f"rule r\n  when {trigger}, offer support crisis-line\n"


RULE = Rule(
    "protection-without-doubt", "PE204", find, fixes=True,
    valid=(
        Example(_rule("self-harm is detected from the user or could not be checked")),
        Example(_rule("self-harm could not be checked")),
        Example(_rule("self-harm is detected from the assistant")),
        Example("rule r\n  when hate is detected, warn the user \"Please stop.\"\n"),
    ),
    invalid=(
        Example(_rule("self-harm is detected from the user"), "self-harm is detected from the user",
                _rule("self-harm is detected from the user or could not be checked")),
        Example(_rule("self-harm is first detected"), "self-harm is first detected",
                _rule("self-harm is first detected or could not be checked")),
    ),
)  # fmt: skip
