"""What is said about many conversations under a policy, in figures and sentences.

These are values, as in :mod:`policy_engine.reports.account`: a terminal and a page show the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policy_engine.model.decision import Cause
from policy_engine.model.model import Condition, Policy, Rule
from policy_engine.model.parts import attributes_in, part_named, parts_of
from policy_engine.reports.english import (
    condition_words,
    duration_words,
    listed,
    many,
    policy_title,
    value_words,
)
from policy_engine.reports.groups import with_group_names
from policy_engine.simulation.clauses import actions_asked_for
from policy_engine.simulation.coverage import Coverage
from policy_engine.simulation.summary import Reach, RuleTally, Summary, Tally

FIRST = "first in turn (median)"
ACTIONS = ("conversations", "share", FIRST)
"""What the figures of an action are."""
RULES = (
    ("fired", "conversations"),
    ("fired", "times"),
    ("stopped", "conversations"),
    ("stopped", "times"),
    ("first turn", "median"),
)
"""What the figures of a rule are: of what, and in what they are counted."""
STOPS = "conversations"
"""What the figures of a clause that stops something are."""
_MOST_RULES = 3
_MOST_FAULTS = 8
_MOST_UNKNOWN = 4
IN_DOUBT = "in doubt: a label or fact unknown"

_STOPPED = {
    Cause.APPLIES: "stopped by `applies when`",
    Cause.ONLY_IF: "stopped by `only if`",
    Cause.EXCEPT: "stopped by an exception",
    Cause.COOLDOWN: "stopped by `at most once`",
    Cause.OVERRIDES: "stopped by `overrides`",
    Cause.NEVER: "stopped by `never`",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An action or a rule, and its figures as they are written."""

    name: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stops:
    """A kind of clause, in how many conversations it stopped something, and which clauses it was."""

    name: str
    conversations: int
    clauses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is said about a log. ``left_out`` is empty where nothing was left out, and ``faults`` say why
    something was; ``times`` is empty where no times had to be supposed, ``reaches`` where one ``applies when`` is
    that of all rules.

    ``in_doubt`` is the number of conversations in which something was stopped because a label or an
    attribute was unknown.
    """

    conversations: str
    messages: str
    policy: str
    left_out: str
    faults: tuple[str, ...]
    coverage: str
    reaches: tuple[str, ...]
    times: str
    actions: tuple[Row, ...]
    rules: tuple[Row, ...]
    stops: tuple[Stops, ...]
    in_doubt: int
    sentences: tuple[str, ...]


def figures(summary: Summary, is_doubt_told: bool = False) -> Figures:
    """The figures of a log. ``is_doubt_told`` says that what was unknown is told beside them."""
    return Figures(
        many(summary.conversations, "conversation"),
        many(summary.messages, "message"),
        policy_title(summary.policy),
        left_out(summary),
        tuple(faults(summary)),
        _coverage(summary),
        tuple(_reaches(summary)),
        _times(summary),
        tuple(_actions(summary)),
        tuple(_rules(summary)),
        tuple(_stops(summary)),
        summary.stopped_unknown,
        tuple(_sentences(summary, is_doubt_told)),
    )


def left_out(summary: Summary) -> str:
    """How many conversations could not be used, and why; empty where all could."""
    found = []
    if summary.malformed:
        found.append(f"{summary.malformed:,} malformed")
    if summary.out_of_order:
        found.append(f"{summary.out_of_order:,} with messages out of time order or without a time")
    return f"left out: {listed(found, 'and')}" if found else ""


def faults(summary: Summary) -> Iterator[str]:
    """How many things could not be used, by kind, the most frequent first."""
    kinds = _most(summary.faults)
    yield from (f"{number:,}: {kind}" for kind, number in kinds[:_MOST_FAULTS])
    rest = sum(number for _, number in kinds[_MOST_FAULTS:])
    if rest:
        yield f"{rest:,}: faults of other kinds"


def _times(summary: Summary) -> str:
    if summary.pace is None:
        return ""
    return f"times: supposed in {summary.paced:,} that have none ({duration_words(summary.pace)} between messages)"


def _coverage(summary: Summary) -> str:
    if summary.policy.applies is None and not _is_of_one_reach(summary):
        return "covered, by what the rules ask for with `applies when`:"
    return f"covered: {_covered_words(Reach(summary.policy.applies, (), summary.covered), summary)}"


def _is_of_one_reach(summary: Summary) -> bool:
    return all(each.applies == summary.policy.applies for each in summary.reaches)


def _reaches(summary: Summary) -> Iterator[str]:
    """Those that the first line does not tell: all but that of the main file, or all where it has none."""
    for reach in () if _is_of_one_reach(summary) else summary.reaches:
        if reach.applies is not None and reach.applies == summary.policy.applies:
            continue
        words = "every conversation"
        if reach.applies is not None:
            words = condition_words(reach.applies, summary.policy.vocabulary)
        more = len(reach.rules) - _MOST_RULES
        named = [*reach.rules[:_MOST_RULES], *([f"{more:,} more"] if more > 0 else [])]
        yield f"{words} ({listed(named, 'and')}): {_covered_words(reach, summary)}"


def _covered_words(reach: Reach, summary: Summary) -> str:
    counts = reach.covered
    if reach.applies is None:
        note = " (the policy applies to every conversation)" if _is_of_one_reach(summary) else ""
        return f"{counts[Coverage.CERTAIN]:,} certain{note}"
    said = [
        f"{counts[Coverage.CERTAIN]:,} certain",
        f"{counts[Coverage.ASSUMED]:,} assumed",
        f"{counts[Coverage.NOT]:,} not",
    ]
    notes = []
    if counts[Coverage.UNKNOWN]:
        said.append(f"{counts[Coverage.UNKNOWN]:,} unknown")
        missing = sorted(reach.attributes & summary.unrecorded.keys())
        options = " ".join(f"--assume {name}={_example(reach, name)}" for name in missing)
        notes.append(f"nobody recorded {listed(missing)}: {options}")
    if counts[Coverage.ASSUMED]:
        assumed = sorted(reach.attributes & summary.assumed.keys())
        notes.append(f"nobody recorded {listed(assumed)} in those assumed")
    note = f" ({'; '.join(notes)})" if notes else ""
    return f"{', '.join(said)}{note}"


def _example(reach: Reach, name: str) -> str:
    """A value of the attribute that the policy names."""
    named = (each for each in attributes_in(reach.applies) if each.name == name)
    return next((value_words(each.values[0]) for each in named), "…")


# --- Rows -----------------------------------------------------------------------------


def _actions(summary: Summary) -> Iterator[Row]:
    yield from _action_rows(summary, actions_asked_for(summary.policy, False), summary.actions, "")
    yield from _action_rows(summary, actions_asked_for(summary.policy, True), summary.trial, "on trial: ")


def _action_rows(
    summary: Summary, names: Sequence[str], tallies: Mapping[str, Tally], before: str
) -> Iterator[Row]:
    for name in names:
        tally = tallies.get(name, Tally())
        past = summary.policy.vocabulary.actions[name].past
        share = f"{100 * tally.conversations / summary.conversations:.1f} %" if summary.conversations else "–"
        yield Row(before + past, (f"{tally.conversations:,}", share, _turn(tally.median)))


def _turn(median: int | None) -> str:
    return "–" if median is None else f"{median:,}"


def _rules(summary: Summary) -> Iterator[Row]:
    for part in parts_of(summary.policy):
        tally = summary.rules.get(part.name, RuleTally())
        name = f"{part.name} (on trial)" if isinstance(part, Rule) and part.trial else part.name
        fired, stopped = tally.fired, tally.stopped
        counts = (fired.conversations, fired.times, stopped.conversations, tally.occasions)
        yield Row(name, (*(f"{each:,}" for each in counts), _turn(fired.median)))


def _stops(summary: Summary) -> Iterator[Stops]:
    policy = with_group_names(summary.policy)
    for cause in Cause:
        if summary.stopped_by[cause]:
            said: dict[str, int] = {}
            for (rule, each, clause), count in summary.clauses.items():
                if each is cause:
                    words = clause_words(policy, rule, cause, clause)
                    said[words] = said.get(words, 0) + count
            ordered = sorted(said, key=lambda words: (-said[words], words))
            clauses = tuple((words, said[words]) for words in ordered)
            yield Stops(_STOPPED[cause], summary.stopped_by[cause], clauses)


def clause_words(policy: Policy, rule: str, cause: Cause, clause: int) -> str:
    """The clause that stops a rule, with the rule where it is its own."""
    condition: Condition | None
    match cause:
        case Cause.NEVER:
            never = policy.nevers[clause]
            phrase = policy.vocabulary.actions[never.action].phrase
            return f"{phrase} when {condition_words(never.when, policy.vocabulary)}"
        case Cause.OVERRIDES:
            each = policy.overrides[clause]
            return f"{each.winner} overrides {each.loser}"
        case Cause.COOLDOWN:
            return rule
        case Cause.EXCEPT:
            condition = part_named(policy, rule).guards.excepts[clause]
        case Cause.ONLY_IF:
            condition = part_named(policy, rule).guards.only_if
        case Cause.APPLIES:
            condition = part_named(policy, rule).guards.applies
    return f"{rule}: {condition_words(condition, policy.vocabulary)}" if condition is not None else rule


# --- Sentences ------------------------------------------------------------------------


def _sentences(summary: Summary, is_doubt_told: bool) -> Iterator[str]:
    missing = [
        *(f"{name} was never looked for in {number:,}" for name, number in _most(summary.never_looked_for)),
        *(f"{name} could not be checked in {number:,}" for name, number in _most(summary.not_checked)),
    ]
    why = f" ({'; '.join(missing)}; if absent, ended {summary.ended_if_absent:,})" if missing else ""
    yield f"Held open only by a missing label: {summary.held_open:,}{why}."
    for name, number in _most(summary.only_in_doubt) if not is_doubt_told else ():
        past = summary.policy.vocabulary.actions[name].past
        yield f"Only because of a missing label, {past}: {number:,} (not done if it is absent)."
    if summary.unknown and not is_doubt_told:
        yield _unknown(summary)
    after = summary.with_messages_after_end
    went_on = f" (messages came after the end in {after:,})" if after else ""
    yield f"Crisis shown after the end: {summary.shown_after_end:,}{went_on}."
    if any(tally.occasions < tally.stopped.times for tally in summary.rules.values()):
        yield "A stopped `every` rule is counted where that begins, not at each message at which it goes on."
    for name, number in _most(summary.from_text) if not is_doubt_told else ():
        yield f"Labels `{name}` were read off the text by patterns in {number:,} of {summary.conversations:,}."
    if summary.repeated:
        yield f"Conversations with the id of one before them: {summary.repeated:,}. They are counted like any other."
    if summary.from_keywords:
        found = [f"{name} in {number:,}" for name, number in _most(summary.from_keywords)]
        where = f"{listed(found, 'and')} of {summary.conversations:,}"
        yield f"Found by keywords, words on a list whatever was meant by them: {where}."
    for name, number in _most(summary.on_keywords):
        past = summary.policy.vocabulary.actions[name].past
        yield f"Keywords were among the reasons where {past}: {number:,} of {summary.actions[name].conversations:,}."
    yield "What users would have done after an action is not known."


def _unknown(summary: Summary) -> str:
    named = [f"{name} on {number:,}" for name, number in _most(summary.unknown)]
    more = len(named) - _MOST_UNKNOWN
    if more > 0:
        named = [*named[:_MOST_UNKNOWN], many(more, "more label")]
    return f"Unknown to the policy on messages: {listed(named, 'and')}. What depends on it: --doubt."


def _most(counter: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda each: (-each[1], each[0]))
