"""Verdicts on promises, in words: the text of ``verify``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from policy_engine.model.model import Policy, Promise, Sometimes, Standard
from policy_engine.reports.breaking import breaking_words
from policy_engine.reports.english import (
    condition_words,
    duration_words,
    listed,
    many,
    policy_title,
    value_words,
)
from policy_engine.reports.screen import COLUMNS, Screen, clean, wrapped
from policy_engine.reports.timeline import Shown, timeline
from policy_engine.simulation.simulation import Simulation
from policy_engine.transcripts.message import SECOND, Conversation, Message
from policy_engine.verify.verdict import Finding, Verdict
from policy_engine.vocabulary.vocabulary import Lasting

_INDENT = 9
_MOST_GAPS = 6
_COLOURS = {Finding.PROVED: "green", Finding.BROKEN: "red", Finding.GAVE_UP: "yellow"}


def scope_words(policy: Policy) -> Iterator[str]:
    """What the verdicts are about."""
    applies = policy.applies
    covered = (
        f" that the policy applies to ({condition_words(applies, policy.vocabulary)})" if applies else ""
    )
    words = f"{policy_title(policy)}: for every conversation{covered}, of any length, given the labels as they are:"
    yield from wrapped(clean(words).split(" "))


def heading_lines(standard: Standard | None) -> Iterator[str]:
    """What stands above the verdicts on the policy's own promises, or on those of a standard."""
    words = "What the policy promises itself:" if standard is None else f"What {standard.name} requires:"
    yield ""
    yield from wrapped(clean(words).split(" "))


def verdict_lines(
    verdict: Verdict, simulation: Simulation | None, saved: str | None, screen: Screen
) -> Iterator[str]:
    """One verdict; ``simulation`` is that of the conversation that breaks the promise, ``saved`` where it is kept."""
    word = f"{verdict.finding.value:<{_INDENT}}"
    lines = list(wrapped(clean(verdict.promise.text).split(" "), COLUMNS, word, " " * _INDENT))
    yield screen.paint(word.rstrip(), _COLOURS[verdict.finding]) + lines[0][len(word.rstrip()) :]
    yield from lines[1:]
    for sentence in _more(verdict):
        yield from wrapped(clean(sentence).split(" "), COLUMNS, " " * _INDENT, " " * _INDENT)
    if simulation is not None:
        for sentence in list(how_broken(verdict, simulation.policy))[:1]:
            yield from wrapped(clean(sentence).split(" "), COLUMNS, " " * _INDENT, " " * _INDENT)
        for sentence in _circumstances(simulation.conversation):
            yield from wrapped(clean(sentence).split(" "), COLUMNS, " " * _INDENT, " " * _INDENT)
        yield ""
        for line in timeline(simulation, screen, Shown(columns=COLUMNS - 2, is_quoted=True)):
            yield f"  {line}".rstrip()
        if saved is not None:
            yield f"  saved as {clean(saved)}"
        yield ""


def _circumstances(conversation: Conversation) -> Iterator[str]:
    """What a timeline does not show and matters here: attributes, what nobody looked for, and when messages come."""
    given = [f"{name} is {value_words(value)}" for name, value in sorted(conversation.attributes.items())]
    if given:
        yield f"In it, {listed(given, 'and')}."
    if conversation.looked_for is not None:
        yield "Not every label was looked for in it: see its file."
    gaps = list(_gaps(conversation.messages))
    for number, gap in gaps[:_MOST_GAPS]:
        yield f"Message {number} comes {gap} after the one before."
    if len(gaps) > _MOST_GAPS:
        yield f"{many(len(gaps) - _MOST_GAPS, 'more message')} come later than the one before, too."


def _gaps(messages: Sequence[Message]) -> Iterator[tuple[int, str]]:
    """The messages, from 1, that come later than the one before, and how much."""
    for number, (one, other) in enumerate(pairwise(messages), 2):
        later = (other.time or 0) - (one.time or 0)
        if later:
            seconds, rest = divmod(later, SECOND)
            words = duration_words(Lasting(seconds=seconds)) if seconds else "a moment"
            yield number, f"just over {words}" if rest and seconds else words


def _more(verdict: Verdict) -> Iterator[str]:
    match verdict.finding:
        case Finding.PROVED if verdict.is_vacuous:
            yield "but vacuous: there is never an occasion to break it"
        case Finding.PROVED if verdict.is_vacuous is None:
            yield "whether there is ever an occasion to break it was not found out"
        case Finding.GAVE_UP:
            yield f"{verdict.reason}; {_covered(verdict)}"
        case Finding.BROKEN if verdict.conversation is not None:
            number = many(len(verdict.conversation.messages), "message")
            which = "The shortest conversation" if verdict.is_shortest else "A conversation"
            yield f"{which} that breaks it has {number}:"
        case Finding.BROKEN:
            yield "There is no such conversation."
        case _:
            return


def _covered(verdict: Verdict) -> str:
    if not verdict.covered:
        return "nothing is known"
    what = "shows it" if isinstance(verdict.promise.claim, Sometimes) else "breaks it"
    return f"no conversation of up to {many(verdict.covered, 'message')} {what}"


def contradiction_lines(one: Promise, other: Promise) -> Iterator[str]:
    """That two promises contradict each other."""
    yield ""
    yield from wrapped(
        "These contradict each other: no policy keeps both, once there is an occasion.".split(" ")
    )
    for each in (one, other):
        yield from wrapped(clean(each.text).split(" "), COLUMNS, "  · ", "    ")


def total_words(verdicts: Sequence[Verdict], seconds: float | None) -> str:
    """How many of each; with the time that it took, where it is shown."""
    counts = Counter(each.finding for each in verdicts)
    vacuous = sum(each.is_vacuous is True for each in verdicts)
    parts = [f"{counts[each]:,} {each.value}" for each in Finding if counts[each] or each is Finding.PROVED]
    if vacuous:
        parts[0] += f" ({vacuous:,} of them vacuous)"
    words = ", ".join(parts)
    return words if seconds is None else f"{words} · {seconds:.2f} s"


def how_broken(verdict: Verdict, policy: Policy) -> Iterator[str]:
    """What breaks the promise, in general."""
    vocabulary = policy.vocabulary if verdict.standard is None else verdict.standard.vocabulary
    yield from breaking_words(verdict.promise, vocabulary)
