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
        self._deeds: _Numbered[tuple[tuple[int, ...], int]] = _Numbered()
        besides: _Numbered[object] = _Numbered()
        self._besides = [besides.number(each.besides) for each in product.inputs]
        self._given = [each.besides for each in product.inputs]
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

    def placed(self, state: State) -> Joint:
        """The number of a state."""
        machines = [
            mine.states.number(each) for mine, each in zip(self._machines, state.machines, strict=True)
        ]
        gauges = [mine.states.number(each) for mine, each in zip(self._gauges, state.gauges, strict=True)]
        return (state.phase, *machines, *gauges, self._memories.number(state.memory))

    def step(self, joint: Joint, number: int) -> Joint | None:
        """The state after an input; None where the formula is true at it, NOWHERE where it never can be again."""
        phase, turning = self._turns[joint[0]][number]
        following = [phase]
        done = []
        place = 1
        for machine in self._machines:
            after, what = machine.step(joint[place], number)
            following.append(after)
            done.append(what)
            place += 1
        deed = self._deeds.number((tuple(done), self._besides[number]))
        if deed == len(self._heard):
            self._hear(done, number)
        heard = self._heard[deed]
        truths = 0
        for gauge_number, mine in enumerate(self._gauges):
            after, is_true = mine.step(joint[place], number, turning, heard[gauge_number])
            following.append(after)
            truths = truths * 2 + is_true
            place += 1
        key = (joint[place], truths, deed, turning)
        memory = self._concluded.get(key)
        if memory is None:
            memory = self._concluded[key] = self._conclude(*key)
        if memory < 0:
            return None if memory == -1 else NOWHERE
        following.append(memory)
        return tuple(following)

    def _hear(self, done: list[int], number: int) -> None:
        deeds = [machine.deeds.values[each] for machine, each in zip(self._machines, done, strict=True)]
        product = self.product
        first = product.with_besides(deeds[0][0], self._given[number])
        decisions = (first, *(decision for decision, _ in deeds[1:]))
        self._decisions.append((decisions, tuple(counters for _, counters in deeds)))
        self._heard.append([each.heard.number(product.done(each.number, decisions)) for each in self._gauges])

    def _conclude(self, memory: int, truths: int, deed: int, turning: int) -> int:
        decisions, counters = self._decisions[deed]
        count = len(self._gauges)
        flags = tuple(bool(truths >> (count - 1 - each) & 1) for each in range(count))
        told = Told(flags, turning >= 2, bool(turning & 1), decisions, counters)
        watch = self.product.watch
        after, outcome = watch.conclude(self._memories.values[memory], told)
        if outcome is Outcome.TRUE:
            return -1
        if outcome is Outcome.IMPOSSIBLE or watch.is_hopeless(after):
            return -2
        return self._memories.number(after)


def _classes(values: list[Hashable]) -> list[int]:
    """Equal values by equal numbers."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(each, len(numbers)) for each in values]


class _Machine:
    """The steps of one machine."""

    def __init__(self, product: Product, number: int) -> None:
        self._machine = product.machines[number]
        self._is_counted = product.watch.needs_counters
        symbols = [product.symbol(number, each.letter) for each in product.inputs]
        self._symbol = _classes(list(symbols))
        self._symbols = list(dict.fromkeys(symbols))
        self.states: _Numbered[Slots] = _Numbered()
        self.deeds: _Numbered[Deed] = _Numbered()
        self._steps: dict[tuple[int, int], tuple[int, int]] = {}

    def step(self, state: int, number: int) -> tuple[int, int]:
        """The state after an input, and the number of what is done at it."""
        symbol = self._symbol[number]
        return self._steps.get((state, symbol)) or self._take(state, symbol)

    def _take(self, state: int, symbol: int) -> tuple[int, int]:
        slots, seen = self.states.values[state], self._symbols[symbol]
        counters = self._machine.counters(slots, seen, 0) if self._is_counted else ()
        after, _, decision = self._machine.leap(slots, seen, 0)
        found = (self.states.number(after), self.deeds.number((decision, counters)))
        self._steps[state, symbol] = found
        return found


class _Gauge:
    """The steps of one gauge."""

    def __init__(self, product: Product, number: int) -> None:
        self.number = number
        self._gauge = product.watch.gauges[number]
        symbols = [(each.letter.role, product.seen(number, each.letter)) for each in product.inputs]
        self._symbol = _classes(list(symbols))
        self._symbols = list(dict.fromkeys(symbols))
        self.states: _Numbered[gauge.State] = _Numbered()
        self.heard: _Numbered[tuple[str, ...]] = _Numbered()
        self._steps: dict[tuple[int, int, int, int], tuple[int, bool]] = {}

    def step(self, state: int, number: int, turning: int, heard: int) -> tuple[int, bool]:
        """The state after an input, and whether the atom is true at it."""
        key = (state, self._symbol[number], turning, heard)
        return self._steps.get(key) or self._take(key)

    def _take(self, key: tuple[int, int, int, int]) -> tuple[int, bool]:
        state, symbol, turning, heard = key
        role, values = self._symbols[symbol]
        event = Event(role, values, 0, turning >= 2, bool(turning & 1), self.heard.values[heard])
        after, is_true = self._gauge.step(self.states.values[state], event)
        found = self._steps[key] = (self.states.number(after), is_true)
        return found
