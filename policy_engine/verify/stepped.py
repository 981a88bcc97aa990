"""Steps of a product, each part's taken once, and all inputs that lead to the same at once.

Each machine and each gauge is stepped apart, so that what one of them does in a state is worked out once, in
whatever states the others are. In a state, a part does the same by many inputs: it divides them into *blocks*. A
state of the whole is stepped by laying the blocks of its parts over each other: inputs that are in one block of every
part lead to the same, and only the first of them is followed. Which these are depends on how the parts divide the
inputs, not on their states; so it is worked out once for all states that divide them alike. (Compare R. Paige and R. E.
Tarjan, "Three Partition Refinement Algorithms", 1987.) States are numbered, so that whoever searches compares
numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from operator import itemgetter
from typing import NamedTuple, TypeVar

from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.machine import NOTHING_YET, begins_turn, next_phase
from policy_engine.machine.state import Slots
from policy_engine.model.decision import Decision
from policy_engine.verify import gauge
from policy_engine.verify.gauge import Event
from policy_engine.verify.product import Input, Product, State
from policy_engine.verify.watch import Memory, Outcome, Told

Joint = tuple[int, ...]
"""The turn-taking, then the number of each machine's and each gauge's state, and of the memory."""

TRUE = -1
"""In the place of a state: the formula is true at the step that leads there."""
NOWHERE = -2
"""In the place of a memory: what cannot be, or from where the formula can never be true."""

Deed = tuple[Decision, tuple[CounterView, ...]]
"""What a policy does, and, where they are asked for, its counters."""

Row = tuple[int, ...]
"""What each input of a group comes to, or each question that a gauge is asked."""

Value = TypeVar("Value", bound=Hashable)
_OVER = 2
"""In the place of a gauge's truth: it leaves the formula no hope."""
_CELLS = 16
"""Of rows: so many take as much memory as a step of one part."""


class _Numbered(dict[Value, int]):
    """Values by number, each once: looked up, a new value gets the next number. ``listed`` has them by number."""

    def __init__(self) -> None:
        self.listed: list[Value] = []

    def __missing__(self, value: Value) -> int:
        number = self[value] = len(self.listed)
        self.listed.append(value)
        return number


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one gauge is asked by the inputs of a group: ``questions``, and for each input the place of its own.

    A question is what is seen of the message, how turns stand, and what is heard of deeds, by number. ``answers`` has,
    for each state, where each question leads to, and the number of the shape of that.
    """

    questions: tuple[tuple[int, int, int], ...]
    places: Row
    answers: dict[int, tuple[Row, int]]


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the inputs of a group come to in all but the gauges.

    For each input: how turns stand after it (``phases``), whether one begins (``turnings``), the number of what is
    done (``deeds``), and the state of each machine (``machines``). ``mold`` is the number of how all that, and what
    the gauges are ``asked``, divides the inputs.
    """

    mold: int
    phases: Row
    turnings: Row
    deeds: Row
    machines: tuple[Row, ...]
    asked: tuple[_Asked, ...]


Pick = Callable[[Row], Row]
"""Takes the values at some places of a row."""


class _Ends(NamedTuple):
    """What the formula makes of the inputs of a group: the first at which it is true (None: at none), and the first of
    each block that goes on: the input, how turns stand, what is remembered, and how to find the rest."""

    shown: int | None
    inputs: Row
    phases: Row
    memories: Row
    of_machine: Pick
    of_gauges: tuple[Pick, ...]


class Stepped:
    """The steps of one product in which no time passes.

    ``groups`` are numbers of inputs that are tried together, those first that are preferred.
    """

    def __init__(self, product: Product, groups: Sequence[Sequence[int]]) -> None:
        self.product = product
        self._orders = [tuple(each) for each in groups]
        letters = _classes([id(each.letter) for each in product.inputs])
        self._machines = [_Machine(product, number) for number in range(len(product.machines))]
        self._gauges = [_Gauge(product, number, letters) for number in range(len(product.watch.gauges))]
        self._besides = _classes([each.besides for each in product.inputs])
        self._joints: _Numbered[Joint] = _Numbered()
        self._memories: _Numbered[Memory] = _Numbered()
        self._done: _Numbered[tuple[int, ...]] = _Numbered()
        """Deeds: by what is done besides, and what each machine does."""
        self._decisions: list[tuple[tuple[Decision, ...], tuple[tuple[CounterView, ...], ...]]] = []
        self._heard: list[list[int]] = []
        """For each deed, by gauge, the number of what that hears of it."""
        self._rows: _Numbered[Row] = _Numbered()
        self._molds: _Numbered[tuple[int, ...]] = _Numbered()
        self._shapes: _Numbered[tuple[Row, Row]] = _Numbered()
        """For each question that a gauge is asked, its block, and what is true."""
        self._scenes: dict[tuple[int, ...], _Scene] = {}
        self._asked: dict[tuple[int, int, int, int], _Asked] = {}
        self._divided: dict[tuple[int, ...], tuple[Row, tuple[Row, ...]]] = {}
        self._concluded: dict[int, dict[Row, int]] = {}
        """By memory, and by what the formula is told: the memory after it, or how it ends."""
        self._ends: dict[tuple[int, ...], _Ends] = {}
        self._cells = 0
        """Of all rows that are kept."""

    @property
    def kept(self) -> int:
        """How many steps are kept, of all parts, or what takes as much memory."""
        parts = sum(each.kept for each in self._machines) + sum(each.kept for each in self._gauges)
        return parts + sum(map(len, self._concluded.values())) + self._cells // _CELLS

    def placed(self, state: State) -> int:
        """The number of a state."""
        machines = [mine.states[each] for mine, each in zip(self._machines, state.machines, strict=True)]
        gauges = [mine.states[each] for mine, each in zip(self._gauges, state.gauges, strict=True)]
        joint = (state.phase, *machines, *gauges, self._memories[state.memory])
        return self._joints[joint]

    def phase(self, state: int) -> int:
        """How the turn-taking stands in a state."""
        return self._joints.listed[state][0]

    def steps(self, state: int, group: int) -> Iterator[tuple[int, int]]:
        """The states that a state leads to by the inputs of a group, each with the first input that leads there.

        ``TRUE`` stands for every state after a step at which the formula is true. What cannot be, and what leaves
        the formula no hope, is left out. A state may come more than once.
        """
        joint = self._joints.listed[state]
        place = 1 + len(self._machines)
        at = (group, *joint[:place])
        scene = self._scenes.get(at) or self._set(at)
        answers = [
            asked.answers.get(each) or self._answer(mine, asked, each)
            for mine, asked, each in zip(self._gauges, scene.asked, joint[place:], strict=False)
        ]
        key = (scene.mold, joint[-1], *[shape for _, shape in answers])
        ends = self._ends.get(key) or self._end(key, group, scene)
        of_machine = ends.of_machine
        joints = zip(
            ends.phases,
            *[of_machine(each) for each in scene.machines],
            *[pick(afters) for pick, (afters, _) in zip(ends.of_gauges, answers, strict=True)],
            ends.memories,
            strict=True,
        )
        found = zip(map(self._joints.__getitem__, joints), ends.inputs, strict=True)
        return found if ends.shown is None else chain(((TRUE, ends.shown),), found)

    # --- what all parts but the formula do ---

    def _set(self, at: tuple[int, ...]) -> _Scene:
        group, phase, *states = at
        order = self._orders[group]
        roles = [self.product.inputs[each].letter.role for each in order]
        begun = 2 * (phase != NOTHING_YET)
        phases = tuple([next_phase(phase, role) for role in roles])
        turnings = tuple([begins_turn(phase, role) + begun for role in roles])
        taken = [
            [machine.step(state, each) for each in order]
            for machine, state in zip(self._machines, states, strict=True)
        ]
        done = zip(
            [self._besides[each] for each in order],
            *[[what for _, what in row] for row in taken],
            strict=True,
        )
        deeds = tuple([self._deed(each, number) for each, number in zip(done, order, strict=True)])
        machines = tuple(tuple([after for after, _ in row]) for row in taken)
        acted = self._rows[deeds]
        blocks = self._rows[tuple(_classes(list(zip(phases, deeds, *machines, strict=True))))]
        found = self._scenes[at] = _Scene(
            self._molds[(group, phase, acted, blocks)],
            phases,
            turnings,
            deeds,
            machines,
            tuple(self._asked_of(mine, group, phase, acted, turnings) for mine in self._gauges),
        )
        self._cells += (3 + len(machines)) * len(order)
        return found

    def _asked_of(self, mine: _Gauge, group: int, phase: int, acted: int, turnings: Row) -> _Asked:
        """What a gauge is asked by each input."""
        key = (mine.number, group, phase, acted if mine.is_listening else 0)
        found = self._asked.get(key)
        if found is None:
            symbols, heard = mine.symbols, [each[mine.number] for each in self._heard]
            asked = list(
                zip(
                    [symbols[each] for each in self._orders[group]],
                    turnings,
                    [heard[each] for each in self._rows.listed[acted]],
                    strict=True,
                )
            )
            found = self._asked[key] = _Asked(tuple(dict.fromkeys(asked)), tuple(_classes(asked)), {})
            self._cells += 2 * len(asked)
        return found

    def _answer(self, mine: _Gauge, asked: _Asked, state: int) -> tuple[Row, int]:
        """Where a gauge is led to by each question, and how that divides them."""
        taken = [mine.take(state, *each) for each in asked.questions]
        shape = self._shapes[(tuple(_classes(taken)), tuple([is_true for _, is_true in taken]))]
        found = asked.answers[state] = (tuple([after for after, _ in taken]), shape)
        self._cells += len(taken)
        return found

    def _deed(self, done: tuple[int, ...], number: int) -> int:
        """The number of what is done by an input: besides, and by each machine."""
        found = self._done[done]
        if found == len(self._heard):
            deeds = [
                machine.deeds.listed[what] for machine, what in zip(self._machines, done[1:], strict=True)
            ]
            product = self.product
            besides = product.inputs[number].besides
            decisions = tuple(product.with_besides(decision, besides) for decision, _ in deeds)
            self._heard.append([each.heard[product.done(each.number, decisions)] for each in self._gauges])
            self._decisions.append((decisions, tuple(counters for _, counters in deeds)))
        return found

    # --- what follows ---

    def _end(self, key: tuple[int, ...], group: int, scene: _Scene) -> _Ends:
        """What the formula makes of each input. What it is told is alike in many states, and concluded once."""
        mold, memory, *shapes = key
        order = self._orders[group]
        divided = (mold, *shapes)
        firsts, told = self._divided.get(divided) or self._divide(divided, scene)
        known = self._concluded.setdefault(memory, {})
        afters = [
            self._outcome(memory, each, order[place]) if after is None else after
            for after, each, place in zip(map(known.get, told), told, firsts, strict=True)
        ]
        goes_on = [after >= 0 for after in afters]
        places = list(compress(firsts, goes_on))
        found = self._ends[key] = _Ends(
            order[firsts[afters.index(TRUE)]] if TRUE in afters else None,
            tuple([order[each] for each in places]),
            tuple([scene.phases[each] for each in places]),
            tuple(compress(afters, goes_on)),
            _pick(places),
            tuple([_pick([asked.places[each] for each in places]) for asked in scene.asked]),
        )
        self._cells += (5 + len(shapes)) * len(places)
        return found

    def _divide(self, divided: tuple[int, ...], scene: _Scene) -> tuple[Row, tuple[Row, ...]]:
        """The places of the first inputs of each block, where all parts divide them so, and what the formula is told
        of each: how turns stand, what is done, and which gauges are true."""
        mold, *shapes = divided
        rows = [self._rows.listed[self._molds.listed[mold][-1]]]
        truths = []
        for asked, shape in zip(scene.asked, shapes, strict=True):
            blocks, is_true = self._shapes.listed[shape]
            rows.append(tuple(map(blocks.__getitem__, asked.places)))
            truths.append((asked.places, is_true))
        last = len(rows[0]) - 1
        backwards = zip(*[reversed(each) for each in rows], strict=True)
        # Of places with one key, a dictionary keeps the last: the first of all, since it goes backwards.
        firsts = tuple(sorted(dict(zip(backwards, range(last, -1, -1), strict=True)).values()))
        told = zip(
            [scene.turnings[each] for each in firsts],
            [scene.deeds[each] for each in firsts],
            *[[is_true[places[each]] for each in firsts] for places, is_true in truths],
            strict=True,
        )
        found = self._divided[divided] = (firsts, tuple(told))
        self._cells += 4 * len(firsts)
        return found

    def _outcome(self, memory: int, told: tuple[int, ...], number: int) -> int:
        known = self._concluded[memory]
        found = known.get(told)
        if found is None:
            turning, deed, *truths = told
            decisions, counters = self._decisions[deed]
            flags = tuple([each == 1 for each in truths])
            whole = Told(flags, turning >= 2, bool(turning & 1), decisions, counters)
            found = NOWHERE if _OVER in truths else self._conclude(memory, whole, number)
            known[told] = found
        return found

    def _conclude(self, memory: int, told: Told, number: int) -> int:
        """What is remembered after an input, or ``TRUE``, or ``NOWHERE``."""
        watch = self.product.watch
        after, outcome = watch.conclude(self._memories.listed[memory], told)
        if outcome is Outcome.TRUE:
            return TRUE
        if outcome is Outcome.IMPOSSIBLE or watch.is_hopeless(after):
            return NOWHERE
        return self._memories[after]


def _pick(places: Sequence[int]) -> Pick:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple([row[each] for each in places])


def _classes(values: Sequence[Hashable]) -> list[int]:
    """Equal values by equal numbers."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(each, len(numbers)) for each in values]


class _Machine:
    """The steps of one machine."""

    def __init__(self, product: Product, number: int) -> None:
        self._machine = product.machines[number]
        self._is_counted = product.watch.needs_counters
        symbols = [(product.symbol(number, each.letter), each.names) for each in product.inputs]
        self._symbol = _classes(symbols)
        self._symbols = list(dict.fromkeys(symbols))
        self.states: _Numbered[Slots] = _Numbered()
        self.deeds: _Numbered[Deed] = _Numbered()
        self._steps: dict[tuple[int, int], tuple[int, int]] = {}

    @property
    def kept(self) -> int:
        """How many steps are kept."""
        return len(self._steps)

    def step(self, state: int, number: int) -> tuple[int, int]:
        """The state after an input, and the number of what is done at it."""
        symbol = self._symbol[number]
        return self._steps.get((state, symbol)) or self._take(state, symbol)

    def _take(self, state: int, symbol: int) -> tuple[int, int]:
        slots, (seen, besides) = self.states.listed[state], self._symbols[symbol]
        counters = self._machine.counters(slots, seen, 0) if self._is_counted else ()
        after, _, decision = self._machine.leap(slots, seen, 0, besides)
        found = (self.states[after], self.deeds[(decision, counters)])
        self._steps[state, symbol] = found
        return found


class _Gauge:
    """The steps of one gauge. ``symbols`` says, for each input, what it sees of that, by number."""

    def __init__(self, product: Product, number: int, letters: Sequence[int]) -> None:
        self.number = number
        self._gauge = product.watch.gauges[number]
        self.is_listening = bool(self._gauge.actions)
        self._is_hope = number in product.watch.settling
        firsts: dict[int, Input] = {}
        for letter, each in zip(letters, product.inputs, strict=True):
            firsts.setdefault(letter, each)
        seen = [(each.letter.role, product.seen(number, each.letter)) for each in firsts.values()]
        classes = _classes(seen)
        self._seen = list(dict.fromkeys(seen))
        self.symbols = [classes[letter] for letter in letters]
        self.heard: _Numbered[tuple[str, ...]] = _Numbered()
        self.states: _Numbered[gauge.State] = _Numbered()
        self._steps: dict[tuple[int, int, int, int], tuple[int, int]] = {}

    @property
    def kept(self) -> int:
        """How many steps are kept."""
        return len(self._steps)

    def take(self, state: int, symbol: int, turning: int, heard: int) -> tuple[int, int]:
        """The number of the state after a step, and whether it is true at it: 0, 1, or that it is over."""
        key = (state, symbol, turning, heard)
        found = self._steps.get(key)
        if found is None:
            role, values = self._seen[symbol]
            event = Event(role, values, 0, turning >= 2, bool(turning & 1), self.heard.listed[heard])
            after, is_true = self._gauge.step(self.states.listed[state], event)
            is_over = self._is_hope and self._gauge.is_settled(after)
            found = self._steps[key] = (self.states[after], _OVER if is_over else int(is_true))
        return found
