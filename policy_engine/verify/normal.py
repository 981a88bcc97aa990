"""A question in plain form: what says the same is written in the same way, so that it is followed once.

Conditions are taken apart; what was done is asked of the policy's own view, by its own names; and where a
standard reads labels just as the policy does, the policy reads them for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from policy_engine.machine.readings import of_condition, of_trigger
from policy_engine.model.model import (
    After,
    All,
    Condition,
    CountReached,
    Detected,
    Doubt,
    Not,
    Reading,
    Scope,
    Taken,
)
from policy_engine.model.model import Any as Either
from policy_engine.model.parts import singles_of
from policy_engine.verify.question import (
    And,
    Does,
    Earlier,
    Formula,
    Happens,
    HeldOnce,
    Holds,
    MoreOften,
    Negation,
    Or,
    Overdue,
    Question,
    Reached,
    ReachedNow,
    View,
)
from policy_engine.verify.walking import mapped
from policy_engine.vocabulary.vocabulary import Vocabulary


class Plain:
    """How to write the formulas of a question plainly, where ``own`` is the number of its policy's own view."""

    def __init__(self, question: Question, own: int) -> None:
        self._views = question.views
        self._own = own
        self._vocabulary = question.views[own].vocabulary

    def written(self, formula: Formula) -> Formula:
        """The formula in plain form."""
        return mapped(formula, self._atom)

    def _atom(self, atom: Formula) -> Formula:
        match atom:
            case Holds(view, condition, certain):
                return self._holds(view, condition, certain)
            case HeldOnce(view, Detected(doubt=Doubt.DETECTED) as detected):
                # Certain anywhere, or unknown anywhere and still remembered: the whole conversation is looked at.
                return self._holds(view, replace(detected, scope=Scope()), False)
            case HeldOnce(view, condition) if not list(_taken(condition)):
                return replace(atom, view=self._eyes(view, of_condition(condition)))
            case Happens(view, event):
                return replace(atom, view=self._eyes(view, of_trigger(event)))
            case Reached(view, count) if count.since is None:
                return replace(atom, view=self._eyes(view, of_trigger(After((count,)))))
            case ReachedNow(view, counts, over) if not any(count.since for count in counts):
                return replace(atom, view=self._eyes(view, of_trigger(After(counts, start_over=over))))
            case Does(view, action, texts):
                name = self._own_name(view, action)
                return atom if name is None else Does(self._own, name, texts)
            case MoreOften(view, action, times, window):
                name = self._own_name(view, action)
                return atom if name is None else MoreOften(self._own, name, times, window)
            case Overdue(view, action, period):
                name = self._own_name(view, action)
                return atom if name is None else Overdue(self._own, name, period)
            case _:
                return atom

    def _holds(self, view: int, condition: Condition, certain: bool) -> Formula:
        match condition:
            case All(several):
                return And(tuple(self._holds(view, each, certain) for each in several))
            case Either(several):
                return Or(tuple(self._holds(view, each, certain) for each in several))
            case Not(inner):
                return Negation(self._holds(view, inner, not certain))
            case Taken(action, scope):
                return self._was_taken(view, action, scope)
            case Detected() | CountReached():
                return Holds(self._eyes(view, of_condition(condition)), condition, certain)
            case _:
                return Holds(view, condition, certain)

    def _was_taken(self, view: int, action: str, scope: Scope) -> Formula:
        if scope.this_message:
            return Or(())  # at an earlier message, and at this one
        name = self._own_name(view, action)
        if name is not None:
            view, action = self._own, name
        if scope.window is None:
            return Earlier(Does(view, action))
        return Holds(view, Taken(action, scope))

    def _own_name(self, view: int, action: str) -> str | None:
        """What the policy itself calls an action, where it is one of its actions and no more."""
        named = self._views[view].named
        found = [each for each in self._vocabulary.actions if named(each) == action]
        return found[0] if len(found) == 1 else None

    def _eyes(self, view: int, readings: Iterable[Reading]) -> int:
        """The policy's own view, where the view reads the same of every message; else the view."""
        same = all(
            _read_alike(self._views[view].vocabulary, self._vocabulary, each.label) for each in readings
        )
        return self._own if same and self._views[view].policy == self._views[self._own].policy else view


def _taken(condition: Condition) -> Iterable[Taken]:
    return (each for each in singles_of(condition) if isinstance(each, Taken))


def _read_alike(one: Vocabulary, other: Vocabulary, label: str) -> bool:
    """Whether two vocabularies read a label alike on every message: it, and all that implies it."""
    if one is other:
        return True
    return _entries(one, label) == _entries(other, label)


def _entries(vocabulary: Vocabulary, label: str) -> dict[str, object]:
    """The label and every label that implies it, with all that matters of each."""
    found: dict[str, object] = {}
    left = [label]
    while left:
        name = left.pop()
        if name in found or name not in vocabulary.labels:
            continue
        entry = vocabulary.labels[name]
        names = sorted(alias for alias, meant in vocabulary.aliases.items() if meant == name)
        found[name] = (
            entry.threshold,
            entry.unknown_lasts,
            entry.when_unknown,
            entry.roles,
            entry.kind,
            names,
        )
        left.extend(each.name for each in vocabulary.labels.values() if name in each.implies)
    return found


def with_own_view(question: Question) -> tuple[Question, int]:
    """The question with its first policy's own view among its views, and the number of that."""
    policy = question.policies[0]
    for number, view in enumerate(question.views):
        if view == View(policy.vocabulary, 0):
            return question, number
    return replace(question, views=(*question.views, View(policy.vocabulary, 0))), len(question.views)
