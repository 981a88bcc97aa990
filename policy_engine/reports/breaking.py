"""What would break a promise, in sentences: section 5 of the language, said of one `check` or `require`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.model.model import (
    Answered,
    Claim,
    Count,
    DoneAfter,
    DoneAtMost,
    DoneBefore,
    DoneEvery,
    NeverDone,
    OnlyAfter,
    OnlyWhen,
    Promise,
    Sometimes,
    When,
)
from policy_engine.reports.english import condition_words, count_words, duration_words, many, trigger_words
from policy_engine.vocabulary.vocabulary import Vocabulary


def breaking_words(promise: Promise, vocabulary: Vocabulary) -> Iterator[str]:
    """What breaks the promise, and of which conversations it speaks."""
    yield f"Broken {_broken(promise.claim, vocabulary)}."
    if isinstance(promise.claim, Answered):
        yield "A conversation that merely stops breaks nothing."
    if promise.only_if is not None:
        yield f"It speaks only of conversations in which {condition_words(promise.only_if, vocabulary)}."


def _broken(claim: Claim, vocabulary: Vocabulary) -> str:
    def done(action: str) -> str:
        return vocabulary.actions[action].past

    match claim:
        case NeverDone(action, condition, once, unless):
            held = condition_words(condition, vocabulary)
            since = "once" if once else "while"
            at = f"by a message at which {done(action)} {since} {held}, or {since} that may be so"
            return at + _unless(unless, vocabulary)
        case OnlyWhen(action, condition, or_when):
            held = condition_words(condition, vocabulary)
            at = f"by a message at which {done(action)} while it is not certain that {held}"
            return at + _unless(or_when, vocabulary)
        case OnlyAfter(action, counts, or_when):
            reached = _counts(counts, vocabulary)
            at = f"by a message at which {done(action)}, if {reached} are not certainly reached with it"
            return at + _unless(or_when, vocabulary)
        case Answered(event, action, turns):
            over = (
                "the turn ends" if turns == 1 else f"the turn and the {many(turns - 1, 'turn')} after it end"
            )
            return (
                f"where {_event(event, vocabulary)}, and {over}, or the chat is ended, before {done(action)}"
            )
        case DoneAfter(counts, action, unless):
            at = f"by a message with which {_counts(counts, vocabulary)} are certainly reached"
            free = (
                "" if unless is None else f", unless {condition_words(unless, vocabulary)}, or that may be so"
            )
            return f"{at}, if by then {done(action).replace(' is ', ' was not ', 1)}{free}"
        case DoneBefore(action, before, unless):
            at = f"by a message at which {done(before)}, with no earlier one at which {done(action)}"
            return at + _unless(unless, vocabulary)
        case DoneAtMost(action, times, window):
            often = f"more than {many(times, 'time')} within {duration_words(window)}"
            return f"by a message with which {done(action)} {often}"
        case DoneEvery(action, period):
            last = done(action).replace(" is ", " was last ", 1)
            gone = f"{duration_words(period)} gone since the first one, or since {last}"
            return f"by a message that finds {gone}, and at which that does not happen"
        case Sometimes():
            return "where there is no such conversation: a policy that never acts cannot pass for safe"


def _unless(event: When | None, vocabulary: Vocabulary) -> str:
    if event is None:
        return ""
    return f", unless {_event(event, vocabulary)} at that message"


def _event(event: When, vocabulary: Vocabulary) -> str:
    return trigger_words(event, vocabulary).removeprefix("when ")


def _counts(counts: Sequence[Count], vocabulary: Vocabulary) -> str:
    return " and ".join(count_words(each, vocabulary) for each in counts)
