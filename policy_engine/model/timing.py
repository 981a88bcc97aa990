"""Whether a policy or a promise needs a time on every message: whether anything in it lasts seconds."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.model.model import (
    After,
    Claim,
    Condition,
    Count,
    CountReached,
    Detected,
    DoneAfter,
    DoneAtMost,
    DoneEvery,
    Every,
    NeverDone,
    OnlyAfter,
    OnlyWhen,
    Policy,
    Promise,
    Reading,
    StartOver,
    Taken,
    Trigger,
)
from policy_engine.model.parts import conditions_of, parts_of, singles_of
from policy_engine.vocabulary.vocabulary import Lasting, Vocabulary


def is_timed(policy: Policy) -> bool:
    """Whether a rule, ladder or ``never`` uses a duration, or reads a label whose unknown lasts one."""
    return _is_any_in_seconds(_lengths(policy), policy.vocabulary)


def is_promise_timed(promise: Promise, vocabulary: Vocabulary) -> bool:
    """Whether a promise uses a duration, or reads a label whose unknown lasts one.

    The policy need not: what it does can be judged by the clock all the same.
    """
    return _is_any_in_seconds(_of_claim(promise.claim), vocabulary)


def is_condition_timed(condition: Condition, vocabulary: Vocabulary, is_looked_back_at: bool = False) -> bool:
    """The same of a condition; ``is_looked_back_at``: also at later messages, as ``once`` does."""
    return _is_any_in_seconds(_of_condition(condition, is_looked_back_at), vocabulary)


_Found = Iterator[Lasting | Reading | None]


def _is_any_in_seconds(found: _Found, vocabulary: Vocabulary) -> bool:
    for each in found:
        lasting = vocabulary.labels[each.label].unknown_lasts if isinstance(each, Reading) else each
        if lasting is not None and lasting.seconds is not None:
            return True
    return False


def _of_claim(claim: Claim) -> _Found:
    match claim:
        case NeverDone(condition=condition, once=once):
            yield from _of_condition(condition, is_looked_back_at=once)
        case OnlyWhen(condition=condition):
            yield from _of_condition(condition)
        case OnlyAfter(counts=counts):
            yield from (count.within for count in counts)
        case DoneAfter(counts=counts, unless=unless):
            yield from (count.within for count in counts)
            if unless is not None:
                yield from _of_condition(unless)
        case DoneAtMost(window=length) | DoneEvery(period=length):
            yield length
        case _:
            return


def _lengths(policy: Policy) -> _Found:
    for rule in policy.rules:
        yield from _of_trigger(rule.trigger)
        yield rule.guards.at_most.window if rule.guards.at_most else None
    for ladder in policy.ladders:
        yield from _of_start_over(ladder.start_over)
    for part in parts_of(policy):
        for condition in conditions_of(part.guards):
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


def _of_condition(condition: Condition, is_looked_back_at: bool = False) -> _Found:
    """An unknown of this message is not old enough to be forgotten, unless it is looked back at later."""
    for each in singles_of(condition):
        match each:
            case Detected(readings, _, _, scope):
                yield scope.window
                if is_looked_back_at or not scope.this_message:
                    yield from readings
            case Taken(_, scope):
                yield scope.window
            case CountReached(count):
                yield from _of_count(count)
            case _:
                continue


def _of_count(count: Count) -> _Found:
    yield count.within
    yield from (Reading(count.act), *(count.on or ()))
