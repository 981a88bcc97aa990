"""Steps of a product, each part's taken once: states are numbered, and what a step leads to is kept by number.

Each machine and each gauge is stepped apart, so that what one of them does in a state is worked out once, in
whatever states the others are. What is left for a state of the whole is to look that up.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.machine import NOTHING_YET, begins_turn, next_phase
from policy_engine.machine.state import Slots
from policy_engine.model.decision import Decision
from policy_engine.verify import gauge
from policy_engine.verify.gauge import Event
from policy_engine.verify.product import Product, State
from policy_engine.verify.watch import Memory, Outcome, Told

Joint = tuple[int, ...]
"""The turn-taking, then the number of each machine's and each gauge's state, and of the memory."""

NOWHERE: Joint = ()
"""What cannot be, or from where the formula can never be true."""

Deed = tuple[Decision, tuple[CounterView, ...]]
"""What a policy does, and, where they are asked for, its counters."""

Value = TypeVar("Value", bound=Hashable)
_PHASES = 4
_MANY = 1 << 20
"""More than are ever done, or heard of, in different ways."""
_OVER = -1
"""Of a gauge: the number of every state that leaves the formula no hope."""


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


class Stepped:
    """The steps of one product in which no time passes."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self._machines = [_Machine(product, number) for number in range(len(product.machines))]
        self._gauges = [_Gauge(product, number) for number in range(len(product.watch.gauges))]
        self._tables = [(each.steps, each.inputs, each.take) for each in self._gauges]
        self._deeds: dict[int, int] = {}
        """By the numbers of what each machine does, and of what is done besides."""
        self._besides = _classes([each.besides for each in product.inputs])
        self._decisions: list[tuple[tuple[Decision, ...], tuple[tuple[CounterView, ...], ...]]] = []
        self._heard: list[list[int]] = []
        self._memories: _Numbered[Memory] = _Numbered()
        self._concluded: dict[tuple[int, int, int, int], int] = {}
        self._turns = [
            [
                (next_phase(phase, each.letter.role), begins_turn(phase, each.letter.role) + 2 * (phase != NOTHING_YET))
                for each in product.inputs
            ]
            for phase in range(_PHASES)
        ]  # fmt: skip

    @property
    def kept(self) -> int:
        """How many steps are kept, of all parts."""
        parts = sum(each.kept for each in self._machines) + sum(each.kept for each in self._gauges)
        return parts + len(self._concluded)

    def placed(self, state: State) -> Joint:
        """The number of a state."""
        machines = [
            mine.states.number(each) for mine, each in zip(self._machines, state.machines, strict=True)
        ]
        gauges = [mine.placed(each) for mine, each in zip(self._gauges, state.gauges, strict=True)]
        return (state.phase, *machines, *gauges, self._memories.number(state.memory))

    def step(self, joint: Joint, number: int) -> Joint | None:
        """The state after an input; None where the formula is true at it, NOWHERE where it never can be again."""
        phase, turning = self._turns[joint[0]][number]
        following = [phase]
        place = 1
        done = self._besides[number]
        for machine in self._machines:
            after, what = machine.step(joint[place], number)
            following.append(after)
            done = done * _MANY + what
            place += 1
        deed = self._deeds.get(done)
        heard = self._hear(joint, number, done) if deed is None else self._heard[deed]
        truths = 0
        for table, inputs, take in self._tables:
            # What a gauge hears is numbered in the lowest place of its key.
            key = inputs[turning][number] + heard[place]
            found = table[joint[place]].get(key) or take(joint[place], key)
            if found[0] < 0:
                return NOWHERE
            following.append(found[0])
            truths += truths + found[1]
            place += 1
        asked = (joint[place], truths, heard[0], turning)
        memory = self._concluded.get(asked)
        if memory is None:
            memory = self._concluded[asked] = self._conclude(*asked)
        if memory < 0:
            return None if memory == -1 else NOWHERE
        following.append(memory)
        return tuple(following)

    def _hear(self, joint: Joint, number: int, done: int) -> list[int]:
        """The number of what is done, and, at the place of each gauge, of what that hears of it."""
        deeds = [
            machine.deeds.values[machine.step(joint[place], number)[1]]
            for place, machine in enumerate(self._machines, 1)
        ]
        product = self.product
        besides = product.inputs[number].besides
        decisions = tuple(product.with_besides(decision, besides) for decision, _ in deeds)
        heard = [0] * (1 + len(self._machines))
        heard += [each.heard.number(product.done(each.number, decisions)) for each in self._gauges]
        heard[0] = self._deeds[done] = len(self._heard)
        self._decisions.append((decisions, tuple(counters for _, counters in deeds)))
        self._heard.append(heard)
        return heard

    def _conclude(self, memory: int, truths: int, deed: int, turning: int) -> int:
        watch = self.product.watch
        after, outcome = watch.conclude(self._memories.values[memory], self._told(truths, deed, turning))
        if outcome is Outcome.TRUE:
            return -1
        if outcome is Outcome.IMPOSSIBLE or watch.is_hopeless(after):
            return -2
        return self._memories.number(after)

    def _told(self, truths: int, deed: int, turning: int) -> Told:
        decisions, counters = self._decisions[deed]
        count = len(self._gauges)
        flags = tuple(bool(truths >> (count - 1 - each) & 1) for each in range(count))
        return Told(flags, turning >= 2, bool(turning & 1), decisions, counters)


def _classes(values: list[Hashable]) -> list[int]:
    """Equal values by equal numbers."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(each, len(numbers)) for each in values]


class _Machine:
    """The steps of one machine."""

    def __init__(self, product: Product, number: int) -> None:
        self._machine = product.machines[number]
        self._is_counted = product.watch.needs_counters
        symbols = [(product.symbol(number, each.letter), each.names) for each in product.inputs]
        self._symbol = _classes(list(symbols))
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
    """The steps of one gauge. ``steps`` has for each state what each input leads to: a state, and a truth."""

    def __init__(self, product: Product, number: int) -> None:
        self.number = number
        self._gauge = product.watch.gauges[number]
        self._is_hope = number in product.watch.settling
        symbols = [(each.letter.role, product.seen(number, each.letter)) for each in product.inputs]
        self._symbols = list(dict.fromkeys(symbols))
        classes = _classes(list(symbols))
        self.inputs = [[(each * _PHASES + turning) * _MANY for each in classes] for turning in range(_PHASES)]
        self.heard: _Numbered[tuple[str, ...]] = _Numbered()
        self.steps: list[dict[int, tuple[int, bool]]] = []
        self._states: _Numbered[gauge.State] = _Numbered()
        self.kept = 0

    def placed(self, state: gauge.State) -> int:
        """The number of a state."""
        number = self._states.number(state)
        if number == len(self.steps):
            self.steps.append({})
        return number

    def take(self, state: int, key: int) -> tuple[int, bool]:
        """Step from a state, and keep what that leads to."""
        seen, heard = divmod(key, _MANY)
        symbol, turning = divmod(seen, _PHASES)
        role, values = self._symbols[symbol]
        event = Event(role, values, 0, turning >= 2, bool(turning & 1), self.heard.values[heard])
        after, is_true = self._gauge.step(self._states.values[state], event)
        self.kept += 1
        is_over = self._is_hope and self._gauge.is_settled(after)
        found = self.steps[state][key] = (_OVER if is_over else self.placed(after), is_true)
        return found
