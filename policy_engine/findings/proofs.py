"""Questions about one policy, answered together: what can be and what never can, each with a conversation or a proof.

Most of what a finding asks for can be, and few messages show it. So the questions that are known beforehand are
asked together: of a few rules first (:mod:`policy_engine.policytest.narrowing`), all goals of these rules in one
search (:mod:`policy_engine.verify.sweep`), and what that meets is tried in the whole policy. What is left is asked
of the whole, again together as far as the same rules bear on it, and at last one by one, of every prover.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from policy_engine.findings.standing import standing
from policy_engine.model.model import Policy
from policy_engine.model.parts import parts_of
from policy_engine.policytest.asking import asking
from policy_engine.policytest.difference import difference_question
from policy_engine.policytest.narrowing import narrowings
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.alphabet import TooWide
from policy_engine.verify.cone import cut
from policy_engine.verify.explicit import METHOD, search
from policy_engine.verify.facts import TooMany
from policy_engine.verify.product import Input, needs_times
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import (
    CounterAt,
    Fires,
    Formula,
    Or,
    Question,
    Stopped,
    Unanswered,
    own_view,
)
from policy_engine.verify.sweep import product_of, sweep
from policy_engine.verify.walking import atoms_of, mapped, parts_of_formula
from policy_engine.verify.witness import START, Found, plainness

SECONDS = 5.0
"""What all questions about one policy may take, in seconds of this process's own work."""
_NARROW_STATES = 3_000
_WHOLE_STATES = 20_000
_SHARE = 0.25
"""Of the time that is left, for one question that is asked by itself."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A question that was asked and not decided within the budget: ``what`` in words, and why."""

    what: str
    reason: str


class Proofs:
    """Answers about one policy, each worked out once. ``seconds`` are for all of them together."""

    def __init__(self, policy: Policy, seconds: float = SECONDS) -> None:
        self.policy = policy
        self.seconds = seconds
        self._budget: Budget | None = None
        self._answers: dict[Formula, Answer] = {}
        self._alike: dict[object, Answer] = {}
        self._undecided: dict[tuple[str, str], None] = {}

    @property
    def undecided(self) -> tuple[Undecided, ...]:
        """What was asked so far and not decided, in the order of asking."""
        return tuple(Undecided(what, reason) for what, reason in self._undecided)

    def answer(self, formula: Formula, what: str) -> Answer:
        """Whether a formula about the policy (number 0, and its own view) can be true at some message.

        ``what`` says what is asked, as a fragment: it is told where that is not decided.
        """
        if self._budget is None:
            self._budget = Budget(self.seconds)
            _Together(
                self.policy, tuple(dict.fromkeys(standing(self.policy))), self._budget, self._answers
            ).ask()
        found = self._answers.get(formula)
        if found is None:
            found = self._answers[formula] = self._by_itself(_question(self.policy, formula))
        return self._noted(found, what)

    def can_be(self, formula: Formula, what: str) -> bool | None:
        """Whether the formula can be true; None where that is not decided."""
        found = self.answer(formula, what)
        return None if isinstance(found, GaveUp) else isinstance(found, Shown)

    def difference(self, changed: Policy, what: str) -> Answer:
        """A conversation in which another policy does something else, or that it never does."""
        if self._budget is None:
            self._budget = Budget(self.seconds)
        key = _contents(changed)
        if key not in self._alike:
            self._alike[key] = self._by_itself(difference_question(self.policy, changed))
        return self._noted(self._alike[key], what)

    def answer_to(self, question: Question, what: str) -> Answer:
        """The same of a question of any form."""
        if self._budget is None:
            self._budget = Budget(self.seconds)
        return self._noted(self._by_itself(question), what)

    def answer_of(self, policy: Policy, formula: Formula, what: str) -> Answer:
        """The same of another policy: of this one, changed."""
        if self._budget is None:
            self._budget = Budget(self.seconds)
        return self._noted(self._by_itself(_question(policy, formula)), what)

    def _by_itself(self, question: Question) -> Answer:
        assert self._budget is not None
        if self._budget.is_spent:
            return GaveUp(f"after {self.seconds:g} seconds for all questions")
        return asking(max(self._budget.left * _SHARE, 0.01))(question)

    def _noted(self, found: Answer, what: str) -> Answer:
        if isinstance(found, GaveUp):
            self._undecided[what, found.reason] = None
        return found


def _question(policy: Policy, formula: Formula) -> Question:
    return Question((policy,), (own_view((policy,)),), formula)


def _contents(policy: Policy) -> object:
    """All that tells policies of one vocabulary apart."""
    return policy.rules, policy.ladders, policy.nevers, policy.overrides


class _Together:
    """Many goals about one policy. What is found is put into ``answers``; what is not decided is left out."""

    def __init__(
        self, policy: Policy, goals: Sequence[Formula], budget: Budget, answers: dict[Formula, Answer]
    ) -> None:
        self._policy = policy
        self._budget = budget
        self._answers = answers
        self._goals = [
            each for each in goals if not any(isinstance(part, Unanswered) for part in parts_of_formula(each))
        ]
        self._trial = _Trial(policy, self._goals) if self._goals else None

    def ask(self) -> None:
        """Of single rules first, then of the whole."""
        if self._trial is None:
            return
        for part in parts_of(self._policy):
            self._of_rule(part.name)
        self._of_the_whole()

    def _open(self) -> list[Formula]:
        return [each for each in self._goals if each not in self._answers]

    # --- single rules ---

    def _of_rule(self, name: str) -> None:
        mine = [each for each in self._open() if name in _rules_in(each)]
        if not mine:
            return
        for narrowed in narrowings(_question(self._policy, Or(tuple(_about(each, name) for each in mine)))):
            if self._budget.is_spent or all(each in self._answers for each in mine):
                return
            goals = narrowed.bad
            assert isinstance(goals, Or)
            left = tuple(
                goal for goal, each in zip(goals.formulas, mine, strict=True) if each not in self._answers
            )
            for conversation in self._met(replace(narrowed, bad=Or(left))):
                self._confirm(conversation)

    def _met(self, question: Question) -> Iterator[Conversation]:
        """Conversations in which goals of a narrowed question are met."""
        budget = Budget(self._budget.left, _NARROW_STATES)
        assert isinstance(question.bad, Or)
        try:
            product = product_of(question, question.bad.formulas)
            if not product.is_timed:
                for path in sweep(product, budget).paths:
                    yield path.conversation(product.readers, needs_times(question))
                return
            for goal in question.bad.formulas:
                single = product_of(question, (goal,))
                path_or_not = search(single, Budget(self._budget.left, _NARROW_STATES))
                if isinstance(path_or_not, Found):
                    yield path_or_not.conversation(single.readers, needs_times(question))
        except (TooWide, TooMany):
            return

    def _confirm(self, conversation: Conversation) -> None:
        """Every goal that the conversation shows in the whole policy."""
        assert self._trial is not None
        for goal, shown in self._trial.shown(conversation):
            before = self._answers.get(goal)
            if before is None or (
                isinstance(before, Shown) and plainness(shown) < plainness(before.conversation)
            ):
                self._answers[goal] = Shown(shown, METHOD, is_shortest=False)

    # --- the whole ---

    def _of_the_whole(self) -> None:
        groups: dict[object, list[Formula]] = {}
        for goal in self._open():
            (bearing,) = cut(_question(self._policy, goal)).policies
            groups.setdefault(_contents(bearing), []).append(goal)
        for goals in groups.values():
            if not self._budget.is_spent:
                self._of_group(goals)

    def _of_group(self, goals: list[Formula]) -> None:
        """Goals that the same rules bear on."""
        question = _question(self._policy, Or(tuple(goals)))
        try:
            product = product_of(question, goals)
            if product.is_timed:
                return
            swept = sweep(product, Budget(self._budget.left * _SHARE, _WHOLE_STATES))
        except (TooWide, TooMany):
            return
        for number, goal in enumerate(goals):
            if number in swept.met:
                path = swept.paths[swept.met[number]]
                self._answers[goal] = Shown(path.conversation(product.readers, needs_times(question)), METHOD)
            elif swept.reason is None:
                self._answers[goal] = Never(METHOD)


class _Trial:
    """The whole policy, in which conversations are tried for all goals at once."""

    def __init__(self, policy: Policy, goals: Sequence[Formula]) -> None:
        self._product = product_of(_question(policy, Or(())), goals, is_whole=True)
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
            true = [each for each in left if each[1](memory, told)]
            left = [each for each in left if each not in true]
            for goal, _ in true:
                yield goal, replace(conversation, messages=conversation.messages[: index + 1])


def _rules_in(formula: Formula) -> frozenset[str]:
    return frozenset(_named(atoms_of(formula)))


def _named(atoms: Iterable[Formula]) -> Iterator[str]:
    for atom in atoms:
        if isinstance(atom, Fires | Stopped | CounterAt):
            yield atom.rule


def _about(formula: Formula, name: str) -> Formula:
    """What is left of a formula where only one rule acts, and only that is stopped."""
    if not isinstance(formula, Or):
        return formula
    return mapped(formula, lambda atom: atom if name in _rules_in(atom) or not _rules_in(atom) else Or(()))
