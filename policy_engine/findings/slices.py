"""A policy cut down to a few of its rules, in two ways.

What happens in a *quiet* slice can happen in the whole policy, if only the rules that were left out keep quiet; so
it is run again in the whole. What never happens in a *loosened* one never happens in the whole: there, whatever
the rules that were left out could do and anybody asks for may be done at any message, so that every conversation of
the whole policy is one of the loosened, too. (An over-approximation by existential abstraction: E. M. Clarke,
O. Grumberg and D. E. Long, "Model Checking and Abstraction", 1994.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from policy_engine.findings.stopping import Part, action_names
from policy_engine.machine.readings import of_trigger
from policy_engine.model.model import (
    HERE,
    Act,
    After,
    Condition,
    Detected,
    Ladder,
    Policy,
    Reading,
    Rule,
    SinceAction,
    Taken,
    When,
)
from policy_engine.model.parts import conditions_of, parts_of, singles_of
from policy_engine.simulation.clauses import actions_of
from policy_engine.transcripts.message import Role
from policy_engine.verify.question import And, CounterAt, Does, Fires, Formula, Holds, Or, Stopped
from policy_engine.verify.walking import atoms_of
from policy_engine.vocabulary.vocabulary import Kind, LabelEntry, Vocabulary

Kept = TypeVar("Kept", Rule, Ladder)


def parts_in_formula(formula: Formula) -> frozenset[str]:
    """The names of the rules and ladders that a formula speaks of."""
    return frozenset(atom.rule for atom in atoms_of(formula) if isinstance(atom, Fires | Stopped | CounterAt))


def stops_in(formula: Formula) -> frozenset[Stopped]:
    """The stops that have to be, or may have to be, for a formula to be true: not those that must not be."""
    match formula:
        case And(parts) | Or(parts):
            return frozenset().union(*map(stops_in, parts))
        case Stopped():
            return frozenset({formula})
        case _:
            return frozenset()


# --- quiet ------------------------------------------------------------------------------


def quiet(policy: Policy, name: str, *, is_bare: bool) -> Policy:
    """The rule of this name, those that wait for the same categories, and one that does each action that they wait
    for and none of them does. Nothing is ever unknown in it, and no exception stops the others.

    ``is_bare``: nor does any exception, or `never`, stop the rule itself.
    """
    by_name = {part.name: part for part in parts_of(policy)}
    read = _waits_for(policy, by_name[name])
    kept = {name}
    kept |= {
        each for each, part in by_name.items() if _waits_for(policy, part) & read and not _on_trial(part)
    }
    waiting = sorted(kept)
    while waiting:
        for action in sorted(_awaited(policy, by_name[waiting.pop()])):
            able = [each for each, part in by_name.items() if _does(part, action)]
            if not kept & set(able):
                kept.update(able[:1])
                waiting += able[:1]
    kept |= _parties(policy, kept)
    policy = _only(policy, kept)
    spared = kept if is_bare else kept - {name}
    return replace(
        policy,
        vocabulary=_certain(policy.vocabulary),
        rules=tuple(_without_exceptions(each, spared) for each in policy.rules),
        ladders=tuple(_without_exceptions(each, spared) for each in policy.ladders),
        nevers=() if is_bare else policy.nevers,
    )


def _without_exceptions(part: Kept, names: set[str]) -> Kept:
    return replace(part, guards=replace(part.guards, excepts=())) if part.name in names else part


def _waits_for(policy: Policy, part: Part) -> set[str]:
    """The categories of the trigger."""
    labels = policy.vocabulary.labels
    read = [Reading(part.act), *(part.on or ())] if isinstance(part, Ladder) else of_trigger(part.trigger)
    return {each.label for each in read if labels[each.label].kind is Kind.CATEGORY}


def _certain(vocabulary: Vocabulary) -> Vocabulary:
    labels = {name: replace(entry, when_unknown="absent") for name, entry in vocabulary.labels.items()}
    return replace(vocabulary, labels=MappingProxyType(labels))


# --- loosened -----------------------------------------------------------------------------


def loosened(policy: Policy, names: Iterable[str], formula: Formula, *, is_before_end: bool) -> Policy:
    """The rules of these names and those that override them, with all that others do set free.

    Good for formulas about these rules alone, in which actions are asked for by ``Does`` without texts.
    ``is_before_end``: the formula is true only where the chat has not been ended before. Up to there nobody ended
    it, so that endings by others need not be followed.
    """
    kept = {*names}
    kept |= _parties(policy, kept)
    inside = [part for part in parts_of(policy) if part.name in kept]
    outside = [part for part in parts_of(policy) if part.name not in kept]
    asked = set(_spoken_of(formula)).union(*(_awaited(policy, part) for part in inside))
    if not is_before_end:
        asked |= {entry.name for entry in policy.vocabulary.actions.values() if entry.ends}
    free: set[str] = set()
    while left := {name for name in asked - free if any(_does(part, name) for part in outside)}:
        free |= left
        asked |= {
            action for never in policy.nevers if never.action in left for action in _taken_in(never.when)
        }
    acts = [_act(outside, action) for action in sorted(free)]
    return _with_free(_only(policy, kept), acts)


def with_doers(policy: Policy, names: frozenset[str], formula: Formula) -> frozenset[str]:
    """These rules, and all that may do an action that they wait for, or that the formula asks for."""
    by_name = {part.name: part for part in parts_of(policy)}
    kept = {*names}
    waiting = sorted(kept)
    actions = set(_spoken_of(formula))
    while True:
        for name in waiting:
            actions |= _awaited(policy, by_name[name])
        waiting = [
            name
            for name, part in by_name.items()
            if name not in kept and any(_does(part, action) for action in actions)
        ]
        if not waiting:
            return frozenset(kept)
        kept.update(waiting)


def _spoken_of(formula: Formula) -> Iterator[str]:
    for atom in atoms_of(formula):
        match atom:
            case Does(action=action):
                yield action
            case Holds(condition=condition):
                yield from _taken_in(condition)
            case _:
                continue


def _with_free(policy: Policy, acts: list[Act]) -> Policy:
    """The policy with rules that do each of these on a sign of its own, which any message may show."""
    if not acts:
        return policy
    labels = dict(policy.vocabulary.labels)
    rules = list(policy.rules)
    for act in acts:
        sign = f"free {act.action}"  # no name has a blank
        labels[sign] = LabelEntry(sign, Kind.EVENT, frozenset(Role))
        rules.append(Rule(sign, When(Detected((Reading(sign),), scope=HERE)), (act,)))
    vocabulary = replace(policy.vocabulary, labels=MappingProxyType(labels))
    return replace(policy, vocabulary=vocabulary, rules=tuple(sorted(rules, key=lambda each: each.name)))


def _act(parts: list[Part], action: str) -> Act:
    for part in parts:
        for step in range(len(part.steps)) if isinstance(part, Ladder) else (None,):
            for act in actions_of(part, step):
                if act.action == action:
                    return act
    raise AssertionError("somebody does it")


# --- what both need -----------------------------------------------------------------------


def _only(policy: Policy, kept: set[str]) -> Policy:
    return replace(
        policy,
        rules=tuple(each for each in policy.rules if each.name in kept),
        ladders=tuple(each for each in policy.ladders if each.name in kept),
        overrides=policy.overrides
        if any({each.winner, each.loser} & kept for each in policy.overrides)
        else (),
    )


def _parties(policy: Policy, kept: set[str]) -> set[str]:
    """Where any of these overrides or is overridden: all that do; so that the numbers of `overrides` stay."""
    parties = {name for each in policy.overrides for name in (each.winner, each.loser)}
    return parties if parties & kept else set()


def _awaited(policy: Policy, part: Part) -> set[str]:
    """The actions that a rule's clauses and counts ask for, and those of what stops its own actions."""
    conditions = [*conditions_of(part.guards)]
    conditions += [never.when for never in policy.nevers if never.action in action_names(part)]
    found = {action for condition in conditions for action in _taken_in(condition)}
    counts = part.trigger.counts if isinstance(part, Rule) and isinstance(part.trigger, After) else ()
    return found | {each.since.action for each in counts if isinstance(each.since, SinceAction)}


def _taken_in(condition: Condition) -> Iterator[str]:
    return (each.action for each in singles_of(condition) if isinstance(each, Taken))


def _does(part: Part, action: str) -> bool:
    return action in action_names(part) and not _on_trial(part)


def _on_trial(part: Part) -> bool:
    return isinstance(part, Rule) and part.trial
