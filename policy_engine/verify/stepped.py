"""Steps of a product, each part's taken once, and all inputs that lead to the same at once.

Each machine and each gauge is stepped apart, so that what one of them does in a state is worked out once, in
whatever states the others are: a *row* says where each input leads to from there. A state of the whole is stepped by
laying the rows of its parts side by side: inputs that differ in no row lead to the same state, and only the first of
them is followed. States are numbered, so that whoever searches compares numbers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import compress
from typing import Generic, NamedTuple, TypeVar

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
"""For each input of a group, what a part comes to by it."""

Value = TypeVar("Value", bound=Hashable)
_OVER = 2
"""In the place of a gauge's truth: it leaves the formula no hope."""
_CELLS = 16
"""Of rows: so many take as much memory as a step of one part."""


class _Numbered(Generic[Value]):
    """Values by number, each once."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._numbers: dict[Value, int] = {}

    def number(self, value: Value) -> int:
        """The number of a value."""
        found = self._numbers.setdefault(value, len(self.values))
        if found == len(self.values):
            self.values.append(value)
        return found


class _Ends(NamedTuple):
    """What the formula makes of the inputs of a group: the first at which it is true (None: at none), and which of
    them go on, with what is remembered after each of these.

    ``goes_on`` says it for each input, where some do not (None: all do).
    """

    shown: int | None
    goes_on: tuple[bool, ...] | None
    inputs: Row
    phases: Row
    memories: Row


class _Rows(NamedTuple):
    """What the parts of a state come to by the inputs of a group.

    ``afters`` are their states after it. ``truths`` are the numbers of the rows that say at which a gauge is true.
    """

    deeds: int
    afters: list[Row]
    truths: list[int]


class Stepped:
    """The steps of one product in which no time passes.

    ``groups`` are numbers of inputs that are tried together, those first that are preferred.
    """

    def __init__(self, product: Product, groups: Sequence[Sequence[int]]) -> None:
        self.product = product
        self._orders = [tuple(reversed(each)) for each in groups]
        """The inputs of each group, the preferred last: so theirs is what is kept of several."""
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
        self._deeds: _Numbered[Row] = _Numbered()
        self._truths: _Numbered[Row] = _Numbered()
        self._turned: dict[tuple[int, int], tuple[Row, Row]] = {}
        self._acted: dict[tuple[int, ...], tuple[int, list[Row]]] = {}
        self._concluded: dict[tuple[int, ...], int] = {}
        self._ends: dict[tuple[int, ...], _Ends] = {}
        self._cells = 0
        """Of all rows that are kept."""

    @property
    def kept(self) -> int:
        """How many steps are kept, of all parts, or what takes as much memory."""
        parts = sum(each.kept for each in self._machines) + sum(each.kept for each in self._gauges)
        return parts + len(self._concluded) + self._cells // _CELLS

    def placed(self, state: State) -> int:
        """The number of a state."""
        machines = [
            mine.states.number(each) for mine, each in zip(self._machines, state.machines, strict=True)
        ]
        gauges = [mine.states.number(each) for mine, each in zip(self._gauges, state.gauges, strict=True)]
        joint = (state.phase, *machines, *gauges, self._memories.number(state.memory))
        return self._joints.number(joint)

    def phase(self, state: int) -> int:
        """How the turn-taking stands in a state."""
        return self._joints.values[state][0]

    def steps(self, state: int, group: int) -> Iterator[tuple[int, int]]:
        """The states that a state leads to by the inputs of a group, each with the first input that leads there.

        ``TRUE`` stands for every state after a step at which the formula is true. What cannot be, and what leaves
        the formula no hope, is left out.
        """
        joint = self._joints.values[state]
        rows = self._rows(joint, group)
        ends = self._concluding(joint, group, rows)
        if ends.shown is not None:
            yield TRUE, ends.shown
        afters: Iterable[Iterable[int]] = rows.afters
        if ends.goes_on is not None:
            afters = [compress(each, ends.goes_on) for each in rows.afters]
        number = self._joints.number
        joints = zip(ends.phases, *afters, ends.memories, strict=True)
        # One for each input, in their order: of equal ones, the preferred input is kept.
        for after, seen in dict(zip(joints, ends.inputs, strict=True)).items():
            yield number(after), seen

    # --- rows ---

    def _rows(self, joint: Joint, group: int) -> _Rows:
        phase = joint[0]
        place = 1 + len(self._machines)
        acted = (group, *joint[1:place])
        deeds, machines = self._acted.get(acted) or self._act(acted)
        afters, truths = [*machines], []
        for mine in self._gauges:
            key = (joint[place], phase, group, deeds if mine.is_listening else 0)
            after, truth = mine.rows.get(key) or self._measure(mine, key, deeds)
            afters.append(after)
            truths.append(truth)
            place += 1
        return _Rows(deeds, afters, truths)

    def _turning(self, phase: int, group: int) -> tuple[Row, Row]:
        """By each input: how the turn-taking stands after it; and whether a turn begins, and anything had before."""
        found = self._turned.get((phase, group))
        if found is None:
            roles = [self.product.inputs[each].letter.role for each in self._orders[group]]
            begun = 2 * (phase != NOTHING_YET)
            found = self._turned[phase, group] = (
                tuple([next_phase(phase, role) for role in roles]),
                tuple([begins_turn(phase, role) + begun for role in roles]),
            )
        return found

    def _act(self, key: tuple[int, ...]) -> tuple[int, list[Row]]:
        """The number of what is done by each input, and the states of the machines after it."""
        group, *states = key
        order = self._orders[group]
        taken = [
            [machine.step(state, each) for each in order]
            for machine, state in zip(self._machines, states, strict=True)
        ]
        done = zip(
            [self._besides[each] for each in order],
            *[[what for _, what in row] for row in taken],
            strict=True,
        )
        deeds = [self._deed(each, number) for each, number in zip(done, order, strict=True)]
        found = self._deeds.number(tuple(deeds)), [tuple([after for after, _ in row]) for row in taken]
        self._acted[key] = found
        self._cells += (1 + len(taken)) * len(order)
        return found

    def _deed(self, done: tuple[int, ...], number: int) -> int:
        """The number of what is done by an input: besides, and by each machine."""
        found = self._done.number(done)
        if found == len(self._heard):
            deeds = [
                machine.deeds.values[what] for machine, what in zip(self._machines, done[1:], strict=True)
            ]
            product = self.product
            besides = product.inputs[number].besides
            decisions = tuple(product.with_besides(decision, besides) for decision, _ in deeds)
            self._heard.append(
                [each.heard.number(product.done(each.number, decisions)) for each in self._gauges]
            )
            self._decisions.append((decisions, tuple(counters for _, counters in deeds)))
        return found

    def _measure(self, mine: _Gauge, key: tuple[int, int, int, int], deeds: int) -> tuple[Row, int]:
        """The states of a gauge after each input, and the number of the row of its truths."""
        state, phase, group, _ = key
        symbols, heard = mine.symbols, [each[mine.number] for each in self._heard]
        asked = list(
            zip(
                [symbols[each] for each in self._orders[group]],
                self._turning(phase, group)[1],
                [heard[each] for each in self._deeds.values[deeds]],
                strict=True,
            )
        )
        taken = {each: mine.take(state, *each) for each in dict.fromkeys(asked)}
        truths = self._truths.number(tuple([taken[each][1] for each in asked]))
        found = mine.rows[key] = (tuple([taken[each][0] for each in asked]), truths)
        self._cells += 2 * len(asked)
        return found

    # --- what follows ---

    def _concluding(self, joint: Joint, group: int, rows: _Rows) -> _Ends:
        """What the formula makes of each input. What it is told is alike in many states, and concluded once."""
        phase, memory = joint[0], joint[-1]
        key = (group, phase, memory, rows.deeds, *rows.truths)
        return self._ends.get(key) or self._conclude_all(key, rows)

    def _conclude_all(self, key: tuple[int, ...], rows: _Rows) -> _Ends:
        group, phase, memory = key[:3]
        order = self._orders[group]
        phases, turnings = self._turning(phase, group)
        truths = [self._truths.values[each] for each in rows.truths]
        told = list(zip(turnings, self._deeds.values[rows.deeds], *truths, strict=True))
        firsts = dict(zip(told, order, strict=True))
        outcomes = {
            each: self._outcome(memory, each, firsts[each]) for each in sorted(firsts, key=firsts.__getitem__)
        }
        memories = [outcomes[each] for each in told]
        goes_on = tuple([each >= 0 for each in memories])
        shown = [number for number, each in zip(order, memories, strict=True) if each == TRUE]
        found = self._ends[key] = _Ends(
            shown[-1] if shown else None,
            None if all(goes_on) else goes_on,
            *(tuple(compress(each, goes_on)) for each in (order, phases, memories)),
        )
        self._cells += 4 * len(order)
        return found

    def _outcome(self, memory: int, told: tuple[int, ...], number: int) -> int:
        asked = (memory, *told)
        found = self._concluded.get(asked)
        if found is None:
            turning, deed, *truths = told
            decisions, counters = self._decisions[deed]
            flags = tuple([each == 1 for each in truths])
            whole = Told(flags, turning >= 2, bool(turning & 1), decisions, counters)
            found = NOWHERE if _OVER in truths else self._conclude(memory, whole, number)
            self._concluded[asked] = found
        return found

    def _conclude(self, memory: int, told: Told, number: int) -> int:
        """What is remembered after an input, or ``TRUE``, or ``NOWHERE``."""
        watch = self.product.watch
        after, outcome = watch.conclude(self._memories.values[memory], told)
        if outcome is Outcome.TRUE:
            return TRUE
        if outcome is Outcome.IMPOSSIBLE or watch.is_hopeless(after):
            return NOWHERE
        return self._memories.number(after)


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
        slots, (seen, besides) = self.states.values[state], self._symbols[symbol]
        counters = self._machine.counters(slots, seen, 0) if self._is_counted else ()
        after, _, decision = self._machine.leap(slots, seen, 0, besides)
        found = (self.states.number(after), self.deeds.number((decision, counters)))
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
        self.rows: dict[tuple[int, int, int, int], tuple[Row, int]] = {}
        """By its state, the turn-taking, the group, and, if it hears of any, the deeds."""
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
            event = Event(role, values, 0, turning >= 2, bool(turning & 1), self.heard.values[heard])
            after, is_true = self._gauge.step(self.states.values[state], event)
            is_over = self._is_hope and self._gauge.is_settled(after)
            found = self._steps[key] = (self.states.number(after), _OVER if is_over else int(is_true))
        return found
