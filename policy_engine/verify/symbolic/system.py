"""A finished transition system: what can be seen at a message, and what is remembered for the next.

The frozen form of :class:`policy_engine.verify.symbolic.equations.Equations`: nothing in it knows of policies any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.verify.symbolic.circuit import TRUE, Circuit, Signal, Time
from policy_engine.verify.symbolic.equations import Equations


@dataclass(frozen=True, slots=True)
class Memory:
    """A remembered truth: the variable that holds it, what it is at first, what it is after a message."""

    name: str
    owner: str
    state: Signal
    first: bool
    next: Signal


@dataclass(frozen=True, slots=True)
class Clock:
    """A remembered time: the number of its variable, and what it is after a message."""

    name: str
    owner: str
    state: int
    next: Time


@dataclass(frozen=True, slots=True)
class System:
    """All steps of all conversations.

    ``inputs`` are the variables of one message, among them ``roles``; ``fixed`` those that keep one value throughout a
    conversation. ``start`` holds of the fixed ones, ``valid`` of every message. ``now`` is the number of the time of
    the message; None where no times are needed. ``countdowns`` are the numbers among what is remembered: their binary
    places, lowest first.
    """

    circuit: Circuit
    countdowns: tuple[tuple[Signal, ...], ...]
    memories: tuple[Memory, ...]
    clocks: tuple[Clock, ...]
    inputs: tuple[Signal, ...]
    roles: tuple[Signal, ...]
    fixed: tuple[Signal, ...]
    start: Signal
    valid: Signal
    now: int | None


def finished(equations: Equations, assumed: Signal = TRUE) -> System:
    """The system of equations in which everything has been written down; what is ``assumed`` is of fixed variables."""
    return System(
        equations.circuit,
        tuple(tuple(bit.state for bit in each.bits) for each in equations.countdowns),
        tuple(
            Memory(each.name, each.owner, each.state, each.first, each.value) for each in equations.latches
        ),
        tuple(Clock(each.name, each.owner, each.state.number, each.value) for each in equations.registers),
        tuple(equations.records.changing),
        tuple(equations.records.roles.values()),
        (*equations.records.fixed, *equations.standing.fixed),
        equations.circuit.both(equations.possible_start(), assumed),
        equations.possible_step(),
        equations.now.number if equations.is_timed else None,
    )
