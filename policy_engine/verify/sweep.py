"""Many questions in one search: a product's states are gone through once, and every goal is looked for on the way.

The states are those of :mod:`policy_engine.verify.untimed`, the nearest first, and of conversations that are as
long, those with the fewest labels first. So each goal is met by a shortest conversation. A search that comes to its
end has met every goal that can be met at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from policy_engine.machine.machine import ASSISTANT_SPOKE, BEFORE_USER, NOTHING_YET, USER_SPOKE
from policy_engine.transcripts.message import Role
from policy_engine.verify.alphabet import Letter
from policy_engine.verify.facts import Given
from policy_engine.verify.product import Product
from policy_engine.verify.prover import Budget
from policy_engine.verify.question import Formula, Or, Question
from policy_engine.verify.stepped import Stepped
from policy_engine.verify.watch import Told
from policy_engine.verify.witness import Found

PHASES = (NOTHING_YET, BEFORE_USER, USER_SPOKE, ASSISTANT_SPOKE)

_STEPS = 8
"""A state takes about as much memory as so many steps that are kept."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a search has met: ``paths``, the shortest first; ``met`` says, by the number of a goal, which shows it.

    ``reason`` says, as a fragment, why the search gave up; None where it came to an end: then no conversation meets
    any goal that is not in ``met``. No conversation of ``covered`` messages or fewer meets one either.
    """

    paths: tuple[Found, ...]
    met: dict[int, int]
    reason: str | None
    covered: int
    is_all: bool = False
    """Whether everything was looked at that was to be."""


def product_of(question: Question, goals: Sequence[Formula], *, is_whole: bool = False) -> Product:
    """The product in which several goals are looked for, in place of the question's formula.

    ``is_whole``: nothing is cut or merged, for conversations as they are recorded. In no goal may anything wait
    for an answer (:class:`policy_engine.verify.question.Unanswered`).
    """
    asked = replace(question, bad=Or(tuple(goals)), occasion=None)
    return Product(asked, is_cut=not is_whole, is_merged=not is_whole)


def sweep(product: Product, budget: Budget, *, is_exchange: bool = False) -> Swept:
    """Look for the goals of a product (:func:`product_of`) in which no time passes. Raises TooWide and TooMany.

    ``is_exchange``: only in conversations in which a message of the user and one of the assistant follow each other,
    besides messages of others that show something. Then nothing that is not met is proved, and there are far fewer
    states: what counts turns is soon gone through.
    """
    return _Sweep(product, budget, is_exchange).swept()


class _Noting(Stepped):
    """Steps that note which goals are true at them.

    What is concluded from a message is concluded once; so a goal is noted at the step at which it is first true.
    """

    def __init__(self, product: Product, groups: Sequence[Sequence[int]]) -> None:
        super().__init__(product, groups)
        goals = product.watch.question.bad
        assert isinstance(goals, Or)
        self.open = {number: product.watch.truth_of(goal) for number, goal in enumerate(goals.formulas)}
        self.noted: list[tuple[int, int]] = []
        """Goals, each with the input at which it is true."""

    def _conclude(self, memory: int, told: Told, number: int) -> int:
        kept = self._memories.listed[memory]
        for goal, test in list(self.open.items()):
            if test(kept, told):
                self.noted.append((goal, number))
                del self.open[goal]
        after, _ = self.product.watch.conclude(kept, told)
        return self._memories[after]


class _Sweep:
    """One search, layer by layer."""

    def __init__(self, product: Product, budget: Budget, is_exchange: bool) -> None:
        self.product = product
        self.budget = budget
        self.is_exchange = is_exchange
        weights = {phase: self._by_weight(phase) for phase in PHASES}
        together = [(phase, weight) for phase in PHASES for weight in weights[phase]]
        self.groups = {each: number for number, each in enumerate(together)}
        """The letters that can come where a conversation stands so and that take so many labels."""
        self.stepped = _Noting(product, [weights[phase][weight] for phase, weight in together])
        self.before: dict[int, tuple[int, int] | None] = {}
        self.given: dict[int, Given] = {}
        self.paths: list[Found] = []
        self.met: dict[int, int] = {}

    def swept(self) -> Swept:
        """Every layer, until all goals are met or no state is left."""
        layer: dict[int, list[int]] = {0: []}
        for given, state in self.product.initial():
            first = self.stepped.placed(state)
            self.before[first], self.given[first] = None, given
            layer[0].append(first)
        length = 0
        while any(layer.values()) and self.stepped.open:
            following: dict[int, list[int]] = {}
            for labels, placed, group in self._ordered(layer):
                reason = self._spent()
                if reason is not None:
                    return Swept(tuple(self.paths), self.met, reason, length)
                self._from(placed, group, following.setdefault(labels, []))
            layer = following
            length += 1
        reason = "only exchanges were looked at" if self.is_exchange else None
        return Swept(tuple(self.paths), self.met, reason, length, is_all=True)

    def _by_weight(self, phase: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        letters = [each.letter for each in self.product.inputs]
        users = {label.name for each in letters if each.role is Role.USER for label in each.labels}
        for number, each in enumerate(self.product.inputs):
            if not self.is_exchange or _is_in_turn(phase, each.letter, users):
                found.setdefault(each.letter.weight, []).append(number)
        return found

    def _ordered(self, layer: dict[int, list[int]]) -> Iterator[tuple[int, int, int]]:
        """Every state of a layer with letters of one weight; those first that make the fewest labels in all."""
        heaviest = max((weight for _, weight in self.groups), default=0)
        for labels in range(min(layer), max(layer) + heaviest + 1):
            for before in sorted(layer):
                for state in layer[before]:
                    group = self.groups.get((self.stepped.phase(state), labels - before))
                    if group is not None:
                        yield labels, state, group

    def _from(self, state: int, group: int, following: list[int]) -> None:
        before, noted = self.before, self.stepped.noted
        reached = sorted(self.stepped.steps(state, group), key=itemgetter(1))
        for letter, goals in groupby(noted, key=itemgetter(1)):
            self.met |= {goal: len(self.paths) for goal, _ in goals}
            self.paths.append(self._path(state, letter))
        noted.clear()
        for after, letter in reached:
            if after not in before:
                before[after] = (state, letter)
                following.append(after)

    def _spent(self) -> str | None:
        if self.budget.is_spent:
            return f"after {self.budget.seconds:g} seconds"
        if max(len(self.before), self.stepped.kept // _STEPS) > self.budget.states:
            return f"after {self.budget.states:,} states"
        return None

    def _path(self, state: int, letter: int) -> Found:
        path = [letter]
        while (step := self.before[state]) is not None:
            state, letter = step
            path.append(letter)
        return Found(tuple(self.product.inputs[each] for each in reversed(path)), self.given[state])


def _is_in_turn(phase: int, letter: Letter, users: set[str]) -> bool:
    """Whether a message belongs to an exchange: the user's, then the assistant's; others' where they show something.

    What the assistant does is shown apart from what users may show (``users``).
    """
    if letter.role is Role.ASSISTANT:
        is_apart = letter.weight < 2 or all(each.name not in users for each in letter.labels)
        return phase == USER_SPOKE and is_apart
    if letter.role is Role.USER:
        return phase != USER_SPOKE
    return letter.weight > 0
