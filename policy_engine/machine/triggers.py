"""Compiled triggers: when a rule is due, and what its firing changes in them."""

from __future__ import annotations

from typing import Protocol

from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.network import Network, Test
from policy_engine.machine.shape import perhaps, time, whole
from policy_engine.machine.state import lift_time
from policy_engine.machine.tallies import (
    Kept,
    KeptInARow,
    KeptSeconds,
    KeptTurns,
    Match,
    Quiet,
    Tally,
    Weights,
    lift_additions,
)
from policy_engine.model.model import (
    After,
    Begins,
    Count,
    Every,
    Ladder,
    Reading,
    SinceAction,
    SinceEvent,
    SinceFirst,
    StartOver,
    Trigger,
    When,
)
from policy_engine.transcripts.message import SECOND
from policy_engine.vocabulary.vocabulary import Lasting


class Due(Protocol):
    """A compiled trigger."""

    def turn(self, slots: Slots) -> object:
        """A turn begins."""

    def see(self, slots: Slots, moment: Moment) -> object:
        """Take in a message."""

    def is_due(self, slots: Slots, moment: Moment) -> bool:
        """Whether the rule fires here unless something stops it."""

    def fire(self, slots: Slots, moment: Moment) -> None:
        """The rule has fired."""

    def views(self, slots: Slots, moment: Moment, owner: str) -> list[CounterView]:
        """Its counters."""


class DueWhen:
    """``when X is [first] detected``, an event."""

    def __init__(self, network: Network, trigger: When) -> None:
        self.test: Test = network.here(trigger.detected)
        self.fired = network.slot(False) if trigger.first else None

    def turn(self, slots: Slots) -> None:
        """Nothing changes."""

    def see(self, slots: Slots, moment: Moment) -> None:
        """Nothing is remembered."""

    def is_due(self, slots: Slots, moment: Moment) -> bool:
        """At every such message; with ``first``, until it has fired."""
        return self.test(slots, moment) == 2 and not (self.fired is not None and slots[self.fired])

    def fire(self, slots: Slots, moment: Moment) -> None:
        """Once is enough for ``first``."""
        if self.fired is not None:
            slots[self.fired] = True

    def views(self, slots: Slots, moment: Moment, owner: str) -> list[CounterView]:
        """It counts nothing."""
        return []


class DueBegins(DueWhen):
    """``when the chat begins``."""

    def __init__(self) -> None:
        self.fired = None

    def is_due(self, slots: Slots, moment: Moment) -> bool:
        """At the first message."""
        return not moment.begun


class DueEvery(DueWhen):
    """``every 20 turns``: turns since the anchor, up to the period; ``every 3 hours``: the anchor's time."""

    def __init__(self, network: Network, trigger: Every) -> None:
        self.fired = None
        self.turns = trigger.period.turns
        self.length = None if trigger.period.seconds is None else trigger.period.seconds * SECOND
        if self.turns is not None:
            self.slot = network.slot(-1, whole(-1, self.turns))
        else:
            self.slot = network.slot(None, perhaps(time))
        if self.length is not None:
            network.lifts[self.slot] = lift_time

    def turn(self, slots: Slots) -> None:
        """One turn more."""
        if self.turns is not None and slots[self.slot] < self.turns:
            slots[self.slot] += 1

    def see(self, slots: Slots, moment: Moment) -> None:
        """The first message is the first anchor."""
        if self.length is not None and slots[self.slot] is None:
            slots[self.slot] = moment.time

    def is_due(self, slots: Slots, moment: Moment) -> bool:
        """Once the period is over."""
        if not moment.begun:
            return False
        if self.turns is not None:
            return bool(slots[self.slot] >= self.turns)
        return bool(moment.time >= slots[self.slot] + self.length)

    def fire(self, slots: Slots, moment: Moment) -> None:
        """The anchor is now."""
        slots[self.slot] = 0 if self.turns is not None else moment.time


class CompiledCount:
    """A count of a trigger: one tally, or one a category."""

    def __init__(self, network: Network, count: Count) -> None:
        self.count = count
        self.tallies = [
            Tally(0, source, _kept(count), count.since is not None) for source in _sources(network, count)
        ]
        for tally in self.tallies:
            tally.slot = network.slot(tally.initial, tally.shape)
            if isinstance(tally.kept, KeptSeconds):
                network.lifts[tally.slot] = lift_additions
        self.marker = _marker(network, count)
        self.marked = network.slot(False) if isinstance(count.since, SinceFirst) else None
        self.since_action = count.since.action if isinstance(count.since, SinceAction) else None

    def value(self, slots: Slots, time: int) -> int:
        """The largest of the tallies."""
        return max([each.value(slots, time) for each in self.tallies])

    def is_marked(self, slots: Slots, moment: Moment) -> bool:
        """Whether this message is the marker of ``since``."""
        if self.marker is None or self.marker(slots, moment) != 2:
            return False
        if self.marked is not None:
            if slots[self.marked]:
                return False
            slots[self.marked] = True
        return True


class DueAfter:
    """``after ...`` and ``after every ...``."""

    def __init__(self, network: Network, trigger: After) -> None:
        self.counts = [CompiledCount(network, each) for each in trigger.counts]
        self.repeat = trigger.repeat
        self.fired = network.slot(False)
        self.quiet = _quiet(network, trigger.start_over)
        self.reset = _reset(network, trigger.start_over)
        for compiled in self.counts:
            if compiled.since_action is not None:
                network.since.setdefault(compiled.since_action, []).append((compiled, self.fired))

    def turn(self, slots: Slots) -> None:
        """A turn begins: windows move on, a quiet stretch may be over."""
        for compiled in self.counts:
            for tally in compiled.tallies:
                tally.turn(slots)
        if self.quiet is not None and self.quiet.turn(slots):
            self._forget(slots)

    def see(self, slots: Slots, moment: Moment) -> None:
        """Count the message."""
        if self.quiet is not None and self.quiet.see(slots, moment.time):
            self._forget(slots)
        is_reset = self.reset is not None and self.reset(slots, moment) == 2
        if is_reset:
            self._forget(slots)
        for compiled in self.counts:
            self._see(compiled, slots, moment, is_reset)

    def _see(self, compiled: CompiledCount, slots: Slots, moment: Moment, is_reset: bool) -> None:
        is_marked = compiled.is_marked(slots, moment)
        for tally in compiled.tallies:
            if tally.see(slots, moment, not (is_reset or is_marked)):
                moment.added.add(tally.slot)
                if self.quiet is not None:
                    self.quiet.mark(slots, moment.time)
            if is_marked:
                tally.restart(slots)
        if is_marked:
            slots[self.fired] = False

    def _forget(self, slots: Slots) -> None:
        for compiled in self.counts:
            for tally in compiled.tallies:
                tally.empty(slots)
        slots[self.fired] = False

    def is_due(self, slots: Slots, moment: Moment) -> bool:
        """At a message that adds, if every count holds there, once in a stretch."""
        if not moment.added or (slots[self.fired] and not self.repeat):
            return False
        if not any(tally.slot in moment.added for each in self.counts for tally in each.tallies):
            return False
        return all(each.value(slots, moment.time) >= each.count.need for each in self.counts)

    def fire(self, slots: Slots, moment: Moment) -> None:
        """It is done with this stretch, or counts anew."""
        if not self.repeat:
            slots[self.fired] = True
            return
        for compiled in self.counts:
            for tally in compiled.tallies:
                tally.empty(slots)

    def views(self, slots: Slots, moment: Moment, owner: str) -> list[CounterView]:
        """One view a count."""
        return [
            CounterView(
                owner, number, each.value(slots, moment.time), each.count.need,
                any(tally.slot in moment.added for tally in each.tallies), each.count,
            )
            for number, each in enumerate(self.counts)
        ]  # fmt: skip


class DueLadder:
    """A ladder: ``(step, count)`` in one slot, the turn's match in the tally's."""

    def __init__(self, network: Network, ladder: Ladder) -> None:
        self.ladder = ladder
        most = max(step.need for step in ladder.steps)
        self.tally = Tally(0, network.match(ladder.act, ladder.on), Kept(most))
        self.tally.slot = network.slot(self.tally.initial, self.tally.shape)
        self.step = network.slot(0, whole(0, len(ladder.steps)))
        self.quiet = _quiet(network, ladder.start_over)
        self.reset = _reset(network, ladder.start_over)

    def turn(self, slots: Slots) -> None:
        """A turn begins; a quiet stretch may be over."""
        self.tally.turn(slots)
        if self.quiet is not None and self.quiet.turn(slots):
            self._start_over(slots)

    def _start_over(self, slots: Slots) -> None:
        self.tally.empty(slots)
        slots[self.step] = 0

    def see(self, slots: Slots, moment: Moment) -> None:
        """Count the message."""
        if self.quiet is not None and self.quiet.see(slots, moment.time):
            self._start_over(slots)
        is_reset = self.reset is not None and self.reset(slots, moment) == 2
        if is_reset:
            self._start_over(slots)
        if self.tally.see(slots, moment, not is_reset):
            moment.added.add(self.tally.slot)
            if self.quiet is not None:
                self.quiet.mark(slots, moment.time)

    def is_due(self, slots: Slots, moment: Moment) -> bool:
        """At a message that adds, if the step's count is reached; on the last step it rests."""
        if self.tally.slot not in moment.added or slots[self.step] >= len(self.ladder.steps):
            return False
        return self.tally.value(slots, moment.time) >= self.ladder.steps[slots[self.step]].need

    def fire(self, slots: Slots, moment: Moment) -> None:
        """One step up; the next counts from here."""
        slots[self.step] += 1
        self.tally.empty(slots)

    def views(self, slots: Slots, moment: Moment, owner: str) -> list[CounterView]:
        """The step's counter."""
        step = slots[self.step]
        is_resting = step >= len(self.ladder.steps)
        need = 0 if is_resting else self.ladder.steps[step].need
        value = 0 if is_resting else min(need, self.tally.value(slots, moment.time))
        count = Count(self.ladder.act, need, self.ladder.on)
        return [CounterView(owner, 0, value, need, self.tally.slot in moment.added, count, step)]


def compile_trigger(network: Network, trigger: Trigger) -> Due:
    """The automata of a trigger."""
    match trigger:
        case When():
            return DueWhen(network, trigger)
        case Begins():
            return DueBegins()
        case After():
            return DueAfter(network, trigger)
        case Every():
            return DueEvery(network, trigger)


def _sources(network: Network, count: Count) -> list[Match | Weights]:
    if count.weights:
        return [Weights(tuple((network.index[reading], weight) for reading, weight in count.weights))]
    return [network.match(count.act, on) for on in network.own_counters(count)]


def _kept(count: Count) -> Kept:
    if count.in_a_row:
        return KeptInARow(count.need)
    return _kept_within(count.need, count.within)


def _kept_within(need: int, within: Lasting | None) -> Kept:
    if within is None:
        return Kept(need)
    if within.turns is not None:
        return KeptTurns(need, within.turns)
    return KeptSeconds(need, within.seconds or 0)


def _marker(network: Network, count: Count) -> Test | None:
    match count.since:
        case SinceFirst(detected):
            return network.here(detected)
        case SinceEvent(event):
            return _event(network, event)
        case _:
            return None


def _quiet(network: Network, over: StartOver | None) -> Quiet | None:
    if over is None or over.quiet is None:
        return None
    made = Quiet(network.slot(Quiet.initial, Quiet.shape(over.quiet)), over.quiet)
    if made.length is not None:
        network.lifts[made.slot] = lift_time
    return made


def _reset(network: Network, over: StartOver | None) -> Test | None:
    return _event(network, over.event) if over is not None and over.event is not None else None


def _event(network: Network, event: str) -> Test:
    index = network.index[Reading(event)]
    return lambda slots, moment: moment.values[index]
