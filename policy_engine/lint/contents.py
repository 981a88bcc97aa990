"""What the statements of a file hold: the conditions, names, actions and texts that several rules look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from policy_engine.language.tree import (
    ActionRef,
    Clauses,
    ConditionRef,
    CountRef,
    DetectedRef,
    GroupLine,
    Joined,
    LabelRef,
    LadderLine,
    Line,
    NeverLine,
    PromiseLine,
    RuleLine,
)
from policy_engine.lint.rule import Subject
from policy_engine.source import Span
from policy_engine.vocabulary.phrases import telling_words
from policy_engine.vocabulary.vocabulary import ActionEntry

_READ_AS_CONDITIONS = ("never_done", "only_when")
"""The promises whose first condition is read as a rule's is; those of others are read as triggers."""


class Text(NamedTuple):
    """A text in quotation marks, without them. ``is_reason`` tells a reason from what the user is shown."""

    words: str
    span: Span
    is_reason: bool = False


def inside(value: object) -> Iterator[object]:
    """Every part of a tree, itself first, in the order of the text."""
    yield value
    if isinstance(value, tuple):
        for each in value:
            yield from inside(each)


def clauses_of(line: Line) -> Clauses:
    """The clauses of a rule or ladder; of another statement, none."""
    return line.clauses if isinstance(line, RuleLine | LadderLine) else Clauses()


def looking_back(line: Line) -> Iterator[ConditionRef]:
    """The conditions of a statement that look back over the conversation, whole; triggers are none."""
    clauses = clauses_of(line)
    yield from (*clauses.only_ifs, *clauses.excepts)
    if isinstance(line, NeverLine):
        yield line.condition
    elif isinstance(line, PromiseLine):
        if line.condition is not None and line.form in _READ_AS_CONDITIONS:
            yield line.condition
        if line.form == "done_after":
            yield from line.unless


def singles(condition: ConditionRef) -> Iterator[ConditionRef]:
    """The conditions that one is joined of, from left to right."""
    if isinstance(condition, Joined):
        for each in condition.conditions:
            yield from singles(each)
    else:
        yield condition


def name_lists(line: Line) -> Iterator[tuple[LabelRef, ...]]:
    """The names that stand together, with `or` between them: of a group, a detection, a count or a ladder."""
    if isinstance(line, LadderLine):
        yield line.on
    for part in inside(line):
        match part:
            case GroupLine() | DetectedRef():
                yield part.labels
            case CountRef():
                yield part.on
            case _:
                continue


def labels_in(line: Line) -> Iterator[LabelRef]:
    """Every name of a label or group in a statement."""
    return (part for part in inside(line) if isinstance(part, LabelRef))


def actions_of(line: Line) -> tuple[ActionRef, ...]:
    """The actions that a rule or ladder takes; of another statement, none."""
    if isinstance(line, LadderLine):
        return tuple(action for step in line.steps for action in step.actions)
    return line.actions if isinstance(line, RuleLine) else ()


def action_of(subject: Subject, ref: ActionRef) -> ActionEntry | None:
    """The action of the vocabulary that is meant, with or without the name of a notice behind it."""
    orders = subject.names.orders
    words = ref.phrase.words
    name = orders.get(telling_words(ref.phrase.text)) or orders.get(telling_words(" ".join(words[:-1])))
    return None if name is None else subject.vocabulary.actions[name]


def texts_of(line: Line) -> Iterator[Text]:
    """The texts of a statement's actions, and its reasons."""
    for action in actions_of(line):
        if action.text is not None:
            yield Text(action.text, _unquoted(action.span, action.text))
    for words, span in clauses_of(line).reasons:
        yield Text(words, _unquoted(span, words), is_reason=True)


def _unquoted(span: Span, words: str) -> Span:
    """Where the words stand in a stretch that ends with them in quotation marks."""
    return Span(span.end - 1 - len(words), span.end - 1)


def words_in(text: str) -> frozenset[str]:
    """The words of a policy's text, as the parser reads it, without comments and what stands in quotation marks."""
    return frozenset(re.findall(r"[\w./-]+", re.sub(r'"[^"\n]*"|#[^\n]*', " ", text)))
