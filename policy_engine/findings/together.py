"""Many goals about one policy, in as few searches as may be.

1. *Quiet* slices: a rule and those that wait for the same. What is met there is run again in the whole policy, for
   all goals at once; most goals are met so, by a few messages.
2. One message: an ending, by what the rule that ends the chat waits for and what stops it
   (:mod:`policy_engine.verify.rule_by_rule`).
3. *Loosened* slices, smaller ones first: what is never met there is never met.
4. The whole, as far as it bears on the goals.

In 1, 3 and 4 all goals of a slice are looked for in one search (:mod:`policy_engine.verify.sweep`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from policy_engine.findings.endings import ending, ending_parts, ends
from policy_engine.findings.slices import (
    Need,
    Reach,
    is_whole_or_nothing,
    loosened,
    need_of,
    parts_in_formula,
    quiet,
    with_doers,
)
from policy_engine.findings.stopping import is_done_after_end
from policy_engine.model.model import Policy
from policy_engine.model.parts import parts_of
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.alphabet import TooWide
from policy_engine.verify.cone import cut
from policy_engine.verify.explicit import METHOD, search
from policy_engine.verify.facts import TooMany
from policy_engine.verify.product import Input, needs_times
from policy_engine.verify.prover import Answer, Budget, Never, Shown
from policy_engine.verify.question import (
    And,
    CounterAt,
    Does,
    Fires,
    Formula,
    Negation,
    Or,
    Question,
    Stopped,
    own_view,
)
from policy_engine.verify.rule_by_rule import RuleByRule
from policy_engine.verify.stops import stops_of
from policy_engine.verify.sweep import product_of, sweep
from policy_engine.verify.walking import mapped, parts_of_formula
from policy_engine.verify.witness import START, Found, plainness

QUIET = (
    (Reach.ALONE, 2_000, True),
    (Reach.RELATED, 3_000, True),
    (Reach.RELATED, 1_500, False),
)
FAR = ((Reach.RELATED, 8_000, True), (Reach.PROVIDED, 8_000, True))
"""Which quiet slices are gone through, in this order: how many states one may have, and whether it is plain exchanges
alone that are looked at. Those that go far come when it is not soon proved that there is nothing to be met."""
BARE_STATES = 6_000
LOOSE_STATES = (6_000, 20_000)
"""How many states a loosened slice may have: of few rules, and of all that they wait for."""
_MEMORY = 4
"""How many times as many states a slice may have for a goal that has to remember something itself."""
WHOLE_STATES = 20_000
_SHARE = 0.2
"""Of the time that is left, for each search of the whole, and for each proof by one message."""


def question_about(policy: Policy, formula: Formula) -> Question:
    """A formula about one policy, read by the policy's own view."""
    return Question((policy,), (own_view((policy,)),), formula)


def contents(policy: Policy) -> object:
    """All that tells policies of one vocabulary apart."""
    return policy.rules, policy.ladders, policy.nevers, policy.overrides


class Together:
    """Asks all goals. What is found is put into ``answers``; what is not decided is left out."""

    def __init__(
        self, policy: Policy, goals: Sequence[Formula], budget: Budget, answers: dict[Formula, Answer]
    ) -> None:
        self._policy = policy
        self._goals = goals
        self._budget = budget
        self._answers = answers
        self._trial = _Trial(policy, goals)
        self._tried: dict[object, int] = {}
        """With how many states a slice has been gone through for what is open."""

    def ask(self) -> None:
        """What can be first, for it is soon found; then what never can."""
        self._try_endings()
        self._try_slices(QUIET[:1])
        self._try_due()
        self._try_slices(QUIET[1:])
        self._try_bare()
        self._try_slices(FAR)
        self._try_loosened(lambda goal: parts_in_formula(goal), LOOSE_STATES[0])
        self._try_loosened(
            lambda goal: with_doers(self._policy, parts_in_formula(goal), goal), LOOSE_STATES[1]
        )
        self._try_whole()

    def _open(self) -> list[Formula]:
        return [] if self._budget.is_spent else [each for each in self._goals if each not in self._answers]

    # --- what can be ---

    def _try_slices(self, slices: Sequence[tuple[Reach, int, bool]]) -> None:
        for reach, states, is_exchange in slices:
            for need in Need:
                for part in parts_of(self._policy):
                    self._try_quiet(part.name, reach, need, states, is_exchange=is_exchange)

    def _try_quiet(self, name: str, reach: Reach, need: Need, states: int, *, is_exchange: bool) -> None:
        mine = [each for each in self._open() if name in parts_in_formula(each) and need_of(each) is need]
        if not mine:
            return
        policy = quiet(self._policy, name, reach, need)
        plain = [each for each in mine if _is_plain(each)]
        for several in (plain, *([each] for each in mine if each not in plain)):
            goals = [_of_those(each, policy) for each in several if each not in self._answers]
            if goals:
                most = states if _is_plain(several[0]) else _MEMORY * states
                self._try_goals(policy, goals, most, is_exchange=is_exchange)

    def _try_goals(self, policy: Policy, goals: list[Formula], states: int, *, is_exchange: bool) -> None:
        tried = (contents(policy), tuple(goals), is_exchange)
        if self._tried.get(tried, 0) >= states:
            return
        question = question_about(policy, Or(tuple(goals)))
        self._tried[tried] = states
        try:
            product = product_of(question, goals)
            if product.is_timed:
                paths = self._timed_paths(question, goals, Budget(self._budget.left, states))
            else:
                swept = sweep(product, Budget(self._budget.left, states), is_exchange=is_exchange)
                paths = swept.paths
                if swept.is_all:
                    self._tried[tried] = sys.maxsize
            for path in paths:
                self._confirm(path.conversation(product.readers, needs_times(question)))
        except (TooWide, TooMany):
            return

    @staticmethod
    def _timed_paths(question: Question, goals: Sequence[Formula], budget: Budget) -> tuple[Found, ...]:
        """Where times matter, each goal by itself."""
        found = (search(product_of(question, (goal,)), budget) for goal in goals)
        return tuple(each for each in found if isinstance(each, Found))

    def _confirm(self, conversation: Conversation) -> None:
        """Every goal that the conversation shows in the whole policy."""
        for goal, shown in self._trial.shown(conversation):
            before = self._answers.get(goal)
            is_plainer = isinstance(before, Shown) and plainness(shown) < plainness(before.conversation)
            if before is None or is_plainer:
                self._answers[goal] = Shown(shown, METHOD, is_shortest=False)

    # --- what never can ---

    def _try_endings(self) -> None:
        """Endings, each as if only its own rule ended chats: up to the first ending, none of the others did."""
        action = ending(self._policy.vocabulary)
        own = {ends(self._policy, part): part.name for part in ending_parts(self._policy)}
        others = {part.name for part in parts_of(self._policy)} - set(own.values())
        for goal in self._open():
            if not isinstance(goal, And) or goal.formulas[0] not in own:
                continue
            name = own[goal.formulas[0]]
            asked = And((Does(0, action), *goal.formulas[1:]))
            if parts_in_formula(asked) - {name}:
                continue
            rest = And(goal.formulas[1:])
            policy = loosened(self._policy, {name, *others}, rest, is_before_end=True)
            answer = RuleByRule().answer(question_about(policy, asked), self._budget.part(_SHARE))
            if isinstance(answer, Never):
                self._answers[goal] = answer

    def _try_loosened(self, kept: Callable[[Formula], frozenset[str]], states: int) -> None:
        groups: dict[object, tuple[Policy, list[Formula]]] = {}
        for goal in self._open():
            names = kept(goal)
            if names:
                is_before = self._is_before_end(goal)
                policy = loosened(self._policy, names, goal, is_before_end=is_before)
                key = (contents(policy), () if _is_plain(goal) else goal)
                groups.setdefault(key, (policy, []))[1].append(goal)
        for policy, goals in groups.values():
            self._never_in(policy, goals, states)

    def _try_due(self) -> None:
        """What needs a rule that is never due: one that would not act even if nothing stopped it."""
        for part in parts_of(self._policy):
            goals = [each for each in self._open() if _needs(each, part.name)]
            if not goals:
                continue
            fires = Fires(0, part.name)
            is_before = not is_done_after_end(self._policy, part)
            policy = loosened(self._policy, {part.name}, fires, is_before_end=is_before, is_bare=True)
            answers: dict[Formula, Answer] = {}
            self._never_in(policy, [fires], BARE_STATES, answers)
            self._answers |= {goal: answers[fires] for goal in goals if fires in answers}

    def _try_bare(self) -> None:
        """What never can be, whatever stops the rules."""
        groups: dict[object, tuple[Policy, list[Formula]]] = {}
        for goal in self._open():
            names = parts_in_formula(goal)
            if names and is_whole_or_nothing(self._policy, names):
                is_before = self._is_before_end(goal)
                policy = loosened(self._policy, names, goal, is_before_end=is_before, is_bare=True)
                key = (contents(policy), () if _is_plain(goal) else goal)
                groups.setdefault(key, (policy, []))[1].append(goal)
        for policy, goals in groups.values():
            self._never_in(policy, goals, BARE_STATES)

    def _is_before_end(self, goal: Formula) -> bool:
        """Whether it is about rules only that do nothing after the end."""
        parts = [each for each in parts_of(self._policy) if each.name in parts_in_formula(goal)]
        return not any(is_done_after_end(self._policy, each) for each in parts)

    def _try_whole(self) -> None:
        groups: dict[object, list[Formula]] = {}
        for goal in self._open():
            (bearing,) = cut(question_about(self._policy, goal)).policies
            groups.setdefault((contents(bearing), () if _is_plain(goal) else goal), []).append(goal)
        for goals in groups.values():
            self._never_in(self._policy, goals, WHOLE_STATES)

    def _never_in(
        self,
        policy: Policy,
        goals: list[Formula],
        states: int,
        answers: dict[Formula, Answer] | None = None,
    ) -> None:
        """Which of the goals are never met in the policy; where it is the whole, also which are.

        What is found is put into ``answers`` (None: those of all goals).
        """
        answers = self._answers if answers is None else answers
        if self._budget.is_spent:
            return
        asked = goals if policy is self._policy else [_of_those(each, policy) for each in goals]
        question = question_about(policy, Or(tuple(asked)))
        try:
            product = product_of(question, asked)
            if product.is_timed:
                return
            swept = sweep(product, Budget(self._budget.left * _SHARE, states))
        except (TooWide, TooMany):
            return
        for number, goal in enumerate(goals):
            if number not in swept.met and swept.reason is None:
                answers[goal] = Never(METHOD)
        if policy is self._policy:
            for path in swept.paths:
                self._confirm(path.conversation(product.readers, needs_times(question)))


class _Trial:
    """The whole policy, in which conversations are tried for all goals at once."""

    def __init__(self, policy: Policy, goals: Sequence[Formula]) -> None:
        self._product = product_of(question_about(policy, Or(())), goals, is_whole=True)
        asked = self._product.watch.question.bad
        assert isinstance(asked, Or)
        truths = map(self._product.watch.truth_of, asked.formulas)
        self._goals = list(zip(goals, truths, strict=True))

    def shown(self, conversation: Conversation) -> Iterator[tuple[Formula, Conversation]]:
        """Each goal that is true at a message, with the conversation up to the first of these."""
        if any(message.time is None for message in conversation.messages):  # what was left out may need times
            messages = tuple(replace(message, time=START) for message in conversation.messages)
            conversation = replace(conversation, messages=messages)
        product, left = self._product, list(self._goals)
        state = product.begun(dict(conversation.attributes))
        for index, message in enumerate(conversation.messages):
            memory = state.memory
            seen = Input(product.letter(message, conversation.looked_for))
            state, _, told = product.look(state, seen, message.time or 0)
            true = [goal for goal, test in left if test(memory, told)]
            left = [each for each in left if each[0] not in true]
            for goal in true:
                yield goal, replace(conversation, messages=conversation.messages[: index + 1])


def _needs(formula: Formula, name: str) -> bool:
    """Whether a formula can only be true at a message at which a rule is due."""
    match formula:
        case And(parts):
            return any(_needs(each, name) for each in parts)
        case Or(parts):
            return bool(parts) and all(_needs(each, name) for each in parts)
        case Fires(_, rule) | Stopped(_, rule):
            return rule == name
        case _:
            return False


def _is_plain(formula: Formula) -> bool:
    """Whether what the policy does at one message is all that a formula asks for: no search has to remember more."""
    plain = (And, Or, Negation, Fires, Stopped, CounterAt, Does)
    return all(isinstance(each, plain) for each in parts_of_formula(formula))


def _of_those(formula: Formula, policy: Policy) -> Formula:
    """The formula of a policy in which some rules and clauses are not: those never act, and stop nothing."""
    parts = {part.name: part for part in parts_of(policy)}

    def of(atom: Formula) -> Formula:
        if parts_in_formula(atom) - parts.keys():
            return Or(())
        if isinstance(atom, Stopped) and atom not in stops_of(policy, parts[atom.rule]):
            return Or(())
        return atom

    return mapped(formula, of)
