"""The explicit prover: every state that a conversation can lead to, the nearest first.

A breadth-first search over the product of the policies' machines and the monitor. The first message at which the
formula is true ends a shortest conversation; of those, the one with the fewest labels is taken, then the first by
the alphabet. Where no state is left, there is none. (For searching with the transition function that also runs
the system, see the model checker Stateright.)
"""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.transcripts.message import Conversation
from policy_engine.verify.alphabet import TooWide
from policy_engine.verify.facts import Given, TooMany
from policy_engine.verify.product import Product
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import Question
from policy_engine.verify.stepped import Joint, Stepped
from policy_engine.verify.witness import conversation_of

METHOD = "every state that a conversation can lead to was looked at"


@dataclass(slots=True)
class _Reached:
    """How a state was first reached: its labels so far, its place among those of its length, and from where."""

    labels: int
    rank: int
    before: Joint | None
    letter: int


class Explicit:
    """Answers questions in which no time passes. ``is_cut``: whether the policies are cut first, for tests alone."""

    def __init__(self, is_cut: bool = True) -> None:
        self._is_cut = is_cut

    def answer(self, question: Question, budget: Budget) -> Answer:
        """Whether the formula can become true; for questions with times, gives up."""
        try:
            product = Product(question, is_cut=self._is_cut)
            if product.is_timed:
                return GaveUp("times make a difference")
            return _Search(product, budget).answer()
        except (TooWide, TooMany) as fault:
            return GaveUp(str(fault))


class _Search:
    """One search, layer by layer: all conversations of so many messages."""

    def __init__(self, product: Product, budget: Budget) -> None:
        self.product = product
        self.budget = budget
        self.stepped = Stepped(product)
        self.weights = [each.letter.weight for each in product.inputs]
        self.met: dict[Joint, _Reached] = {}
        self.given: dict[Joint, Given] = {}

    def answer(self) -> Answer:
        layer: list[Joint] = []
        for given, state in self.product.initial():
            joint = self.stepped.placed(state)
            self.met[joint] = _Reached(0, len(layer), None, -1)
            self.given[joint] = given
            layer.append(joint)
        length = 0
        while layer:
            found = self._next(layer)
            if isinstance(found, str):
                return GaveUp(found, length)
            layer, shown = found
            length += 1
            if shown is not None:
                return Shown(self._conversation(shown), METHOD)
        return Never(METHOD)

    def _next(self, layer: list[Joint]) -> tuple[list[Joint], tuple[Joint, int] | None] | str:
        """The states one message further, and where the formula is true; or why it cannot be told."""
        following: dict[Joint, _Reached] = {}
        best: tuple[tuple[int, int, int], tuple[Joint, int]] | None = None
        met, step, weights = self.met, self.stepped.step, self.weights
        for number, joint in enumerate(layer):
            if not number % 64:
                if self.budget.is_spent:
                    return f"after {self.budget.seconds:g} seconds"
                if len(met) + len(following) > self.budget.states:
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

    def _conversation(self, last: tuple[Joint, int]) -> Conversation:
        """The conversation that leads to a state, and one message more."""
        joint, letter = last
        path = [letter]
        while True:
            reached = self.met[joint]
            if reached.before is None:
                break
            path.append(reached.letter)
            joint = reached.before
        product = self.product
        letters = [product.inputs[each].letter for each in reversed(path)]
        return conversation_of(letters, self.given[joint], product.readers)
