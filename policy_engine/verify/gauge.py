"""What tells whether an atom of a formula is true at a message: a few of the machine's own automata.

So a detection, a count or a period means to a proof what it means to a rule. Each gauge is by itself: its state
changes by what a message shows, by what the policies do at it, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.network import Network
from policy_engine.machine.readings import of_condition, of_trigger
from policy_engine.machine.state import Lift
from policy_engine.machine.tallies import KeptSeconds, KeptTurns
from policy_engine.machine.triggers import DueAfter, DueEvery, DueWhen
from policy_engine.model.model import After, Condition, CountReached, Detected, Doubt, Every, Reading, Scope
from policy_engine.model.timing import is_condition_timed
from policy_engine.transcripts.message import AttributeValue, Role
from policy_engine.verify.once import Once
from policy_engine.verify.question import (
    Happens,
    HeldOnce,
    Holds,
    MoreOften,
    Overdue,
    Reached,
    ReachedNow,
    View,
)
from policy_engine.vocabulary.vocabulary import Lasting

Gauged = Holds | HeldOnce | Happens | Reached | ReachedNow | Overdue | MoreOften
"""The atoms that remember something, or read a label."""

State = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A message, and what it is to a view: the values of its readings, and the actions done, by their names there.

    ``done`` has each name as often as there are texts.
    """

    role: Role
    values: tuple[int, ...]
    time: int
    begun: bool
    new_turn: bool
    done: tuple[str, ...]


class Gauge:
    """A gauge of one atom."""

    readings: tuple[Reading, ...] = ()
    """What it reads of a message, in the order of its values."""
    lifts: Mapping[int, Lift] = {}
    """By slot: where the times of its states are, if they hold any."""
    actions: frozenset[str] = frozenset()
    """The actions that it wants to hear of, as its view calls them."""
    is_timed = False
    """Whether times make a difference to it."""

    def initial(self, attributes: dict[str, AttributeValue]) -> State:
        """The state before the first message."""
        raise NotImplementedError

    def step(self, before: State, event: Event) -> tuple[State, bool]:
        """The state after a message, and whether the atom is true at it."""
        raise NotImplementedError

    def is_settled(self, state: State) -> bool:
        """Whether the atom is true from now on, whatever comes; False where that is not known."""
        return False


def gauge_of(atom: Gauged, view: View) -> Gauge:
    """The gauge of an atom that this view reads."""
    return _Often(atom) if isinstance(atom, MoreOften) else _Read(atom, view)


class _Often(Gauge):
    """How often an action was done within a window."""

    def __init__(self, atom: MoreOften) -> None:
        window = atom.window
        self._atom = atom
        self.actions = frozenset({atom.action})
        self.is_timed = window.seconds is not None
        self._kept = (
            KeptTurns(atom.times + 1, window.turns)
            if window.turns is not None
            else KeptSeconds(atom.times + 1, window.seconds or 0)
        )
        self.lifts = {0: _lift_pairs} if self.is_timed else {}

    def initial(self, attributes: dict[str, AttributeValue]) -> State:
        return (self._kept.empty,)

    def step(self, before: State, event: Event) -> tuple[State, bool]:
        (kept,) = before
        if event.new_turn:
            kept = self._kept.turn(kept)
        times = event.done.count(self._atom.action)
        if times:
            # A turn can have any number of them; more than are asked for are not told apart.
            most = self._atom.times + 1
            kept = tuple((at, min(each, most)) for at, each in self._kept.add(kept, times, event.time))
        return (kept,), self._kept.value(kept, event.time) > self._atom.times


Truth = Callable[[Slots, Moment], bool]
Due = DueWhen | DueAfter | DueEvery


class _Read(Gauge):
    """Whatever a network of the machine's automata tells."""

    def __init__(self, atom: Holds | HeldOnce | Happens | Reached | ReachedNow | Overdue, view: View) -> None:
        self._network = network = Network(view.vocabulary, readings_of(atom))
        self._dues: list[Due] = []
        self._fires: Callable[[Slots, Moment, Event], None] | None = None
        self._truth = self._compiled(atom)
        self.readings = network.readings
        self.lifts = network.lifts
        self.is_timed = _is_timed(atom, view)
        self._settling = tuple(self._settled_by(atom))
        own = {atom.action} if isinstance(atom, Overdue) else set()
        self.actions = frozenset(network.taken) | frozenset(network.since) | own

    def initial(self, attributes: dict[str, AttributeValue]) -> State:
        slots = list(self._network.initial)
        slots[self._network.attribute_slot] = self._network.attribute_values(attributes)
        return tuple(slots)

    def step(self, before: State, event: Event) -> tuple[State, bool]:
        slots = list(before)
        moment = Moment(event.role, event.values, event.time, event.begun, event.new_turn)
        self._look(slots, moment)
        is_true = self._truth(slots, moment)
        if self._fires is not None:
            self._fires(slots, moment, event)
        self._remember(slots, moment, event.done)
        return tuple(slots), is_true

    def is_settled(self, state: State) -> bool:
        return any(state[slot] is not None for slot in self._settling)

    def _look(self, slots: Slots, moment: Moment) -> None:
        """The turn, and what the message shows, in the order of the machine."""
        network = self._network
        if moment.new_turn:
            for each in network.turning:
                each.turn(slots)
            for due in self._dues:
                due.turn(slots)
        for peak in network.peaks:
            peak.see(slots, moment)
        for automaton in network.seeing:
            automaton.see(slots, moment)
        for due in self._dues:
            due.see(slots, moment)

    def _remember(self, slots: Slots, moment: Moment, done: Sequence[str]) -> None:
        network = self._network
        for action in dict.fromkeys(done):
            for recent in network.taken.get(action, ()):
                recent.mark(slots, moment.time)
            for compiled, fired in network.since.get(action, ()):
                for tally in compiled.tallies:
                    tally.restart(slots)
                slots[fired] = False

    def _compiled(self, atom: Holds | HeldOnce | Happens | Reached | ReachedNow | Overdue) -> Truth:
        network = self._network
        match atom:
            case Holds(_, condition, certain):
                return self._at_least(condition, 2 if certain else 1)
            case HeldOnce(_, condition):
                return Once(network, condition).holds
            case Reached(_, count) if count.since is None and not count.weights:
                return self._at_least(CountReached(count), 2)
            case Reached(_, count):
                (compiled,) = self._counted(After((count,))).counts
                return lambda slots, moment: compiled.value(slots, moment.time) >= count.need
            case ReachedNow(_, counts, start_over):
                return self._counted(After(counts, start_over=start_over)).is_due
            case Happens():
                return self._happens(atom)
            case Overdue():
                return self._overdue(atom)

    def _settled_by(self, atom: Gauged) -> Iterator[int]:
        """The slots that, once set, say that a detection anywhere in the conversation is certain."""
        match atom:
            case Holds(_, Detected(readings, _, doubt, scope) as detected) if scope == Scope():
                if doubt is not Doubt.UNCHECKED:
                    for each in readings:
                        yield self._network.sighting(each, detected).certain.slot
            case _:
                return

    def _at_least(self, condition: Condition, least: int) -> Truth:
        test = self._network.test(condition)
        return lambda slots, moment: test(slots, moment) >= least

    def _counted(self, after: After) -> DueAfter:
        """The counts of a trigger that nobody fires: so they count on."""
        due = DueAfter(self._network, after)
        self._dues.append(due)
        return due

    def _happens(self, atom: Happens) -> Truth:
        due = DueWhen(self._network, atom.event)

        def fires(slots: Slots, moment: Moment, _: Event) -> None:
            if due.is_due(slots, moment):
                due.fire(slots, moment)

        if atom.event.first:
            self._fires = fires
        return due.is_due

    def _overdue(self, atom: Overdue) -> Truth:
        due = DueEvery(self._network, Every(atom.period))
        self._dues.append(due)

        def fires(slots: Slots, moment: Moment, event: Event) -> None:
            # What was done in turn 0 was done in time for turn 1, from which turns are counted.
            is_turn_0 = due.turns is not None and slots[due.slot] == -1
            if atom.action in event.done and not is_turn_0:
                due.fire(slots, moment)

        self._fires = fires
        return due.is_due


def readings_of(atom: Gauged) -> Iterable[Reading]:
    """Every reading of an atom; some come more than once."""
    match atom:
        case Holds(_, condition) | HeldOnce(_, condition):
            return of_condition(condition)
        case Happens(_, event):
            return of_trigger(event)
        case Reached(_, count):
            return of_trigger(After((count,)))
        case ReachedNow(_, counts, start_over):
            return of_trigger(After(counts, start_over=start_over))
        case _:
            return ()


def _is_timed(atom: Gauged, view: View) -> bool:
    match atom:
        case Holds(_, condition) | HeldOnce(_, condition):
            return is_condition_timed(condition, view.vocabulary, isinstance(atom, HeldOnce))
        case Reached(_, count):
            return _is_in_seconds(count.within)
        case ReachedNow(_, counts, start_over):
            quiet = None if start_over is None else start_over.quiet
            return _is_in_seconds(quiet) or any(_is_in_seconds(count.within) for count in counts)
        case Overdue(_, _, period):
            return _is_in_seconds(period)
        case _:
            return False


def _is_in_seconds(lasting: Lasting | None) -> bool:
    return lasting is not None and lasting.seconds is not None


def _lift_pairs(value: Any, of: Callable[[int], Any]) -> Any:
    return tuple((of(time), points) for time, points in value)
