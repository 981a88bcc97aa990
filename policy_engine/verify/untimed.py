"""The explicit prover where no time passes: every state that a conversation can lead to, the nearest first.

A breadth-first search over the product of the policies' machines and the monitor. The first message at which the
formula is true ends a shortest conversation; of those, the one with the fewest labels is taken, then the first by
the alphabet. Where no state is left, there is none. (For searching with the transition function that also runs
the system, see the model checker Stateright.)
"""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.verify.facts import Given
from policy_engine.verify.product import Product
from policy_engine.verify.prover import Budget, GaveUp, Never
from policy_engine.verify.stepped import Joint, Stepped
from policy_engine.verify.witness import Found

METHOD = "every state was looked at"
_STEPS = 8
"""Steps of single parts that take as much memory as a state of the whole."""


@dataclass(slots=True)
class _Reached:
    """How a state was first reached: its labels so far, its place among those of its length, and from where."""

    labels: int
    rank: int
    before: Joint | None
    letter: int


class UntimedSearch:
    """One search, layer by layer: all conversations of so many messages, up to ``most`` (None: of any number)."""

    def __init__(self, product: Product, budget: Budget, most: int | None = None) -> None:
        self.product = product
        self.budget = budget
        self.most = most
        self.stepped = Stepped(product)
        self.weights = [each.letter.weight for each in product.inputs]
        self.met: dict[Joint, _Reached] = {}
        self.given: dict[Joint, Given] = {}

    def found(self) -> Found | Never | GaveUp:
        """The plainest of the shortest paths, or that there is none."""
        layer: list[Joint] = []
        for given, state in self.product.initial():
            joint = self.stepped.placed(state)
            self.met[joint] = _Reached(0, len(layer), None, -1)
            self.given[joint] = given
            layer.append(joint)
        length = 0
        while layer and (self.most is None or length < self.most):
            following = self._next(layer)
            if isinstance(following, str):
                return GaveUp(following, length)
            layer, shown = following
            length += 1
            if shown is not None:
                return self._path(shown)
        return Never(METHOD)

    def _next(self, layer: list[Joint]) -> tuple[list[Joint], tuple[Joint, int] | None] | str:
        """The states one message further, and where the formula is true; or why it cannot be told."""
        following: dict[Joint, _Reached] = {}
        best: tuple[tuple[int, int, int], tuple[Joint, int]] | None = None
        met, step, weights = self.met, self.stepped.step, self.weights
        for number, joint in enumerate(layer):
            if not number % 64:
                if self.budget.is_spent:
                    return f"after {self.budget.seconds:.3g} seconds"
                if max(len(met) + len(following), self.stepped.kept // _STEPS) > self.budget.states:
                    return f"after {self.budget.states:,} states"
            reached = met[joint]
            for letter, weight in enumerate(weights):
                labels = reached.labels + weight
                if best is not None and labels > best[0][0]:
                    continue
                after = step(joint, letter)
                if after is None:
                    key = (labels, reached.rank, letter)
                    if best is None or key < best[0]:
                        best = (key, (joint, letter))
                elif after and after not in met:
                    before = following.get(after)
                    if before is None or (labels, reached.rank, letter) < (
                        before.labels,
                        before.rank,
                        before.letter,
                    ):
                        following[after] = _Reached(labels, reached.rank, joint, letter)
        if best is not None:
            return [], best[1]
        ordered = sorted(following, key=lambda each: (following[each].rank, following[each].letter))
        for rank, each in enumerate(ordered):
            following[each].rank = rank
        met.update(following)
        return ordered, None

    def _path(self, last: tuple[Joint, int]) -> Found:
        """The path that leads to a state, and one message more."""
        joint, letter = last
        path = [letter]
        while True:
            reached = self.met[joint]
            if reached.before is None:
                break
            path.append(reached.letter)
            joint = reached.before
        return Found(tuple(self.product.inputs[each] for each in reversed(path)), self.given[joint])
