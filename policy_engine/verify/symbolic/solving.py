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
from policy_engine.verify.symbolic.terms import Term, Terms

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
        self._terms = Terms(z3, self.context)
        self._bools: dict[Signal, Term] = {}
        """Of each gate what it is, and its negation where that is asked for."""
        self._ints: dict[int, Term] = {}
        self._step = self._translated()
        self._from_start = from_start
        self._state: dict[int, Term] = {
            each.state >> 1: self._first(each.state >> 1, each.first, from_start) for each in cone.memories
        }
        self.origin = self.whole("origin")
        self.linked: list[Any] = []
        """The clocks of later messages."""
        self._clocks = {
            each.state: self.origin if from_start else self.whole(f"clock {each.state}/0")
            for each in cone.clocks
        }
        fixed = self._terms.wrapped(self._bools[2 * each] for each in cone.fixed)
        self.fixed = dict(zip(cone.fixed, fixed, strict=True))

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

    def _first(self, number: int, first: bool, from_start: bool) -> Term:
        return self._terms.constant(first) if from_start else self._terms.truth(f"state {number}")

    def _translated(self) -> Term | None:
        """One step: all that is asked for, remembered, or has to hold, in one term; None where that is nothing."""
        terms, gates = self._terms, self.circuit.gates
        for number in self.cone.gates:
            match gates[number]:
                case And(signals):
                    made = terms.all([self._signal(each) for each in signals])
                case Choice(condition, then, otherwise):
                    made = terms.choice(*(self._signal(each) for each in (condition, then, otherwise)))
                case AtMost(one, other, most):
                    made = terms.at_most(self._time_variable(one), self._time_variable(other), most)
                case None:
                    made = terms.constant(False)
                case _:
                    made = terms.truth(f"v{number}")
            self._bools[2 * number] = made
        truths = [*self.asked, *(each.next for each in self.cone.memories), *self.cone.valid]
        times = [self._time(each.next) for each in self.cone.clocks]
        return terms.together([self._signal(each) for each in truths], times) if truths or times else None

    def _signal(self, signal: Signal) -> Term:
        made = self._bools.get(signal)
        if made is None:
            made = self._bools[signal] = self._terms.negation(self._bools[signal ^ 1])
        return made

    def _time_variable(self, number: int) -> Term:
        if number not in self._ints:
            self._ints[number] = self._terms.whole(f"t{number}")
        return self._ints[number]

    def _time(self, time: Time) -> Term:
        made = self.circuit.times[time.number]
        if isinstance(made, TimeChoice):
            found = self._terms.choice(
                self._signal(made.condition), self._time(made.then), self._time(made.otherwise)
            )
        else:
            found = self._time_variable(time.number)
        return self._terms.sum(found, self._terms.number(time.offset)) if time.offset else found

    # --- messages ---

    def start(self) -> Any:
        """What holds of the fixed variables."""
        return self._terms.wrapped([self._signal(self.cone.system.start)])[0]

    def remembered(self) -> list[Any]:
        """What is remembered before the next message: memories, then clocks."""
        return [*self._terms.wrapped(self._state.values()), *self._clocks.values()]

    def add(self) -> Frame:
        """One message more."""
        number = len(self.frames)
        variables = {each: self.truth(f"v{each}/{number}") for each in self.cone.inputs}
        now = self.whole(f"now/{number}") if self.is_timed else None
        frame = Frame(variables, now)
        pairs = [(self._bools[2 * each], made.ast) for each, made in variables.items()]
        pairs += [(self._bools[2 * each], made) for each, made in self._state.items()]
        if self.is_timed:
            pairs += [(self._time_variable(each), made.ast) for each, made in self._clocks.items()]
            if self.cone.system.now is not None and self.cone.system.now in self._ints:
                pairs.append((self._ints[self.cone.system.now], frame.time.ast))
        made = self._at(pairs)
        asked, memories, valid = (len(each) for each in (self.asked, self.cone.memories, self.cone.valid))
        frame.signals = dict(zip(self.asked, self._terms.wrapped(made[:asked]), strict=True))
        made = made[asked:]
        self._state = {each.state >> 1: one for each, one in zip(self.cone.memories, made, strict=False)}
        made = made[memories:]
        self.assumptions += self._terms.wrapped(made[:valid])
        self._link(made[valid:], number + 1)
        self.frames.append(frame)
        return frame

    def _at(self, pairs: Sequence[tuple[Term, Term]]) -> list[Term]:
        """What a step is made of, in the variables of a message, in one pass."""
        if self._step is None:
            return []
        made = self._terms.replaced(self._step, pairs)
        return self._terms.parts(self._terms.simplified(made) if self._from_start else made)

    def _link(self, nexts: Sequence[Term], number: int) -> None:
        for clock, made in zip(self.cone.clocks, nexts, strict=True):
            variable = self.whole(f"clock {clock.state}/{number}")
            self.assumptions.append(variable == self._terms.wrapped_whole(made))
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
