"""What two policies do differently, as text: a plan of changes, each marked ``+``, ``-`` or ``~``."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.difference.cause import Account
from policy_engine.difference.comparison import Comparison, Told
from policy_engine.difference.deed import Pair
from policy_engine.difference.difference import Finding
from policy_engine.difference.scope import Scope
from policy_engine.reports.changed import (
    besides_words,
    direction_words,
    length_words,
    open_words,
    sentence,
    sign_of,
    verb_words,
)
from policy_engine.reports.english import condition_words, listed, policy_title, value_words
from policy_engine.reports.groups import with_group_names
from policy_engine.reports.recorded_words import promise_words, promises_total, recorded_words
from policy_engine.reports.screen import COLUMNS, Screen, clean, cut, wrapped
from policy_engine.reports.timeline import Shown, timeline
from policy_engine.simulation.coverage import Attributes

_COLOURS = {"+": "green", "-": "red", "~": "yellow", "?": "yellow"}
_INDENT = "    "


def difference_lines(comparison: Comparison, screen: Screen, with_timelines: bool) -> Iterator[str]:
    """All of it; ``with_timelines``: with what both policies do in each conversation."""
    old, new = policy_title(comparison.old), policy_title(comparison.new)
    yield from _filled(f"{old} → {new}" if old != new else new)
    yield ""
    changed = [each for each in comparison.told if each.change.finding is not Finding.ALIKE]
    yield from scope_lines(comparison.pair, comparison.scope, screen)
    for told in changed:
        yield from _change_lines(comparison.pair, told, screen, with_timelines)
    yield from _alike_lines(comparison)
    yield from _filled(verdict_words(comparison))
    yield from _promise_lines(comparison, screen)
    if comparison.recorded is not None:
        yield ""
        first, *rest = recorded_words(comparison, comparison.recorded)
        yield from _filled(first)
        for words in rest:
            yield from _filled(words, "  ")


def _promise_lines(comparison: Comparison, screen: Screen) -> Iterator[str]:
    total = promises_total(comparison.promises)
    if total:
        yield from _filled(total)
    for sign, words in promise_words(comparison.promises):
        yield from _marked(sign, words, screen)


def verdict_words(comparison: Comparison) -> str:
    """What is found of both, in a sentence."""
    match comparison.finding:
        case Finding.ALIKE:
            return "They act alike in every conversation: proved."
        case Finding.DIFFERENT:
            return "They act differently."
        case Finding.NOT_DECIDED:
            return "Whether they act alike was not decided: no difference was found."


def scope_lines(policies: Pair, scope: Scope, screen: Screen) -> Iterator[str]:
    """To which conversations only one of them applies."""
    words = list(scope_words(policies, scope))
    if words:
        yield from _marked("~", "applies to other conversations", screen)
        for each in words:
            yield from _filled(each, _INDENT)


def scope_words(policies: Pair, scope: Scope) -> Iterator[str]:
    """``now when model is opus-4 (before, when …)``, and examples; nothing where both apply to the same."""
    if scope.is_same:
        return
    old, new = (
        "always" if each.applies is None else f"when {condition_words(each.applies, each.vocabulary)}"
        for each in (with_group_names(policy) for policy in policies)
    )
    yield f"now {new}, instead of {old}" if old != new else f"{new}, as before, but what is assumed is other"
    if not scope.is_decided:
        yield "which conversations these are was not decided: too many attributes"
    if scope.gained is not None:
        yield f"now also, for example, {given_words(scope.gained)}"
    if scope.lost is not None:
        yield f"no longer, for example, {given_words(scope.lost)}"


def given_words(given: Attributes) -> str:
    """``where model is opus-4``."""
    if not given:
        return "where nothing is recorded"
    return (
        f"where {listed([f'{name} is {value_words(value)}' for name, value in sorted(given.items())], 'and')}"
    )


def _change_lines(policies: Pair, told: Told, screen: Screen, with_timelines: bool) -> Iterator[str]:
    change = told.change
    head = f"{verb_words(policies, change.deed)}: {direction_words(policies, change)}"
    yield from _marked(sign_of(change), head, screen)
    accounts = (*told.accounts, *told.clauses)
    for account in accounts:
        sign = ("+ " if account.is_new else "- ") if len(accounts) > 1 else ""
        words = f"{sentence(account)} · {length_words(account.evidence)}"
        yield from _filled(words, f"{_INDENT}{sign}", _INDENT + " " * len(sign))
        if with_timelines:
            yield from _timelines(account, screen)
    if besides_words(change):
        yield from _filled(besides_words(change), _INDENT)
    for each in change.left_open:
        yield from _filled(open_words(each), _INDENT)


def _timelines(account: Account, screen: Screen) -> Iterator[str]:
    """What both policies do in the conversation, one after the other."""
    if account.evidence.conversation.attributes:
        yield from _filled(f"In it, {given_words(account.evidence.conversation.attributes)[6:]}.", _INDENT)
    for name, simulation in zip(("old", "new"), account.runs, strict=True):
        yield ""
        yield f"  {name}: {cut(clean(policy_title(simulation.policy)), COLUMNS - 8)}"
        for line in timeline(simulation, screen, Shown(columns=COLUMNS - 2, is_quoted=True)):
            yield f"  {line}".rstrip()
    yield ""


def _alike_lines(comparison: Comparison) -> Iterator[str]:
    alike = [
        verb_words(comparison.pair, each.change.deed)
        for each in comparison.told
        if each.change.finding is Finding.ALIKE
    ]
    if alike and len(alike) < len(comparison.told):
        yield ""
        yield from _filled(f"As before: {listed(alike, 'and')}.")
    elif len(comparison.told) > len(alike):
        yield ""


def _marked(sign: str, words: str, screen: Screen) -> Iterator[str]:
    lines = list(wrapped(clean(words).split(" "), COLUMNS, f"{sign} ", "  "))
    yield screen.paint(sign, _COLOURS[sign]) + lines[0][1:]
    yield from lines[1:]


def _filled(words: str, first: str = "", rest: str | None = None) -> Iterator[str]:
    room = COLUMNS - len(first)
    cut_words = (cut(word, room) for word in clean(words).split(" "))
    yield from wrapped(cut_words, COLUMNS, first, first if rest is None else rest)
