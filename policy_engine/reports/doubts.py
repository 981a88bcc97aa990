"""What is said about what nobody knew in a log, and about what depends on it.

These are values, as in :mod:`policy_engine.reports.figures`: a terminal and a page show the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policy_engine.reports.english import listed, many
from policy_engine.reports.figures import Row
from policy_engine.simulation.clauses import actions_asked_for
from policy_engine.simulation.doubt import Doubting, Outcome, Supposition
from policy_engine.simulation.known import Known
from policy_engine.simulation.refusals import DETECTORS, PROVIDER_ALONE, RECORDED_ALONE, SUPPOSED, Recorded
from policy_engine.transcripts.source_kind import SourceKind, kind_of_source

_MOST_ROWS = 40
_MOST_NAMES = 12

_KNOWN = (Known.DETECTED, Known.ABSENT, Known.UNKNOWN, Known.NOBODY)
_SAID = (Known.DETECTED, Known.ABSENT, Known.UNKNOWN)
_SUPPOSED = {Supposition.AS_NO: "unknown: no", Supposition.AS_YES: "unknown: yes"}
_ALL = frozenset(Recorded)
_TOLD = (SourceKind.PROVIDER, SourceKind.CLASSIFIER, SourceKind.PERSON)
"""Kinds that a source does not say itself."""
_WAYS = {
    PROVIDER_ALONE: "provider",
    RECORDED_ALONE: "no text",
    **{each: each.removeprefix("refusal") or "refusal" for each in DETECTORS},
}
"""How refusals are supposed to be found, as the head of a column."""
_ID = 60


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: what its rows are, its columns, its rows, and sentences below it."""

    title: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubts:
    """Everything that is said of it: tables, and sentences after them."""

    grids: tuple[Grid, ...]
    sentences: tuple[str, ...]


def doubts(doubting: Doubting) -> Doubts:
    """What was not known, who said the rest, and what depends on it."""
    grids = (*_known(doubting), *_said(doubting), *_outcomes(doubting), *_refusals(doubting))
    return Doubts(grids, tuple(_sentences(doubting)))


# --- What was known, and by whom ------------------------------------------------------


def _known(doubting: Doubting) -> Iterator[Grid]:
    doubt = doubting.doubt
    unknown = _unknown(doubting)
    if not unknown:
        return
    rows = []
    for name in unknown:
        numbers = [doubt.known[name, each] for each in _KNOWN]
        rows.append(Row(name, tuple(f"{each:,}" for each in (*numbers, doubt.never_known[name]))))
    whole = [name for name in _met(doubting) if name not in unknown]
    below = [f"Known on every message: {_named(whole)}."] if whole else []
    below.append(
        f"In the last column: conversations in which it was known on no message, of {doubt.conversations:,}."
    )
    columns = ("detected", "absent", "unknown", "not sought", "never known")
    yield _cut("What was known of each label, on messages where it can stand", "label", columns, rows, below)


def _met(doubting: Doubting) -> list[str]:
    """The labels that can stand on some message of the log."""
    return [name for name in doubting.labels if any(doubting.doubt.known[name, each] for each in Known)]


def _unknown(doubting: Doubting) -> list[str]:
    known = doubting.doubt.known
    return [name for name in _met(doubting) if known[name, Known.UNKNOWN] or known[name, Known.NOBODY]]


def _said(doubting: Doubting) -> Iterator[Grid]:
    pairs = sorted(
        {(name, source) for name, source, _ in doubting.doubt.said},
        key=lambda each: (_order(each[1], doubting), each[1] or "", each[0]),
    )
    rows = []
    for name, source in pairs:
        numbers = [doubting.doubt.said[name, source, each] for each in _SAID]
        rows.append(Row(f"{name}: {_source_words(source, doubting)}", tuple(f"{each:,}" for each in numbers)))
    if rows:
        yield _cut(
            "Who said so, by labels as they were recorded", "label", ("detected", "absent", "unknown"), rows
        )


def _order(source: str | None, doubting: Doubting) -> int:
    return list(SourceKind).index(kind_of_source(source, doubting.classifiers))


def _source_words(source: str | None, doubting: Doubting) -> str:
    """``openai-moderation (classifier or judge)``."""
    if source is None:
        return "who is not said"
    kind = kind_of_source(source, doubting.classifiers)
    return f"{source} ({kind.value})" if kind in _TOLD else source


# --- What depends on it ---------------------------------------------------------------


def _outcomes(doubting: Doubting) -> Iterator[Grid]:
    if not _unknown(doubting):
        return
    supposed = {words: doubting.doubt.unknown[each] for each, words in _SUPPOSED.items()}
    yield _compared("If every unknown label were known: conversations", supposed, doubting)


def _refusals(doubting: Doubting) -> Iterator[Grid]:
    names = _ways(doubting)
    if names:
        supposed = {_WAYS[each]: doubting.doubt.refusals[each] for each in names}
        grid = _compared("If refusals were found otherwise: conversations", supposed, doubting)
        below = (*grid.below, *_heard(doubting))
        yield Grid(grid.title, grid.first, grid.columns, (*grid.rows, *_hidden(names, doubting)), below)


def _ways(doubting: Doubting) -> list[str]:
    """The suppositions about refusals that can make a difference: without text, only that of the provider alone."""
    doubt = doubting.doubt
    is_text = doubt.compared.number(DETECTORS[0], _ALL, (True, False))
    is_recorded = doubt.compared.number(DETECTORS[0], set(_WHO), (True, False, None))
    told = SUPPOSED if is_text else (PROVIDER_ALONE,) if is_recorded else ()
    return [each for each in told if each in doubt.refusals]


def _hidden(names: Sequence[str], doubting: Doubting) -> Iterator[Row]:
    """What other refusals would do besides if every unknown label were absent: an exception that nobody can check
    hides it.
    """
    doubt = doubting.doubt
    plain = (doubt.as_it_is, *(doubt.refusals[each] for each in names))
    as_no = (doubt.unknown[Supposition.AS_NO], *(doubt.refusals_as_no[each] for each in names))
    for name in actions_asked_for(doubting.policy, False):
        numbers = [each.actions[name] for each in as_no]
        if numbers != [each.actions[name] for each in plain] and len(set(numbers)) > 1:
            past = doubting.policy.vocabulary.actions[name].past
            yield Row(f"{past}, if unknown: no", tuple(f"{each:,}" for each in numbers))


def _compared(title: str, supposed: Mapping[str, Outcome], doubting: Doubting) -> Grid:
    """The conversations in which each action is done: as it is, and under each supposition."""
    as_it_is = doubting.doubt.as_it_is
    outcomes = (as_it_is, *supposed.values())
    entries = doubting.policy.vocabulary.actions
    rows = [
        Row(entries[name].past, tuple(f"{each.actions[name]:,}" for each in outcomes))
        for name in actions_asked_for(doubting.policy, False)
    ]
    rows.append(Row("anything changes", ("–", *(f"{each.changed:,}" for each in supposed.values()))))
    return Grid(title, "action", ("as it is", *supposed), tuple(rows), tuple(_first(supposed)))


def _first(supposed: Mapping[str, Outcome]) -> Iterator[str]:
    """Which conversations change; suppositions under which the same ones come first are told together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for words, outcome in supposed.items():
        if outcome.first:
            more = ("…",) if outcome.changed > len(outcome.first) else ()
            alike.setdefault((*outcome.first, *more), []).append(words)
    for ids, several in alike.items():
        yield f"The first that change ({', '.join(several)}): {', '.join(map(_shortened, ids))}"


def _shortened(name: str) -> str:
    """A long id by its two ends: those of one log often begin alike."""
    return name if len(name) <= _ID else f"{name[: _ID // 2]}…{name[-_ID // 2 :]}"


def _heard(doubting: Doubting) -> Iterator[str]:
    """What the provider and others recorded, and what the text says."""
    compared = doubting.doubt.compared
    replies = compared.number(DETECTORS[0], _ALL, (True, False, None))
    of = {each: compared.number(DETECTORS[0], {each}, (True, False, None)) for each in Recorded}
    told = [f"{of[each]:,} by {words}" for each, words in _WHO.items() if of[each]]
    texts = [f"{compared.number(each, _ALL, (True,)):,} by {each}" for each in DETECTORS]
    is_text = compared.number(DETECTORS[0], _ALL, (True, False))
    yield (
        f"Refusals among {many(replies, 'reply', 'replies')}: {listed(told, 'and') if told else 'none recorded'}"
        + (f"; in the text, {listed(texts, 'and')}." if is_text else ".")
    )
    unreadable = compared.number("refusal", _ALL, (None,))
    if unreadable and is_text:
        yield f"Replies whose text cannot be judged (empty, or not English): {unreadable:,}."
    said = {Recorded.BY_PROVIDER, Recorded.BY_OTHERS, Recorded.NONE}
    both = compared.number("refusal", said, (True, False))
    if both:
        alone = compared.number("refusal", {Recorded.BY_PROVIDER, Recorded.BY_OTHERS}, (False,))
        text = compared.number("refusal", {Recorded.NONE}, (True,))
        yield (
            f"Of {both:,} with both a record and a text, they differ on {alone + text:,}: recorded alone {alone:,}, "
            f"in the text alone {text:,} (by the detector refusal)."
        )


_WHO = {Recorded.BY_PROVIDER: "the provider's signal", Recorded.BY_OTHERS: "others that recorded it"}


# --- Names ----------------------------------------------------------------------------


def _sentences(doubting: Doubting) -> Iterator[str]:
    if not _unknown(doubting):
        yield "Each label that the policy reads was known on every message on which it can stand."
    if doubting.doubt.refusals and not doubting.doubt.compared.number("refusal", _ALL, (True, False)):
        yield "There is no text in which other detectors could find refusals."
    unmapped = sorted(doubting.doubt.unmapped.items(), key=lambda each: (-each[1], each[0]))
    if not unmapped:
        return
    said = []
    for name, number in unmapped[:_MOST_NAMES]:
        near = doubting.nearest(name)
        said.append(f"`{name}` {number:,}" + (f" (did you mean `{near}`?)" if near else ""))
    if len(unmapped) > _MOST_NAMES:
        said.append(f"{len(unmapped) - _MOST_NAMES:,} more")
    yield f"Labels that the vocabulary does not know, passed over: {'; '.join(said)}."


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return listed([*names[:_MOST_NAMES], *([f"{more:,} more"] if more > 0 else [])], "and")


def _cut(
    title: str, first: str, columns: tuple[str, ...], rows: Sequence[Row], below: Sequence[str] = ()
) -> Grid:
    more = len(rows) - _MOST_ROWS
    told = (*below, f"{more:,} more rows: --format json.") if more > 0 else tuple(below)
    return Grid(title, first, columns, tuple(rows[:_MOST_ROWS]), told)
