"""The constructs of the language by name, and which of them a rule, a condition or a policy uses."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.model.model import (
    After,
    All,
    Any,
    Attribute,
    Begins,
    Condition,
    Count,
    CountReached,
    Detected,
    Doubt,
    Every,
    Guards,
    Ladder,
    Not,
    Reading,
    Rule,
    Scope,
    SinceAction,
    SinceEvent,
    SinceFirst,
    StartOver,
    Taken,
    Trigger,
)
from policy_engine.vocabulary.vocabulary import Kind, Lasting, Vocabulary


def in_part(part: Rule | Ladder, vocabulary: Vocabulary) -> set[str]:
    """The constructs of a rule or ladder."""
    found = set(_of_guards(part.guards, vocabulary))
    if isinstance(part, Rule):
        found |= {"trial rule" if part.trial else "rule", *_of_trigger(part.trigger, vocabulary)}
        acts = [part.actions]
    else:
        found |= {"ladder", *_of_ladder(part, vocabulary)}
        acts = [step.actions for step in part.steps]
    for actions in acts:
        names = [act.action for act in actions]
        found |= {"several actions"} if len(set(names)) > 1 else set()
        found |= {"one action with two texts"} if len(set(names)) < len(names) else set()
    return found


def in_condition(condition: Condition, vocabulary: Vocabulary) -> set[str]:
    """The constructs of a condition."""
    return set(_of_condition(condition, vocabulary))


def _lasting(lasting: Lasting) -> str:
    return "turns" if lasting.turns is not None else "seconds"


def _of_ladder(ladder: Ladder, vocabulary: Vocabulary) -> Iterator[str]:
    yield "ladder: " + ("on" if ladder.on is not None else "on nothing")
    yield "ladder: " + ("several steps" if len(ladder.steps) > 1 else "one step")
    if ladder.start_over is not None:
        yield f"ladder: start over {_start_over(ladder.start_over)}"
    yield from (each for reading in ladder.on or () for each in _of_reading(reading, vocabulary))


def _start_over(over: StartOver) -> str:
    return "when an event" if over.quiet is None else f"after {_lasting(over.quiet)}"


def _of_guards(guards: Guards, vocabulary: Vocabulary) -> Iterator[str]:
    if guards.applies is not None:
        yield "applies when"
        yield from _of_condition(guards.applies, vocabulary)
    if guards.only_if is not None:
        yield "only if"
        yield from _of_condition(guards.only_if, vocabulary)
    if guards.excepts:
        yield "several excepts" if len(guards.excepts) > 1 else "except when"
    for each in guards.excepts:
        yield from _of_condition(each, vocabulary)
    if guards.at_most is not None:
        window = guards.at_most.window
        yield "at most once" + (f" in {_lasting(window)}" if window is not None else "")


def _of_trigger(trigger: Trigger, vocabulary: Vocabulary) -> Iterator[str]:
    match trigger:
        case Begins():
            yield "when the chat begins"
        case Every(period):
            yield f"every {_lasting(period)}"
        case After(counts, repeat, over):
            after = "after every" if repeat else "after"
            yield f"{after} two counts" if len(counts) > 1 else after
            for count in counts:
                yield from (f"{after} {each}" for each in _of_count(count))
                yield from (each for reading in count.on or () for each in _of_reading(reading, vocabulary))
            if over is not None:
                yield f"{after}, starting over {_start_over(over)}"
        case _:
            yield "when first" if trigger.first else "when"
            yield from (f"when {each}" for each in _of_detected(trigger.detected, vocabulary))


def _of_count(count: Count) -> Iterator[str]:
    if count.weights:
        yield "points"
        kind = "points "
    else:
        kind = ""
        on = count.on
        if count.same_category:
            yield "on the same category"
        elif on is not None:
            yield "on X or Y" if len(on) > 1 else "on X"
        else:
            yield "on nothing"
    if count.in_a_row:
        yield f"{kind}in a row"
    if count.within is not None:
        yield f"{kind}within {_lasting(count.within)}"
    match count.since:
        case SinceAction():
            yield f"{kind}since an action"
        case SinceEvent():
            yield f"{kind}since an event"
        case SinceFirst():
            yield f"{kind}since first detected"


def _of_detected(detected: Detected, vocabulary: Vocabulary) -> Iterator[str]:
    yield detected.doubt.value
    kinds = {vocabulary.labels[each.label].kind for each in detected.readings}
    yield "labels of several kinds" if len(kinds) > 1 else f"{kinds.pop().value}"
    if len(detected.readings) > 1:
        yield "X or Y"
    if detected.role is not None:
        yield f"from the {detected.role.value}"
    for reading in detected.readings:
        yield from _of_reading(reading, vocabulary)


def _of_reading(reading: Reading, vocabulary: Vocabulary) -> Iterator[str]:
    entry = vocabulary.labels[reading.label]
    if reading.at is not None:
        yield "at a score"
    if entry.unknown_lasts is not None:
        yield f"unknown-lasts {_lasting(entry.unknown_lasts)}"
    if entry.when_unknown is not None:
        yield f"when-unknown: {entry.when_unknown}"
    if entry.kind is Kind.CATEGORY and any(
        reading.label in each.implies for each in vocabulary.labels.values()
    ):
        yield "implied"


def _scope(scope: Scope) -> str:
    if scope.this_message:
        return "in this message"
    if scope.window is None:
        return "ever"
    return "in this turn" if scope.window == Lasting(turns=1) else f"in the last {_lasting(scope.window)}"


def _of_condition(condition: Condition, vocabulary: Vocabulary) -> Iterator[str]:
    match condition:
        case Detected():
            yield f"if detected {_scope(condition.scope)}"
            yield from (f"if {each}" for each in _of_detected(condition, vocabulary))
            if condition.doubt is not Doubt.DETECTED:
                yield f"if {condition.doubt.value} {_scope(condition.scope)}"
        case Taken(_, scope):
            yield f"if an action is taken {_scope(scope)}"
        case Attribute(_, op, values):
            yield f"if an attribute {op}" + (" one of several" if len(values) > 1 else "")
        case Not(inner):
            yield "if not"
            yield from _of_condition(inner, vocabulary)
        case All(several) | Any(several):
            yield "if all" if isinstance(condition, All) else "if any"
            for each in several:
                yield from _of_condition(each, vocabulary)
        case CountReached(count):
            yield from (f"if a count {each}" for each in _of_count(count))
            yield from (each for reading in count.on or () for each in _of_reading(reading, vocabulary))
