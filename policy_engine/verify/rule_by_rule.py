"""Proofs rule by rule: the policy is taken to do anything, within what is known of when its rules act.

Instead of the product of all rules, a *looser* policy is gone through: its actions are free, and only bounds on
them are followed, each a formula about one rule (:mod:`policy_engine.verify.acting`). What holds of everything
within the bounds holds of the policy. The search begins with no bounds at all. What it finds is run through the
policy itself: if that shows it, it is a shortest conversation, since nothing shorter is in the larger set either.
If not, some bound was passed over; the cheapest of those is followed from then on, and the search begins anew.
(E. M. Clarke, O. Grumberg, S. Jha, Y. Lu and H. Veith, "Counterexample-Guided Abstraction Refinement", 2000.)

Where a formula says that an action is done here, each rule that may do it is a case by itself. So a policy of a
thousand rules is a thousand small proofs, and most take no search: a rule whose exception covers what is never to
be says so in one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import get_args

from policy_engine.model.model import Act, SinceAction, Taken
from policy_engine.model.parts import acts_of, singles_of
from policy_engine.verify.acting import Acting, size
from policy_engine.verify.alphabet import TooWide
from policy_engine.verify.cone import cut
from policy_engine.verify.explicit import search
from policy_engine.verify.facts import TooMany
from policy_engine.verify.gauge import Gauged, readings_of
from policy_engine.verify.normal import Plain, with_own_view
from policy_engine.verify.product import Input, Loose, Product, needs_times
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import (
    And,
    CounterAt,
    Differ,
    Does,
    Ended,
    Fires,
    Formula,
    HeldOnce,
    Holds,
    MoreOften,
    Negation,
    Or,
    Overdue,
    Question,
    Reached,
    ReachedNow,
    Stopped,
    Unanswered,
)
from policy_engine.verify.replay import is_shown
from policy_engine.verify.satisfiable import can_be
from policy_engine.verify.walking import atoms_of, parts_of_formula
from policy_engine.verify.witness import Found, plainness

METHOD = "rule by rule"
AT_ONE_MESSAGE = "rule by rule, at one message"

_GAUGED = get_args(Gauged)

_MOST_STATES = 60_000
"""Of a looser policy: beyond that, the policy itself is as well gone through."""
_SHARE = 0.5
"""Of the time that is left: the rest is for whoever goes through the policy itself."""
_FOREIGN = 4
"""By how much dearer a bound is that is about other labels than the question."""
_MOST_ROUNDS = 40
"""Bounds that are followed at once, before it gives up."""


class RuleByRule:
    """Answers questions about what one policy does; not about which rule did it, nor about two policies."""

    def answer(self, question: Question, budget: Budget) -> Answer:
        """Whether the formula can become true."""
        asked = (Fires, Stopped, CounterAt, Differ)
        if len(question.policies) != 1 or any(isinstance(each, asked) for each in atoms_of(question.bad)):
            return GaveUp("it is asked of more than the actions of one policy")
        try:
            return _Proof(question, budget.part(_SHARE)).answer()
        except (TooWide, TooMany) as fault:
            return GaveUp(str(fault))


@dataclass(frozen=True, slots=True)
class _Case:
    """One way in which the formula may come true: by one rule's doing an action here, or by none's.

    ``known`` is what else is so at the message at which it comes true.
    """

    bad: Formula
    known: tuple[Formula, ...] = ()


@dataclass(slots=True)
class _Bounds:
    """The bounds that are followed: some are so at the message at which the formula comes true, others always."""

    bad: Formula
    always: tuple[Formula, ...] = ()

    @property
    def whole(self) -> Formula:
        """All of it."""
        return And((self.bad, *self.always))

    def follow(self, bound: Formula, is_here: bool) -> None:
        """Follow one more."""
        if is_here:
            self.bad = And((*_conjuncts(self.bad), bound))
        else:
            self.always = (*self.always, bound)


class _Proof:
    """One question, with its policy cut to what matters."""

    def __init__(self, question: Question, budget: Budget) -> None:
        self._whole = question
        self._needs_times = needs_times(question)
        self._budget = budget
        self._question, own = with_own_view(cut(question))
        (self._policy,) = self._question.policies
        self._plain = Plain(self._question, own)
        self._acting = Acting(self._policy, own)
        self._own = own
        self._bad = self._plain.written(self._question.bad)
        self._bare = replace(self._policy, rules=(), ladders=(), nevers=(), overrides=(), timed=False)
        self._ways: dict[str, tuple[tuple[Formula, ...], ...]] = {}
        self._surely: dict[str, tuple[Formula, ...]] = {}

    def answer(self) -> Answer:
        best: Shown | None = None
        likely: Shown | None = None
        methods = []
        covered: list[GaveUp] = []
        for case in self._cases():
            if self._budget.is_spent:
                covered.append(self._spent())
                break
            found = self._of_case(case, best)
            match found:
                case Shown(is_shortest=True):
                    best = found
                case Shown():
                    likely = likely or found
                case GaveUp():
                    covered.append(found)
                case Never(method):
                    methods.append(method)
        if best is not None or likely is not None:
            shown = best or likely
            assert shown is not None
            return replace(shown, is_shortest=likely is None and not covered)
        if covered:
            return min(covered, key=lambda each: each.covered)
        return Never(AT_ONE_MESSAGE if all(each == AT_ONE_MESSAGE for each in methods) else METHOD)

    def _cases(self) -> Iterator[_Case]:
        """The formula, once for each rule that may do what it says is done here."""
        does = next((each for each in _conjuncts(self._bad) if isinstance(each, Does)), None)
        if does is None or does.view != self._own:
            yield _Case(self._bad)
            return
        for part in self._acting.doers(does.action):
            if does.texts is None or any(
                act.action == does.action and act.text in does.texts for act in acts_of(part)
            ):
                yield _Case(self._bad, tuple(map(self._plain.written, self._acting.may(part, does.action))))

    def _spent(self) -> GaveUp:
        return GaveUp(f"after {self._budget.seconds:.3g} seconds")

    # --- one case ---

    def _of_case(self, case: _Case, best: Shown | None) -> Answer:
        """The answer for one case; of conversations that are longer than the best so far, nothing is asked.

        First without anything unknown, which is soon gone through, so as to learn which bounds are needed; then
        with all.
        """
        if not self._can_be(case):
            return Never(AT_ONE_MESSAGE)
        bounds = _Bounds(case.bad)
        likely = self._refined(case, bounds, best, is_certain=True)
        near = _nearer(best, likely)
        found = self._refined(case, bounds, near, is_certain=False)
        if isinstance(found, GaveUp) and isinstance(likely, Shown):
            return replace(likely, is_shortest=False)
        if isinstance(found, Never) and near is not None and near is likely:
            return near
        return found

    def _refined(self, case: _Case, bounds: _Bounds, best: Shown | None, is_certain: bool) -> Answer:
        """What is found within the bounds, of conversations up to the best so far; more bounds are added as needed."""
        for _ in range(_MOST_ROUNDS):
            if self._budget.is_spent:
                return self._spent()
            product = self._loosely(bounds, is_certain)
            if product is None:
                return GaveUp("an action with several texts is counted")
            most = None if best is None else len(best.conversation.messages)
            budget = replace(self._budget, states=min(self._budget.states, _MOST_STATES))
            found = search(product, budget, most)
            if not isinstance(found, Found):
                return found
            conversation = found.conversation(product.readers, self._needs_times)
            if is_shown(self._whole, conversation):
                shown = Shown(conversation, METHOD)
                return _nearer(best, shown) or shown
            lacking = self._lacking(case, found, product, bounds)
            if lacking is None:
                return GaveUp("what one rule does to another makes a difference", len(found.path) - 1)
            bounds.follow(lacking, is_here=lacking in case.known)
        return GaveUp("too many rules bear on one another")

    def _can_be(self, case: _Case) -> bool:
        """Whether the case can be at one message, by all bounds on the actions that it speaks of."""
        bad = case.bad
        if isinstance(bad, Unanswered):
            bad = And(
                (bad.event, Negation(bad.answer))
            )  # an event that is answered at once waits for nothing
        bounds = tuple(each for action in self._actions(bad) for each in self._bounded(action))
        whole = And((bad, *case.known, *bounds))
        product = Product(
            replace(self._question, policies=(self._bare,), bad=whole), is_cut=False, is_merged=False
        )
        return any(
            can_be(whole, lambda atom, given=given: product.is_fixed(atom, given))  # type: ignore[misc]
            for given, _ in product.initial()
        )

    def _loosely(self, bounds: _Bounds, is_certain: bool) -> Product | None:
        """The looser policy, as far as bounds are followed; None where its actions cannot be free so simply."""
        free: list[Act] = []
        for action in self._actions(bounds.whole):
            acts = self._acting.acts(action)
            if len(acts) > 1 and self._tells_texts(action, bounds.bad):
                return None
            free += [Act(action, acts[0].text)] if acts else []
        question = replace(self._question, policies=(self._bare,), bad=bounds.bad)
        return Product(question, Loose(tuple(free), bounds.always, is_certain), is_cut=False)

    def _tells_texts(self, action: str, bad: Formula) -> bool:
        return any(
            each.action == action and (isinstance(each, MoreOften) or each.texts is not None)
            for each in atoms_of(bad)
            if isinstance(each, MoreOften | Does)
        )

    def _actions(self, formula: Formula) -> tuple[str, ...]:
        """The policy's actions that a formula speaks of, the ending included where it asks for that."""
        found: dict[str, None] = {}
        for each in parts_of_formula(formula):
            for action in self._spoken_of(each):
                found[action] = None
        return tuple(sorted(each for each in found if each in self._policy.vocabulary.actions))

    def _spoken_of(self, part: Formula) -> Iterable[str]:
        match part:
            case Does(view, action) | MoreOften(view, action) | Overdue(view, action):
                return self._named(view, (action,))
            case Holds(view, condition) | HeldOnce(view, condition):
                taken = (each.action for each in singles_of(condition) if isinstance(each, Taken))
                return self._named(view, taken)
            case Reached(view, count):
                return self._named(view, _markers((count.since,)))
            case ReachedNow(view, counts):
                return self._named(view, _markers(count.since for count in counts))
            case Ended() | Unanswered():
                return [each.name for each in self._policy.vocabulary.actions.values() if each.ends]
            case _:
                return ()

    def _named(self, view: int, actions: Iterable[str]) -> list[str]:
        asked = set(actions)
        named = self._question.views[view].named
        return [each for each in self._policy.vocabulary.actions if named(each) in asked]

    def _related(self, actions: Iterable[str]) -> tuple[str, ...]:
        """The actions, and all that their bounds speak of, and so on."""
        found, left = set[str](), list(actions)
        while left:
            action = left.pop()
            if action not in found:
                found.add(action)
                left += self._actions(And(self._bounded(action)))
        return tuple(sorted(found))

    def _bounded(self, action: str) -> tuple[Formula, ...]:
        """All bounds on an action."""
        only = Or((Negation(Does(self._own, action)), *map(And, self._ways_of(action))))
        return (only, *self._forced(action))

    def _ways_of(self, action: str) -> tuple[tuple[Formula, ...], ...]:
        """For each rule that may do an action, what must all be so where it does."""
        if action not in self._ways:
            self._ways[action] = tuple(
                tuple(map(self._plain.written, self._acting.may(part, action)))
                for part in self._acting.doers(action)
            )
        return self._ways[action]

    def _forced(self, action: str) -> tuple[Formula, ...]:
        """Where an action is done for certain, or was."""
        if action not in self._surely:
            self._surely[action] = tuple(map(self._plain.written, self._acting.forced(action)))
        return self._surely[action]

    # --- what was passed over ---

    def _lacking(self, case: _Case, found: Found, product: Product, bounds: _Bounds) -> Formula | None:
        """The bound, of those that a conversation of the looser policy passes over, that takes the fewest states to
        follow, and rather one that is about what is asked; None where it keeps within all."""
        related = self._related(self._actions(bounds.whole))
        ways = {action: self._ways_of(action) for action in related}
        forced = [each for action in related for each in self._forced(action)]
        clauses = [each for several in ways.values() for way in several for each in way]
        rows = self._truths((*case.known, *forced, *clauses), found, product)
        lacking = [each for each in forced if not all(row[each] for row in rows)]
        lacking += [each for each in case.known if not rows[-1][each]]
        for seen, row in zip(found.path, rows, strict=True):
            for act in seen.besides:
                wrong = [[each for each in way if not row[each]] for way in ways[act.action]]
                if all(wrong):
                    one_each = (min(each, key=size) for each in wrong)
                    lacking.append(Or((Negation(Does(self._own, act.action)), *dict.fromkeys(one_each))))
        asked = _labels(bounds.bad)

        def cost(bound: Formula) -> int:
            return size(bound) * (1 if asked & _labels(bound) else _FOREIGN)

        return min(lacking, key=cost, default=None)

    def _truths(
        self, formulas: tuple[Formula, ...], found: Found, product: Product
    ) -> list[dict[Formula, bool]]:
        """Which formulas are true at each message of what was found."""
        question = replace(self._question, policies=(self._bare,), bad=And(formulas))
        judge = Product(question, is_cut=False, is_merged=False)
        asks = {each: judge.watch.asks(each) for each in formulas}
        state = judge.begun(found.given)
        conversation = found.conversation(product.readers, self._needs_times)
        rows = []
        for message, step in zip(conversation.messages, found.path, strict=True):
            seen = Input(judge.letter(message, conversation.looked_for), step.besides)
            memory = state.memory
            state, _, told = judge.look(state, seen, message.time or 0)
            rows.append({each: ask(memory, told) for each, ask in asks.items()})
        return rows


def _nearer(one: Answer | None, other: Answer | None) -> Shown | None:
    """The plainer of two conversations, as far as they are any."""
    shown = [each for each in (one, other) if isinstance(each, Shown)]
    return min(shown, key=lambda each: plainness(each.conversation), default=None)


def _conjuncts(formula: Formula) -> tuple[Formula, ...]:
    """The formulas that must all be true."""
    if isinstance(formula, And):
        return tuple(each for part in formula.formulas for each in _conjuncts(part))
    return (formula,)


def _labels(formula: Formula) -> frozenset[str]:
    """The labels that a formula reads."""
    return frozenset(
        each.label for atom in atoms_of(formula) if isinstance(atom, _GAUGED) for each in readings_of(atom)
    )


def _markers(markers: Iterable[object]) -> Iterator[str]:
    return (each.action for each in markers if isinstance(each, SinceAction))
