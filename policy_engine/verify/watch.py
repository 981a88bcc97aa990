"""The monitor of a question: whether its formula is true at a message, with a memory that is bounded.

Its atoms have gauges (:mod:`policy_engine.verify.gauge`). What is left is the *memory* of the formula itself: what
was true earlier, whether a policy ended the chat, and since when an event waits for its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any, get_args

from policy_engine.machine.counter_view import CounterView
from policy_engine.model.decision import Decision
from policy_engine.model.model import Reading
from policy_engine.verify.gauge import Gauge, Gauged, gauge_of
from policy_engine.verify.question import (
    And,
    ChatBegins,
    CounterAt,
    Differ,
    Does,
    Earlier,
    Ended,
    Fires,
    Formula,
    Negation,
    Or,
    Question,
    Stopped,
    TurnBegins,
    Unanswered,
)
from policy_engine.verify.satisfiable import can_be
from policy_engine.verify.walking import atoms_of, parts_of_formula

Memory = tuple[Any, ...]
"""What the formula remembers: flags, and for what is unanswered a pair."""

_GAUGED = get_args(Gauged)
_TRIES = 100
"""How long to look for hope in a formula."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that a formula is told of a message: which of its gauges are true, and what each policy does."""

    gauges: tuple[bool, ...]
    begun: bool
    new_turn: bool
    decisions: Sequence[Decision]
    counters: Sequence[Sequence[CounterView]]
    unanswered: tuple[bool, ...] = ()
    """Which events are seen here to have had no answer."""


Truth = Callable[[Memory, Told], bool]


class Outcome(Enum):
    """What a message comes to."""

    GOES_ON = 0
    TRUE = 1
    """The formula is true at it."""
    IMPOSSIBLE = 2
    """It cannot be: what is always so would not be."""


class Watch:
    """Watches for the formula of a question.

    ``always`` are formulas that are true at every message of every conversation: where one is not, what is
    stepped cannot be. They matter where actions are free.
    """

    def __init__(self, question: Question, always: Sequence[Formula] = ()) -> None:
        self.question = question
        whole = And((question.bad, *always))
        gauged = [each for each in atoms_of(whole) if isinstance(each, _GAUGED)]
        self._numbers: dict[Formula, int] = {}
        for each in gauged:
            self._numbers.setdefault(each, len(self._numbers))
        atoms = list(dict.fromkeys(gauged))
        self.views = tuple(each.view for each in atoms)
        """For each gauge, the view that reads it."""
        self.gauges: tuple[Gauge, ...] = tuple(gauge_of(each, question.views[each.view]) for each in atoms)
        self._slots: dict[Earlier | Unanswered | int, int] = {}
        """By what is remembered: what was earlier, what waits, and, by a policy's number, whether it ended the chat."""
        for part in parts_of_formula(whole):
            match part:
                case Earlier():
                    self._slot(part)
                case Unanswered(policy):
                    self._slot(policy)
                    self._slot(part)
                case Ended(policy):
                    self._slot(policy)
                case _:
                    continue
        self._latches = [
            (self._slots[part], self._truth(part.formula))
            for part in self._slots
            if isinstance(part, Earlier)
        ]
        self._waiting = [
            (part, slot, self._truth(part.event), self._truth(part.answer))
            for part, slot in self._slots.items()
            if isinstance(part, Unanswered)
        ]
        self._found: dict[Formula, int] = {each[0]: number for number, each in enumerate(self._waiting)}
        self._bad = self._truth(question.bad)
        self._always = self._truth(And(tuple(always)))
        self._is_always_plain = not any(
            isinstance(each, Unanswered) for part in always for each in parts_of_formula(part)
        )
        """Whether what is always so asks for nothing that is worked out on the way."""
        self._whole = whole
        self.settling = tuple(self._settling(question.bad))
        """The gauges that, once settled, leave the formula no hope."""
        self.initial: Memory = tuple(
            (None, False) if isinstance(each, Unanswered) else False for each in self._slots
        )
        self.needs_counters = any(isinstance(each, CounterAt) for each in atoms_of(question.bad))
        """Whether the formula asks for the counters of a policy."""

    @property
    def is_timed(self) -> bool:
        """Whether times make a difference to it."""
        return any(each.is_timed for each in self.gauges)

    def readings(self, view: int) -> tuple[Reading, ...]:
        """What one view reads of a message."""
        read = {
            each
            for gauge, mine in zip(self.gauges, self.views, strict=True)
            if mine == view
            for each in gauge.readings
        }
        return tuple(sorted(read, key=lambda each: (each.label, each.at is not None, each.at or 0)))

    def conclude(self, memory: Memory, told: Told) -> tuple[Memory, Outcome]:
        """What is remembered after a message, and what it comes to."""
        if self._is_always_plain and not self._always(memory, told):
            return memory, Outcome.IMPOSSIBLE
        after = list(memory)
        unanswered = []
        for formula, slot, event, answer in self._waiting:
            is_ending = told.decisions[formula.policy].ends and not memory[self._slots[formula.policy]]
            after[slot], is_found = _waits(
                memory[slot],
                formula.turns,
                told.new_turn,
                event(memory, told),
                answer(memory, told),
                is_ending,
            )
            unanswered.append(is_found)
        if unanswered:
            told = replace(told, unanswered=tuple(unanswered))
        if not self._is_always_plain and not self._always(memory, told):
            return memory, Outcome.IMPOSSIBLE
        is_bad = self._bad(memory, told)
        for slot, test in self._latches:
            after[slot] = memory[slot] or test(memory, told)
        for policy, slot in self._slots.items():
            if isinstance(policy, int):
                after[slot] = memory[slot] or told.decisions[policy].ends
        return tuple(after), Outcome.TRUE if is_bad else Outcome.GOES_ON

    @cached_property
    def _hopes(self) -> tuple[int, ...]:
        """What, once it is so, stays so and leaves the formula no hope: it cannot then be true at any message."""
        found = set(self._hopeless(self.question.bad))
        known: dict[Formula, bool] = dict.fromkeys(self.question.assumed, True)
        for part, slot in self._slots.items():
            if slot in found or isinstance(part, Unanswered):
                continue
            kept = Ended(part) if isinstance(part, int) else part
            if not can_be(self._whole, {**known, kept: True}, _TRIES):
                found.add(slot)
        return tuple(sorted(found))

    def is_hopeless(self, memory: Memory) -> bool:
        """Whether the formula can never again be true, by a part of it that is false for good."""
        return any(memory[slot] for slot in self._hopes)

    def asks(self, formula: Formula) -> Truth:
        """Whether a part of the formula is true, by what is remembered before a message and what is told of it."""
        return self._truth(formula)

    def truth_of(self, formula: Formula) -> Truth:
        """Whether a part of the question's formula, in which nothing waits for an answer, is true at a message."""
        return self._truth(formula)

    # --- the formula ---

    def _slot(self, what: Earlier | Unanswered | int) -> int:
        return self._slots.setdefault(what, len(self._slots))

    def _truth(self, formula: Formula) -> Truth:
        match formula:
            case And(parts):
                tests = [self._truth(each) for each in parts]
                return _all(tests)
            case Or(parts):
                tests = [self._truth(each) for each in parts]
                return _any(tests)
            case Negation(part):
                test = self._truth(part)
                return lambda memory, told: not test(memory, told)
            case Earlier() | Ended():
                slot = self._slots[formula if isinstance(formula, Earlier) else formula.policy]
                return lambda memory, _: bool(memory[slot])
            case Unanswered():
                return lambda _, told: told.unanswered[self._found[formula]]
            case TurnBegins():
                return lambda _, told: told.new_turn
            case ChatBegins():
                return lambda _, told: not told.begun
            case Does() | Fires() | Stopped() | CounterAt() | Differ():
                return self._deed(formula)
            case _:
                number = self._numbers[formula]
                return lambda _, told: told.gauges[number]

    def _deed(self, atom: Does | Fires | Stopped | CounterAt | Differ) -> Truth:
        match atom:
            case Does(view, action, texts):
                eyes = self.question.views[view]
                called = dict(eyes.names)

                def is_done(_: Memory, told: Told) -> bool:
                    for each in told.decisions[eyes.policy].actions:
                        is_it = called.get(each.action, each.action) == action
                        if is_it and (texts is None or each.text in texts):
                            return True
                    return False

                return is_done
            case Fires(policy, rule):
                return lambda _, told: any(
                    rule in each.rules
                    for each in (*told.decisions[policy].actions, *told.decisions[policy].trial)
                )
            case Stopped(policy, rule, cause, clause, unknown):
                return lambda _, told: any(
                    (each.rule, each.cause, each.clause) == (rule, cause, clause)
                    and unknown in (None, each.unknown)
                    for each in told.decisions[policy].stopped
                )
            case CounterAt(policy, rule, count, value, step):
                return lambda _, told: any(
                    (each.owner, each.index, min(each.value, each.need)) == (rule, count, value)
                    and step in (None, each.step)
                    for each in told.counters[policy]
                )
            case Differ(one, other, action):
                return lambda _, told: (
                    _deeds(told.decisions[one], action) != _deeds(told.decisions[other], action)
                )

    def _hopeless(self, formula: Formula) -> Iterable[int]:
        """Of parts that must all be true: the slots that tell that one is false for good."""
        for part in formula.formulas if isinstance(formula, And) else (formula,):
            match part:
                case And():
                    yield from self._hopeless(part)
                case Negation(Or(formulas)):
                    yield from self._hopeless(And(tuple(Negation(each) for each in formulas)))
                case Negation(Earlier() as earlier):
                    yield self._slots[earlier]
                case Negation(Ended(policy)):
                    yield self._slots[policy]
                case _:
                    continue

    def _settling(self, formula: Formula) -> Iterable[int]:
        """Of parts that must all be true: the gauges of which an atom that must be false could be true for good."""
        for part in formula.formulas if isinstance(formula, And) else (formula,):
            match part:
                case And():
                    yield from self._settling(part)
                case Negation(atom) if atom in self._numbers:
                    yield self._numbers[atom]
                case _:
                    continue


def _all(tests: Sequence[Truth]) -> Truth:
    def every(memory: Memory, told: Told) -> bool:
        for test in tests:  # noqa: SIM110 - a generator takes twice as long
            if not test(memory, told):
                return False
        return True

    return every


def _any(tests: Sequence[Truth]) -> Truth:
    def some(memory: Memory, told: Told) -> bool:
        for test in tests:  # noqa: SIM110 - a generator takes twice as long
            if test(memory, told):
                return True
        return False

    return some


def _waits(
    kept: tuple[int | None, bool], turns: int, new_turn: bool, event: bool, answer: bool, is_ending: bool
) -> tuple[tuple[int | None, bool], bool]:
    """The turns since the oldest event without an answer (None: none), whether the turn has one; and whether it is
    seen here that there was none."""
    age, is_answered = kept
    is_found = False
    if new_turn:
        is_answered = False
        if age is not None:
            age += 1
            if age >= turns:
                is_found, age = True, None
    if answer:
        age, is_answered = None, True
    if age is None and not is_answered and event:
        age = 0
    if age is not None and is_ending:
        is_found, age = True, None
    return (age, is_answered), is_found


def _deeds(decision: Decision, action: str | None) -> frozenset[tuple[str, str | None]]:
    return frozenset((each.action, each.text) for each in decision.actions if action in (None, each.action))
