"""What became of a clause, in words: ``the exception “except when …” of abuse is gone``."""

from __future__ import annotations

from policy_engine.difference.clauses import ClauseChange
from policy_engine.difference.deed import Pair
from policy_engine.model.decision import Cause, Stop
from policy_engine.model.model import Policy
from policy_engine.reports.english import condition_words
from policy_engine.reports.groups import with_group_names
from policy_engine.simulation.clauses import condition_of

_KINDS = {Cause.EXCEPT: ("exception", "except when"), Cause.ONLY_IF: ("condition", "only if")}


def clause_words(policies: Pair, change: ClauseChange) -> str:
    """A fragment without a full stop. A ``never`` belongs to no rule, and says itself what it is about."""
    old, new = policies
    was = None if change.was is None else _said(old, change.was)
    now = None if change.now is None else _said(new, change.now)
    either = change.was or change.now
    assert either is not None
    if either.cause is Cause.NEVER:
        return _told(was, now, was or "", now or "")
    kind = _KINDS[either.cause][0]
    return _told(was, now, f"the {kind} {was} of {either.rule}", f"the {kind} {now} of {either.rule}")


def _told(was: str | None, now: str | None, old: str, new: str) -> str:
    if now is None:
        return f"{old} is gone"
    return f"{new} is new" if was is None else f"{old} is now {now}"


def _said(policy: Policy, stop: Stop) -> str:
    """The clause as it is written: ``“except when self-harm has been detected”``."""
    told = with_group_names(policy)
    condition = condition_of(told, stop)
    assert condition is not None
    words = condition_words(condition, told.vocabulary)
    if stop.cause is not Cause.NEVER:
        return f"“{_KINDS[stop.cause][1]} {words}”"
    phrase = policy.vocabulary.actions[policy.nevers[stop.clause].action].phrase
    return f"“never {phrase} when {words}”"
