"""What happened at every message, with its reasons: the explanations of a simulation.

The machine says what was decided and how far every counter is; which messages made a count is
remembered here, because the machine forgets what it no longer needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policy_engine.machine.encoder import DETECTED, UNKNOWN, Observation
from policy_engine.machine.triggers import CounterView
from policy_engine.model.decision import Cause, Decision, Done, Stop
from policy_engine.model.model import (
    Act,
    After,
    Condition,
    Count,
    Detected,
    Doubt,
    Ladder,
    Reading,
    Rule,
    Scope,
    When,
)
from policy_engine.model.parts import attributes_in, conditions_of, detections_in, parts_of
from policy_engine.simulation.clauses import actions_of, condition_of
from policy_engine.simulation.coverage import Coverage, coverage
from policy_engine.simulation.evidence import Evidence, Finder, Found
from policy_engine.simulation.simulation import Place, Simulation
from policy_engine.transcripts.message import SECOND, Message, Role
from policy_engine.vocabulary.vocabulary import Lasting


@dataclass(frozen=True, slots=True)
class Cited:
    """An action done (or that a trial rule would have done), and what made the policy do it."""

    done: Done
    trial: bool
    reasons: tuple[str, ...]
    because: tuple[Evidence, ...]
    assumed: tuple[str, ...]
    """The attributes that its rules ask for and that nobody recorded."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stop, what it kept from being done, and what the clause saw.

    ``evidence`` are the labels that the clause's condition found, or could not rule out; ``before`` is
    where the same rule fired (a cooldown), or where the rule that overrides it did.
    """

    stop: Stop
    actions: tuple[str, ...]
    trial: bool
    condition: Condition | None
    evidence: tuple[Evidence, ...] = ()
    before: Place | None = None


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
    """One message: ``number`` counts from 1, ``found`` is what was detected, ``moved`` what it added to."""

    number: int
    turn: int
    message: Message
    found: tuple[Found, ...]
    moved: tuple[CounterView, ...]
    decision: Decision
    cited: tuple[Cited, ...]
    stopped: tuple[Stopped, ...]
    not_done: tuple[NotDone, ...]

    @property
    def role(self) -> Role:
        """Who spoke."""
        return self.message.role


def moments_of(simulation: Simulation) -> tuple[Moment, ...]:
    """Every message of the simulation's conversation, explained."""
    return tuple(_Teller(simulation).tell())


@dataclass(frozen=True, slots=True)
class _Addition:
    """A message that added to a count; ``on`` are the categories that matched (for one count each)."""

    index: int
    points: int
    on: frozenset[Reading]
    because: tuple[Evidence, ...]


class _Teller:
    """Goes through a conversation once more, beside the machine, and remembers where things were."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.machine = simulation.machine
        self.policy = simulation.policy
        self.messages = simulation.conversation.messages
        self.index = {reading: number for number, reading in enumerate(self.machine.readings)}
        self.finder = Finder(self.policy.vocabulary, self.machine.readings)
        self.parts = {part.name: part for part in parts_of(self.policy)}
        self.additions: dict[tuple[str, int], list[_Addition]] = {}
        self.fired: dict[str, list[int]] = {}
        self.shown: dict[tuple[Reading, Role], tuple[list[int], list[int]]] = {}
        """Where a reading was unknown, and where it was detected, on messages of a role."""
        # Of the current turn:
        self.spoken: dict[Reading, int] = {}
        """Readings detected on a message of the user, with the first such message."""
        self.matched: dict[tuple[str, int], set[Reading]] = {}
        self.level: dict[tuple[str, int], int] = {}

    def tell(self) -> Iterator[Moment]:
        """The moments in order."""
        simulation = self.simulation
        state = self.machine.initial(simulation.attributes)
        turn = 0
        for now, seen in enumerate(simulation.observations):
            views = self.machine.examine(state, seen)
            state, decision = self.machine.step(state, seen)
            if state.turn != turn:
                turn = state.turn
                self.spoken, self.matched, self.level = {}, {}, {}
            for reading, value in zip(self.machine.readings, seen.values, strict=True):
                if value:
                    self.shown.setdefault((reading, seen.role), ([], []))[value - 1].append(now)
                if value == DETECTED and seen.role is Role.USER:
                    self.spoken.setdefault(reading, now)
            for view in views:
                self._count(view, now, seen)
            yield self._moment(now, seen, views, decision)

    def _place(self, index: int) -> Place:
        return Place(index + 1, self.simulation.turns[index])

    def _moment(
        self, now: int, seen: Observation, views: tuple[CounterView, ...], decision: Decision
    ) -> Moment:
        by_owner: dict[str, list[CounterView]] = {}
        for view in views:
            by_owner.setdefault(view.owner, []).append(view)
        stopped = tuple(self._stopped(each, now, by_owner, decision) for each in decision.stopped)
        cited = (
            *(self._cited(each, False, now, seen, by_owner) for each in decision.actions),
            *(self._cited(each, True, now, seen, by_owner) for each in decision.trial),
        )
        firing = {name for each in (*decision.actions, *decision.trial) for name in each.rules}
        concerned = firing | {each.rule for each in decision.stopped}
        not_done = tuple(
            self._not_done(name, tuple(own), decision)
            for name, own in by_owner.items()
            if name not in concerned and any(view.added for view in own)
        )
        for name in firing:
            self.fired.setdefault(name, []).append(now)
        message = self.messages[now]
        return Moment(
            now + 1, self.simulation.turns[now], message, self.finder.shown(message),
            tuple(view for view in views if view.added), decision, cited, stopped, not_done,
        )  # fmt: skip

    # --- what made a count ---

    def _count(self, view: CounterView, now: int, seen: Observation) -> None:
        key, count = (view.owner, view.index), view.count
        points, on = 1, frozenset[Reading]()
        if count.weights:
            worth = max((w for r, w in count.weights if seen.values[self.index[r]] == DETECTED), default=0)
            points = max(0, worth - self.level.get(key, 0))
            self.level[key] = max(worth, self.level.get(key, 0))
        elif count.same_category:
            known = self.matched.setdefault(key, set())
            on = frozenset(each for each in self._categories(count, now, seen) if each not in known)
            known |= on
        if view.added:
            because = tuple(self._addition(count, now, seen))
            self.additions.setdefault(key, []).append(_Addition(now, points, on, because))

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

    def _addition(self, count: Count, now: int, seen: Observation) -> Iterator[Evidence]:
        if count.weights:
            held = [each for each in count.weights if seen.values[self.index[each[0]]] == DETECTED]
            worth = max((weight for _, weight in held), default=0)
            for reading, weight in held:
                if weight == worth:
                    yield self._evidence(reading, now)
            return
        for reading, index in self._categories(count, now, seen).items():
            yield self._evidence(reading, index)
        yield self._evidence(Reading(count.act), now)

    def _evidence(self, reading: Reading, index: int) -> Evidence:
        found = self.finder.behind(self.messages[index], reading)
        return Evidence(
            index + 1, self.simulation.turns[index], found or Found(reading.label, None, unknown=True)
        )

    def _made_of(self, view: CounterView) -> list[_Addition]:
        """The additions that the count is made of."""
        additions = self.additions.get((view.owner, view.index), [])
        count = view.count
        if view.value <= 0:
            return []
        if count.weights:
            total = 0
            chosen: list[_Addition] = []
            for each in reversed(additions):
                if total >= view.value:
                    break
                total += each.points
                chosen.insert(0, each)
            return chosen
        if count.same_category:
            own = [[each for each in additions if reading in each.on] for reading in count.on or ()]
            enough = [each[-view.value :] for each in own if len(each) >= view.value]
            return max(enough, key=lambda each: each[0].index, default=[])
        return additions[-view.value :]

    def _because(
        self, part: Rule | Ladder, now: int, seen: Observation, views: Iterable[CounterView]
    ) -> list[Evidence]:
        if isinstance(part, Rule) and isinstance(part.trigger, When):
            return self._seen_here(part.trigger.detected, now, seen)
        return [each for view in views for addition in self._made_of(view) for each in addition.because]

    def _seen_here(self, detected: Detected, now: int, seen: Observation) -> list[Evidence]:
        values = {reading: seen.values[self.index[reading]] for reading in detected.readings}
        wanted = {DETECTED} if detected.doubt is Doubt.DETECTED else {UNKNOWN, DETECTED}
        return [self._evidence(reading, now) for reading, value in values.items() if value in wanted]

    def _cited(
        self, done: Done, trial: bool, now: int, seen: Observation, views: dict[str, list[CounterView]]
    ) -> Cited:
        because: dict[Evidence, None] = {}
        assumed: dict[str, None] = {}
        reasons: dict[str, None] = {}
        for name in done.rules:
            part = self.parts[name]
            because.update(dict.fromkeys(self._because(part, now, seen, views.get(name, ()))))
            for condition in conditions_of(part.guards):
                named = [each.name for each in attributes_in(condition)]
                assumed.update(dict.fromkeys(each for each in named if each in self.simulation.assumed))
            if part.reason is not None:
                reasons[part.reason] = None
        ordered = sorted(because, key=lambda each: (each.message, each.found.label))
        return Cited(done, trial, tuple(reasons), tuple(ordered), tuple(sorted(assumed)))

    # --- what stopped a rule ---

    def _stopped(
        self, stop: Stop, now: int, views: dict[str, list[CounterView]], decision: Decision
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
        )

    def _before(self, stop: Stop, now: int, decision: Decision) -> Place | None:
        if stop.cause is Cause.COOLDOWN:
            places = self.fired.get(stop.rule, [])
            return self._place(places[-1]) if places else None
        if stop.cause is Cause.OVERRIDES:
            winner = self.policy.overrides[stop.clause].winner
            if any(winner in each.rules for each in decision.actions):
                return self._place(now)
            places = self.fired.get(winner, [])
            return self._place(places[-1]) if places else None
        return None

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
        unknown, detected = self.shown.get((reading, role), ((), ()))
        if detected and self._is_in_scope(scope, detected[-1], now):
            yield self._evidence(reading, detected[-1])
        lasts = self.policy.vocabulary.labels[reading.label].unknown_lasts
        if not unknown or not self._is_in_scope(scope, unknown[-1], now):
            return
        if lasts is None or self._is_within(lasts, unknown[-1], now):
            yield self._doubt(reading, unknown[-1])

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
        fired = self.fired.get(name, [])
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
            self._place(fired[-1]) if fired and is_reached and not _repeats(part) else None,
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
        additions = self.additions.get((view.owner, view.index), [])
        fired = self.fired.get(view.owner, [])
        now = additions[-1].index if additions else 0
        gone = additions[-view.need : len(additions) - view.value]
        for each in gone:
            if fired and each.index <= fired[-1]:
                continue
            count = view.count
            if count.within is not None and not self._is_within(count.within, each.index, now):
                why = "window"
            else:
                why = "row" if count.in_a_row else "anew"
            yield Lost(view.index, self._place(each.index), why)


def _repeats(part: Rule | Ladder) -> bool:
    return isinstance(part, Rule) and isinstance(part.trigger, After) and part.trigger.repeat
