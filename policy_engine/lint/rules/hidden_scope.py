"""A condition that says `is`, and means the whole conversation.

`except when self-harm is detected` looks back over the whole conversation, exactly as `has been detected` does. Most
people read it as: in this message. Say `has been`, so that they read what it does, or add `in this message` if that
was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.language.tree import ConditionRef, DetectedRef, Stated
from policy_engine.lint.contents import looking_back, singles
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.source import Span

_IS = re.compile(r"\b(is|are)\b(\s+not\b)?", re.IGNORECASE)


def find(subject: Subject) -> Iterator[Finding]:
    """Detections, events and actions in conditions, in the present and without a scope."""
    for line in subject.file.lines:
        for condition in looking_back(line):
            for each in singles(condition):
                if _is_hidden(subject, each):
                    yield _finding(subject, each)


def _is_hidden(subject: Subject, condition: ConditionRef) -> bool:
    if isinstance(condition, DetectedRef):
        return not condition.perfect and condition.scope is None and condition.doubt != "unchecked"
    return (
        isinstance(condition, Stated)
        and condition.said is not None
        and not condition.perfect
        and condition.scope is None
        and condition.subject.without_noise().text not in subject.vocabulary.attributes
    )


def _finding(subject: Subject, condition: ConditionRef) -> Finding:
    start = condition.labels[-1].span.end if isinstance(condition, DetectedRef) else _subject_end(condition)
    said = _IS.search(subject.plain, start, condition.span.end)
    edit = None
    if said is not None:
        not_ = " not" if said[2] else ""
        have = "have" if said[1].lower() == "are" else "has"
        edit = Edit(subject.at(Span(*said.span())), f"{have}{not_} been")
    return Finding(
        Span(*said.span()) if said is not None else condition.span,
        "in a condition, this looks back over the whole conversation",
        "say `has been`, or add `in this message`",
        Fix("say `has been`, which means the same", (edit,), safe=True) if edit is not None else None,
    )


def _subject_end(condition: ConditionRef) -> int:
    return condition.subject.span.end if isinstance(condition, Stated) else condition.span.start


def _rule(clause: str) -> str:
    return f"rule r\n  after 3 refusals, end the chat, {clause}\n"


RULE = Rule(
    "hidden-scope", "PE202", find, fixes=True,
    valid=(
        Example(_rule("except when self-harm has been detected")),
        Example(_rule("except when self-harm is detected in this message")),
        Example(_rule("only if user.minor is false")),
        Example("rule r\n  when hate is detected, add a strike\n"),
    ),
    invalid=(
        Example(_rule("except when self-harm is detected"), "is", _rule("except when self-harm has been detected")),
        Example(_rule("only if hate is not detected"), "is not", _rule("only if hate has not been detected")),
        Example(_rule("only if a warning is given"), "is", _rule("only if a warning has been given")),
        Example(
            "require that the chat is never ended once hate or self-harm is detected\n", "is",
            "require that the chat is never ended once hate or self-harm has been detected\n", standard=True,
        ),
    ),
)  # fmt: skip
