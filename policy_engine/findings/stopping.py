"""What stops a rule or ladder, as formulas: any of its clauses, and one of them alone.

A clause matters where it stops something and nothing else does. Where it never does so, the policy without it is
the same: up to the first message at which the two could differ they have the same state, and there the clause
would have to be what makes the difference.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.model.decision import Cause
from policy_engine.model.model import Ladder, Policy, Rule
from policy_engine.model.parts import action_names
from policy_engine.simulation.clauses import actions_of
from policy_engine.verify.question import And, CounterAt, Does, Fires, Formula, Negation, Or, Stopped, both
from policy_engine.verify.stops import never_stops, stops_of, whole_stops

Part = Rule | Ladder


def due(policy: Policy, part: Part) -> Formula:
    """It is due: it acts, or something stops it or takes an action from it."""
    return Or((Fires(0, part.name), *stops_of(policy, part)))


def alone(policy: Policy, part: Part, stop: Stopped) -> Formula:
    """The clause stops the rule, or takes an action from it, and without it that would be otherwise."""
    whole = tuple(whole_stops(policy, part))
    if stop.cause is Cause.NEVER:
        action = policy.nevers[stop.clause].action
        others = (*whole, *(each for each in never_stops(policy, part, (action,)) if each != stop))
        return both(stop, *map(Negation, others))
    others = tuple(each for each in whole if each != stop)
    return both(stop, *map(Negation, (*others, *_nothing_left(policy, part))))


def does(policy: Policy, part: Part, action: str) -> Formula:
    """The rule or ladder does the action: it acts, asks for it, and no ``never`` takes that from it."""
    taken = tuple(never_stops(policy, part, (action,)))
    asks = () if isinstance(part, Rule) else (Or(tuple(_at_steps_with(part, action))),)
    late = is_done_after_end(policy, part) and not policy.vocabulary.actions[action].even_after_end
    return both(Fires(0, part.name), *asks, *(Does(0, action) for _ in range(late)), *map(Negation, taken))


def is_done_after_end(policy: Policy, part: Part) -> bool:
    """Whether anything that it asks for is done even after the end."""
    return any(policy.vocabulary.actions[name].even_after_end for name in action_names(part))


def acts_at(ladder: Ladder, step: int) -> Formula:
    """The ladder acts on a step, from 0."""
    return both(Fires(0, ladder.name), CounterAt(0, ladder.name, 0, ladder.steps[step].need, step))


def _at_steps_with(ladder: Ladder, action: str) -> Iterator[Formula]:
    for number, step in enumerate(ladder.steps):
        if any(act.action == action for act in step.actions):
            yield from _on_step(ladder, number)


def _on_step(part: Part, step: int | None) -> tuple[Formula, ...]:
    """That a ladder is on this step; of a rule, nothing."""
    if not isinstance(part, Ladder) or step is None:
        return ()
    return (CounterAt(0, part.name, 0, part.steps[step].need, step),)


def _nothing_left(policy: Policy, part: Part) -> Iterator[Formula]:
    """That ``never`` lines take every action from it; of nothing that could be so: nothing."""
    steps: range | tuple[None] = range(len(part.steps)) if isinstance(part, Ladder) else (None,)
    found = []
    for step in steps:
        names = sorted({act.action for act in actions_of(part, step)})
        taken = [tuple(never_stops(policy, part, (name,))) for name in names]
        if all(taken):
            found.append(And((*_on_step(part, step), *map(Or, taken))))
    if found:
        yield Or(tuple(found))
