"""What happened at every message, with its reasons: the explanations of a simulation.

The machine says what was decided and how far every counter is; which messages made a count is
remembered here, because the machine forgets what it no longer needs. No more of them is remembered than
the count needs, so that the memory does not grow with the conversation.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.encoder import DETECTED, UNKNOWN, Observation
from policy_engine.machine.machine import Machine
from policy_engine.machine.state import State
from policy_engine.model.decision import Cause, Decision, Done, Stop
from policy_engine.model.model import (
    Act,
    After,
    Begins,
    Condition,
    Count,
    Detected,
    Doubt,
    Every,
    Ladder,
    Reading,
    Rule,
    Scope,
    SinceEvent,
    When,
)
from policy_engine.model.parts import detections_in, parts_of
from policy_engine.simulation.clauses import actions_of, condition_of, start_over_of
from policy_engine.simulation.coverage import Coverage, coverage
from policy_engine.simulation.evidence import Evidence, Finder, Found
from policy_engine.simulation.simulation import Place, Simulation
from policy_engine.simulation.standing import Standing, every_rules
from policy_engine.transcripts.message import SECOND, Message, Role
from policy_engine.vocabulary.vocabulary import Lasting


@dataclass(frozen=True, slots=True)
class Clock:
    """What a rule without labels was due by: the beginning of the chat, or a period that is over.

    A period runs from ``since``: where the rule ``fired`` last, or else the beginning. None for ``Begins``.
    """

    trigger: Begins | Every
    since: Place | None = None
    fired: bool = False


@dataclass(frozen=True, slots=True)
class Cited:
    """An action done (or that a trial rule would have done), and what made the policy do it.

    ``because`` are the labels behind it, ``clocks`` what was due without any. ``assumed`` are the
    attributes that nobody recorded and without whose assumed values nobody would have asked for it here.
    """

    done: Done
    trial: bool
    because: tuple[Evidence, ...]
    clocks: tuple[Clock, ...]
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stop, what it kept from being done, and what the clause saw.

    ``evidence`` are the labels that the clause's condition found, or could not rule out; ``before`` is
    where the same rule fired (a cooldown), or where the rule that overrides it did. ``goes_on`` says that an
    `every` rule is still due, and still stopped by the same clauses as at the message before.
    """

    stop: Stop
    actions: tuple[str, ...]
    trial: bool
    condition: Condition | None
    evidence: tuple[Evidence, ...] = ()
    before: Place | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """An addition that counts no longer: it fell out of the window, or a run or stretch was broken."""

    count: int
    """Which count of the rule."""
    place: Place
    why: str
    """``window``, ``row`` (the run was broken) or ``anew`` (the count was begun anew since)."""


@dataclass(frozen=True, slots=True)
class NotDone:
    """A rule that this message counted for, and that neither fired nor was stopped.

    ``counts`` are all its counts; ``fired`` is where it fired before, if that is the reason;
    ``is_inert``, that the policy does not apply; ``after_end``, that the chat had been ended before.
    """

    rule: str
    actions: tuple[str, ...]
    trial: bool
    counts: tuple[CounterView, ...]
    lost: tuple[Lost, ...]
    fired: Place | None
    is_inert: bool
    after_end: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """One message: ``number`` counts from 1, ``moved`` are the counters that it added to.

    ``anew`` are those that a quiet stretch or an event made start over here.
    """

    number: int
    turn: int
    message: Message
    moved: tuple[CounterView, ...]
    anew: tuple[CounterView, ...]
    decision: Decision
    cited: tuple[Cited, ...]
    stopped: tuple[Stopped, ...]
    not_done: tuple[NotDone, ...]
    _finder: Finder = field(repr=False, compare=False)

    @property
    def found(self) -> tuple[Found, ...]:
        """The labels that hold on the message, or may."""
        return self._finder.shown(self.message)

    @property
    def role(self) -> Role:
        """Who spoke."""
        return self.message.role


def moments_of(simulation: Simulation, wanted: Callable[[Decision], bool] | None = None) -> Iterator[Moment]:
    """The messages of the simulation's conversation, explained one by one as they are asked for.

    With ``wanted``, only those whose decision it wants: the others cost little.
    """
    return _Teller(simulation).tell(wanted)


@dataclass(frozen=True, slots=True)
class _Addition:
    """A message that added to a count; ``because`` are the labels, each with the message that shows it."""

    index: int
    points: int
    because: tuple[tuple[Reading, int], ...]


class _Frame:
    """What the tellers of one machine share."""

    def __init__(self, machine: Machine) -> None:
        policy = machine.policy
        self.index = {reading: number for number, reading in enumerate(machine.readings)}
        self.finder = Finder(policy.vocabulary, machine.readings)
        self.parts = {part.name: part for part in parts_of(policy)}
        self.every = every_rules(policy)


@lru_cache(maxsize=1)
def _frame(machine: Machine) -> _Frame:
    return _Frame(machine)


class _Teller:
    """Goes through a conversation once more, beside the machine, and remembers where things were."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.machine = simulation.machine
        self.policy = simulation.policy
        self.messages = simulation.conversation.messages
        frame = _frame(self.machine)
        self.index, self.finder, self.parts = frame.index, frame.finder, frame.parts
        self.standing = Standing(frame.every)
        self.additions: dict[tuple[str, int, Reading | None], deque[_Addition]] = {}
        """By rule, count, and category (where each is counted by itself): the last that can matter."""
        self.fired: dict[str, int] = {}
        """By rule: where it fired last."""
        self.shown: dict[tuple[int, Role, int], int] = {}
        """Where a reading (by its number) was unknown, or detected, last on messages of a role."""
        self.stood: dict[tuple[str, int], tuple[int, int]] = {}
        """By rule and count: the step (of a ladder) and the value at the message before."""
        # Of the current turn:
        self.spoken: dict[Reading, int] = {}
        """Readings detected on a message of the user, with the first such message."""
        self.matched: dict[tuple[str, int], set[Reading]] = {}
        self.level: dict[tuple[str, int], int] = {}

    def tell(self, wanted: Callable[[Decision], bool] | None) -> Iterator[Moment]:
        """The moments that are wanted, in order."""
        decisions = self.simulation.decisions
        left = len(decisions) if wanted is None else sum(map(wanted, decisions))
        walk = self.machine.walk(self.machine.initial(self.simulation.attributes))
        turn = 0
        for now, seen in enumerate(self.simulation.observations):
            if not left:
                return
            decision = decisions[now]
            is_wanted = wanted is None or wanted(decision)
            is_marked = any(seen.values)
            views = walk.views(*seen) if is_marked or is_wanted else ()
            before = walk.state if is_wanted else None
            walk.step(*seen)
            if walk.turn != turn:
                turn = walk.turn
                self.spoken, self.matched, self.level = {}, {}, {}
            if is_marked:
                self._see(now, seen, views)
            going_on = self.standing.after(decision)
            if before is not None:
                left -= 1
                yield self._moment(now, seen, before, views, decision, going_on)
            self._remember(now, views, decision)

    def _see(self, now: int, seen: Observation, views: tuple[CounterView, ...]) -> None:
        """Remember what the message shows and counts for."""
        role, values = seen.symbol
        for number, value in enumerate(values):
            if value:
                self.shown[number, role, value] = now
                if value == DETECTED and role is Role.USER:
                    self.spoken.setdefault(self.machine.readings[number], now)
        for view in views:
            if view.added or view.count.weights or view.count.same_category:
                self._count(view, now, seen)

    def _remember(self, now: int, views: tuple[CounterView, ...], decision: Decision) -> None:
        """Where the counters stand, and which rules have fired: some of these count anew because of that."""
        self.stood.update({(view.owner, view.index): (view.step or 0, view.value) for view in views})
        for name in {name for each in (*decision.actions, *decision.trial) for name in each.rules}:
            self.fired[name] = now
            for view in views:
                if view.owner == name and view.step is not None:
                    self.stood[name, view.index] = (view.step + 1, 0)
                elif view.owner == name and _repeats(self.parts[name]):
                    del self.stood[name, view.index]

    def _is_anew(self, view: CounterView) -> bool:
        """Whether a quiet stretch or an event made the counter start over here."""
        before = self.stood.get((view.owner, view.index))
        if before is None or view.added or before <= (view.step or 0, view.value):
            return False
        part, count = self.parts[view.owner], view.count
        if count.within is not None or count.in_a_row or self._is_inert(part):
            return False
        return start_over_of(part) is not None or isinstance(count.since, SinceEvent)

    def _place(self, index: int) -> Place:
        return Place(index + 1, self.simulation.turns[index])

    def _moment(
        self,
        now: int,
        seen: Observation,
        before: State,
        views: tuple[CounterView, ...],
        decision: Decision,
        going_on: Collection[str],
    ) -> Moment:
        by_owner: dict[str, list[CounterView]] = {}
        for view in views:
            by_owner.setdefault(view.owner, []).append(view)
        stopped = tuple(
            self._stopped(each, now, by_owner, decision, each.rule in going_on) for each in decision.stopped
        )
        cited = tuple(
            self._cited(each, trial, now, seen, before, by_owner)
            for trial, several in ((False, decision.actions), (True, decision.trial))
            for each in several
        )
        firing = {name for each in (*decision.actions, *decision.trial) for name in each.rules}
        concerned = firing | {each.rule for each in decision.stopped}
        not_done = tuple(
            self._not_done(name, tuple(own), decision)
            for name, own in by_owner.items()
            if name not in concerned and any(view.added for view in own)
        )
        return Moment(
            now + 1, self.simulation.turns[now], self.messages[now], tuple(view for view in views if view.added),
            tuple(filter(self._is_anew, views)), decision, cited, stopped, not_done, self.finder,
        )  # fmt: skip

    # --- what made a count ---

    def _count(self, view: CounterView, now: int, seen: Observation) -> None:
        key, count = (view.owner, view.index), view.count
        points = 1
        own: list[Reading | None] = [None]
        if count.weights:
            worth = max((w for r, w in count.weights if seen.values[self.index[r]] == DETECTED), default=0)
            points = max(0, worth - self.level.get(key, 0))
            self.level[key] = max(worth, self.level.get(key, 0))
        elif count.same_category:
            known = self.matched.setdefault(key, set())
            fresh = [each for each in self._categories(count, now, seen) if each not in known]
            known.update(fresh)
            own = list(fresh)
        if view.added:
            addition = _Addition(now, points, tuple(self._shown_by(count, now, seen)))
            for on in own:
                self._additions(view, on).append(addition)

    def _additions(self, view: CounterView, on: Reading | None = None) -> deque[_Addition]:
        """The last additions to a count, as many as it can be made of."""
        key = (view.owner, view.index, on)
        found = self.additions.get(key)
        if found is None:
            part = self.parts[view.owner]
            most = max(step.need for step in part.steps) if isinstance(part, Ladder) else view.count.need
            most += max((weight for _, weight in view.count.weights), default=0)
            found = self.additions[key] = deque(maxlen=most)
        return found

    def _categories(self, count: Count, now: int, seen: Observation) -> dict[Reading, int]:
        """The categories that an act at this message is on, with the message that shows each."""
        if seen.values[self.index[Reading(count.act)]] != DETECTED:
            return {}
        found = {}
        for reading in count.on or ():
            if seen.values[self.index[reading]] == DETECTED:
                found[reading] = now
            elif reading in self.spoken:
                found[reading] = self.spoken[reading]
        return found

    def _shown_by(self, count: Count, now: int, seen: Observation) -> Iterator[tuple[Reading, int]]:
        if count.weights:
            held = [each for each in count.weights if seen.values[self.index[each[0]]] == DETECTED]
            worth = max((weight for _, weight in held), default=0)
            for reading, weight in held:
                if weight == worth:
                    yield reading, now
            return
        yield from self._categories(count, now, seen).items()
        yield Reading(count.act), now

    def _evidence(self, reading: Reading, index: int) -> Evidence:
        found = self.finder.behind(self.messages[index], reading)
        return Evidence(
            index + 1, self.simulation.turns[index], found or Found(reading.label, None, unknown=True)
        )

    def _made_of(self, view: CounterView) -> list[_Addition]:
        """The additions that the count is made of."""
        count = view.count
        if view.value <= 0:
            return []
        if count.same_category:
            each_own = [list(self._additions(view, reading)) for reading in count.on or ()]
            enough = [own[-view.value :] for own in each_own if len(own) >= view.value]
            return max(enough, key=lambda each: each[0].index, default=[])
        additions = list(self._additions(view))
        if count.weights:
            total = 0
            chosen: list[_Addition] = []
            for each in reversed(additions):
                if total >= view.value:
                    break
                total += each.points
                chosen.insert(0, each)
            return chosen
        return additions[-view.value :]

    def _because(
        self, part: Rule | Ladder, now: int, seen: Observation, views: Iterable[CounterView]
    ) -> list[Evidence]:
        if isinstance(part, Rule) and isinstance(part.trigger, When):
            return self._seen_here(part.trigger.detected, now, seen)
        return [
            self._evidence(reading, index)
            for view in views
            for addition in self._made_of(view)
            for reading, index in addition.because
        ]

    def _seen_here(self, detected: Detected, now: int, seen: Observation) -> list[Evidence]:
        values = {reading: seen.values[self.index[reading]] for reading in detected.readings}
        wanted = {DETECTED} if detected.doubt is Doubt.DETECTED else {UNKNOWN, DETECTED}
        return [self._evidence(reading, now) for reading, value in values.items() if value in wanted]

    def _cited(
        self,
        done: Done,
        trial: bool,
        now: int,
        seen: Observation,
        before: State,
        views: dict[str, list[CounterView]],
    ) -> Cited:
        because: dict[Evidence, None] = {}
        clocks: dict[Clock, None] = {}
        for name in done.rules:
            part = self.parts[name]
            because.update(dict.fromkeys(self._because(part, now, seen, views.get(name, ()))))
            if isinstance(part, Rule) and isinstance(part.trigger, Begins | Every):
                clocks[self._clock(name, part.trigger)] = None
        ordered = sorted(because, key=lambda each: (each.message, each.found.label))
        assumed = self._assumed(done, trial, before, seen)
        return Cited(done, trial, tuple(ordered), tuple(clocks), assumed)

    def _clock(self, name: str, trigger: Begins | Every) -> Clock:
        if isinstance(trigger, Begins):
            return Clock(trigger)
        if name in self.fired:
            return Clock(trigger, self._place(self.fired[name]), fired=True)
        turns = self.simulation.turns
        first = 0 if trigger.period.turns is None else next(at for at, turn in enumerate(turns) if turn)
        return Clock(trigger, self._place(first))

    def _assumed(self, done: Done, trial: bool, before: State, seen: Observation) -> tuple[str, ...]:
        """The assumptions that it takes: each by itself, or all where any one of them would do."""
        names = sorted(self.machine.asked & self.simulation.assumed.keys())
        if not names or self._is_done_without(names, done, trial, before, seen):
            return ()
        alone = [each for each in names if not self._is_done_without([each], done, trial, before, seen)]
        return tuple(alone or names)

    def _is_done_without(
        self, names: Collection[str], done: Done, trial: bool, before: State, seen: Observation
    ) -> bool:
        _, decision = self.machine.step(self.machine.not_knowing(before, names), seen)
        several = decision.trial if trial else decision.actions
        return any((each.action, each.text) == (done.action, done.text) for each in several)

    # --- what stopped a rule ---

    def _stopped(
        self, stop: Stop, now: int, views: dict[str, list[CounterView]], decision: Decision, goes_on: bool
    ) -> Stopped:
        part = self.parts[stop.rule]
        condition = condition_of(self.policy, stop)
        own = views.get(stop.rule, [])
        acts: Iterable[Act] = actions_of(part, own[0].step if isinstance(part, Ladder) and own else None)
        if stop.action is not None:
            acts = [each for each in acts if each.action == stop.action]
        if decision.after_end:
            entries = self.policy.vocabulary.actions
            acts = [each for each in acts if entries[each.action].even_after_end]
        return Stopped(
            stop,
            tuple(dict.fromkeys(each.action for each in acts)),
            isinstance(part, Rule) and part.trial,
            condition,
            tuple(self._seen_in(condition, now)),
            self._before(stop, now, decision),
            goes_on,
        )

    def _before(self, stop: Stop, now: int, decision: Decision) -> Place | None:
        if stop.cause is Cause.COOLDOWN:
            return self._last_fired(stop.rule)
        if stop.cause is Cause.OVERRIDES:
            winner = self.policy.overrides[stop.clause].winner
            if any(winner in each.rules for each in decision.actions):
                return self._place(now)
            return self._last_fired(winner)
        return None

    def _last_fired(self, rule: str) -> Place | None:
        return self._place(self.fired[rule]) if rule in self.fired else None

    def _seen_in(self, condition: Condition | None, now: int) -> Iterator[Evidence]:
        """Where the labels that a condition reads were last detected, and last unknown, as far as it looks."""
        found: dict[Evidence, None] = {}
        for detected in detections_in(condition):
            for reading in detected.readings:
                for role in Role:
                    if detected.role in (None, role):
                        found.update(dict.fromkeys(self._last_shown(reading, role, detected.scope, now)))
        return iter(sorted(found, key=lambda each: (each.message, each.found.label)))

    def _last_shown(self, reading: Reading, role: Role, scope: Scope, now: int) -> Iterator[Evidence]:
        number = self.index[reading]
        detected = self.shown.get((number, role, DETECTED))
        if detected is not None and self._is_in_scope(scope, detected, now):
            yield self._evidence(reading, detected)
        unknown = self.shown.get((number, role, UNKNOWN))
        lasts = self.policy.vocabulary.labels[reading.label].unknown_lasts
        if unknown is None or not self._is_in_scope(scope, unknown, now):
            return
        if lasts is None or self._is_within(lasts, unknown, now):
            yield self._doubt(reading, unknown)

    def _doubt(self, reading: Reading, index: int) -> Evidence:
        evidence = self._evidence(reading, index)
        if not evidence.found.unknown:
            return Evidence(evidence.message, evidence.turn, Found(reading.label, None, unknown=True))
        return evidence

    def _is_in_scope(self, scope: Scope, index: int, now: int) -> bool:
        if scope.this_message:
            return index == now
        return scope.window is None or self._is_within(scope.window, index, now)

    def _is_within(self, window: Lasting, index: int, now: int) -> bool:
        if window.turns is not None:
            return self.simulation.turns[index] > self.simulation.turns[now] - window.turns
        times = (self.messages[index].time or 0, self.messages[now].time or 0)
        return times[0] >= times[1] - (window.seconds or 0) * SECOND

    # --- what did not happen ---

    def _not_done(self, name: str, views: tuple[CounterView, ...], decision: Decision) -> NotDone:
        part = self.parts[name]
        is_reached = all(view.value >= view.need for view in views)
        is_inert = self._is_inert(part)
        lost = () if is_reached or is_inert else tuple(each for view in views for each in self._lost(view))
        step = views[0].step
        is_resting = isinstance(part, Ladder) and (step or 0) >= len(part.steps)
        acts = part.steps[-1].actions if is_resting and isinstance(part, Ladder) else actions_of(part, step)
        return NotDone(
            name,
            tuple(dict.fromkeys(each.action for each in acts)),
            isinstance(part, Rule) and part.trial,
            views,
            lost,
            self._last_fired(name) if is_reached and not _repeats(part) else None,
            is_inert,
            decision.after_end,
        )

    def _is_inert(self, part: Rule | Ladder) -> bool:
        attributes = self.simulation.attributes
        found = coverage(part.guards.applies, attributes, attributes)
        return found is Coverage.NOT

    def _lost(self, view: CounterView) -> Iterator[Lost]:
        """The latest additions that would have helped to reach the count, and no longer count."""
        if view.count.weights or view.count.same_category or view.step is not None:
            return
        additions = list(self._additions(view))
        fired = self.fired.get(view.owner)
        now = additions[-1].index if additions else 0
        gone = additions[-view.need : len(additions) - view.value]
        for each in gone:
            if fired is not None and each.index <= fired:
                continue
            count = view.count
            if count.within is not None and not self._is_within(count.within, each.index, now):
                why = "window"
            else:
                why = "row" if count.in_a_row else "anew"
            yield Lost(view.index, self._place(each.index), why)


def _repeats(part: Rule | Ladder) -> bool:
    return isinstance(part, Rule) and isinstance(part.trigger, After) and part.trigger.repeat
