"""The cone of influence of a question: the policies, cut to what can affect its formula.

A rule stays where its actions, its firing or its stops can make a difference to the formula: directly, or
because another rule that stays asks whether an action was taken, counts since it, is overridden, or acts only
until the chat is ended. All else goes, with the labels that nobody then reads. (E. M. Clarke, O. Grumberg and
D. Peled, "Model Checking", 1999, section 13.1.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from policy_engine.model.decision import Cause
from policy_engine.model.model import After, Condition, Count, Policy, Rule, SinceAction, Taken
from policy_engine.model.parts import action_names, conditions_of, parts_of, singles_of
from policy_engine.model.timing import is_timed
from policy_engine.verify.question import (
    CounterAt,
    Differ,
    Does,
    Ended,
    Fires,
    Formula,
    Happens,
    HeldOnce,
    Holds,
    MoreOften,
    Overdue,
    Question,
    Reached,
    ReachedNow,
    Stopped,
    Unanswered,
)
from policy_engine.verify.walking import mapped, parts_of_formula


def cut(question: Question) -> Question:
    """The same question of the policies without what cannot affect it. Its answer is the same."""
    wanted = [_Wanted(policy) for policy in question.policies]
    for part in parts_of_formula(question.bad):
        _want(question, wanted, part)
    policies = tuple(each.policy() for each in wanted)

    def renumbered(atom: Formula) -> Formula:
        if isinstance(atom, Stopped) and atom.cause is Cause.NEVER:
            return replace(atom, clause=wanted[atom.policy].nevers.index(atom.clause))
        if isinstance(atom, Stopped) and atom.cause is Cause.OVERRIDES:
            return replace(atom, clause=wanted[atom.policy].overrides.index(atom.clause))
        return atom

    occasion = question.occasion if question.occasion is None else mapped(question.occasion, renumbered)
    return replace(question, policies=policies, bad=mapped(question.bad, renumbered), occasion=occasion)


def _want(question: Question, wanted: list[_Wanted], part: Formula) -> None:
    match part:
        case Does(view, action) | MoreOften(view, action) | Overdue(view, action):
            wanted[question.views[view].policy].want_named(question, view, (action,))
        case Fires(policy, rule) | Stopped(policy, rule) | CounterAt(policy, rule):
            wanted[policy].want_part(rule)
        case Differ(one, other, action):
            for policy in (one, other):
                names = question.policies[policy].vocabulary.actions
                wanted[policy].want_actions([action] if action is not None else names)
        case Holds(view, condition) | HeldOnce(view, condition):
            wanted[question.views[view].policy].want_named(question, view, actions_in(condition))
        case Reached(view, count):
            wanted[question.views[view].policy].want_named(question, view, _markers((count,)))
        case ReachedNow(view, counts):
            wanted[question.views[view].policy].want_named(question, view, _markers(counts))
        case Ended(policy) | Unanswered(policy):
            wanted[policy].want_ending()
        case Happens():
            return
        case _:
            return


def actions_in(condition: Condition) -> Iterator[str]:
    """The actions that a condition asks for."""
    return (each.action for each in singles_of(condition) if isinstance(each, Taken))


def _markers(counts: Iterable[Count]) -> Iterator[str]:
    return (each.since.action for each in counts if isinstance(each.since, SinceAction))


class _Wanted:
    """What is wanted of one policy."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._by_name = {part.name: part for part in parts_of(policy)}
        self._names: set[str] = set()
        self._actions: set[str] = set()

    def want_named(self, question: Question, view: int, actions: Iterable[str]) -> None:
        """Actions by the names that a view has for them."""
        asked = set(actions)
        named = question.views[view].named
        self.want_actions(each for each in self._policy.vocabulary.actions if named(each) in asked)

    def want_actions(self, actions: Iterable[str]) -> None:
        """Every rule and ladder that may do one of these."""
        for action in sorted(set(actions) - self._actions):
            self._actions.add(action)
            for name, part in self._by_name.items():
                is_trial = isinstance(part, Rule) and part.trial
                if not is_trial and action in action_names(part):
                    self.want_part(name)

    def want_ending(self) -> None:
        """Every rule that may end the chat."""
        self.want_actions(each.name for each in self._policy.vocabulary.actions.values() if each.ends)

    def want_part(self, name: str) -> None:
        """A rule or ladder, and all that it depends on."""
        if name in self._names:
            return
        self._names.add(name)
        part = self._by_name[name]
        for condition in conditions_of(part.guards):
            self.want_actions(actions_in(condition))
        if isinstance(part, Rule) and isinstance(part.trigger, After):
            self.want_actions(_markers(part.trigger.counts))
        actions = action_names(part)
        for never in self._policy.nevers:
            if never.action in actions:
                self.want_actions(actions_in(never.when))
        for each in self._policy.overrides:
            if each.loser == name:
                self.want_part(each.winner)
        entries = self._policy.vocabulary.actions
        if not all(entries[action].even_after_end for action in actions):
            self.want_ending()

    @property
    def nevers(self) -> list[int]:
        """The numbers of the ``never`` lines that stay."""
        kept = {action for name in self._names for action in action_names(self._by_name[name])}
        return [number for number, each in enumerate(self._policy.nevers) if each.action in kept]

    @property
    def overrides(self) -> list[int]:
        """The numbers of the ``overrides`` that stay."""
        return [number for number, each in enumerate(self._policy.overrides) if each.loser in self._names]

    def policy(self) -> Policy:
        """The policy without the rest."""
        policy = self._policy
        left = replace(
            policy,
            rules=tuple(each for each in policy.rules if each.name in self._names),
            ladders=tuple(each for each in policy.ladders if each.name in self._names),
            nevers=tuple(policy.nevers[number] for number in self.nevers),
            overrides=tuple(policy.overrides[number] for number in self.overrides),
        )
        return replace(left, timed=is_timed(left))
