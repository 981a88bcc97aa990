"""What a test expects, and what came instead, in the words in which test files say it."""

from __future__ import annotations

from policy_engine.machine.counter_view import CounterView
from policy_engine.model.decision import Cause, Decision, Done, Stop
from policy_engine.model.model import Act, Policy
from policy_engine.policytest.case import ExpectedAction, ExpectedCount, ExpectedStop
from policy_engine.policytest.running import Expected, Failure, Missing, Unexpected
from policy_engine.policytest.writing import CLAUSES
from policy_engine.reports.english import action_words


def done_words(done: Done, policy: Policy, trial: bool = False) -> str:
    """``warn the user "Please stop." (first-warning)``."""
    said = action_words(Act(done.action, done.text), policy.vocabulary)
    return f"{'on trial ' if trial else ''}{said} ({', '.join(done.rules)})"


def expected_words(expected: Expected, policy: Policy, trial: bool = False) -> str:
    """What was expected, as it could have been written."""
    match expected:
        case ExpectedAction(action, text, rules):
            said = action_words(Act(action, text), policy.vocabulary)
            return f"{'on trial ' if trial else ''}{said}" + (f" ({', '.join(rules)})" if rules else "")
        case ExpectedStop(rule, cause, clause, unknown):
            number = f" {clause + 1}" if clause is not None and cause is Cause.EXCEPT else ""
            return f"{rule} is stopped by {CLAUSES[cause]}{number}{' unknown' if unknown else ''}"
        case ExpectedCount(rule, value, need):
            return f"{rule} {value} of {need}"


def stop_as_expected(stop: Stop) -> str:
    """``persistent-harm is stopped by except``."""
    return f"{stop.rule} is stopped by {CLAUSES[stop.cause]}{' unknown' if stop.unknown else ''}"


def missing_words(missing: Missing, policy: Policy) -> str:
    """What did not come, and for a counter where it stands instead."""
    said = expected_words(missing.expected, policy, missing.trial)
    if not isinstance(missing.expected, ExpectedCount):
        return said
    stands = ", ".join(_standing(each) for each in missing.counters) or "it counts nothing"
    return f"{said}, and it stands at {stands}" if missing.counters else f"{said}, but {stands}"


def _standing(view: CounterView) -> str:
    return f"{view.value} of {view.need}" if view.need else "its last step"


def unexpected_words(unexpected: Unexpected, policy: Policy) -> str:
    """What was done and not expected."""
    return done_words(unexpected.done, policy, unexpected.trial)


def came_words(failure: Failure, policy: Policy) -> tuple[str, ...]:
    """All that was done at the messages of the step, each with its message; empty where nothing was."""
    found = []
    for number, decision in enumerate(failure.decisions, failure.step.first):
        found += [f"{each}, at message {number}" for each in _decided(decision, policy, failure)]
    return tuple(found)


def _decided(decision: Decision, policy: Policy, failure: Failure) -> list[str]:
    is_missing = bool(failure.missing)
    shows_trial = failure.step.expected.trial is not None
    words = [done_words(each, policy) for each in decision.actions]
    words += [done_words(each, policy, trial=True) for each in decision.trial] if shows_trial else []
    words += [stop_as_expected(each) for each in decision.stopped] if is_missing else []
    return words


def asked_words(failure: Failure, policy: Policy) -> tuple[str, ...]:
    """What the step expects, as it is written; ``nothing`` where nothing is."""
    return failure.step.expected.words or ("nothing",)
