"""Many conversations as a table: whom the policy covered, what was done, what was stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from policy_engine.model.decision import Cause
from policy_engine.model.model import Condition, Rule
from policy_engine.reports.english import condition_words, duration_words, listed, many, value_words
from policy_engine.reports.screen import Screen, clean, cut, pad, width
from policy_engine.simulate.clauses import part_named, parts_of
from policy_engine.simulate.coverage import Coverage, attributes_in
from policy_engine.simulate.summary import Summary, Tally

COLUMNS = 80
_MOST_CLAUSES = 10

_STOPPED = {
    Cause.APPLIES: "stopped by `applies when`",
    Cause.ONLY_IF: "stopped by `only if`",
    Cause.EXCEPT: "stopped by an exception",
    Cause.COOLDOWN: "stopped by `at most once`",
    Cause.OVERRIDES: "stopped by `overrides`",
    Cause.NEVER: "stopped by `never`",
}


def table(summary: Summary, screen: Screen, seconds: float | None = None) -> Iterator[str]:
    """The lines of the table. ``seconds`` is how long it took, where somebody wants to know."""
    for line in _lines(summary, screen, seconds):
        yield screen.signs(line).rstrip()


def _lines(summary: Summary, screen: Screen, seconds: float | None) -> Iterator[str]:
    policy = summary.policy
    name = f"{policy.name} {policy.version}" if policy.version else policy.name
    numbers = [many(summary.conversations, "conversation"), many(summary.messages, "message")]
    if seconds is not None:
        numbers.append(f"{seconds:.1f} s")
    yield cut(" · ".join([*numbers, clean(name)]), COLUMNS)
    faults = [
        *([f"{summary.malformed:,} malformed"] if summary.malformed else []),
        *(
            [f"{summary.out_of_order:,} with messages out of time order or without a time"]
            if summary.out_of_order
            else []
        ),
    ]
    if faults:
        yield screen.paint(f"left out: {listed(faults, 'and')}", "yellow")
    yield from _filled(_coverage(summary))
    if summary.pace is not None:
        apart = duration_words(summary.pace)
        yield f"times: supposed in {summary.paced:,} that have none ({apart} between messages)"
    yield ""
    yield from _actions(summary, screen)
    yield from _rules(summary, screen)
    yield from _clauses(summary)
    yield ""
    for sentence in _foot(summary):
        yield from _filled(sentence)


def _filled(text: str) -> Iterator[str]:
    line = ""
    for word in clean(text).split(" "):
        if line and width(line) + 1 + width(word) > COLUMNS:
            yield line
            line = ""
        line = f"{line} {cut(word, COLUMNS)}" if line else cut(word, COLUMNS)
    yield line


def _coverage(summary: Summary) -> str:
    if summary.policy.applies is None:
        return f"covered: {summary.conversations:,} certain (the policy applies to every conversation)"
    counts = summary.covered
    said = [
        f"{counts[Coverage.CERTAIN]:,} certain",
        f"{counts[Coverage.ASSUMED]:,} assumed",
        f"{counts[Coverage.NOT]:,} not",
    ]
    notes = []
    if counts[Coverage.UNKNOWN]:
        said.append(f"{counts[Coverage.UNKNOWN]:,} unknown")
        missing = sorted(summary.unrecorded)
        options = " ".join(f"--assume {name}={_example(summary, name)}" for name in missing)
        notes.append(f"nobody recorded {listed(missing)}: {options}")
    if counts[Coverage.ASSUMED]:
        notes.append(f"nobody recorded {listed(sorted(summary.assumed))} in those assumed")
    note = f" ({'; '.join(notes)})" if notes else ""
    return f"covered: {', '.join(said)}{note}"


def _example(summary: Summary, name: str) -> str:
    """A value of the attribute that the policy names."""
    named = (each for each in attributes_in(summary.policy.applies) if each.name == name)
    return next((value_words(each.values[0]) for each in named), "…")


# --- Rows -----------------------------------------------------------------------------

_NAME = 32
_WIDTHS = (14, 10, 24)
_FIRST = "first in turn (median)"


def _title(first: str, *others: str) -> str:
    return pad(first, _NAME) + _cells(*others)


def _cells(*cells: str) -> str:
    return "".join(f"{each:>{size}}" for each, size in zip(cells, _WIDTHS, strict=True))


def _name(text: str) -> str:
    return pad(cut(f"  {clean(text)}", _NAME - 1), _NAME)


def _actions(summary: Summary, screen: Screen) -> Iterator[str]:
    yield screen.paint(_title("", "conversations", "share", _FIRST), "bold")
    yield from _action_rows(summary, _asked_for(summary, False), summary.actions, "")
    on_trial = _asked_for(summary, True)
    if on_trial:
        yield from _action_rows(summary, on_trial, summary.trial, "on trial: ")


def _asked_for(summary: Summary, trial: bool) -> Sequence[str]:
    """The actions that the policy may take, strongest first."""
    policy = summary.policy
    acts = [act for rule in policy.rules if rule.trial is trial for act in rule.actions]
    if not trial:
        acts += [act for ladder in policy.ladders for step in ladder.steps for act in step.actions]
    return sorted({act.action for act in acts}, key=lambda name: policy.vocabulary.actions[name].rank)


def _action_rows(
    summary: Summary, names: Sequence[str], tallies: Mapping[str, Tally], before: str
) -> Iterator[str]:
    for name in names:
        tally = tallies.get(name, Tally())
        past = summary.policy.vocabulary.actions[name].past
        share = f"{100 * tally.conversations / summary.conversations:.1f} %" if summary.conversations else "–"
        yield _name(before + past) + _cells(f"{tally.conversations:,}", share, _turn(tally.median))


def _turn(median: int | None) -> str:
    return "–" if median is None else f"{median:,}"


def _rules(summary: Summary, screen: Screen) -> Iterator[str]:
    policy = summary.policy
    yield ""
    yield screen.paint(_title("by rule", "fired", "stopped", _FIRST), "bold")
    for part in parts_of(policy):
        tally = summary.rules.get(part.name)
        name = f"{part.name} (on trial)" if isinstance(part, Rule) and part.trial else part.name
        fired, stopped = (tally.fired, tally.stopped) if tally else (Tally(), Tally())
        yield _name(name) + _cells(f"{fired.times:,}", f"{stopped.times:,}", _turn(fired.median))


def _clauses(summary: Summary) -> Iterator[str]:
    stopped = [(cause, summary.stopped_by[cause]) for cause in Cause if summary.stopped_by[cause]]
    if not stopped:
        return
    yield ""
    for cause, number in stopped:
        yield f"{pad(_STOPPED[cause], _NAME)}{number:>{_WIDTHS[0]},}"
        said: dict[str, int] = {}
        for (rule, each, clause), count in summary.clauses.items():
            if each is cause:
                words = _clause_words(summary, rule, cause, clause)
                said[words] = said.get(words, 0) + count
        ordered = sorted((words for words in said if words), key=lambda words: (-said[words], words))
        for words in ordered[:_MOST_CLAUSES]:
            yield f"{pad(cut(f'  {clean(words)}', COLUMNS - 12), COLUMNS - 12)} of which {said[words]:,}"
    if summary.stopped_unknown:
        yield f"{pad('  in doubt: a label or fact unknown', _NAME)}{summary.stopped_unknown:>{_WIDTHS[0]},}"


def _clause_words(summary: Summary, rule: str, cause: Cause, clause: int) -> str:
    policy = summary.policy
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


# --- The foot -------------------------------------------------------------------------


def _foot(summary: Summary) -> Iterator[str]:
    missing = [
        *(f"{name} was never looked for in {number:,}" for name, number in _most(summary.never_looked_for)),
        *(f"{name} could not be checked in {number:,}" for name, number in _most(summary.not_checked)),
    ]
    why = f" ({'; '.join(missing)}; if absent, ended {summary.ended_if_absent:,})" if missing else ""
    yield f"Held open only by a missing label: {summary.held_open:,}{why}."
    for name, number in _most(summary.only_in_doubt):
        past = summary.policy.vocabulary.actions[name].past
        yield f"Only because of a missing label, {past}: {number:,} (not done if it is absent)."
    after = summary.with_messages_after_end
    went_on = f" (messages came after the end in {after:,})" if after else ""
    yield f"Crisis shown after the end: {summary.shown_after_end:,}{went_on}."
    for name, number in _most(summary.from_text):
        yield f"Labels `{name}` were read off the text by patterns in {number:,} of {summary.conversations:,}."
    yield "What users would have done after an action is not known."


def _most(counter: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda each: (-each[1], each[0]))
