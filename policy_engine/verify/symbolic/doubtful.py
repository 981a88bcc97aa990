"""The equations of a count in a condition, between the certain and the possible: see
:mod:`policy_engine.machine.doubtful`.

The match of a turn counts while one of its *lives* lasts. Which lives there can be is known beforehand: for each way in
which a match can be uncertain (the act, one of the categories), how many turns and how much time it lasts. A match
of the current turn may still become another; from the next turn on it is of a *kind*: certain, or the set of its
lives. Of each kind the newest that are needed are kept, newest first: of one kind, a newer one outlasts an older one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from policy_engine.transcripts.message import SECOND
from policy_engine.verify.symbolic.circuit import FALSE, TRUE, Signal, Time
from policy_engine.verify.symbolic.equations import Equations
from policy_engine.verify.symbolic.kleene import Kleene, in_doubt
from policy_engine.verify.symbolic.latches import TurnPeak
from policy_engine.verify.symbolic.memory import Countdown, Latch, Register
from policy_engine.vocabulary.vocabulary import Lasting

MOST_TIMED = 4
"""Lives that end at a time, of one count. Every set of them is a kind of its own."""


class TooEntangled(Exception):
    """A count whose unknowns last so many different times that it is not put in equations."""


class Life(NamedTuple):
    """How long a match counts: while its turn is one of the last ``turns``; up to so many microseconds ``after``
    its message, and after it was ``heard`` of; None: without an end."""

    turns: int | None = None
    after: int | None = None
    heard: int | None = None

    @property
    def timed(self) -> bool:
        """Whether it ends at a time."""
        return self.after is not None or self.heard is not None

    def both(self, other: Life) -> Life:
        """While both last."""
        return Life(*(_least(*pair) for pair in zip(self, other, strict=True)))

    def outlasts(self, other: Life) -> bool:
        """Whether it lasts whenever the other does, in a match of the same turn."""
        return not self.timed and _least(self.turns, other.turns) == other.turns


FOR_EVER = Life()


class Doubtable(NamedTuple):
    """An act or a category of the match: its value at this message, and how long an unknown of it is remembered."""

    value: Kleene
    lasts: Lasting | None
    peak: TurnPeak | None = None


class Lives:
    """The lives of one turn's match: which it has, and until when."""

    def __init__(self, equations: Equations, name: str, lives: Sequence[Life]) -> None:
        self.equations = equations
        self.lives = tuple(lives)
        self.has = [equations.latch(f"{name}/{number}") for number in range(len(lives))]
        self.until: dict[int, Register] = {
            number: equations.register(f"{name}/{number}") for number, life in enumerate(lives) if life.timed
        }

    def alive(self, number: int) -> Signal:
        """Whether a life of it lasts at this message, as far as time goes."""
        if number not in self.until:
            return self.has[number].value
        circuit = self.equations.circuit
        is_before = circuit.at_most(self.equations.now, self.until[number].value, 0)
        return circuit.both(self.has[number].value, is_before)

    def gain(self, condition: Signal, number: int, until: Time | None) -> None:
        """It has this life, too, until then; where it has it, the longer counts."""
        if number in self.until and until is not None:
            circuit, register = self.equations.circuit, self.until[number]
            later = circuit.choose_time(self.has[number].value, circuit.later(register.value, until), until)
            register.set(condition, later)
        self.has[number].set(condition)

    def clear(self, condition: Signal) -> None:
        """It has none."""
        for each in self.has:
            each.set(condition, FALSE)

    def copy(self, condition: Signal, other: Lives) -> None:
        """It has those that another has."""
        for own, its in zip(self.has, other.has, strict=True):
            own.set(condition, its.value)
        for number, register in self.until.items():
            register.set(condition, other.until[number].value)


class _Cell:
    """A match of an earlier turn, of one kind: whether there is one, how many turns of it are left, until when."""

    def __init__(self, equations: Equations, name: str, kind: Sequence[Life]) -> None:
        self.equations = equations
        self.kind = tuple(kind)
        ends = [life.turns for life in kind if life.turns is not None]
        self.longest = max(ends, default=0)
        self.left: Countdown | None = (
            equations.countdown(f"{name}/left", self.longest - 1) if self.longest > 1 else None
        )
        self.is_there: Latch | None = equations.latch(name) if len(ends) < len(kind) else None
        self.until = {
            number: equations.register(f"{name}/{number}") for number, life in enumerate(kind) if life.timed
        }

    def turn(self) -> None:
        """It is a turn older."""
        if self.left is not None:
            self.left.tick(self.equations.new_turn)

    def copy(self, condition: Signal, other: _Cell) -> None:
        """It becomes what another is."""
        if self.left is not None and other.left is not None:
            self.left.copy(condition, other.left)
        if self.is_there is not None and other.is_there is not None:
            self.is_there.set(condition, other.is_there.value)
        for number, register in self.until.items():
            register.set(condition, other.until[number].value)

    def enter(self, condition: Signal, until: Sequence[Time | None]) -> None:
        """It is the match of the turn that has just ended."""
        if self.left is not None:
            self.left.set(condition, self.longest - 1)
        if self.is_there is not None:
            self.is_there.set(condition)
        for number, register in self.until.items():
            time = until[number]
            assert time is not None
            register.set(condition, time)

    @property
    def alive(self) -> Signal:
        """Whether one of its lives lasts."""
        circuit = self.equations.circuit
        found = []
        for number, life in enumerate(self.kind):
            if life.turns is None:
                lasts = FALSE if self.is_there is None else self.is_there.value
            else:
                lasts = FALSE if self.left is None else self.left.exceeds(self.longest - life.turns)
            if number in self.until:
                lasts = circuit.both(lasts, circuit.at_most(self.equations.now, self.until[number].value, 0))
            found.append(lasts)
        return circuit.any(found)


class DoubtfulCount:
    """Counts what is certain and what is possible, up to ``need``."""

    def __init__(
        self, equations: Equations, name: str, act: Doubtable, on: Sequence[Doubtable] | None, need: int,
        in_a_row: bool, within: Lasting | None,
    ) -> None:  # fmt: skip
        self.equations = equations
        self.circuit = equations.circuit
        self.act = act
        self.on = None if on is None else tuple(on)
        self.need = need
        self.in_a_row = in_a_row
        self.within = _lasting(within)
        self.certain = equations.latch(f"{name}/certain")
        self.possible = equations.latch(f"{name}/possible")
        self._lives = tuple(dict.fromkeys(life for *_, life in self._ways()))
        self._left_behind = tuple(number for number, life in enumerate(self._lives) if life.turns != 1)
        if not in_a_row and sum(self._lives[each].timed for each in self._left_behind) > MOST_TIMED:
            raise TooEntangled
        self._sure = Lives(equations, f"{name}/sure", [self.within] if self.within.timed else [])
        self._maybe = Lives(equations, f"{name}/maybe", self._lives)
        self._heard = [self._hearing(name, number) for number in range(len(self.on or ()))]
        self._earlier = (
            _InARow(self, name) if in_a_row else _Kinds(self, name)
        )  # what earlier turns left behind

    def _hearing(self, name: str, number: int) -> tuple[Latch, Register] | None:
        """Whether and when a category whose unknown lasts a time was last unknown on a user's message of the turn."""
        assert self.on is not None
        lasts = self.on[number].lasts
        if lasts is None or lasts.seconds is None:
            return None
        return (
            self.equations.latch(f"{name}/heard {number}"),
            self.equations.register(f"{name}/heard {number}"),
        )

    def _ways(self) -> Iterator[tuple[bool, int | None, bool, Life]]:
        """Every way in which a match can be uncertain: whether its act is in doubt, which category it is on, whether
        that is in doubt, and how long the match then lasts."""
        act = _lasting(self.act.lasts)
        if self.on is None:
            yield True, None, False, act.both(self.within)
        for number, each in enumerate(self.on or ()):
            on = _heard(each.lasts)
            yield True, number, False, act.both(self.within)
            yield False, number, True, on.both(self.within)
            yield True, number, True, act.both(on).both(self.within)

    # --- the step ---

    def turn(self) -> None:
        """A turn begins: the match of the turn before joins those of its kind."""
        self._earlier.turn()
        new_turn = self.equations.new_turn
        self.certain.set(new_turn, FALSE)
        self.possible.set(new_turn, FALSE)
        self._sure.clear(new_turn)
        self._maybe.clear(new_turn)
        for heard in self._heard:
            if heard is not None:
                heard[0].set(new_turn, FALSE)

    def see(self) -> None:
        """Take in a message."""
        circuit, now = self.circuit, self.equations.now
        for heard, each in zip(self._heard, self.on or (), strict=True):
            if heard is not None:
                here = circuit.both(self.equations.is_user, in_doubt(circuit, each.value))
                heard[0].set(here)
                heard[1].set(here, now)
        match = self._match()
        adds = circuit.both(match.certain, self.certain.value ^ 1)
        doubts = circuit.all((match.possible, match.certain ^ 1, self.certain.value ^ 1))
        for life, condition, base in self._doubts():
            self._maybe.gain(
                circuit.both(doubts, condition), self._lives.index(life), self._until(life, base)
            )
        if self.within.timed:
            self._sure.gain(adds, 0, self._until(self.within, now))
        self.certain.set(adds)
        self.possible.set(circuit.either(adds, doubts))

    def _match(self) -> Kleene:
        if self.on is None:
            return self.act.value
        shown = [self._shown(each) for each in self.on]
        return Kleene(
            self.circuit.both(self.act.value.certain, self.circuit.any([each.certain for each in shown])),
            self.circuit.both(self.act.value.possible, self.circuit.any([each.possible for each in shown])),
        )

    def _shown(self, each: Doubtable) -> Kleene:
        """The value of a category on this message, or on a message of the user in this turn."""
        assert each.peak is not None
        circuit, peak = self.circuit, each.peak.value
        return Kleene(
            circuit.either(each.value.certain, peak.certain),
            circuit.either(each.value.possible, peak.possible),
        )

    def _doubts(self) -> Iterator[tuple[Life, Signal, Time]]:
        """The lives of an uncertain match at this message: under what condition, and when its unknown was heard."""
        circuit, now = self.circuit, self.equations.now
        for is_act_in_doubt, number, is_in_doubt, life in self._ways():
            act = self.act.value
            condition = in_doubt(circuit, act) if is_act_in_doubt else act.certain
            base = now
            if self.on is not None and number is not None:
                shown = self._shown(self.on[number])
                here = in_doubt(circuit, shown) if is_in_doubt else shown.certain
                condition = circuit.both(condition, here)
                base = self._heard_at(number) if is_in_doubt else now
            yield life, condition, base

    def _heard_at(self, number: int) -> Time:
        """When the unknown of a category was last heard of in this turn."""
        assert self.on is not None
        heard, now = self._heard[number], self.equations.now
        if heard is None:
            return now
        before = self.circuit.choose_time(heard[0].value, heard[1].value, now)
        return self.circuit.choose_time(in_doubt(self.circuit, self.on[number].value), now, before)

    def _until(self, life: Life, base: Time) -> Time | None:
        ends = [base.plus(life.heard)] if life.heard is not None else []
        ends += [self.equations.now.plus(life.after)] if life.after is not None else []
        if not ends:
            return None
        return ends[0] if len(ends) == 1 else self.circuit.earlier(*ends)

    # --- what it comes to ---

    @property
    def value(self) -> Kleene:
        """2 where the count is certainly reached, 1 where it may be, 0 else."""
        return self._earlier.value

    @property
    def certain_now(self) -> Signal:
        """Whether this turn has a certain match, which counts."""
        return self.circuit.both(self.certain.value, self._sure.alive(0) if self.within.timed else TRUE)

    @property
    def possible_now(self) -> Signal:
        """Whether this turn has a match that may count."""
        doubt = self.circuit.any([self._maybe.alive(number) for number in range(len(self._lives))])
        return self.circuit.either(self.certain_now, self.circuit.both(doubt, self.certain.value ^ 1))

    def commits(self) -> Iterator[tuple[tuple[Life, ...], bool, Signal, list[Time | None]]]:
        """For each kind: its lives, whether it is certain, whether the turn's match is of it, and until when."""
        circuit = self.circuit
        until = self._sure.until[0].value if self.within.timed else None
        yield (self.within,), True, self.certain.value, [until]
        doubted = circuit.both(self.possible.value, self.certain.value ^ 1)
        for kind in _kinds({number: self._lives[number] for number in self._left_behind}):
            has = [
                circuit.both(self._maybe.has[number].value, self._outlasted(number) ^ 1)
                ^ (number not in kind)
                for number in self._left_behind
            ]
            times = [self._maybe.until[each].value if each in self._maybe.until else None for each in kind]
            yield tuple(self._lives[each] for each in kind), False, circuit.all((doubted, *has)), times

    def _outlasted(self, number: int) -> Signal:
        """Whether the turn's match has a life that makes this one of no account."""
        return self.circuit.any(
            self._maybe.has[other].value
            for other, life in enumerate(self._lives)
            if other != number and life.outlasts(self._lives[number])
        )


class _Kinds:
    """The matches of earlier turns, kind by kind."""

    def __init__(self, count: DoubtfulCount, name: str) -> None:
        self.count = count
        self.stacks: list[tuple[bool, list[_Cell]]] = []
        for number, (kind, is_certain, _, _) in enumerate(count.commits()):
            cells = [
                _Cell(count.equations, f"{name}/{number}/{each + 1}", kind) for each in range(count.need)
            ]
            self.stacks.append((is_certain, cells))

    def turn(self) -> None:
        """All are a turn older, and the match of the turn before joins them."""
        new_turn = self.count.equations.new_turn
        for (_, cells), (_, _, is_it, until) in zip(self.stacks, self.count.commits(), strict=True):
            joins = self.count.circuit.both(new_turn, is_it)
            for each in cells:
                each.turn()
            for each, newer in zip(reversed(cells), reversed(cells[:-1]), strict=False):
                each.copy(joins, newer)
            cells[0].enter(joins, until)

    @property
    def value(self) -> Kleene:
        """Certain matches, and all."""
        count = self.count
        stacks = [(is_certain, [each.alive for each in cells]) for is_certain, cells in self.stacks]
        certain = [stack for is_certain, stack in stacks if is_certain]
        every = [stack for _, stack in stacks]
        circuit = count.circuit
        return Kleene(
            circuit.at_least([*certain, [count.certain_now]], count.need),
            circuit.at_least([*every, [count.possible_now]], count.need),
        )


class _InARow:
    """The matches of the last turns, turn by turn: number 0 is the turn before."""

    def __init__(self, count: DoubtfulCount, name: str) -> None:
        self.count = count
        equations = count.equations
        turns = range(1, count.need + 1)
        self.certain = [equations.latch(f"{name}/certain {age}") for age in turns]
        self.lives = [Lives(equations, f"{name}/maybe {age}", count._lives) for age in turns]

    def turn(self) -> None:
        """All are a turn older."""
        count, new_turn = self.count, self.count.equations.new_turn
        for number in reversed(range(count.need)):
            newer = self.certain[number - 1] if number else count.certain
            self.certain[number].set(new_turn, newer.value)
            self.lives[number].copy(new_turn, self.lives[number - 1] if number else count._maybe)

    @property
    def value(self) -> Kleene:
        """Runs of certain matches, and of all."""
        certain = [each.value for each in self.certain]
        possible = [self._possible(number) for number in range(len(certain))]
        return Kleene(
            self._runs(self.count.certain_now, certain), self._runs(self.count.possible_now, possible)
        )

    def _possible(self, number: int) -> Signal:
        lives, age = self.lives[number], number + 1
        lasting = [
            lives.alive(each)
            for each, life in enumerate(self.count._lives)
            if life.turns is None or age < life.turns
        ]
        return self.count.circuit.any([self.certain[number].value, *lasting])

    def _runs(self, now: Signal, before: Sequence[Signal]) -> Signal:
        """A run that ends at this turn, or, if it is without one, at the turn before."""
        circuit = self.count.circuit
        return circuit.choose(now, circuit.all(before[:-1]), circuit.all(before))


def _kinds(lives: Mapping[int, Life]) -> Iterator[tuple[int, ...]]:
    """Every set of lives, by number, of which none makes another of no account."""
    timed = [number for number, life in lives.items() if life.timed]
    for size in range(len(timed) + 1):
        for chosen in combinations(timed, size):
            for other in (None, *(number for number, life in lives.items() if not life.timed)):
                kind = tuple(sorted((*chosen, *(() if other is None else (other,)))))
                if kind and not any(lives[a].outlasts(lives[b]) for a in kind for b in kind if a != b):
                    yield kind


def _lasting(lasting: Lasting | None) -> Life:
    if lasting is None:
        return FOR_EVER
    return Life(lasting.turns, None if lasting.seconds is None else lasting.seconds * SECOND)


def _heard(lasting: Lasting | None) -> Life:
    """How long an unknown category is remembered."""
    if lasting is None:
        return FOR_EVER
    return Life(lasting.turns, None, None if lasting.seconds is None else lasting.seconds * SECOND)


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)
