"""The equations of the automata that remember that something was: see :mod:`policy_engine.machine.latches`."""

from __future__ import annotations

from policy_engine.transcripts.message import SECOND, Role
from policy_engine.verify.symbolic.circuit import FALSE, TRUE, Signal
from policy_engine.verify.symbolic.equations import Equations
from policy_engine.verify.symbolic.kleene import Kleene
from policy_engine.vocabulary.vocabulary import Lasting


class TurnPeak:
    """The highest value of a reading on the user's messages of the current turn."""

    def __init__(self, equations: Equations, name: str, reading: Kleene) -> None:
        self.equations = equations
        self.reading = reading
        self._certain, self._possible = (
            equations.latch(f"{name}/{what}") for what in ("certain", "possible")
        )

    def turn(self) -> None:
        """Forget the turn before."""
        self._certain.set(self.equations.new_turn, FALSE)
        self._possible.set(self.equations.new_turn, FALSE)

    def see(self) -> None:
        """Take in a message of the user."""
        circuit, is_user = self.equations.circuit, self.equations.is_user
        self._certain.set(circuit.both(is_user, self.reading.certain))
        self._possible.set(circuit.both(is_user, self.reading.possible))

    @property
    def value(self) -> Kleene:
        """The highest value so far."""
        return Kleene(self._certain.value, self._possible.value)


class Recent:
    """When something last was: within ``window`` (None: ever)."""

    def __init__(self, equations: Equations, name: str, window: Lasting | None) -> None:
        self.equations = equations
        self._ever = self._left = self._time = None
        if window is not None and window.turns is not None:
            self._left = equations.countdown(name, window.turns)
            return
        self._ever = equations.latch(name)
        if window is not None:
            self._time = equations.register(name)
            self._length = (window.seconds or 0) * SECOND

    def turn(self) -> None:
        """One turn older."""
        if self._left is not None:
            self._left.tick(self.equations.new_turn)

    def mark(self, condition: Signal = TRUE) -> None:
        """It is now, where the condition is true."""
        if self._left is not None:
            self._left.set(condition, self._left.most)
        if self._ever is not None:
            self._ever.set(condition)
        if self._time is not None:
            self._time.set(condition, self.equations.now)

    @property
    def holds(self) -> Signal:
        """Whether it was within the window."""
        if self._left is not None:
            return self._left.runs
        assert self._ever is not None
        if self._time is None:
            return self._ever.value
        was_just = self.equations.within(self._time.value, self._length)
        return self.equations.circuit.both(self._ever.value, was_just)


class Sighting:
    """Remembers when a reading was detected, or unknown, within a scope: two :class:`Recent` at once."""

    def __init__(self, equations: Equations, certain: Recent, doubts: tuple[Recent, ...], reading: Kleene,
                 role: Role | None, muted_by: tuple[Kleene, ...] = ()) -> None:  # fmt: skip
        self.equations = equations
        self.certain = certain
        self.doubts = doubts
        self.reading = reading
        self.role = role
        self.muted_by = muted_by

    def see(self) -> None:
        """Take in a message."""
        circuit = self.equations.circuit
        heard = TRUE if self.role is None else self.equations.records.roles[self.role]
        self.certain.mark(circuit.both(heard, self.reading.certain))
        muted = circuit.any([each.certain for each in self.muted_by])
        doubted = circuit.all((heard, self.reading.possible, self.reading.certain ^ 1, muted ^ 1))
        for each in self.doubts:
            each.mark(doubted)

    @property
    def value(self) -> Kleene:
        """2 where it was detected, 1 where only a doubt is remembered, 0 else."""
        certain = self.certain.holds
        return Kleene(certain, self.equations.circuit.either(certain, self.doubted))

    @property
    def doubted(self) -> Signal:
        """Whether a doubt is remembered, whatever was certain besides."""
        return self.equations.circuit.all([each.holds for each in self.doubts])
