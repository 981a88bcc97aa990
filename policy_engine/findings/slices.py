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
from enum import Enum
from types import MappingProxyType
from typing import TypeVar

from policy_engine.findings.stopping import Part
from policy_engine.machine.readings import of_trigger
from policy_engine.model.decision import Cause
from policy_engine.model.model import (
    HERE,
    Act,
    After,
    All,
    Condition,
    Detected,
    Guards,
    Ladder,
    Not,
    Policy,
    Reading,
    Rule,
    SinceAction,
    Taken,
    When,
)
from policy_engine.model.parts import action_names, conditions_of, parts_of, singles_of
from policy_engine.simulation.clauses import actions_of
from policy_engine.transcripts.message import Role
from policy_engine.verify.question import And, CounterAt, Does, Fires, Formula, Holds, Or, Stopped
from policy_engine.verify.stops import stops_of
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


class Reach(Enum):
    """Which rules a quiet slice has."""

    ALONE = "the rule alone, as if all that it waits for had been done"
    RELATED = "those that wait for the same categories, too, and one for each action that they wait for"
    PROVIDED = "those, and all that do any of these actions"


class Need(Enum):
    """Which clauses of its rule a quiet slice has, by what its goals need."""

    NONE = "no exception, and no `never`"
    OWN = "those that wait for nothing that others show: `only if`, `at most once`, `overrides`"
    ALL = "all"


def need_of(goal: Formula) -> Need:
    """What has to stop the rule for a goal to be true."""
    causes = {each.cause for each in stops_in(goal)}
    if not causes:
        return Need.NONE
    return Need.ALL if causes & {Cause.EXCEPT, Cause.NEVER} else Need.OWN


def quiet(policy: Policy, name: str, reach: Reach, need: Need) -> Policy:
    """A slice in which the rule of this name acts and is stopped; nothing is ever unknown in it, and no exception
    stops the other rules."""
    by_name = {part.name: part for part in parts_of(policy)}
    kept = {name}
    if reach is not Reach.ALONE:
        read = _waits_for(policy, by_name[name])
        kept |= {
            each for each, part in by_name.items() if _waits_for(policy, part) & read and not _on_trial(part)
        }
        kept = _provided(policy, kept, reach)
    kept |= _parties(policy, kept)
    left = _only(policy, kept)

    def guarded(part: Kept) -> Kept:
        guards = part.guards
        if part.name != name or need is not Need.ALL:
            guards = replace(guards, excepts=())
        if part.name == name and reach is Reach.ALONE and need is not Need.OWN:
            guards = replace(guards, only_if=None, at_most=None)
        return replace(part, guards=guards)

    return replace(
        left,
        vocabulary=_certain(policy.vocabulary),
        rules=tuple(map(guarded, left.rules)),
        ladders=tuple(map(guarded, left.ladders)),
        nevers=left.nevers if need is Need.ALL else (),
    )


def _provided(policy: Policy, kept: set[str], reach: Reach) -> set[str]:
    """These, with rules that do what they wait for."""
    by_name = {part.name: part for part in parts_of(policy)}
    found, waiting = set(kept), sorted(kept)
    while waiting:
        for action in sorted(_awaited(policy, by_name[waiting.pop()])):
            able = [each for each, part in by_name.items() if _does(part, action)]
            if reach is Reach.RELATED:
                able = [] if found & set(able) else able[:1]
            waiting += [each for each in able if each not in found]
            found.update(able)
    return found


def _waits_for(policy: Policy, part: Part) -> set[str]:
    """The categories of the trigger, and those that they imply."""
    labels = policy.vocabulary.labels
    read = part.on or () if isinstance(part, Ladder) else of_trigger(part.trigger)
    found: set[str] = set()
    left = [each.label for each in read if labels[each.label].kind is Kind.CATEGORY]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += labels[name].implies
    return found


def _certain(vocabulary: Vocabulary) -> Vocabulary:
    labels = {name: replace(entry, when_unknown="absent") for name, entry in vocabulary.labels.items()}
    return replace(vocabulary, labels=MappingProxyType(labels))


# --- loosened -----------------------------------------------------------------------------


def loosened(
    policy: Policy, names: Iterable[str], formula: Formula, *, is_before_end: bool, is_bare: bool = False
) -> Policy:
    """The rules of these names and those that override them, with all that others do set free.

    Good for formulas about these rules alone, in which actions are asked for by ``Does`` without texts.
    ``is_before_end``: the formula is true only where the chat has not been ended before. Up to there nobody ended
    it, so that endings by others need not be followed. ``is_bare``: what stops the rules is free, too, so that
    nothing has to be remembered for it, but for the clauses that the formula needs to stop something; for rules of
    which all or nothing is done (:func:`is_whole_or_nothing`).
    """
    kept = {*names}
    kept |= _parties(policy, kept)
    inside = [part for part in parts_of(policy) if part.name in kept]
    outside = [part for part in parts_of(policy) if part.name not in kept]
    stopped: set[str] = set()
    if is_bare:
        needed = stops_in(formula)
        stopped = {part.name for part in inside if set(_other_stops(policy, part, needed))}
        policy = _freely_stopped(policy, stopped, needed)
    asked = set(_spoken_of(formula))
    asked = asked.union(*(_awaited(policy, part) for part in parts_of(policy) if part.name in kept))
    if not is_before_end:
        asked |= {entry.name for entry in policy.vocabulary.actions.values() if entry.ends}
    free: set[str] = set()
    while left := {name for name in asked - free if any(_does(part, name) for part in outside)}:
        free |= left
        asked |= {
            action for never in policy.nevers if never.action in left for action in _taken_in(never.when)
        }
    acts = [_act(outside, action) for action in sorted(free)]
    signs = [_sign("stop", name) for name in sorted(stopped)]
    return _with_signs(_only(policy, kept), acts, signs)


def is_whole_or_nothing(policy: Policy, names: Iterable[str]) -> bool:
    """Whether no ``never`` can take some actions from these rules, or steps of ladders, and leave others."""
    forbidden = {never.action for never in policy.nevers}
    for part in parts_of(policy):
        for step in range(len(part.steps)) if isinstance(part, Ladder) else (None,):
            actions = {act.action for act in actions_of(part, step)}
            if part.name in names and len(actions) > 1 and actions & forbidden:
                return False
    return True


def _other_stops(policy: Policy, part: Part, needed: frozenset[Stopped]) -> Iterator[Stopped]:
    """What may stop it besides `applies when`, which asks for attributes alone, and what is needed."""
    for stop in stops_of(policy, part):
        if stop.cause is not Cause.APPLIES and stop not in needed:
            yield stop


def _freely_stopped(policy: Policy, names: set[str], needed: frozenset[Stopped]) -> Policy:
    """These rules and ladders with signs that stop them, in place of the clauses that are not needed.

    The sign is one exception more; the others keep their numbers, and those that are not needed are never so.
    """
    causes = {each.cause for each in needed}

    def freed(part: Kept) -> Kept:
        if part.name not in names:
            return part
        sign = Detected((Reading(_sign("stop", part.name)),), scope=HERE)
        mine = {each.cause: each for each in needed if each.rule == part.name}
        excepts: tuple[Condition, ...] = tuple(
            each if Stopped(0, part.name, Cause.EXCEPT, number) in needed else All((sign, Not(sign)))
            for number, each in enumerate(part.guards.excepts)
        )
        only_if = part.guards.only_if if Cause.ONLY_IF in mine else None
        at_most = part.guards.at_most if Cause.COOLDOWN in mine else None
        return replace(part, guards=Guards(part.guards.applies, only_if, (*excepts, sign), at_most))

    return replace(
        policy,
        rules=tuple(map(freed, policy.rules)),
        ladders=tuple(map(freed, policy.ladders)),
        nevers=policy.nevers if Cause.NEVER in causes else (),
        overrides=policy.overrides if Cause.OVERRIDES in causes else (),
    )


def _sign(kind: str, name: str) -> str:
    return f"{kind} {name}"  # no name of a policy has a blank


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


def _with_signs(policy: Policy, acts: list[Act], stops: list[str]) -> Policy:
    """The policy with rules that do each of these on a sign of its own; any message may show any of the signs."""
    signs = [*(_sign("free", act.action) for act in acts), *stops]
    if not signs:
        return policy
    labels = dict(policy.vocabulary.labels)
    labels |= {sign: LabelEntry(sign, Kind.EVENT, frozenset(Role), when_unknown="absent") for sign in signs}
    rules = [
        Rule(sign, When(Detected((Reading(sign),), scope=HERE)), (act,))
        for sign, act in zip(signs, acts, strict=False)
    ]
    return replace(
        policy,
        vocabulary=replace(policy.vocabulary, labels=MappingProxyType(labels)),
        rules=tuple(sorted((*policy.rules, *rules), key=lambda each: each.name)),
    )


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
