"""What automata remember from message to message, while the equations of one step are written.

Each holds what it is at the beginning of the step, and what it has become so far: it is set under conditions, in the
order in which the machine does the same, and what it has become at the end is its next value.
"""

from __future__ import annotations

from policy_engine.verify.symbolic.circuit import FALSE, TRUE, Circuit, Signal, Time


class Latch:
    """One remembered truth. ``owner`` is the rule or ladder that it belongs to, or "" where it is shared."""

    __slots__ = ("circuit", "first", "name", "owner", "state", "value")

    def __init__(self, circuit: Circuit, name: str, owner: str, first: bool = False) -> None:
        self.circuit = circuit
        self.name = name
        self.owner = owner
        self.first = first
        self.state = self.value = circuit.variable(name)

    def set(self, condition: Signal, value: Signal = TRUE) -> None:
        """It becomes ``value`` where the condition is true."""
        self.value = self.circuit.choose(condition, value, self.value)


class Register:
    """One remembered time. Until it was set, no message is earlier than it; whoever owns it knows whether it was."""

    __slots__ = ("circuit", "name", "owner", "state", "value")

    def __init__(self, circuit: Circuit, name: str, owner: str) -> None:
        self.circuit = circuit
        self.name = name
        self.owner = owner
        self.state = self.value = circuit.time(name)

    def set(self, condition: Signal, value: Time) -> None:
        """It becomes ``value`` where the condition is true."""
        self.value = self.circuit.choose_time(condition, value, self.value)


class Countdown:
    """A number from 0 to ``most``, in binary: how many turns something is still remembered, 0 for nothing."""

    __slots__ = ("bits", "circuit", "most")

    def __init__(self, circuit: Circuit, bits: list[Latch], most: int) -> None:
        self.circuit = circuit
        self.bits = bits
        self.most = most

    @property
    def runs(self) -> Signal:
        """Whether it is not 0."""
        return self.circuit.any([each.value for each in self.bits])

    def is_(self, number: int) -> Signal:
        """Whether it is that number."""
        return self.circuit.all(
            [each.value ^ 1 ^ (number >> place & 1) for place, each in enumerate(self.bits)]
        )

    def exceeds(self, number: int) -> Signal:
        """Whether it is more than a number."""
        if number <= 0:
            return self.runs if number == 0 else TRUE
        more = FALSE
        for place, each in enumerate(self.bits):
            joined = self.circuit.both if number >> place & 1 else self.circuit.either
            more = joined(each.value, more)
        return more if number < self.most else FALSE

    def set(self, condition: Signal, number: int) -> None:
        """It becomes ``number`` where the condition is true."""
        for place, each in enumerate(self.bits):
            each.set(condition, number >> place & 1)

    def copy(self, condition: Signal, other: Countdown) -> None:
        """It becomes what another is, where the condition is true."""
        for own, its in zip(self.bits, other.bits, strict=True):
            own.set(condition, its.value)

    def tick(self, condition: Signal) -> None:
        """One less where the condition is true; 0 stays 0."""
        borrow = self.circuit.both(condition, self.runs)
        for each in self.bits:
            old = each.value
            each.value = self.circuit.choose(borrow, old ^ 1, old)
            borrow = self.circuit.both(borrow, old ^ 1)
