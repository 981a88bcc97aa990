"""A policy as one sentence a clause: what a drawing says, for those who cannot see it."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.model.model import Guards, Ladder, Policy, Rule
from policy_engine.model.parts import parts_of
from policy_engine.reports.english import (
    action_words,
    acts_words,
    condition_words,
    duration_words,
    listed,
    reading_words,
    start_over_words,
    step_words,
    trigger_words,
)


def sentences(policy: Policy) -> Iterator[str]:
    """A sentence for each rule, ladder, ``never`` and ``overrides``, by name."""
    for part in parts_of(policy):
        if isinstance(part, Rule):
            does = listed([action_words(act, policy.vocabulary) for act in part.actions], "and")
            head = f"{trigger_words(part.trigger, policy.vocabulary)}, {does}"
            kind = "trial rule" if part.trial else "rule"
        else:
            head, kind = f"counts {counted_words(part, policy)}; {_steps_words(part, policy)}", "ladder"
        yield f"{kind} {part.name}: {', '.join([head, *_guard_words(part.guards, policy)])}."
    for never in policy.nevers:
        does = policy.vocabulary.actions[never.action].phrase
        yield f"never {does} when {condition_words(never.when, policy.vocabulary)}."
    for override in policy.overrides:
        yield f"{override.winner} overrides {override.loser}."


def _steps_words(ladder: Ladder, policy: Policy) -> str:
    steps = [
        f"after {step_words(ladder, number, policy.vocabulary)}, "
        + listed([action_words(act, policy.vocabulary) for act in step.actions], "and")
        for number, step in enumerate(ladder.steps, 1)
    ]
    over = ladder.start_over
    last = [f"starts over {start_over_words(over, policy.vocabulary)}"] if over else []
    return "; then ".join(steps) + "".join(f"; {each}" for each in last)


def _guard_words(guards: Guards, policy: Policy) -> Iterator[str]:
    if guards.at_most is not None:
        yield limit_words(guards)
    if guards.only_if is not None:
        yield f"only if {condition_words(guards.only_if, policy.vocabulary)}"
    for each in guards.excepts:
        yield f"except when {condition_words(each, policy.vocabulary)}"


def limit_words(guards: Guards) -> str:
    """``at most once in 10 turns``."""
    window = guards.at_most.window if guards.at_most else None
    return f"at most once in {duration_words(window)}" if window else "at most once"


def counted_words(ladder: Ladder, policy: Policy) -> str:
    """``refusals on harassment``."""
    on = f" on {listed([reading_words(each) for each in ladder.on])}" if ladder.on else ""
    return f"{acts_words(ladder.act, policy.vocabulary)}{on}"
