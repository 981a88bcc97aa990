"""A value of three, as two signals: whether it is certain, and whether it is possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from policy_engine.verify.symbolic.circuit import FALSE, TRUE, Circuit, Signal


class Kleene(NamedTuple):
    """2 is certain and possible, 1 is possible, 0 is neither (S. C. Kleene, 1938)."""

    certain: Signal
    possible: Signal

    def negated(self) -> Kleene:
        """Certain where it was not possible."""
        return Kleene(self.possible ^ 1, self.certain ^ 1)


NO = Kleene(FALSE, FALSE)
YES = Kleene(TRUE, TRUE)


def plain(signal: Signal) -> Kleene:
    """A value that is never in doubt."""
    return Kleene(signal, signal)


def least(circuit: Circuit, values: Sequence[Kleene]) -> Kleene:
    """Kleene's *and*."""
    return Kleene(
        circuit.all([each.certain for each in values]), circuit.all([each.possible for each in values])
    )


def greatest(circuit: Circuit, values: Sequence[Kleene]) -> Kleene:
    """Kleene's *or*."""
    return Kleene(
        circuit.any([each.certain for each in values]), circuit.any([each.possible for each in values])
    )


def gated(circuit: Circuit, condition: Signal, value: Kleene) -> Kleene:
    """The value where the condition is true, else 0."""
    return Kleene(circuit.both(condition, value.certain), circuit.both(condition, value.possible))


def in_doubt(circuit: Circuit, value: Kleene) -> Signal:
    """Whether it is 1."""
    return circuit.both(value.possible, value.certain ^ 1)
