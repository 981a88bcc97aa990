"""Every way to take a clause out of a policy, or to weaken it: what a sample has to notice.

A clause is taken out; a name is taken from a list; a count is moved by one; a window is doubled or
halved, or opened to the whole conversation, or closed to the current turn. Each change is made where
the clause is used: a name of a group that two rules use is taken from one rule at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TypeVar

from policy_engine.model.model import (
    Act,
    After,
    All,
    Any,
    AtMostOnce,
    Attribute,
    Condition,
    Count,
    CountReached,
    Detected,
    Doubt,
    Every,
    Guards,
    Ladder,
    Never,
    Not,
    Override,
    Policy,
    Reading,
    Rule,
    Scope,
    StartOver,
    Step,
    Taken,
    Trigger,
    When,
)
from policy_engine.source import Location
from policy_engine.vocabulary.vocabulary import Lasting, Vocabulary

T = TypeVar("T")
Changes = Iterator[tuple[str, T]]
"""What was changed, and the changed value."""

Weight = tuple[Reading, int]
Weights = tuple[Weight, ...]

_PARTS = ("rules", "ladders", "nevers", "overrides")
_THIS_TURN = Scope(window=Lasting(turns=1))


@dataclass(frozen=True)
class Weakening:
    """A policy with one clause less, or a weaker one; ``file`` is where the clause stands."""

    file: str
    what: str
    policy: Policy


def weakenings(policy: Policy) -> Iterator[Weakening]:
    """Every weakening of a policy, in the order of its parts; no two of a file are called the same."""
    met: Counter[tuple[str, str]] = Counter()
    for each in _weakenings(policy):
        met[each.file, each.what] += 1
        again = met[each.file, each.what]
        yield each if again == 1 else replace(each, what=f"{each.what} ({again})")


def _weakenings(policy: Policy) -> Iterator[Weakening]:
    policy = replace(policy, **{field: _plain(getattr(policy, field), policy.vocabulary) for field in _PARTS})
    for rule in policy.rules:
        yield from _of_part(policy, "rules", rule, f"rule {rule.name}", _rule)
    for ladder in policy.ladders:
        yield from _of_part(policy, "ladders", ladder, f"ladder {ladder.name}", _ladder)
    for never in policy.nevers:
        yield from _of_part(policy, "nevers", never, f"never {never.action}", _never)
    for each in policy.overrides:
        yield from _of_part(policy, "overrides", each, f"{each.winner} overrides {each.loser}", _no_changes)
    yield from _of_applies(policy)
    yield from _of_scales(policy)


def _plain(value: object, vocabulary: Vocabulary) -> object:
    """The same without names that say nothing: in `sexual or sexual/minors`, the one implies the other."""
    if isinstance(value, tuple):
        if value and all(isinstance(each, Reading) for each in value):
            return tuple(each for each in value if not _is_implied(each, value, vocabulary))
        return tuple(_plain(each, vocabulary) for each in value)
    if is_dataclass(value) and not isinstance(value, type | Location):
        return replace(
            value, **{each.name: _plain(getattr(value, each.name), vocabulary) for each in fields(value)}
        )
    return value


def _is_implied(reading: Reading, beside: tuple[Reading, ...], vocabulary: Vocabulary) -> bool:
    others = {each.label for each in beside if each != reading and each.at is None}
    return reading.at is None and not others.isdisjoint(vocabulary.labels[reading.label].implies)


Part = TypeVar("Part", Rule, Ladder, Never, Override)


def _of_part(
    policy: Policy, field: str, part: Part, name: str, changes: Callable[[Part], Changes[Part]]
) -> Iterator[Weakening]:
    parts: tuple[Part, ...] = getattr(policy, field)
    assert part.location is not None
    file = part.location.source.name
    yield Weakening(file, f"{name}: taken out", _kept(replace(policy, **{field: _without(parts, part)})))
    for what, changed in changes(part):
        swapped = tuple(changed if each is part else each for each in parts)
        yield Weakening(file, f"{name}: {what}", replace(policy, **{field: swapped}))


def _of_applies(policy: Policy) -> Iterator[Weakening]:
    """``applies when`` is one clause of a file, whatever the number of its rules."""
    conditions = {
        part.location.source.name: part.guards.applies
        for part in (*policy.rules, *policy.ladders)
        if part.location is not None and part.guards.applies is not None
    }
    for file, condition in sorted(conditions.items()):
        assert condition is not None
        for what, changed in (("taken out", None), *_condition(condition)):
            rules = tuple(_applying(each, condition, changed) for each in policy.rules)
            ladders = tuple(_applying(each, condition, changed) for each in policy.ladders)
            yield Weakening(file, f"applies when: {what}", replace(policy, rules=rules, ladders=ladders))


def _of_scales(policy: Policy) -> Iterator[Weakening]:
    """``points`` is one clause, whatever the number of rules that count on it."""
    scales = {
        count.points: (rule.location.source.name, count.weights)
        for rule in policy.rules
        if isinstance(rule.trigger, After) and rule.location is not None
        for count in rule.trigger.counts
        if count.points is not None
    }
    for name, (file, weights) in sorted(scales.items()):
        for what, changed in _weights(weights):
            rules = tuple(_scaled(each, name, changed) for each in policy.rules)
            yield Weakening(file, f"points {name}: {what}", replace(policy, rules=rules))


def _scaled(rule: Rule, name: str, weights: Weights) -> Rule:
    if not isinstance(rule.trigger, After):
        return rule
    counts = tuple(
        replace(each, weights=weights) if each.points == name else each for each in rule.trigger.counts
    )
    return replace(rule, trigger=replace(rule.trigger, counts=counts))


Guarded = TypeVar("Guarded", Rule, Ladder)


def _applying(part: Guarded, old: Condition, new: Condition | None) -> Guarded:
    return replace(part, guards=replace(part.guards, applies=new)) if part.guards.applies == old else part


def _kept(policy: Policy) -> Policy:
    """The policy without overrides of parts that are no longer there."""
    names = {part.name for part in (*policy.rules, *policy.ladders)}
    kept = tuple(each for each in policy.overrides if {each.winner, each.loser} <= names)
    return replace(policy, overrides=kept)


def _without(several: tuple[T, ...], one: T) -> tuple[T, ...]:
    return tuple(each for each in several if each is not one)


def _fewer(several: tuple[T, ...], name: Callable[[T], str]) -> Changes[tuple[T, ...]]:
    """One of several left out; nothing where there is only one."""
    if len(several) > 1:
        for each in several:
            yield f"without {name(each)}", _without(several, each)


def _each(several: tuple[T, ...], changes: Callable[[T], Changes[T]]) -> Changes[tuple[T, ...]]:
    """One of several changed."""
    for number, one in enumerate(several):
        for what, changed in changes(one):
            yield what, (*several[:number], changed, *several[number + 1 :])


def _set(value: T, field: str, changes: Changes[object]) -> Changes[T]:
    """A value with one field changed."""
    for what, changed in changes:
        yield what, replace(value, **{field: changed})


def _no_changes(_: T) -> Changes[T]:
    return iter(())


# --- rules, ladders and the rest ----------------------------------------------------------


def _rule(rule: Rule) -> Changes[Rule]:
    yield from _set(rule, "trigger", _trigger(rule.trigger))
    yield from _set(rule, "actions", _fewer(rule.actions, _act_name))
    yield from _set(rule, "guards", _guards(rule.guards))
    if rule.trial:
        yield "no longer on trial", replace(rule, trial=False)


def _ladder(ladder: Ladder) -> Changes[Ladder]:
    yield from _set(ladder, "steps", _fewer(ladder.steps, lambda step: f"step {step.actions[0].action}"))
    yield from _set(ladder, "steps", _each(ladder.steps, _step))
    yield from _set(ladder, "on", _categories(ladder.on))
    yield from _set(ladder, "start_over", _start_over(ladder.start_over))
    yield from _set(ladder, "guards", _guards(ladder.guards))


def _step(step: Step) -> Changes[Step]:
    yield from _set(step, "need", _number(step.need))
    yield from _set(step, "actions", _fewer(step.actions, _act_name))


def _never(never: Never) -> Changes[Never]:
    yield from _set(never, "when", _condition(never.when))


def _guards(guards: Guards) -> Changes[Guards]:
    if guards.only_if is not None:
        yield "without only if", replace(guards, only_if=None)
        yield from _prefixed("only if", _set(guards, "only_if", _condition(guards.only_if)))
    for each in guards.excepts:
        yield "without an exception", replace(guards, excepts=_without(guards.excepts, each))
    yield from _set(guards, "excepts", _each(guards.excepts, _exception))
    if guards.at_most is not None:
        yield "without at most once", replace(guards, at_most=None)
        yield from _set(guards, "at_most", _at_most(guards.at_most))


def _exception(condition: Condition) -> Changes[Condition]:
    return _prefixed("except", _condition(condition))


def _at_most(at_most: AtMostOnce) -> Changes[AtMostOnce]:
    if at_most.window is not None:
        yield from _set(at_most, "window", _lasting(at_most.window))


def _prefixed(prefix: str, changes: Changes[T]) -> Changes[T]:
    for what, changed in changes:
        yield f"{prefix}: {what}", changed


def _act_name(act: Act) -> str:
    return act.action


# --- triggers and counts ------------------------------------------------------------------


def _trigger(trigger: Trigger) -> Changes[Trigger]:
    match trigger:
        case When(detected, first):
            yield from _set(trigger, "detected", _detected(detected))
            if first:
                yield "without first", replace(trigger, first=False)
        case After(counts, repeat, start_over):
            yield from _set(trigger, "counts", _fewer(counts, lambda count: count.act))
            yield from _set(trigger, "counts", _each(counts, _counted))
            yield from _set(trigger, "start_over", _start_over(start_over))
            if repeat:
                yield "without every", replace(trigger, repeat=False)
        case Every(period):
            yield from _set(trigger, "period", _lasting(period))


def _counted(count: Count) -> Changes[Count]:
    return _prefixed(count.act or "points", _count(count))


def _count(count: Count) -> Changes[Count]:
    yield from _set(count, "need", _number(count.need))
    yield from _set(count, "on", _categories(count.on))
    for field in ("same_category", "in_a_row"):
        if getattr(count, field):
            yield f"without {field}", replace(count, **{field: False})
    if count.since is not None:
        yield "without since", replace(count, since=None)
    if count.within is not None:
        yield "without a window", replace(count, within=None)
        yield from _set(count, "within", _lasting(count.within))


def _weights(weights: Weights) -> Changes[Weights]:
    yield from _fewer(weights, lambda weight: _reading_name(weight[0]))
    yield from _each(weights, _weight)


def _weight(weight: Weight) -> Changes[Weight]:
    for what, changed in _number(weight[1]):
        yield f"{_reading_name(weight[0])} {what}", (weight[0], changed)


def _categories(on: tuple[Reading, ...] | None) -> Changes[tuple[Reading, ...] | None]:
    if on is not None:
        yield "on anything", None
        yield from _fewer(on, _reading_name)
        yield from _each(on, _reading)


def _start_over(over: StartOver | None) -> Changes[StartOver | None]:
    if over is not None:
        yield "never starting over", None
        if over.quiet is not None:
            yield from _set(over, "quiet", _lasting(over.quiet))


def _number(number: int) -> Changes[int]:
    yield f"{number + 1} instead of {number}", number + 1
    if number > 1:
        yield f"{number - 1} instead of {number}", number - 1


def _lasting(lasting: Lasting) -> Changes[Lasting]:
    field = "turns" if lasting.turns is not None else "seconds"
    length = lasting.turns or lasting.seconds or 0
    yield f"{2 * length} {field} instead of {length}", replace(lasting, **{field: 2 * length})
    if length > 1:
        yield f"{length // 2} {field} instead of {length}", replace(lasting, **{field: length // 2})


# --- conditions ---------------------------------------------------------------------------


def _condition(condition: Condition) -> Changes[Condition]:
    match condition:
        case Detected(_, _, _, scope):
            yield from _detected(condition)
            yield from _set(condition, "scope", _scope(scope))
        case Taken(_, scope):
            yield from _set(condition, "scope", _scope(scope))
        case Attribute():
            yield from _attribute(condition)
        case Not(inner):
            yield from _set(condition, "condition", _condition(inner))
        case All(several) | Any(several):
            for what, fewer in _fewer(several, lambda each: type(each).__name__):
                yield what, replace(condition, conditions=fewer) if len(fewer) > 1 else fewer[0]
            yield from _set(condition, "conditions", _each(several, _condition))
        case CountReached(count):
            yield from _set(condition, "count", _count(count))


def _detected(detected: Detected) -> Changes[Detected]:
    yield from _set(detected, "readings", _fewer(detected.readings, _reading_name))
    yield from _set(detected, "readings", _each(detected.readings, _reading))
    if detected.role is not None:
        yield "from anybody", replace(detected, role=None)
    if detected.doubt is Doubt.DETECTED_OR_UNCHECKED:
        yield "without doubt", replace(detected, doubt=Doubt.DETECTED)


def _reading(reading: Reading) -> Changes[Reading]:
    if reading.at is not None:
        yield f"{reading.label} at its own threshold", replace(reading, at=None)


def _reading_name(reading: Reading) -> str:
    return reading.label


def _scope(scope: Scope) -> Changes[Scope]:
    if scope != Scope():
        yield "in the whole conversation", Scope()
    if scope != _THIS_TURN:
        yield "in this turn only", _THIS_TURN
    if scope.window is not None and scope != _THIS_TURN:
        yield from _set(scope, "window", _lasting(scope.window))


def _attribute(attribute: Attribute) -> Changes[Attribute]:
    yield from _set(attribute, "values", _fewer(attribute.values, str))
    if attribute.op != "is":
        (value,) = attribute.values
        assert isinstance(value, int | float)
        for moved in (value + 1, value - 1):
            yield f"{moved:g} instead of {value:g}", replace(attribute, values=(moved,))
