"""Why one policy does something at a message and the other does not, read off their runs on one conversation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from policy_engine.difference.clauses import ClauseChange, clause_change
from policy_engine.difference.deed import Deed, Pair, asking_parts, done_in, own_name
from policy_engine.difference.difference import Evidence
from policy_engine.difference.direction import Asked
from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Cause
from policy_engine.model.model import After, Ladder, Policy, Reading, Rule, Trigger, When
from policy_engine.model.parts import part_named
from policy_engine.simulation.coverage import Coverage, coverage
from policy_engine.simulation.moments import Moment, Stopped
from policy_engine.simulation.simulation import Place, Simulation, run

Part = Rule | Ladder


class Why(Enum):
    """What kept the other policy from it."""

    NO_RULE = "it has no such rule"
    NOT_APPLIED = "its rule does not apply to the conversation"
    STOPPED = "a clause stopped its rule"
    ENDED = "it had ended the chat before"
    READ = "it reads a label otherwise"
    NOT_DUE = "its rule was not due"


@dataclass(frozen=True, slots=True)
class Side:
    """One policy's part in it: its run, the rule or ladder that the difference is about, and its counters.

    ``part`` is None where the policy has none. ``step`` is that of a ladder, from 0.
    """

    simulation: Simulation
    part: Part | None
    counters: tuple[CounterView, ...] = ()
    step: int | None = None

    @property
    def policy(self) -> Policy:
        """The policy."""
        return self.simulation.policy


@dataclass(frozen=True, slots=True)
class Unlike:
    """A label that the two policies read differently on a message: the values are 0 absent, 1 unknown, 2 detected."""

    place: Place
    label: str
    doer: int
    other: int


@dataclass(frozen=True, slots=True)
class Account:
    """What a conversation shows of a deed: who does it at ``place``, by which ``rules``, and why the other does not.

    ``is_new`` says that the doer is the new policy. ``later`` is where the other does it in the end, with the
    conversation gone on. ``stopped`` and ``unlike`` go with the ``why`` of that name.
    """

    evidence: Evidence
    deed: Deed
    is_new: bool
    place: Place
    rules: tuple[str, ...]
    doer: Side
    other: Side
    why: Why
    stopped: tuple[Stopped, ...] = ()
    unlike: Unlike | None = None
    later: Place | None = None
    clauses: tuple[ClauseChange, ...] = ()
    """The clauses that stopped the other policy's rule and are its own: what went, came, or says something else."""
    is_again: bool = False
    """Whether both did it before: the difference is in how often."""

    @property
    def runs(self) -> tuple[Simulation, Simulation]:
        """The runs of the old policy and of the new one."""
        pair = (self.other.simulation, self.doer.simulation)
        return pair if self.is_new else (pair[1], pair[0])


_BY_NEW = frozenset({Asked.SOONER, Asked.THERE, Asked.CAUGHT, Asked.FREED})
_BEFORE = frozenset({Asked.CAUGHT, Asked.TRAILED, Asked.FREED, Asked.STOPPED})
"""In what shows these, the doer does it at an earlier message than the last, or may."""


def account_of(policies: Pair, deed: Deed, evidence: Evidence) -> Account:
    """What the conversation of a piece of evidence shows, and why."""
    return _Telling(policies, deed, evidence).account()


class _Telling:
    """One conversation, run through both policies."""

    def __init__(self, policies: Pair, deed: Deed, evidence: Evidence) -> None:
        self.policies = policies
        self.deed = deed
        self.evidence = evidence
        self.is_new = evidence.asked in _BY_NEW
        runs = tuple(run(compile_policy(each), evidence.conversation) for each in policies)
        names = tuple(own_name(policies, number, deed) for number in (0, 1))
        first = 1 if self.is_new else 0
        if evidence.asked is Asked.APART:
            first = 1 if _done_at(runs[1], deed, names[1], -1) else 0
            self.is_new = first == 1
        self.doer, self.other = runs[first], runs[1 - first]
        self.doer_name, self.other_name = names[first], names[1 - first]
        self.at = self._at()
        is_about_clause = evidence.asked in (Asked.FREED, Asked.STOPPED)
        self.seen = len(self.other.decisions) - 1 if is_about_clause else self.at
        """The message at which the other is looked at."""

    def _at(self) -> int:
        """The message that is told of: the last, or that at which the doer did it before the other."""
        if self.evidence.asked not in _BEFORE:
            return len(self.doer.decisions) - 1
        return next(
            at for at in range(len(self.doer.decisions)) if _done_at(self.doer, self.deed, self.doer_name, at)
        )

    def account(self) -> Account:
        rules = _done_at(self.doer, self.deed, self.doer_name, self.at)
        doer = self._side(self.doer, rules[0])
        stopped = self._stopped()
        counterpart = self._counterpart(doer, stopped)
        other = self._side(self.other, None if counterpart is None else counterpart.name)
        if not stopped and other.counters and all(each.value >= each.need for each in other.counters):
            stopped = self._stopped_before(other)
        unlike = self._unlike(doer, other)
        return Account(
            self.evidence, self.deed, self.is_new, self._place(self.at), rules, doer, other,
            self._why(doer, other, stopped, unlike), stopped, unlike, self._later(),
            self._clauses(stopped),
            any(_done_at(self.other, self.deed, self.other_name, at) for at in range(self.at)),
        )  # fmt: skip

    def _place(self, at: int) -> Place:
        return Place(at + 1, self.doer.turns[at])

    def _side(self, simulation: Simulation, name: str | None) -> Side:
        if name is None:
            return Side(simulation, None)
        at = self.seen if simulation is self.other else self.at
        views = tuple(each for each in _views(simulation, at) if each.owner == name)
        part = part_named(simulation.policy, name)
        step = next((each.step for each in views if each.step is not None), None)
        if isinstance(part, Ladder) and simulation is self.other:
            asking = [
                number
                for number, each in enumerate(part.steps)
                if any(act.action == self.other_name for act in each.actions)
            ]
            step = next((n for n in asking if n >= (step or 0)), asking[0])
        return Side(simulation, part, views, step)

    # --- the other policy ---

    def _stopped(self) -> tuple[Stopped, ...]:
        """What stopped the other's rules that ask for it here."""
        moment = _moment(self.other, self.seen)
        return tuple(
            each
            for each in moment.stopped
            if self.other_name in each.actions and each.trial is self.deed.on_trial
        )

    def _clauses(self, stopped: tuple[Stopped, ...]) -> tuple[ClauseChange, ...]:
        number = 0 if self.is_new else 1
        each = (clause_change(self.policies, number, self.deed, one.stop) for one in stopped)
        return tuple(dict.fromkeys(one for one in each if one is not None))

    def _stopped_before(self, other: Side) -> tuple[Stopped, ...]:
        """What stopped the other's rule when it was due last: its count has been reached since."""
        assert other.part is not None
        name = other.part.name
        stops = [
            moment.stopped
            for moment in self.other.moments_at(lambda each: any(stop.rule == name for stop in each.stopped))
            if moment.number <= self.at
        ]
        return tuple(each for each in stops[-1] if each.stop.rule == name) if stops else ()

    def _counterpart(self, doer: Side, stopped: tuple[Stopped, ...]) -> Part | None:
        """The other's rule that is most like the doer's: of the same name, stopped here, or by a like trigger."""
        assert doer.part is not None
        able = list(asking_parts(self.policies, 0 if self.is_new else 1, self.deed))
        for each in able:
            if each.name == doer.part.name:
                return each
        names = {each.stop.rule for each in stopped}
        for each in able:
            if each.name in names:
                return each
        kind = _kind(doer.part)
        return next((each for each in able if _kind(each) == kind), None)

    def _why(self, doer: Side, other: Side, stopped: tuple[Stopped, ...], unlike: Unlike | None) -> Why:
        entry = self.other.policy.vocabulary.actions.get(self.other_name or "")
        if other.part is None or entry is None:
            return Why.NO_RULE
        if self.other.decisions[self.seen].after_end and not entry.even_after_end:
            return Why.ENDED
        if self._is_applied(self.doer, doer.part) and not self._is_applied(self.other, other.part):
            return Why.NOT_APPLIED
        if any(each.stop.cause is not Cause.APPLIES for each in stopped):
            return Why.STOPPED
        if unlike is not None and _trigger(doer) == _trigger(other):
            return Why.READ
        return Why.NOT_DUE

    @staticmethod
    def _is_applied(simulation: Simulation, part: Part | None) -> bool:
        applies = None if part is None else part.guards.applies
        given = {**simulation.attributes}
        return coverage(applies, given, given) is Coverage.CERTAIN

    def _unlike(self, doer: Side, other: Side) -> Unlike | None:
        """The first label that both rules ask for and that is more to the doer than to the other."""
        for at in range(self.at + 1):
            mine = dict(zip(self.doer.machine.readings, self.doer.observations[at].values, strict=True))
            yours = dict(zip(self.other.machine.readings, self.other.observations[at].values, strict=True))
            for reading in sorted(mine.keys() & yours.keys(), key=_by_label):
                if mine[reading] != yours[reading]:
                    return Unlike(self._place(at), reading.label, mine[reading], yours[reading])
        return None

    def _later(self) -> Place | None:
        if self.evidence.asked in (Asked.CAUGHT, Asked.TRAILED):
            return Place(len(self.other.decisions), self.other.turns[-1])
        if self.evidence.catches_up is None:
            return None
        gone_on = run(self.other.machine, self.evidence.catches_up)
        return Place(len(gone_on.decisions), gone_on.turns[-1])


def _done_at(simulation: Simulation, deed: Deed, name: str | None, at: int) -> tuple[str, ...]:
    """The rules by which it is done at a message; of none, it is not done."""
    done = done_in(simulation.decisions[at], deed, name)
    return tuple(sorted({rule for each in done for rule in each.rules}))


def _views(simulation: Simulation, at: int) -> tuple[CounterView, ...]:
    """Every counter at a message, from 0."""
    walk = simulation.machine.walk(simulation.machine.initial(simulation.attributes))
    for seen in simulation.observations[:at]:
        walk.step(*seen)
    return walk.views(*simulation.observations[at])


def _moment(simulation: Simulation, at: int) -> Moment:
    return next(moment for moment in simulation.moments if moment.number == at + 1)


def _trigger(side: Side) -> object:
    part = side.part
    return (
        part.trigger if isinstance(part, Rule) else None if part is None else (part.act, part.on, part.steps)
    )


def _kind(part: Part) -> tuple[object, ...]:
    """What a rule waits for, roughly: rules of one kind take each other's place."""
    if isinstance(part, Ladder):
        return ("counted", part.act, part.on)
    trigger: Trigger = part.trigger
    match trigger:
        case After(counts):
            first = counts[0]
            return ("counted", first.act, first.on)
        case When(detected):
            return ("when", detected.readings)
        case _:
            return (type(trigger),)


def _by_label(reading: Reading) -> tuple[str, float]:
    return reading.label, reading.at or 0.0
