"""The ways in which a formula may come true, one by one: mostly, one for each rule that may do what it speaks of.

Of a way there is kept what the automata remember that it is made of; what those of other rules remember may be
anything. So more can happen, never less, and what cannot be then never is. Each way is a small system, however many
rules there are (K. L. McMillan, "Verification of Infinite State Systems by Compositional Model Checking", 1999).
"""

from __future__ import annotations

from policy_engine.verify.prover import Budget
from policy_engine.verify.symbolic.circuit import Circuit, Signal
from policy_engine.verify.symbolic.cone import Cone, cone_of, conjuncts
from policy_engine.verify.symbolic.induction import is_inductive
from policy_engine.verify.symbolic.invariants import Sought, invariants
from policy_engine.verify.symbolic.monitor import MONITOR
from policy_engine.verify.symbolic.problem import Problem
from policy_engine.verify.symbolic.system import System


def ways_of(circuit: Circuit, signal: Signal) -> list[Signal]:
    """Signals of which one is true wherever the signal is: by the parts of its widest *or*; itself if it has none."""
    parts = conjuncts(circuit, signal)
    widest = max(parts, key=lambda each: len(_disjuncts(circuit, each)))
    rest = [each for each in parts if each != widest]
    return [circuit.all([*rest, each]) for each in _disjuncts(circuit, widest)]


def _disjuncts(circuit: Circuit, signal: Signal) -> list[Signal]:
    return [each ^ 1 for each in conjuncts(circuit, signal ^ 1)]


def is_no_way(problem: Problem, depths: tuple[int, ...], budget: Budget) -> bool:
    """Whether there is none. False says nothing; nor does this, of conversations of up to the largest of ``depths``
    messages. Raises OutOfBudget."""
    system = problem.system
    ways = ways_of(system.circuit, problem.bad)
    owners = [_rules_of(system, each) for each in ways]
    shared = frozenset[str].intersection(*owners)
    if len(ways) < 2 or shared in owners:
        return False  # they are no rules' ways: each would be as large as the whole
    return all(
        _is_none(problem, _own_cone(system, way, rules), way, depths, budget)
        for way, rules in zip(ways, owners, strict=True)
    )


def _is_none(problem: Problem, cone: Cone, way: Signal, depths: tuple[int, ...], budget: Budget) -> bool:
    if is_inductive(cone, way, [], 0, budget):
        return True
    known = invariants(problem, cone, budget, Sought.OWNED)
    return any(is_inductive(cone, way, known, depth, budget) for depth in depths)


def _rules_of(system: System, way: Signal) -> frozenset[str]:
    """The rules whose memories it is made of at a message."""
    reached = {2 * each for each in system.circuit.reach([way])}
    owners = {each.owner for each in system.memories if each.state in reached}
    return frozenset(each for each in owners if "/" in each and not each.startswith(MONITOR))


def _own_cone(system: System, way: Signal, rules: frozenset[str]) -> Cone:
    """The cone of a way, without what other rules remember, and without what all of them did."""

    def is_kept(owner: str) -> bool:
        return not owner or owner in rules or owner.startswith(MONITOR)

    return cone_of(
        system, [way], frozenset(each.state for each in system.memories if not is_kept(each.owner))
    )
