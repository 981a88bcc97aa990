"""Questions about a few rules, asked of those rules alone first.

What a rule counts and what stops it is mostly its own business, while the whole of a policy has too many states to
be gone through one by one. So a question is first asked of policies that hold no more than the sentences it is
about, and those that they wait for. What is found there is run again in the whole policies and given only if
it shows there what was asked for. So it is right, though another conversation may be shorter. That nothing shows it
is said by the prover of the whole alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from policy_engine.machine.readings import readings_of
from policy_engine.model.decision import Cause
from policy_engine.model.model import After, Guards, Ladder, Policy, Rule, SinceAction, Taken
from policy_engine.model.parts import action_names, conditions_of, parts_of, singles_of
from policy_engine.verify.prover import Answer, Budget, GaveUp, Prover, Shown
from policy_engine.verify.question import (
    And,
    CounterAt,
    Differ,
    Does,
    Earlier,
    Fires,
    Formula,
    Negation,
    Or,
    Question,
    Stopped,
)
from policy_engine.verify.replay import first_true
from policy_engine.verify.walking import atoms_of, mapped
from policy_engine.verify.witness import START
from policy_engine.vocabulary.vocabulary import Kind, Vocabulary

FIRST_STATES = 400
"""How many states the whole question may have at first: of a small policy, what is shown is then shortest."""
STATES = (2_000, 20_000)
"""How many states a narrowed question may have; first all are tried with few, then again with more."""
_QUICK_STATES = (2_000, 8_000)
"""The same for a prover that says nothing where it finds nothing."""
_QUICK_SHARE = 0.2
"""Of the time that is left, for finding something quickly: there may be nothing."""
_FIRST_SHARE = 0.1
"""Of the time that is left, for those few states, where there is another way."""
_SHARE = 0.5
"""Of the time that is left, for a conversation that is shorter than one that was found."""
_WHOLE_SHARE = 0.85
"""Of the time that is left, for the whole, before its parts are gone through."""

_LEAST = 0.001
"""Seconds: a budget that is spent has nothing left, and a prover has to be asked to say how far it got."""

_PROVIDERS = 2
"""Ways to an action that a rule waits for, each of which is tried by itself."""

Part = Rule | Ladder
Kept = TypeVar("Kept", Rule, Ladder)


class Wanted(Enum):
    """Which conversation is looked for."""

    ANY = "any"
    """The one that is found soonest."""
    FOUND = "found"
    """The shortest of a small policy; of a large one, any."""
    SHORTEST = "shortest"
    """The shortest, as far as half of the time goes."""


class Narrowing:
    """A prover that asks others about parts of the policies, then about the whole.

    ``whole`` is asked about all there is. ``quick`` finds what can be in parts, or nothing; ``by_states`` goes
    through the states of parts (None: as ``whole`` does).
    """

    def __init__(
        self, whole: Prover, quick: Prover | None = None, by_states: Prover | None = None,
        wanted: Wanted = Wanted.FOUND,
    ) -> None:  # fmt: skip
        self._whole = whole
        self._quick = quick
        self._by_states = by_states or whole
        self._wanted = wanted

    def answer(self, question: Question, budget: Budget) -> Answer:
        """What the other provers show of a narrowed question and the whole confirms; else what is said of the whole."""
        narrowed = list(_narrowed(question))
        steps: list[Callable[[], Answer | None]] = [
            partial(self._few_states, question, budget),
            partial(self._quickly, question, narrowed, budget),
        ]
        if self._wanted is Wanted.ANY:
            steps.reverse()
        if self._by_states is not self._whole:
            steps.append(partial(self._of_the_whole, question, budget))
        steps.append(partial(self._in_parts, question, narrowed, budget))
        for step in steps:
            found = step()
            if found is not None:
                return self._shorter(question, found, budget)
            if budget.is_spent:
                return GaveUp(f"after {budget.seconds:g} seconds")
        return self._whole.answer(question, Budget(max(budget.left, _LEAST), budget.states))

    def _few_states(self, question: Question, budget: Budget) -> Answer | None:
        """What is said of the whole where it has few states."""
        share = 1.0 if self._by_states is self._whole else _FIRST_SHARE
        found = self._by_states.answer(question, Budget(max(budget.left * share, _LEAST), FIRST_STATES))
        return None if isinstance(found, GaveUp) else found

    def _of_the_whole(self, question: Question, budget: Budget) -> Answer | None:
        """What is said of the whole within a share of the time: where it has another way than going through states."""
        found = self._whole.answer(question, budget.part(_WHOLE_SHARE))
        return None if isinstance(found, GaveUp) else found

    def _quickly(self, question: Question, narrowed: Sequence[Question], budget: Budget) -> Shown | None:
        budget = budget.part(_QUICK_SHARE)
        for states in _QUICK_STATES if self._quick is not None else ():
            for part in narrowed:
                assert self._quick is not None
                found = self._quick.answer(part, Budget(budget.left, states))
                shown = self._confirmed(question, found)
                if shown is not None or budget.is_spent:
                    return shown
        return None

    def _in_parts(self, question: Question, narrowed: Sequence[Question], budget: Budget) -> Shown | None:
        open_questions = list(narrowed)
        for states in STATES:
            undecided = []
            for part in open_questions:
                found = self._by_states.answer(part, Budget(max(budget.left, _LEAST), states))
                shown = self._confirmed(question, found)
                if shown is not None or budget.is_spent:
                    return shown
                if isinstance(found, GaveUp):
                    undecided.append(part)
            open_questions = undecided
        return None

    def _shorter(self, question: Question, answer: Answer, budget: Budget) -> Answer:
        """The shortest, where that is wanted and found."""
        if self._wanted is not Wanted.SHORTEST or not isinstance(answer, Shown) or answer.is_shortest:
            return answer
        found = self._whole.answer(question, budget.part(_SHARE))
        if not isinstance(found, Shown):
            return answer
        is_shorter = len(found.conversation.messages) < len(answer.conversation.messages)
        return found if found.is_shortest or is_shorter else answer

    @staticmethod
    def _confirmed(question: Question, found: Answer) -> Shown | None:
        """What was found, up to where it shows in the whole policies what was asked for; None where it does not."""
        if not isinstance(found, Shown):
            return None
        conversation = found.conversation
        if any(message.time is None for message in conversation.messages):  # what was left out may need times
            messages = tuple(replace(message, time=START) for message in conversation.messages)
            conversation = replace(conversation, messages=messages)
        at = first_true(question, conversation)
        if at is None:
            return None
        shown = replace(conversation, messages=conversation.messages[: at + 1])
        return replace(found, conversation=shown, is_shortest=False)


@dataclass(frozen=True, slots=True)
class _Seed:
    """What a narrowed question begins with: rules, and which way to each action that is waited for (None: all).

    ``is_bare``: without what stops the rules. ``is_certain``: no label is in doubt.
    """

    names: frozenset[str]
    provider: int | None
    is_bare: bool
    is_certain: bool


def _narrowed(question: Question) -> Iterator[Question]:
    """The question of fewer and fewer left out."""
    met: list[tuple[Policy, ...]] = [question.policies]
    for seed in _seeds(question):
        names = frozenset().union(
            *(_closed(policy, seed.names, seed.provider) for policy in question.policies)
        )
        keeping = _Keeping(question, names, seed)
        policies = tuple(keeping.only(policy) for policy in question.policies)
        if policies not in met:
            met.append(policies)
            views = tuple(
                replace(each, vocabulary=policies[each.policy].vocabulary) for each in question.views
            )
            yield replace(question, policies=policies, views=views, bad=_of_those(question.bad, policies))


def _seeds(question: Question) -> Iterator[_Seed]:
    """One rule and what it waits for, without and with what stops it; then all rules that the question is about,
    those that may end the chat before, and all ways to each action that is waited for."""
    asked = tuple(dict.fromkeys(_asked(question)))
    together = frozenset(asked)
    if not asked:
        return
    for is_bare, is_certain in ((True, True), (False, True), (False, False)):
        for name in asked:
            for provider in range(_PROVIDERS):
                yield _Seed(frozenset({name}), provider, is_bare, is_certain)
    for is_bare, is_certain in ((True, True), (False, False)):
        yield _Seed(together, 0, is_bare, is_certain)
    yield _Seed(together | _enders(question, together), 0, is_bare=False, is_certain=True)
    yield _Seed(together, None, is_bare=False, is_certain=False)


def _enders(question: Question, names: frozenset[str]) -> frozenset[str]:
    """The rules that end the chat on the labels that these rules read, and so may keep them from acting."""
    found = set()
    for policy in question.policies:
        mine = {each for part in parts_of(policy) if part.name in names for each in _labels(part, policy)}
        ends = {entry.name for entry in policy.vocabulary.actions.values() if entry.ends}
        for part in parts_of(policy):
            if ends & action_names(part) and not _on_trial(part) and _labels(part, policy) & mine:
                found.add(part.name)
    return frozenset(found)


def _labels(part: Part, policy: Policy) -> set[str]:
    """The categories that a rule or ladder waits for; what stops it does not count."""
    bare = replace(part, guards=Guards())
    rules = (bare,) if isinstance(bare, Rule) else ()
    ladders = (bare,) if isinstance(bare, Ladder) else ()
    read = readings_of(replace(policy, rules=rules, ladders=ladders, nevers=()))
    return {each.label for each in read if policy.vocabulary.labels[each.label].kind is Kind.CATEGORY}


def _asked(question: Question) -> Iterator[str]:
    """The rules and ladders that a question is about: those that it names, and those in which policies differ."""
    first, *others = question.policies
    for atom in atoms_of(question.bad):
        match atom:
            case Fires(rule=name) | Stopped(rule=name) | CounterAt(rule=name):
                yield name
            case Does(view, action):
                policy = question.policies[question.views[view].policy]
                yield from (part.name for part in parts_of(policy) if action in action_names(part))
            case Differ():
                for other in others:
                    yield from _differing(first, other)
            case _:
                continue


def _differing(one: Policy, other: Policy) -> Iterator[str]:
    before, after = ({part.name: part for part in parts_of(policy)} for policy in (one, other))
    yield from (name for name in sorted({*before, *after}) if before.get(name) != after.get(name))
    for each in {*one.overrides} ^ {*other.overrides}:
        yield from (each.winner, each.loser)
    actions = {never.action for never in {*one.nevers} ^ {*other.nevers}}
    for part in parts_of(one):
        if actions & action_names(part):
            yield part.name


def _closed(policy: Policy, asked: frozenset[str], provider: int | None) -> frozenset[str]:
    """Those that are asked for, and those that do what they wait for: of those that do an action, the one of that
    number, or the last where there are fewer (None: all)."""
    parts = {part.name: part for part in parts_of(policy)}
    kept = {name for name in asked if name in parts}
    waiting = sorted(kept)
    while waiting:
        for action in sorted(_awaited(parts[waiting.pop()], policy)):
            able = [
                name for name, part in parts.items() if action in action_names(part) and not _on_trial(part)
            ]
            if provider is not None:
                able = [] if kept & set(able) else able[: provider + 1][-1:]
            for name in able:
                if name not in kept:
                    kept.add(name)
                    waiting.append(name)
    return frozenset(kept)


def _awaited(part: Part, policy: Policy) -> set[str]:
    """The actions that a rule's clauses and counts ask for, and those of what stops its own actions."""
    conditions = [*conditions_of(part.guards)]
    conditions += [never.when for never in policy.nevers if never.action in action_names(part)]
    found = {
        each.action for condition in conditions for each in singles_of(condition) if isinstance(each, Taken)
    }
    trigger = part.trigger if isinstance(part, Rule) else None
    counts = trigger.counts if isinstance(trigger, After) else ()
    return found | {each.since.action for each in counts if isinstance(each.since, SinceAction)}


def _certain(vocabulary: Vocabulary) -> Vocabulary:
    """The vocabulary in which what is unknown is absent: so nothing is in doubt."""
    labels = {name: replace(entry, when_unknown="absent") for name, entry in vocabulary.labels.items()}
    return replace(vocabulary, labels=MappingProxyType(labels))


def _of_those(formula: Formula, policies: tuple[Policy, ...]) -> Formula:
    """The formula of policies in which some rules and clauses are not: those never act, and never stop anything."""
    parts = [{part.name: part for part in parts_of(policy)} for policy in policies]

    def of(atom: Formula) -> Formula:
        match atom:
            case Fires(policy, rule) | CounterAt(policy, rule):
                return atom if rule in parts[policy] else Or(())
            case Stopped(policy, rule):
                is_there = rule in parts[policy] and _has(policies[policy], parts[policy][rule], atom)
                return atom if is_there else Or(())
            case _:
                return atom

    return mapped(formula, of)


def _has(policy: Policy, part: Part, stop: Stopped) -> bool:
    """Whether there is a clause that could stop the rule so."""
    match stop.cause:
        case Cause.EXCEPT:
            return stop.clause < len(part.guards.excepts)
        case Cause.NEVER:
            return stop.clause < len(policy.nevers)
        case Cause.OVERRIDES:
            return stop.clause < len(policy.overrides)
        case _:
            return True


class _Keeping:
    """What is kept of policies: these rules; and, unless the seed is bare, what stops them.

    What the question says to stop a rule, and what the policies differ in, is kept in any case.
    """

    def __init__(self, question: Question, names: frozenset[str], seed: _Seed) -> None:
        self._policies = question.policies
        self._stops = frozenset(each for each in _said(question.bad) if isinstance(each, Stopped))
        causes = {each.cause for each in self._stops}
        self._is_bare = seed.is_bare
        self._is_certain = seed.is_certain
        self._nevers = Cause.NEVER in causes or self._is_unlike("nevers") or not seed.is_bare
        self._overrides = Cause.OVERRIDES in causes or self._is_unlike("overrides")
        for policy in question.policies if self._overrides else ():
            names |= {name for each in policy.overrides for name in (each.winner, each.loser)}
        self._names = names

    def _is_unlike(self, field: str) -> bool:
        return len({getattr(policy, field) for policy in self._policies}) > 1

    def only(self, policy: Policy) -> Policy:
        """The policy with what is kept."""
        kept = self._names
        overrides = tuple(each for each in policy.overrides if {each.winner, each.loser} <= kept)
        return replace(
            policy,
            vocabulary=_certain(policy.vocabulary) if self._is_certain else policy.vocabulary,
            rules=tuple(self._guarded(each) for each in policy.rules if each.name in kept),
            ladders=tuple(self._guarded(each) for each in policy.ladders if each.name in kept),
            nevers=policy.nevers if self._nevers else (),
            overrides=policy.overrides if self._overrides else () if self._is_bare else overrides,
        )

    def _guarded(self, part: Kept) -> Kept:
        is_said = any(each.rule == part.name and each.cause is Cause.EXCEPT for each in self._stops)
        if not self._is_bare or is_said or self._differs(part.name):
            return part
        return replace(part, guards=replace(part.guards, excepts=()))

    def _differs(self, name: str) -> bool:
        """Whether the policies have other exceptions in it."""
        found = {
            part.guards.excepts for policy in self._policies for part in parts_of(policy) if part.name == name
        }
        return len(found) > 1


def _said(formula: Formula) -> Iterator[Formula]:
    """The atoms that have to be true, or may have to be: not those that have to be false."""
    match formula:
        case And(several) | Or(several):
            for each in several:
                yield from _said(each)
        case Negation():
            return
        case Earlier(inner):
            yield from _said(inner)
        case _:
            yield formula


def _on_trial(part: Part) -> bool:
    return isinstance(part, Rule) and part.trial
