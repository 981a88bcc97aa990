"""``check`` and ``require`` sentences: their names bound. Proving them is another stage's work."""

from __future__ import annotations

from policy_engine.diagnostics import nearest
from policy_engine.language.tree import ConditionRef, DoneRef, PromiseLine
from policy_engine.model.binding import Binder
from policy_engine.model.counts import MAX_TURNS
from policy_engine.model.model import (
    Answered,
    Claim,
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
from policy_engine.source import Location
from policy_engine.vocabulary.phrases import telling_words

_TAKES = {
    "never_done": {"unless"}, "before": {"unless"}, "done_after": {"unless"}, "only_when": {"or_when"},
    "only_after": {"or_when"},
}  # fmt: skip


def bind_promise(binder: Binder, line: PromiseLine) -> Promise | None:
    """A promise with its names bound; None where something is wrong with it, which is then reported."""
    if not _clauses_fit(binder, line):
        return None
    action = _done(binder, line.done)
    only_if = binder.attributes_only(line.only_if[0], "only if") if line.only_if else None
    claim = _claim(binder, line, action or "")
    if action is None or claim is None or (line.only_if and only_if is None):
        return None
    return Promise(claim, line.text, only_if, Location(binder.source, line.span))


def _clauses_fit(binder: Binder, line: PromiseLine) -> bool:
    for name, found in (("unless", line.unless), ("or_when", line.or_when), ("only_if", line.only_if)):
        said = name.replace("_", " ")
        if len(found) > 1:
            binder.fault("syntax", f"`{said}` stands twice", found[1].span, "join the two with `or`")
            return False
        if found and name != "only_if" and name not in _TAKES.get(line.form, set()):
            binder.fault("syntax", f"`{said}` does not go with this form of promise", found[0].span)
            return False
    return True


def _done(binder: Binder, done: DoneRef) -> str | None:
    action = binder.names.pasts.get(telling_words(done.text))
    if action is None:
        known = [entry.past for entry in binder.names.vocabulary.actions.values()]
        like = nearest(done.text, known)
        hint = f"did you mean `{like}`?" if like else None
        binder.fault("unknown-name", f"unknown action `{done.text}`", done.span, hint)
    return action


def _event(binder: Binder, refs: tuple[ConditionRef, ...]) -> When | None:
    if not refs:
        return None
    found = binder.when(refs[0], refs[0].span)
    if found is not None and not isinstance(found, When):
        binder.fault("syntax", "the beginning of the chat cannot stand here", refs[0].span)
        return None
    return found


def _claim(binder: Binder, line: PromiseLine, action: str) -> Claim | None:
    event = line.or_when or (line.unless if line.form != "done_after" else ())
    exempt = _event(binder, event)
    if event and exempt is None:
        return None
    match line.form:
        case "never_done" | "only_when":
            return _conditional(binder, line, action, exempt)
        case "only_after" | "done_after":
            return _counted(binder, line, action, exempt)
        case "before":
            before = _done(binder, line.before) if line.before else None
            return None if before is None else DoneBefore(action, before, exempt)
        case "answered":
            return _answered(binder, line, action)
        case "sometimes":
            return _sometimes(binder, line, action)
        case _:
            return _timed(binder, line, action)


def _conditional(binder: Binder, line: PromiseLine, action: str, exempt: When | None) -> Claim | None:
    assert line.condition is not None
    condition = binder.condition(line.condition)
    if condition is None:
        return None
    if line.form == "never_done":
        return NeverDone(action, condition, line.once, exempt)
    return OnlyWhen(action, condition, exempt)


def _counted(binder: Binder, line: PromiseLine, action: str, exempt: When | None) -> Claim | None:
    counts = binder.counts(line.counts)
    unless = binder.condition(line.unless[0]) if line.unless and line.form == "done_after" else None
    if counts is None or (line.unless and unless is None):
        return None
    return (
        OnlyAfter(action, counts, exempt) if line.form == "only_after" else DoneAfter(counts, action, unless)
    )


def _answered(binder: Binder, line: PromiseLine, action: str) -> Claim | None:
    assert line.condition is not None
    event = _event(binder, (line.condition,))
    turns: int | None = 1
    if line.amount is not None:
        if line.amount.unit != "turn":
            binder.fault(
                "syntax",
                "a promise of an answer is counted in turns",
                line.amount.span,
                "write `within 3 turns`",
            )
            return None
        turns = binder.whole(line.amount.number, MAX_TURNS, "a window of turns", line.amount.span)
    return None if event is None or turns is None else Answered(event, action, turns)


def _sometimes(binder: Binder, line: PromiseLine, action: str) -> Claim | None:
    if line.without is None:
        return Sometimes(action)
    event = _event(binder, (line.without,))
    return None if event is None else Sometimes(action, event)


def _timed(binder: Binder, line: PromiseLine, action: str) -> Claim | None:
    assert line.amount is not None
    window = binder.lasting(line.amount)
    if line.form == "at_least_every":
        return None if window is None else DoneEvery(action, window)
    times = binder.whole(line.number or 0, 100, "a number of times", line.span)
    return None if window is None or times is None else DoneAtMost(action, times, window)
