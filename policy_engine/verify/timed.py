"""The explicit prover where time passes: every state, with all times that it can have at once.

A state has *holes* in the place of its times, and a zone says what these may be (:mod:`policy_engine.verify.zone`).
A step is taken with instants (:mod:`policy_engine.machine.instant`), which tell the comparisons that it makes; all
times that compare alike take the same step. So from one choice of times the comparisons are learnt, and then
every other outcome of each of them is tried, until the whole zone is gone through: no time is left out, and none
is sampled for a proof (P. Godefroid, N. Klarlund and K. Sen, "DART", 2005, for the steps; C. Daws and
S. Tripakis, "Model Checking of Real-Time Reachability Properties Using Abstractions", 1998, for the zones).

Zones are widened beyond the longest length that anybody names, so that there are finitely many. Where a step
compares two past times with each other, a widened zone may allow more than can be: then a path may be found that no
times fit (P. Bouyer, "Untameable Timed Automata!", 2003). The search begins anew with zones that are wide enough for
all paths of that length: as long as nothing is widened, a zone is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from policy_engine.machine.instant import Answers, Comparison, Instant
from policy_engine.machine.timed_table import Hole, filled_with, with_holes
from policy_engine.transcripts.message import SECOND
from policy_engine.verify.facts import Given
from policy_engine.verify.product import Input, Product, State
from policy_engine.verify.prover import Budget, GaveUp, Never
from policy_engine.verify.question import Question
from policy_engine.verify.walking import values_in
from policy_engine.verify.watch import Outcome
from policy_engine.verify.witness import Found
from policy_engine.verify.zone import (
    ONE,
    Zone,
    closed,
    is_within,
    picked,
    sample,
    widened,
    with_bound,
    with_time,
)
from policy_engine.vocabulary.vocabulary import Lasting

METHOD = "every state was looked at, with all times that it can have"

Bound = tuple[Comparison, bool]
"""A comparison of the times of a step, and its outcome."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of a zone: what it leads to, which times that keeps, and the comparisons that it made."""

    state: State
    zone: Zone
    picks: tuple[tuple[int, int], ...]
    answers: tuple[Bound, ...]
    outcome: Outcome


@dataclass(slots=True)
class _Node:
    """A state with its zone, and how it was first reached."""

    state: State
    zone: Zone
    labels: int
    rank: int
    before: _Node | None
    input: int
    step: _Step | None
    given: Given


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A path of so many messages was found that no times fit."""

    length: int


class TimedSearch:
    """One search, layer by layer, as :class:`policy_engine.verify.explicit.Search`."""

    def __init__(self, product: Product, budget: Budget, most: int | None = None) -> None:
        self.product = product
        self.budget = budget
        self.most = most
        # A comparison may be of two times that each lie so much later than a message.
        self.longest = 2 * SECOND * longest_of(product.question)
        self.widest = self.longest
        self.met: dict[State, list[Zone]] = {}
        self._count = 0

    def found(self) -> Found | Never | GaveUp:
        """The plainest of the shortest paths, or that there is none."""
        while True:
            found = self._searched()
            if not isinstance(found, _Misfit):
                return found
            # Of so many messages, no bound is longer: it is a sum of comparisons, one for each time at most.
            self.widest = (found.length + 1) * self.longest

    def _searched(self) -> Found | Never | GaveUp | _Misfit:
        """The same; or that a path was found that no times fit."""
        self.met, self._count = {}, 0
        layer: list[_Node] = []
        for given, state in self.product.initial():
            layer.append(_Node(state, ONE, 0, len(layer), None, -1, None, given))
        length = 0
        while layer and (self.most is None or length < self.most):
            following = self._next(layer)
            if isinstance(following, str):
                return GaveUp(following, length)
            layer, shown = following
            length += 1
            if shown is not None:
                return self._path(shown) or _Misfit(length)
        return Never(METHOD)

    def _next(self, layer: list[_Node]) -> tuple[list[_Node], _Node | None] | str:
        """The states one message further, and where the formula is true; or why it cannot be told."""
        following: dict[tuple[State, Zone], _Node] = {}
        best: _Node | None = None
        for node in layer:
            for number, each in enumerate(self.product.inputs):
                if self.budget.is_spent:
                    return f"after {self.budget.seconds:.3g} seconds"
                labels = node.labels + each.letter.weight
                if best is not None and labels > best.labels:
                    continue
                for step in self._steps(node, each):
                    if step.outcome is Outcome.IMPOSSIBLE:
                        continue
                    new = _Node(step.state, step.zone, labels, node.rank, node, number, step, node.given)
                    if step.outcome is Outcome.TRUE:
                        best = new if best is None or _order(new) < _order(best) else best
                    elif not self._is_met(new):
                        before = following.get((new.state, new.zone))
                        if before is None or _order(new) < _order(before):
                            following[new.state, new.zone] = new
            if self._count + len(following) > self.budget.states:
                return f"after {self.budget.states:,} states"
        if best is not None:
            return [], best
        ordered = sorted(following.values(), key=lambda each: (each.rank, each.input))
        for rank, node in enumerate(ordered):
            node.rank = rank
            self.met.setdefault(node.state, []).append(node.zone)
        self._count += len(ordered)
        return ordered, None

    def _is_met(self, node: _Node) -> bool:
        if self.product.watch.is_hopeless(node.state.memory):
            return True
        return any(is_within(node.zone, each) for each in self.met.get(node.state, ()))

    # --- one step of a zone ---

    def _steps(self, node: _Node, each: Input) -> Iterator[_Step]:
        """Every step from a state with its times: the last of them is that of the message before."""
        first = node.before is None
        zone = node.zone if first else with_time(node.zone, len(node.zone) - 1)
        left = [zone]
        while left:
            taken = left.pop()
            step, answers = self._step(node.state, each, taken)
            part: Zone | None = taken
            for asked, answer in answers:
                assert part is not None
                other = _bounded(part, asked, not answer)
                if other is not None:
                    left.append(other)
                part = _bounded(part, asked, answer)
            assert part is not None  # the times that were tried are in it
            yield self._narrowed(step, answers, part)

    def _step(self, state: State, each: Input, zone: Zone) -> tuple[tuple[State, Outcome], tuple[Bound, ...]]:
        """One step with times of the zone, and the comparisons that it made."""
        answers = Answers()
        instants = [Instant(answers, number, time) for number, time in enumerate(sample(zone))]
        found = self.product.step(_with_times(state, instants), each, cast(int, instants[-1]))
        return found, tuple(answers.given)

    def _narrowed(self, found: tuple[State, Outcome], answers: tuple[Bound, ...], zone: Zone) -> _Step:
        state, outcome = found
        picks: dict[tuple[int, int], Hole] = {}
        machines, gauges = with_holes((state.machines, state.gauges), picks)
        now = len(zone) - 1
        times = (*picks, (now, 0))
        kept = widened(picked(zone, times), self.widest)
        return _Step(replace(state, machines=machines, gauges=gauges), kept, times, answers, outcome)

    # --- a path with times ---

    def _path(self, last: _Node) -> Found | None:
        """The path with the earliest times that fit it; None where none do."""
        nodes = []
        node: _Node | None = last
        while node is not None and node.before is not None:
            nodes.append(node)
            node = node.before
        nodes.reverse()
        inputs = tuple(self.product.inputs[each.input] for each in nodes)
        times = _times(nodes)
        return None if times is None else Found(inputs, last.given, times)


def _order(node: _Node) -> tuple[int, int, int]:
    return node.labels, node.rank, node.input


def _bounded(zone: Zone, asked: Comparison, answer: bool) -> Zone | None:
    """The part of a zone in which a comparison comes out so."""
    if answer:
        return with_bound(zone, asked.one, asked.other, asked.most)
    return with_bound(zone, asked.other, asked.one, -asked.most - 1)


def _with_times(state: State, times: Sequence[object]) -> State:
    machines, gauges = filled_with((state.machines, state.gauges), times)
    return replace(state, machines=machines, gauges=gauges)


def _times(nodes: Sequence[_Node]) -> tuple[int, ...] | None:
    """When each message of a path may come, at the earliest, so that every comparison comes out as it did.

    Every time that a step compares is that of a message, or so much later: so the path is one zone.
    """
    zone: Zone = ONE
    kept: tuple[tuple[int, int], ...] = ()
    for number, node in enumerate(nodes):
        assert node.step is not None
        if number:
            zone = with_time(zone, number - 1)
        now = (*kept, (number, 0)) if number else ((0, 0),)
        for asked, answer in node.step.answers:
            (one, mine), (other, theirs) = now[asked.one], now[asked.other]
            told = Comparison(one, other, asked.most - mine + theirs)
            bounded = _bounded(zone, told, answer)
            if bounded is None:
                return None
            zone = bounded
        # The last that a step keeps is the message itself, of which the next one is told apart.
        kept = tuple((now[at][0], now[at][1] + later) for at, later in node.step.picks)
    return sample(closed(zone))


def longest_of(question: Question) -> int:
    """The longest duration that a question names, in seconds: in its policies, its formula, or a vocabulary."""
    parts = [(each.rules, each.ladders, each.nevers) for each in question.policies]
    lasting = [each.seconds or 0 for made in (*parts, question.bad) for each in values_in(made, Lasting)]
    for vocabulary in (
        *(each.vocabulary for each in question.policies),
        *(each.vocabulary for each in question.views),
    ):
        lasts = (each.unknown_lasts for each in vocabulary.labels.values())
        lasting += [each.seconds for each in lasts if each is not None and each.seconds is not None]
    return max(lasting, default=0) + 1
