"""What two policies do differently, as Markdown for a pull request: short, and safe whatever a policy says."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.difference.comparison import Comparison
from policy_engine.difference.difference import Finding
from policy_engine.reports.changed import (
    besides_words,
    direction_words,
    length_words,
    open_words,
    sentence,
    sign_of,
    verb_words,
)
from policy_engine.reports.difference_text import scope_words, verdict_words
from policy_engine.reports.english import listed, policy_title
from policy_engine.reports.markdown import escaped
from policy_engine.reports.recorded_words import promise_words, promises_total, recorded_words
from policy_engine.reports.screen import cut

_LONGEST = 500
"""Columns of a line: a policy may say anything, and a comment has to stay short."""


def difference_markdown(comparison: Comparison) -> Iterator[str]:
    """The lines: a heading, a list of changes, and what they do to promises and recorded conversations."""
    old, new = policy_title(comparison.old), policy_title(comparison.new)
    yield f"### {_safe(f'{old} → {new}' if old != new else new)}"
    yield ""
    yield f"**{_safe(verdict_words(comparison))}**"
    yield ""
    yield from _changes(comparison)
    promised = [f"- `{sign}` {_safe(words)}" for sign, words in promise_words(comparison.promises)]
    total = promises_total(comparison.promises)
    if total:
        yield from ("", _safe(total))
    if promised:
        yield from ("", *promised)
    if comparison.recorded is not None:
        first, *rest = recorded_words(comparison, comparison.recorded)
        yield from ("", _safe(first))
        if rest:
            yield from ("", *(f"- {_safe(each)}" for each in rest))


def _changes(comparison: Comparison) -> Iterator[str]:
    for words in list(scope_words(comparison.pair, comparison.scope))[:1]:
        yield f"- `~` **applies to other conversations**: {_safe(words)}"
    alike = []
    for told in comparison.told:
        verb = verb_words(comparison.pair, told.change.deed)
        if told.change.finding is Finding.ALIKE:
            alike.append(verb)
            continue
        direction = direction_words(comparison.pair, told.change)
        yield f"- `{sign_of(told.change)}` **{_safe(verb)}**: {_safe(direction)}"
        for account in (*told.accounts, *told.clauses):
            yield f"  - {_safe(sentence(account))} ({_safe(length_words(account.evidence))})"
        if besides_words(told.change):
            yield f"  - {_safe(besides_words(told.change))}"
        for each in told.change.left_open:
            yield f"  - {_safe(open_words(each))}"
    if alike and len(alike) < len(comparison.told):
        yield from ("", f"As before: {_safe(listed(alike, 'and'))}.")


def _safe(words: str) -> str:
    return escaped(cut(words, _LONGEST))
