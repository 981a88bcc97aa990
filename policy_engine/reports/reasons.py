"""Why something was or was not done at a message, in words for people: fragments without a full stop."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.machine.counter_view import CounterView
from policy_engine.model.decision import Cause
from policy_engine.model.model import After, Any, Begins, Condition, Count, Detected, Ladder, Policy, Rule
from policy_engine.model.parts import part_named
from policy_engine.reports.english import acts_words, condition_words, duration_words, listed, reading_words
from policy_engine.simulation.clauses import condition_of, is_in_stretches
from policy_engine.simulation.evidence import Evidence, Found
from policy_engine.simulation.moments import Clock, Lost, NotDone, Stopped
from policy_engine.simulation.simulation import Place
from policy_engine.vocabulary.vocabulary import Vocabulary

_MOST_NAMED = 3


def place_words(place: Place) -> str:
    """``at message 8 (turn 4)``; before the first user message, where no turn has begun: ``at message 1``."""
    where = f"at message {place.message}"
    return where if place.turn == 0 else f"{where} (turn {place.turn})"


def times(number: int) -> str:
    """``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


# --- Counters -------------------------------------------------------------------------


def counted_noun(count: Count, vocabulary: Vocabulary, with_categories: bool = False) -> str:
    """What a count counts: ``refusals``, ``points of abuse``, ``refusals on terrorism``."""
    if count.weights:
        points = "point" if count.need == 1 else "points"
        return f"{points} of {count.points}" if count.points else points
    noun = count.act if count.need == 1 else acts_words(count.act, vocabulary)
    if with_categories and count.on:
        return f"{noun} on {listed([reading_words(reading) for reading in count.on])}"
    return noun


def progress_words(
    view: CounterView, part: Rule | Ladder, vocabulary: Vocabulary, in_full: bool = False
) -> str:
    """``2 of 3 refusals``; ``rests`` for a ladder on its last step."""
    if view.need == 0:
        return "rests on its last step"
    step = "" if view.step is None or len(getattr(part, "steps", ())) < 2 else f"step {view.step + 1}: "
    return f"{step}{view.value} of {view.need} {counted_noun(_count_of(view, part), vocabulary, in_full)}"


def _count_of(view: CounterView, part: Rule | Ladder) -> Count:
    """The count as ``part`` says it: a policy told by the names of its groups names them here, too."""
    if isinstance(part, Rule) and isinstance(part.trigger, After):
        return part.trigger.counts[view.index]
    return view.count


def counters_words(views: Sequence[CounterView], part: Rule | Ladder, vocabulary: Vocabulary) -> str:
    """Every count of a rule; the categories are named where two counts are of one act."""
    is_alike = len({view.count.act for view in views}) < len(views)
    return ", ".join(progress_words(view, part, vocabulary, is_alike) for view in views)


# --- What was due by itself ---------------------------------------------------------------


def clock_words(clock: Clock) -> str:
    """``3 hours have passed since message 1``, ``the chat begins``."""
    if isinstance(clock.trigger, Begins) or clock.since is None:
        return "the chat begins"
    period = clock.trigger.period
    length = duration_words(period)
    passed = f"{length} {'has' if length.startswith('1 ') else 'have'} passed since"
    if clock.fired:
        return f"{passed} it fired {place_words(clock.since)}"
    return f"{passed} message {clock.since.message}" if period.turns is None else f"{passed} turn 1"


# --- What stopped a rule ---------------------------------------------------------------


def stop_words(stopped: Stopped, policy: Policy) -> str:
    """Why a rule was stopped: ``self-harm was detected at message 5 (turn 3)``."""
    stop, condition = stopped.stop, condition_of(policy, stopped.stop)
    match stop.cause:
        case Cause.OVERRIDES:
            winner = policy.overrides[stop.clause].winner
            where = f" {place_words(stopped.before)}" if stopped.before else ""
            return f"overridden by {winner}, which fired{where}"
        case Cause.COOLDOWN:
            at_most = part_named(policy, stop.rule).guards.at_most
            window = at_most.window if at_most else None
            often = f"at most once in {duration_words(window)}" if window else "at most once"
            where = f" {place_words(stopped.before)}" if stopped.before else " before"
            return f"{often}, and it fired{where}"
    if condition is None:
        return str(stop.cause.value)
    if stop.unknown:
        return _in_doubt(stopped, condition, policy.vocabulary)
    if stop.cause in (Cause.EXCEPT, Cause.NEVER) and _is_detection(condition):
        certain = [each for each in stopped.evidence if not each.found.unknown]
        if certain:
            return _detected_words(certain)
        if stopped.evidence:
            return _unchecked_words(stopped.evidence)
    words = condition_words(condition, policy.vocabulary)
    return f"only if {words}, which does not hold" if stop.cause is Cause.ONLY_IF else words


def _in_doubt(stopped: Stopped, condition: Condition, vocabulary: Vocabulary) -> str:
    doubtful = [each for each in stopped.evidence if each.found.unknown]
    if doubtful:
        return _unchecked_words(doubtful)
    prefix = "only if " if stopped.stop.cause is Cause.ONLY_IF else ""
    return f"{prefix}{condition_words(condition, vocabulary)}, which is not known"


def _is_detection(condition: Condition) -> bool:
    if isinstance(condition, Any):
        return all(_is_detection(each) for each in condition.conditions)
    return isinstance(condition, Detected)


def found_words(found: Found) -> str:
    """A label, with how it was read off the text, if it was: ``self-harm (by keywords)``."""
    return f"{found.label} (by {found.read_by})" if found.read_by else found.label


def _detected_words(evidence: Sequence[Evidence]) -> str:
    """The latest message of every label, the latest label first."""
    latest = {each.found.label: each for each in evidence}
    ordered = sorted(latest.values(), key=lambda each: (-each.message, each.found.label))
    first = [found_words(each.found) for each in ordered if each.message == ordered[0].message]
    verb = "was" if len(first) == 1 else "were"
    return f"{listed(first, 'and')} {verb} detected {place_words(Place(ordered[0].message, ordered[0].turn))}"


def _unchecked_words(evidence: Sequence[Evidence]) -> str:
    unsought = sorted({each.found.label for each in evidence if each.found.recorded is None})
    tried = [each for each in evidence if each.found.recorded is not None]
    words = []
    if unsought:
        more = len(unsought) - _MOST_NAMED
        named = [*unsought[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
        words.append(f"nobody looked for {listed(named)}")
    if tried:
        last = tried[-1]
        labels = sorted({each.found.label for each in tried if each.message == last.message})
        words.append(
            f"{listed(labels, 'and')} could not be checked {place_words(Place(last.message, last.turn))}"
        )
    return "; ".join(words)


def stop_kind(stopped: Stopped) -> str:
    """The kind of clause, as a rule's writer knows it: ``except``, ``never``, ``only if`` …"""
    is_cooldown = stopped.stop.cause is Cause.COOLDOWN
    return "at most once" if is_cooldown else str(stopped.stop.cause.value)


# --- What did not happen ---------------------------------------------------------------


def not_done_words(each: NotDone, policy: Policy) -> str:
    """Why a rule that a message counted for did nothing: ``2 of 3 refusals; the refusal … fell out …``."""
    part = part_named(policy, each.rule)
    if each.is_inert:
        return "the rule does not apply to this conversation"
    counted = counters_words(each.counts, part, policy.vocabulary)
    if all(view.value >= view.need for view in each.counts):
        if each.fired is not None and isinstance(part, Ladder):
            return f"{counted}, taken {place_words(each.fired)}"
        if each.fired is not None:
            until = " until its count starts over" if is_in_stretches(part) else ""
            return f"it fired {place_words(each.fired)}, and fires once{until}"
        return f"{counted}, but the chat was ended before" if each.after_end else counted
    lost = [_lost_words(lost, each.counts[lost.count].count, policy.vocabulary) for lost in each.lost]
    return "; ".join([counted, *lost])


def _lost_words(lost: Lost, count: Count, vocabulary: Vocabulary) -> str:
    noun = "one" if count.weights else f"the {vocabulary.labels[count.act].name}"
    where = f"at message {lost.place.message}"
    match lost.why:
        case "window":
            return f"{noun} {where} fell out of the window"
        case "row":
            return f"{noun} {where} counts no longer: the row was broken"
        case _:
            return f"{noun} {where} counts no longer: the count began anew"
