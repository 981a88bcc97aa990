"""The explicit prover where no time passes: every state that a conversation can lead to, the nearest first.

A breadth-first search over the product of the policies' machines and the monitor. The first message at which the
formula is true ends a shortest conversation; of those, the one with the fewest labels is taken, then the first by
the alphabet. Where no state is left, there is none. (For searching with the transition function that also runs
the system, see the model checker Stateright.)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

from policy_engine.verify.facts import Given
from policy_engine.verify.product import Product
from policy_engine.verify.prover import Budget, GaveUp, Never
from policy_engine.verify.stepped import TRUE, Stepped
from policy_engine.verify.witness import Found

METHOD = "every state was looked at"
_STEPS = 8
"""Steps of single parts that take as much memory as a state of the whole."""

_INPUTS = 4_096
"""The budget is looked at after so many inputs."""

_Reached = tuple[int, int, int, int]
"""How a state was first reached: its labels so far, a rank, the input, and from which state.

In the layer that is being made, the rank is that of the state before; then its own place among those of its length.
"""
_BEGINNING = -1
"""In the place of the state before the first message's."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Conversations of up to so many ``messages``; of those that have as many, only with up to so many ``labels``.

    None: any number.
    """

    messages: int | None = None
    labels: int | None = None


UNLIMITED = Limit()


class UntimedSearch:
    """One search, layer by layer: all conversations of so many messages within the limit."""

    def __init__(self, product: Product, budget: Budget, limit: Limit = UNLIMITED) -> None:
        self.product = product
        self.budget = budget
        self.limit = limit
        self.weights = [each.letter.weight for each in product.inputs]
        self.heaviest = max(self.weights, default=0)
        lightest = sorted(range(len(self.weights)), key=self.weights.__getitem__)
        counts = Counter(self.weights)
        up_to = accumulate(counts[weight] for weight in range(self.heaviest + 1))
        # In one group: the inputs that take up to so many labels, those first that take the fewest.
        self.stepped = Stepped(product, [lightest[:count] for count in up_to])
        self.often = 1 + _INPUTS // (1 + len(self.weights))
        self.met: dict[int, _Reached] = {}
        self.given: dict[int, Given] = {}

    def found(self) -> Found | Never | GaveUp:
        """The plainest of the shortest paths, or that there is none."""
        layer: list[int] = []
        for given, state in self.product.initial():
            placed = self.stepped.placed(state)
            self.met[placed] = (0, len(layer), -1, _BEGINNING)
            self.given[placed] = given
            layer.append(placed)
        length = 0
        while layer and (self.limit.messages is None or length < self.limit.messages):
            is_last = length + 1 == self.limit.messages
            following = self._next(layer, self.limit.labels if is_last else None)
            if isinstance(following, str):
                return GaveUp(following, length)
            layer, shown = following
            length += 1
            if shown is not None:
                return self._path(shown)
        return Never(METHOD)

    def _next(self, layer: list[int], fewest: int | None) -> tuple[list[int], _Reached | None] | str:
        """The states one message further, and how the formula is first true; or why it cannot be told.

        ``fewest``: more labels than that are not asked for.
        """
        following: dict[int, _Reached] = {}
        best: _Reached | None = None
        met, steps, weights, heaviest = self.met, self.stepped.steps, self.weights, self.heaviest
        for number, state in enumerate(layer):
            if not number % self.often:
                reason = self._spent(len(met) + len(following))
                if reason is not None:
                    return reason
            labels, rank, _, _ = met[state]
            most = heaviest if fewest is None else min(heaviest, fewest - labels)
            if most < 0:
                continue
            for after, letter in steps(state, most):
                if after in met:
                    continue
                new = (labels + weights[letter], rank, letter, state)
                if after == TRUE:
                    best = new if best is None or new < best else best
                    fewest = best[0]
                    continue
                before = following.get(after)
                if before is None or new < before:
                    following[after] = new
        if best is not None:
            return [], best
        ordered = sorted(following, key=lambda each: following[each][1:3])
        for rank, each in enumerate(ordered):
            labels, _, letter, state = following[each]
            met[each] = (labels, rank, letter, state)
        return ordered, None

    def _spent(self, states: int) -> str | None:
        if self.budget.is_spent:
            return f"after {self.budget.seconds:.3g} seconds"
        if max(states, self.stepped.kept // _STEPS) > self.budget.states:
            return f"after {self.budget.states:,} states"
        return None

    def _path(self, last: _Reached) -> Found:
        """The path that ends so."""
        path = []
        _, _, letter, state = last
        while state != _BEGINNING:
            path.append(letter)
            beginning = state
            _, _, letter, state = self.met[state]
        return Found(tuple(self.product.inputs[each] for each in reversed(path)), self.given[beginning])
