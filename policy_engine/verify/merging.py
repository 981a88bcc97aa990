"""Labels that a policy or a formula never tells apart, and doubts that it never asks for.

Where ``X or Y`` always stand together, with unknowns that last as long, only the higher of the two values can
matter: one reading stands for both. Where only what is certain is asked for, unknown is as good as absent. What
is left are the symbols that can make a difference; with a group of thirty categories that are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from policy_engine.model.model import (
    After,
    All,
    Condition,
    Count,
    CountReached,
    Detected,
    Doubt,
    Guards,
    Not,
    Policy,
    Reading,
    SinceEvent,
    SinceFirst,
    StartOver,
    Trigger,
    When,
)
from policy_engine.model.model import Any as Either
from policy_engine.verify.question import (
    Formula,
    Happens,
    HeldOnce,
    Holds,
    Question,
    Reached,
    ReachedNow,
    Stopped,
)
from policy_engine.verify.walking import atoms_of, compared_fields, mapped
from policy_engine.vocabulary.vocabulary import Vocabulary

T = TypeVar("T")

Place = tuple[tuple[Reading, ...], bool]
"""Readings that stand together, and whether it matters there that one is unknown rather than absent."""


class Merged:
    """Which readings stand for which others, and which of them are never asked for their unknown."""

    def __init__(self, places: Iterable[Place], vocabulary: Vocabulary, is_merged: bool = True) -> None:
        found: dict[Reading, set[int]] = {}
        self._doubtful: set[Reading] = set()
        for number, (readings, is_doubt_asked) in enumerate(places):
            for each in readings:
                found.setdefault(each, set()).add(number)
                if is_doubt_asked or not is_merged:
                    self._doubtful.add(each)
        stands: dict[object, Reading] = {}
        self.stands: dict[Reading, Reading] = {}
        """For each reading, the one that stands for it."""
        for each in sorted(found, key=lambda reading: (reading.label, reading.at or 0.0, reading.at is None)):
            key = (frozenset(found[each]), vocabulary.labels[each.label].unknown_lasts, is_merged or each)
            self.stands[each] = stands.setdefault(key, each)
        self._is_plain = len(stands) == len(self.stands)
        """Whether each stands for itself."""
        self._groups: dict[Reading, list[Reading]] = {}
        for each, standing in self.stands.items():
            self._groups.setdefault(standing, []).append(each)

    def is_doubt_asked(self, reading: Reading) -> bool:
        """Whether it matters that the reading is unknown rather than absent."""
        return reading in self._doubtful

    def readings_for(self, standing: Reading) -> tuple[Reading, ...]:
        """The readings for which one stands."""
        return tuple(self._groups[standing])

    def rewritten(self, made: T) -> T:
        """A value of the model with each reading replaced by the one that stands for it."""
        if self._is_plain:
            return made
        return self._rewritten(made)  # type: ignore[no-any-return]

    def _rewritten(self, made: Any) -> Any:
        match made:
            case Reading():
                return self.stands[made]
            case Vocabulary() | str():
                return made
            case Count(weights=weights) if weights:
                own = replace(made, weights=(), act="")
                anew = tuple(dict.fromkeys((self.stands[each], weight) for each, weight in weights))
                return replace(self._fields(own), weights=anew)
            case tuple():
                return (
                    tuple(dict.fromkeys(self._rewritten(each) for each in made))
                    if (made and all(isinstance(each, Reading) for each in made))
                    else tuple(self._rewritten(each) for each in made)
                )
            case _:
                return self._fields(made)

    def _fields(self, made: Any) -> Any:
        anew = {name: self._rewritten(getattr(made, name)) for name in compared_fields(type(made))}
        changed = {name: value for name, value in anew.items() if value is not getattr(made, name)}
        return replace(made, **changed) if changed else made


def merged_policy(policy: Policy, is_every_doubt_asked: bool, is_merged: bool) -> tuple[Policy, Merged]:
    """A policy with one reading for all that it never tells apart."""
    places = list(_of_policy(policy))
    if is_every_doubt_asked:
        places = [(readings, True) for readings, _ in places]
    merged = Merged(places, policy.vocabulary, is_merged)
    anew = replace(
        policy,
        rules=merged.rewritten(policy.rules),
        ladders=merged.rewritten(policy.ladders),
        nevers=merged.rewritten(policy.nevers),
    )
    return anew, merged


def merged_question(
    question: Question, always: Formula, is_merged: bool
) -> tuple[Question, Formula, tuple[Merged, ...], tuple[Merged, ...]]:
    """The question with one reading for all that is never told apart; how its policies, and its views, are merged.

    ``always`` is a formula that stands beside it, and is merged with it. Without ``is_merged`` each reading
    stands for itself.
    """
    is_doubt_told = any(
        isinstance(each, Stopped) and each.unknown is not None for each in atoms_of(question.bad)
    )
    policies = [merged_policy(each, is_doubt_told, is_merged) for each in question.policies]
    views = tuple(
        Merged(_of_view(question, always, number), view.vocabulary, is_merged)
        for number, view in enumerate(question.views)
    )

    def anew(atom: Any) -> Any:
        match atom:
            case Holds(view) | HeldOnce(view) | Happens(view) | Reached(view) | ReachedNow(view):
                return views[view].rewritten(atom)
            case _:
                return atom

    merged = replace(
        question,
        policies=tuple(policy for policy, _ in policies),
        bad=mapped(question.bad, anew),
        occasion=None,
    )
    return merged, mapped(always, anew), tuple(each for _, each in policies), views


# --- Where readings stand ---------------------------------------------------------------


def _of_policy(policy: Policy) -> Iterator[Place]:
    for rule in policy.rules:
        yield from _of_trigger(rule.trigger)
        yield from _of_guards(rule.guards)
    for ladder in policy.ladders:
        yield (Reading(ladder.act),), False
        if ladder.on is not None:
            yield ladder.on, False
        yield from _of_start_over(ladder.start_over)
        yield from _of_guards(ladder.guards)
    for never in policy.nevers:
        yield from _of_condition(never.when, certain=False)


def _of_view(question: Question, always: Formula, number: int) -> Iterator[Place]:
    for atom in (*atoms_of(question.bad), *atoms_of(always), *question.assumed):
        match atom:
            case Holds(view, condition, certain) if view == number:
                yield from _of_condition(condition, certain)
            case HeldOnce(view, condition) if view == number:
                yield from ((readings, True) for readings, _ in _of_condition(condition, certain=False))
            case Happens(view, event) if view == number:
                yield from _of_trigger(event)
            case Reached(view, count) if view == number:
                yield from _of_count(count, certain=True)
            case ReachedNow(view, counts, start_over) if view == number:
                yield from _of_trigger(After(counts, start_over=start_over))
            case _:
                continue


def _of_guards(guards: Guards) -> Iterator[Place]:
    for condition in (guards.applies, guards.only_if):
        if condition is not None:
            yield from _of_condition(condition, certain=True)
    for condition in guards.excepts:
        yield from _of_condition(condition, certain=False)


def _of_condition(condition: Condition, certain: bool) -> Iterator[Place]:
    """``certain``: it is asked whether the condition is certain; else whether it is possible."""
    match condition:
        case Not(inner):
            yield from _of_condition(inner, not certain)
        case All(several) | Either(several):
            for each in several:
                yield from _of_condition(each, certain)
        case Detected(readings, _, doubt):
            yield readings, not certain or doubt is not Doubt.DETECTED
        case CountReached(count):
            yield from _of_count(count, certain)
        case _:
            return


def _of_trigger(trigger: Trigger) -> Iterator[Place]:
    match trigger:
        case When(detected):
            yield detected.readings, detected.doubt is not Doubt.DETECTED
        case After(counts, _, start_over):
            for count in counts:
                yield from _of_count(count, certain=True)
            yield from _of_start_over(start_over)
        case _:
            return


def _of_start_over(over: StartOver | None) -> Iterator[Place]:
    if over is not None and over.event is not None:
        yield (Reading(over.event),), False


def _of_count(count: Count, certain: bool) -> Iterator[Place]:
    if count.weights:
        for weight in sorted({weight for _, weight in count.weights}):
            yield tuple(reading for reading, each in count.weights if each == weight), not certain
    else:
        yield (Reading(count.act),), not certain
        yield from _on(count, certain)
    match count.since:
        case SinceFirst(detected):
            yield detected.readings, detected.doubt is not Doubt.DETECTED
        case SinceEvent(event):
            yield (Reading(event),), False
        case _:
            return


def _on(count: Count, certain: bool) -> Iterator[Place]:
    groups: Sequence[tuple[Reading, ...]] = (count.on,) if count.on is not None else ()
    if count.same_category and count.on is not None:
        groups = [(each,) for each in count.on]
    for each in groups:
        yield each, not certain
