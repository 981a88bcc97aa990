"""The equations of triggers: when a rule is due, and what its firing changes: see
:mod:`policy_engine.machine.triggers`.
"""

from __future__ import annotations

from typing import Protocol

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
from policy_engine.verify.symbolic.circuit import FALSE, Signal
from policy_engine.verify.symbolic.network import Network, own_counters
from policy_engine.verify.symbolic.tallies import MatchTally, PointsTally, Quiet, Sums, Tally, cells


class Due(Protocol):
    """A trigger."""

    def turn(self) -> None:
        """A turn begins, perhaps."""

    def see(self) -> None:
        """Take in the message."""

    @property
    def is_due(self) -> Signal:
        """Whether the rule fires here unless something stops it."""

    def fire(self, condition: Signal) -> None:
        """The rule has fired, where the condition is true."""

    def since(self, action: str, condition: Signal) -> None:
        """The policy took an action, where the condition is true."""


class DueWhen:
    """``when X is [first] detected``, an event."""

    def __init__(self, network: Network, trigger: When) -> None:
        self.circuit = network.circuit
        self.here = network.here(trigger.detected).certain
        self.fired = network.equations.latch("fired") if trigger.first else None

    def turn(self) -> None:
        """Nothing changes."""

    def see(self) -> None:
        """Nothing is remembered."""

    @property
    def is_due(self) -> Signal:
        """At every such message; with ``first``, until it has fired."""
        return self.here if self.fired is None else self.circuit.both(self.here, self.fired.value ^ 1)

    def fire(self, condition: Signal) -> None:
        """Once is enough for ``first``."""
        if self.fired is not None:
            self.fired.set(condition)

    def since(self, action: str, condition: Signal) -> None:
        """It counts nothing."""


class DueBegins(DueWhen):
    """``when the chat begins``."""

    def __init__(self, network: Network) -> None:
        self.here = network.equations.begun ^ 1
        self.fired = None


class DueEvery(DueWhen):
    """``every 20 turns``: how many turns are left, and one for before turn 1; ``every 3 hours``: the anchor's time."""

    def __init__(self, network: Network, trigger: Every) -> None:
        equations = self.equations = network.equations
        self.circuit = network.circuit
        self.fired = None
        self.turns = trigger.period.turns
        if self.turns is not None:
            self.waited = equations.countdown("waited", self.turns + 1)
        else:
            self.length = (trigger.period.seconds or 0) * SECOND
            self.anchor = equations.register("anchor")

    def turn(self) -> None:
        """One turn less. It is due at 1; 0 is before turn 1, from which the turns are counted."""
        if self.turns is None:
            return
        new_turn, waited = self.equations.new_turn, self.waited
        begins = self.circuit.both(new_turn, waited.runs ^ 1)
        waited.tick(self.circuit.both(new_turn, waited.exceeds(1)))
        waited.set(begins, self.turns + 1)

    def see(self) -> None:
        """The first message is the first anchor."""
        if self.turns is None:
            self.anchor.set(self.equations.begun ^ 1, self.equations.now)

    @property
    def has_begun(self) -> Signal:
        """Whether there is an anchor: for turns, from turn 1 on."""
        return 1 if self.turns is None else self.waited.runs

    @property
    def is_due(self) -> Signal:
        """Once the period is over."""
        if self.turns is not None:
            return self.circuit.both(self.equations.begun, self.waited.is_(1))
        return self.circuit.both(self.equations.begun, self.equations.over(self.anchor.value, self.length))

    def fire(self, condition: Signal) -> None:
        """The anchor is now."""
        if self.turns is not None:
            self.waited.set(condition, self.turns + 1)
        else:
            self.anchor.set(condition, self.equations.now)


class CountSoFar:
    """A count of a trigger: one tally, or one a category."""

    def __init__(self, network: Network, count: Count, name: str) -> None:
        self.network = network
        self.circuit = network.circuit
        self.count = count
        self.tallies = self._tallies(network, count, name)
        self.marked = (
            network.equations.latch(f"{name}/marked") if isinstance(count.since, SinceFirst) else None
        )
        self.since_action = count.since.action if isinstance(count.since, SinceAction) else None
        self.marker = _marker(network, count)

    def _tallies(self, network: Network, count: Count, name: str) -> list[Tally]:
        equations, waits = network.equations, count.since is not None
        sources = [None] if count.weights else own_counters(count)
        made: list[Tally] = []
        for number, on in enumerate(sources):
            own = f"{name}/{number}"
            kept = cells(equations, own, count.need, count.in_a_row, count.within)
            if count.weights:
                weights = [(network.reading(reading), weight) for reading, weight in count.weights]
                made.append(PointsTally(equations, own, weights, kept, waits))
            else:
                made.append(MatchTally(equations, own, network.match(count.act, on), kept, waits))
        return made

    def reaches(self, number: int) -> Signal:
        """Whether the count, the largest of the tallies, is at least that many, of those that are needed."""
        return self.circuit.any([each.kept.reaches(number) for each in self.tallies])

    @property
    def reached(self) -> Signal:
        """Whether the count is reached at this message."""
        return self.reaches(self.count.need)

    @property
    def added(self) -> Signal:
        """Whether this message adds to it."""
        return self.circuit.any([each.added for each in self.tallies])

    def is_marked(self) -> Signal:
        """Whether this message is the marker of ``since``."""
        if self.marked is None:
            return self.marker
        is_first = self.circuit.both(self.marker, self.marked.value ^ 1)
        self.marked.set(is_first)
        return is_first

    def restart(self, condition: Signal) -> None:
        """It starts anew where the condition is true, and waits no longer."""
        for each in self.tallies:
            each.restart(condition)

    def empty(self, condition: Signal) -> None:
        """It starts anew where the condition is true; the rest stays."""
        for each in self.tallies:
            each.empty(condition)


class DueAfter:
    """``after ...`` and ``after every ...``."""

    def __init__(self, network: Network, trigger: After) -> None:
        self.circuit = network.circuit
        self.counts = [
            CountSoFar(network, each, f"count {number}") for number, each in enumerate(trigger.counts)
        ]
        self.repeat = trigger.repeat
        self.fired = None if trigger.repeat else network.equations.latch("fired")
        self.quiet = _quiet(network, trigger.start_over)
        self.reset = _reset(network, trigger.start_over)

    def turn(self) -> None:
        """Windows move on, a quiet stretch may be over."""
        for count in self.counts:
            for tally in count.tallies:
                tally.turn()
        if self.quiet is not None:
            self._forget(self.quiet.turn())

    def see(self) -> None:
        """Count the message."""
        if self.quiet is not None:
            self._forget(self.quiet.see())
        self._forget(self.reset)
        for count in self.counts:
            is_marked = count.is_marked()
            for tally in count.tallies:
                added = tally.see(self.circuit.either(self.reset, is_marked))
                if self.quiet is not None:
                    self.quiet.mark(added)
                tally.restart(is_marked)
            self._refresh(is_marked)

    def _refresh(self, condition: Signal) -> None:
        """A new stretch begins."""
        if self.fired is not None:
            self.fired.set(condition, FALSE)

    def _forget(self, condition: Signal) -> None:
        for count in self.counts:
            count.empty(condition)
        self._refresh(condition)

    @property
    def is_due(self) -> Signal:
        """At a message that adds, if every count holds there, once in a stretch."""
        fresh = 1 if self.fired is None else self.fired.value ^ 1
        adds = self.circuit.any([each.added for each in self.counts])
        return self.circuit.all((fresh, adds, *[each.reached for each in self.counts]))

    def fire(self, condition: Signal) -> None:
        """It is done with this stretch, or counts anew."""
        if self.fired is not None:
            self.fired.set(condition)
            return
        for count in self.counts:
            count.empty(condition)

    def since(self, action: str, condition: Signal) -> None:
        """Counts since that action start anew."""
        for count in self.counts:
            if count.since_action == action:
                count.restart(condition)
                self._refresh(condition)


class DueLadder:
    """A ladder: how many steps it has climbed, as a row of latches, and what it counts towards the next."""

    def __init__(self, network: Network, ladder: Ladder) -> None:
        equations = network.equations
        self.circuit = network.circuit
        self.ladder = ladder
        most = max(step.need for step in ladder.steps)
        self.kept = Sums(equations, "count", most)
        self.tally = MatchTally(equations, "count", network.match(ladder.act, ladder.on), self.kept)
        self.climbed = [equations.latch(f"step {number + 1}") for number in range(len(ladder.steps))]
        self.quiet = _quiet(network, ladder.start_over)
        self.reset = _reset(network, ladder.start_over)

    def turn(self) -> None:
        """A quiet stretch may be over."""
        self.tally.turn()
        if self.quiet is not None:
            self._start_over(self.quiet.turn())

    def _start_over(self, condition: Signal) -> None:
        self.tally.empty(condition)
        for each in self.climbed:
            each.set(condition, FALSE)

    def see(self) -> None:
        """Count the message."""
        if self.quiet is not None:
            self._start_over(self.quiet.see())
        self._start_over(self.reset)
        added = self.tally.see(self.reset)
        if self.quiet is not None:
            self.quiet.mark(added)

    def reaches(self, number: int) -> Signal:
        """Whether so many are counted towards the next step."""
        return self.kept.reaches(number)

    @property
    def rests(self) -> Signal:
        """Whether no step is left."""
        return self.climbed[-1].value

    def stands_on(self, number: int) -> Signal:
        """Whether step ``number`` (from 0) is the next."""
        below = self.climbed[number - 1].value if number else 1
        return self.circuit.both(below, self.climbed[number].value ^ 1)

    @property
    def is_due(self) -> Signal:
        """At a message that adds, if the step's count is reached; on the last step it rests."""
        reached = [
            self.circuit.both(self.stands_on(number), self.kept.reaches(step.need))
            for number, step in enumerate(self.ladder.steps)
        ]
        return self.circuit.both(self.tally.added, self.circuit.any(reached))

    def fire(self, condition: Signal) -> None:
        """One step up; the next counts from here."""
        below = [1, *[each.value for each in self.climbed]]
        for each, value in zip(self.climbed, below, strict=False):
            each.set(condition, value)
        self.tally.empty(condition)

    def since(self, action: str, condition: Signal) -> None:
        """It counts since no action."""


def due(network: Network, trigger: Trigger) -> Due:
    """The equations of a trigger."""
    match trigger:
        case When():
            return DueWhen(network, trigger)
        case Begins():
            return DueBegins(network)
        case After():
            return DueAfter(network, trigger)
        case Every():
            return DueEvery(network, trigger)


def _marker(network: Network, count: Count) -> Signal:
    match count.since:
        case SinceFirst(detected):
            return network.here(detected).certain
        case SinceEvent(event):
            return network.reading(Reading(event)).certain
        case _:
            return FALSE


def _quiet(network: Network, over: StartOver | None) -> Quiet | None:
    if over is None or over.quiet is None:
        return None
    return Quiet(network.equations, "quiet", over.quiet)


def _reset(network: Network, over: StartOver | None) -> Signal:
    if over is None or over.event is None:
        return FALSE
    return network.reading(Reading(over.event)).certain
