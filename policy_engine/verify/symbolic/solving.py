"""Systems as formulas of the z3 solver. The only module that knows it; it is imported when a proof needs it.

A step is translated once; the same step at a later message is made from it by substitution. What is remembered is not
a variable at later messages but what the equations make it, so that what is known at the beginning is worked in.
Without times a formula is plain logic for a SAT solver; times are whole numbers of microseconds, of which only
differences are ever compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from policy_engine.verify.prover import Budget
from policy_engine.verify.symbolic.circuit import And, AtMost, Choice, Signal, Time, TimeChoice
from policy_engine.verify.symbolic.cone import Cone

MOST_MEMORY = 900
"""Megabytes that a solver may use."""


class OutOfBudget(Exception):
    """The solver did not come to an end; the message says why, as a fragment."""


def is_installed() -> bool:
    """Whether there is a z3."""
    from importlib.util import find_spec

    return find_spec("z3") is not None


@dataclass(slots=True)
class Frame:
    """A message in formulas: its variables, and what the signals of the cone are at it.

    ``variables`` are the formulas of inputs by the numbers of their gates, ``time`` that of its time.
    """

    variables: dict[int, Any]
    time: Any
    signals: dict[Signal, Any] = field(default_factory=dict)


class Formulas:
    """The steps of a cone, one after the other. ``asked`` are signals whose formulas are needed at each.

    ``from_start``: the first message is that of a conversation, else any message of it.
    """

    def __init__(self, cone: Cone, asked: Iterable[Signal], from_start: bool, context: Any = None) -> None:
        import z3

        self.z3 = z3
        self.context = z3.Context() if context is None else context
        self.cone = cone
        self.circuit = cone.system.circuit
        self.asked = tuple(dict.fromkeys(asked))
        self.is_timed = bool(cone.clocks)
        self.frames: list[Frame] = []
        self.assumptions: list[Any] = []
        """What links the clocks of one message to the next."""
        self._bools: dict[int, Any] = {}
        self._ints: dict[int, Any] = {}
        self._translate()
        self._from_start = from_start
        self._state = {
            each.state >> 1: self._first(each.state >> 1, each.first, from_start) for each in cone.memories
        }
        self.origin = self.whole("origin")
        self.linked: list[Any] = []
        """The clocks of later messages."""
        self._clocks = {
            each.state: self.origin if from_start else self.whole(f"clock {each.state}/0")
            for each in cone.clocks
        }
        self.fixed = {each: self._bools[each] for each in cone.fixed}

    # --- translation ---

    def truth(self, name: str) -> Any:
        """A new truth."""
        return self.z3.Bool(name, self.context)

    def whole(self, name: str) -> Any:
        """A new whole number."""
        return self.z3.Int(name, self.context)

    def constant(self, value: bool) -> Any:
        """A truth that is known."""
        return self.z3.BoolVal(value, self.context)

    def _first(self, number: int, first: bool, from_start: bool) -> Any:
        return self.constant(first) if from_start else self.truth(f"state {number}")

    def _translate(self) -> None:
        z3, gates = self.z3, self.circuit.gates
        for number in self.cone.gates:
            match gates[number]:
                case And(signals):
                    made = z3.And([self._signal(each) for each in signals])
                case Choice(condition, then, otherwise):
                    made = z3.If(*(self._signal(each) for each in (condition, then, otherwise)))
                case AtMost(one, other, most):
                    made = self._time_variable(one) - self._time_variable(other) <= most
                case None:
                    made = self.constant(False)
                case _:
                    made = self.truth(f"v{number}")
            self._bools[number] = made
        self._roots = [self._signal(each) for each in self.asked]
        self._roots += [self._signal(each.next) for each in self.cone.memories]
        self._roots += [self._signal(each) for each in self.cone.valid]
        self._roots += [self._time(each.next) for each in self.cone.clocks]

    def _signal(self, signal: Signal) -> Any:
        made = self._bools[signal >> 1]
        return self.z3.Not(made) if signal & 1 else made

    def _time_variable(self, number: int) -> Any:
        if number not in self._ints:
            self._ints[number] = self.whole(f"t{number}")
        return self._ints[number]

    def _time(self, time: Time) -> Any:
        made = self.circuit.times[time.number]
        if isinstance(made, TimeChoice):
            found = self.z3.If(
                self._signal(made.condition), self._time(made.then), self._time(made.otherwise)
            )
        else:
            found = self._time_variable(time.number)
        return found + time.offset if time.offset else found

    # --- messages ---

    def start(self) -> Any:
        """What holds of the fixed variables."""
        return self._signal(self.cone.system.start)

    def remembered(self) -> list[Any]:
        """What is remembered before the next message: memories, then clocks."""
        return [*self._state.values(), *self._clocks.values()]

    def add(self) -> Frame:
        """One message more."""
        number = len(self.frames)
        variables = {each: self.truth(f"v{each}/{number}") for each in self.cone.inputs}
        now = self.whole(f"now/{number}") if self.is_timed else None
        frame = Frame(variables, now)
        pairs = [(self._bools[each], made) for each, made in variables.items()]
        pairs += [(self._bools[each], made) for each, made in self._state.items()]
        if self.is_timed:
            pairs += [(self._time_variable(each), made) for each, made in self._clocks.items()]
            if self.cone.system.now is not None and self.cone.system.now in self._ints:
                pairs.append((self._ints[self.cone.system.now], now))
        made = self._substituted(pairs)
        frame.signals = dict(zip(self.asked, made, strict=False))
        made = made[len(self.asked) :]
        self._state = {each.state >> 1: one for each, one in zip(self.cone.memories, made, strict=False)}
        made = made[len(self.cone.memories) :]
        self.assumptions += made[: len(self.cone.valid)]
        self._link(made[len(self.cone.valid) :], number + 1)
        self.frames.append(frame)
        return frame

    def _substituted(self, pairs: Sequence[tuple[Any, Any]]) -> list[Any]:
        """All roots in the variables of a message, in one pass."""
        if not self._roots:
            return []
        together = self.z3.Function(
            "all", *(root.sort() for root in self._roots), self.z3.BoolSort(self.context)
        )(*self._roots)
        made = self.z3.substitute(together, *pairs)
        if self._from_start:
            made = self.z3.simplify(made, local_ctx=False, flat=False)
        return list(made.children())

    def _link(self, nexts: Sequence[Any], number: int) -> None:
        for clock, made in zip(self.cone.clocks, nexts, strict=True):
            variable = self.whole(f"clock {clock.state}/{number}")
            self.assumptions.append(variable == made)
            self.linked.append(variable)
            self._clocks[clock.state] = variable

    # --- asking ---

    def solver(self) -> Solver:
        """A solver that knows nothing yet."""
        made = (
            self.z3.SimpleSolver(self.context) if self.is_timed else self.z3.SolverFor("QF_FD", self.context)
        )
        made.set("max_memory", MOST_MEMORY)
        return Solver(self, made)


class Solver:
    """A solver at work on formulas; it takes in the formulas' assumptions as they grow."""

    def __init__(self, formulas: Formulas, made: Any) -> None:
        self.formulas = formulas
        self.z3 = formulas.z3
        self._made = made
        self._taken = 0
        self._names = 0
        made.add(formulas.start())

    def truths(self, model: Any, formulas: Iterable[Any]) -> list[bool]:
        """What truths are in a model. Thousands are asked for, so past the wrappers of z3's own interface."""
        z3, context = self.z3, self.formulas.context.ref()
        found = (z3.Ast * 1)()
        values = []
        for each in formulas:
            z3.Z3_model_eval(context, model.model, each.ast, True, found)
            values.append(z3.Z3_get_bool_value(context, found[0]) == z3.Z3_L_TRUE)
        return values

    def new_name(self) -> str:
        """A name that no literal has yet."""
        self._names += 1
        return f"l{self._names}"

    def add(self, *conditions: Any) -> None:
        """These hold."""
        self._made.add(*conditions)

    def check(self, budget: Budget, *assumed: Any) -> Any | None:
        """A model in which all that was added holds, and the literals ``assumed``; None where there is none.

        Raises OutOfBudget.
        """
        known = self.formulas.assumptions
        self._made.add(*known[self._taken :])
        self._taken = len(known)
        if budget.is_spent:
            raise OutOfBudget(f"after {budget.seconds:g} seconds")
        self._made.set("timeout", max(1, int(budget.left * 1000)))
        try:
            found = self._made.check(*assumed)
        except self.z3.Z3Exception as fault:
            raise OutOfBudget(f"the solver stopped: {_said(fault)}") from fault
        if found == self.z3.unknown:
            reason = self._made.reason_unknown()
            timed_out = budget.left < 0.05 or "timeout" in reason or "canceled" in reason
            raise OutOfBudget(
                f"after {budget.seconds:g} seconds" if timed_out else f"the solver stopped: {reason}"
            )
        return self._made.model() if found == self.z3.sat else None


def _said(fault: Exception) -> str:
    value = fault.args[0] if fault.args else ""
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).splitlines()[0]
