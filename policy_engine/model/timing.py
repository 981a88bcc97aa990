"""Whether a policy needs a time on every message: whether anything in it lasts seconds."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.model.model import (
    After,
    All,
    Any,
    Condition,
    Count,
    CountReached,
    Detected,
    Every,
    Not,
    Policy,
    Reading,
    StartOver,
    Taken,
    Trigger,
)
from policy_engine.vocabulary.vocabulary import Lasting


def is_timed(policy: Policy) -> bool:
    """Whether a rule, ladder or ``never`` uses a duration, or reads a label whose unknown lasts one."""
    labels = policy.vocabulary.labels
    for each in _lengths(policy):
        lasting = labels[each.label].unknown_lasts if isinstance(each, Reading) else each
        if lasting is not None and lasting.seconds is not None:
            return True
    return False


_Found = Iterator[Lasting | Reading | None]


def _lengths(policy: Policy) -> _Found:
    for rule in policy.rules:
        yield from _of_trigger(rule.trigger)
        yield rule.guards.at_most.window if rule.guards.at_most else None
    for ladder in policy.ladders:
        yield from _of_start_over(ladder.start_over)
    for guards in (*(rule.guards for rule in policy.rules), *(ladder.guards for ladder in policy.ladders)):
        for condition in (guards.applies, guards.only_if, *guards.excepts):
            if condition is not None:
                yield from _of_condition(condition)
    for never in policy.nevers:
        yield from _of_condition(never.when)


def _of_trigger(trigger: Trigger) -> _Found:
    match trigger:
        case After(counts, _, start_over):
            for count in counts:
                yield count.within
            yield from _of_start_over(start_over)
        case Every(period):
            yield period
        case _:
            return


def _of_start_over(over: StartOver | None) -> _Found:
    yield over.quiet if over is not None else None


def _of_condition(condition: Condition) -> _Found:
    match condition:
        case Detected(readings, _, _, scope):
            yield scope.window
            if not scope.this_message:
                yield from readings
        case Taken(_, scope):
            yield scope.window
        case Not(inner):
            yield from _of_condition(inner)
        case All(several) | Any(several):
            for each in several:
                yield from _of_condition(each)
        case CountReached(count):
            yield from _of_count(count)
        case _:
            return


def _of_count(count: Count) -> _Found:
    yield count.within
    yield from (Reading(count.act), *(count.on or ()))
