"""Which labels, and at which scores, the rules, ladders and nevers of a policy read."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.model.model import (
    After,
    Condition,
    Count,
    CountReached,
    Detected,
    Guards,
    Policy,
    Reading,
    SinceEvent,
    SinceFirst,
    StartOver,
    Trigger,
    When,
)
from policy_engine.model.parts import conditions_of, singles_of


def readings_of(policy: Policy) -> Iterator[Reading]:
    """Every reading; some come more than once."""
    for rule in policy.rules:
        yield from of_trigger(rule.trigger)
        yield from _of_guards(rule.guards)
    for ladder in policy.ladders:
        yield from (Reading(ladder.act), *(ladder.on or ()))
        yield from _of_start_over(ladder.start_over)
        yield from _of_guards(ladder.guards)
    for never in policy.nevers:
        yield from of_condition(never.when)


def of_condition(condition: Condition) -> Iterator[Reading]:
    """Those of a condition."""
    for each in singles_of(condition):
        match each:
            case Detected(readings):
                yield from readings
            case CountReached(count):
                yield from _of_count(count)
            case _:
                continue


def _of_guards(guards: Guards) -> Iterator[Reading]:
    for condition in conditions_of(guards):
        yield from of_condition(condition)


def of_trigger(trigger: Trigger) -> Iterator[Reading]:
    """Those of a trigger."""
    match trigger:
        case When(detected):
            yield from detected.readings
        case After(counts, _, start_over):
            for count in counts:
                yield from _of_count(count)
            yield from _of_start_over(start_over)
        case _:
            return


def _of_start_over(over: StartOver | None) -> Iterator[Reading]:
    if over is not None and over.event is not None:
        yield Reading(over.event)


def _of_count(count: Count) -> Iterator[Reading]:
    if count.weights:
        yield from (reading for reading, _ in count.weights)
    else:
        yield from (Reading(count.act), *(count.on or ()))
    match count.since:
        case SinceFirst(detected):
            yield from detected.readings
        case SinceEvent(event):
            yield Reading(event)
        case _:
            return
