"""The last resort: z3's Spacer, which looks for an invariant by itself.

Property-directed reachability over the equations as Horn clauses (Komuravelli, Gurfinkel and Chaki, "SMT-Based Model
Checking for Recursive Programs", 2014).
"""

from __future__ import annotations

from policy_engine.verify.prover import Budget
from policy_engine.verify.symbolic.circuit import Signal
from policy_engine.verify.symbolic.cone import Cone
from policy_engine.verify.symbolic.solving import Formulas, OutOfBudget


def is_never(cone: Cone, bad: Signal, seconds: float, budget: Budget) -> bool:
    """Whether ``bad`` can never be; False where it can. Raises OutOfBudget, also after so many seconds of it."""
    formulas = Formulas(cone, [bad], from_start=False)
    z3 = formulas.z3
    before = formulas.remembered()
    frame = formulas.add()
    after = formulas.remembered()
    engine = z3.Fixedpoint(ctx=formulas.context)
    engine.set(engine="spacer", timeout=max(1, int(min(seconds, budget.left) * 1000)))
    fixed = list(formulas.fixed.values())
    sorts = [each.sort() for each in (*before, *fixed)]
    boolean = z3.BoolSort(formulas.context)
    reached = z3.Function("reached", *sorts, boolean) if sorts else z3.Bool("reached", formulas.context)
    failed = z3.Bool("failed", formulas.context)
    engine.register_relation(reached.decl() if not sorts else reached, failed.decl())
    variables = [*before, *fixed, *frame.variables.values(), *formulas.linked]
    variables += [frame.time] if frame.time is not None else []
    engine.declare_var(*variables)

    def state(values: list[object]) -> object:
        return reached(*values, *fixed) if sorts else reached

    origin = formulas.origin
    if formulas.is_timed:
        engine.declare_var(origin)
    first = [formulas.constant(each.first) for each in cone.memories] + [origin for _ in cone.clocks]
    engine.rule(state(first), formulas.start())
    holds = [state(before), *formulas.assumptions]
    engine.rule(state(after), holds)
    engine.rule(failed, [*holds, frame.signals[bad]])
    try:
        found = engine.query(failed)
    except z3.Z3Exception as fault:
        raise OutOfBudget(f"the solver stopped: {fault}") from fault
    if found == z3.unknown:
        raise OutOfBudget(f"after {budget.seconds:g} seconds")
    return bool(found == z3.unsat)
