"""Whether two versions of a policy differ: only the rules that changed are stepped, in both.

Up to the first message at which they differ, two policies have done the same. So a rule that both have has stood
in the same state in both, and does the same at that message: the difference is one of the rules that changed, or
that a changed rule overrides. What the other rules do is the same for both, and is taken to be anything. If what
is found so is no difference of the policies themselves, the rules that did what was taken for granted are stepped,
too, and the search begins anew: see :mod:`policy_engine.verify.rule_by_rule` for the method.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from policy_engine.model.model import Act, After, Ladder, Never, Policy, Rule, SinceAction
from policy_engine.model.parts import action_names, conditions_of, parts_of
from policy_engine.model.timing import is_timed
from policy_engine.verify.alphabet import TooWide
from policy_engine.verify.cone import actions_in
from policy_engine.verify.explicit import search
from policy_engine.verify.facts import TooMany
from policy_engine.verify.product import Loose, Product, needs_times
from policy_engine.verify.prover import Answer, Budget, GaveUp, Shown
from policy_engine.verify.prover import Never as Nowhere
from policy_engine.verify.question import Differ, Question
from policy_engine.verify.replay import is_shown
from policy_engine.verify.witness import Found

METHOD = "the rules that changed were stepped"

_SHARE = 0.5
"""Of the time that is left: the rest is for whoever goes through both policies."""


class Changed:
    """Answers whether two policies of one vocabulary differ at a message."""

    def answer(self, question: Question, budget: Budget) -> Answer:
        """Whether they can; for any other question, gives up."""
        policies = question.policies
        if len(policies) != 2 or not isinstance(question.bad, Differ):
            return GaveUp("it is asked of something else than a difference")
        if question.bad.action is not None:
            return GaveUp("of one action, the two may have differed in others before")
        if policies[0].vocabulary != policies[1].vocabulary:
            return GaveUp("the two have different vocabularies")
        try:
            return _answer(question, budget.part(_SHARE))
        except (TooWide, TooMany) as fault:
            return GaveUp(str(fault))


def _answer(question: Question, budget: Budget) -> Answer:
    kept = _changed(*question.policies)
    while True:
        kept = _with_overrides(question.policies, kept)
        small = tuple(_only(policy, kept) for policy in question.policies)
        free = _free(question.policies, kept)
        product = Product(replace(question, policies=small), Loose(free))
        found = search(product, budget)
        if isinstance(found, Nowhere):
            return Nowhere(METHOD)
        if not isinstance(found, Found):
            return found
        conversation = found.conversation(product.readers, needs_times(question))
        if is_shown(question, conversation):
            return Shown(conversation, METHOD)
        done = {act.action for seen in found.path for act in seen.besides}
        more = _doers(question.policies, done) - kept
        if not more:
            # It may be that a rule that both have does at that message what only one of the changed rules does.
            more = _doers(question.policies, {each for policy in small for each in _actions(policy)}) - kept
        if not more:
            return GaveUp("what one rule does to another makes a difference", len(found.path) - 1)
        kept |= more


def _doers(policies: Iterable[Policy], actions: Iterable[str]) -> set[str]:
    """The rules and ladders that may do one of these actions."""
    wanted = set(actions)
    return {part.name for policy in policies for part in parts_of(policy) if wanted & action_names(part)}


def _actions(policy: Policy) -> frozenset[str]:
    """What a policy may do."""
    return frozenset[str]().union(*map(action_names, parts_of(policy)))


# --- Which rules are stepped --------------------------------------------------------------


def _changed(one: Policy, other: Policy) -> set[str]:
    """The rules and ladders that only one has, that differ, or that a `never` takes an action from in only one."""
    mine = {part.name: _content(part) for part in parts_of(one)}
    theirs = {part.name: _content(part) for part in parts_of(other)}
    found = {name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)}
    nevers = _nevers(one) ^ _nevers(other)
    forbidden = {action for action, _ in nevers}
    found |= {
        part.name for policy in (one, other) for part in parts_of(policy) if forbidden & action_names(part)
    }
    overrides = {(each.winner, each.loser) for each in one.overrides} ^ {
        (each.winner, each.loser) for each in other.overrides
    }
    return found | {name for pair in overrides for name in pair}


def _content(part: Rule | Ladder) -> Rule | Ladder:
    """All that decides: a reason is only told."""
    return replace(part, reason=None)


def _nevers(policy: Policy) -> set[tuple[str, object]]:
    return {(each.action, each.when) for each in policy.nevers}


def _with_overrides(policies: Iterable[Policy], names: set[str]) -> set[str]:
    """The names, and those that are tied to them by `overrides`, either way."""
    pairs = [(each.winner, each.loser) for policy in policies for each in policy.overrides]
    found = set(names)
    while True:
        more = {name for pair in pairs if found & {*pair} for name in pair}
        if more <= found:
            return found
        found |= more


def _only(policy: Policy, names: set[str]) -> Policy:
    """A policy with these rules and ladders alone."""
    rules = tuple(each for each in policy.rules if each.name in names)
    ladders = tuple(each for each in policy.ladders if each.name in names)
    left = replace(policy, rules=rules, ladders=ladders)
    actions = _actions(left)
    left = replace(
        left,
        nevers=tuple(each for each in policy.nevers if each.action in actions),
        overrides=tuple(each for each in policy.overrides if each.loser in names),
    )
    return replace(left, timed=is_timed(left))


def _free(policies: tuple[Policy, ...], names: set[str]) -> tuple[Act, ...]:
    """What the other rules do and the rules of these names hear of: what they ask for, and the ending."""
    heard = {each.name for each in policies[0].vocabulary.actions.values() if each.ends}
    for policy in policies:
        for part in parts_of(_only(policy, names)):
            heard.update(_heard(part))
        heard.update(action for never in _only(policy, names).nevers for action in _asked(never))
    done = {
        action
        for part in parts_of(policies[0])
        if part.name not in names and not (isinstance(part, Rule) and part.trial)
        for action in action_names(part)
    }
    return tuple(Act(action) for action in sorted(heard & done))


def _heard(part: Rule | Ladder) -> Iterator[str]:
    for condition in conditions_of(part.guards):
        yield from actions_in(condition)
    if isinstance(part, Rule) and isinstance(part.trigger, After):
        for count in part.trigger.counts:
            if isinstance(count.since, SinceAction):
                yield count.since.action


def _asked(never: Never) -> Iterator[str]:
    return actions_in(never.when)
