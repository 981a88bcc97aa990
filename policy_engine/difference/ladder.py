"""Which provers are asked about differences, and in which order.

Two policies together have more states than each, so most questions are beyond looking at every state. That comes
first all the same, for a few states: it is at hand, and many rules are small. Then the solver. What it leaves
open, and everything where there is none, is asked of parts of the policies alone, and then of all states.
"""

from __future__ import annotations

from policy_engine.policytest.narrowing import Narrowing
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.lighter import Lighter
from policy_engine.verify.prover import Bounded, Ladder
from policy_engine.verify.symbolic.prover import MISSING, SymbolicProver
from policy_engine.verify.symbolic.solving import is_installed

_FEW = 500
"""States that are looked at before anything else is tried."""


def ladder() -> Ladder:
    """All provers that can be used here."""
    first = Bounded(Explicit(), 1.0, _FEW)
    rest = Narrowing(Explicit())
    if is_installed():
        return Ladder((first, Bounded(Lighter(SymbolicProver(), labels=False), 0.6), rest))
    return Ladder((first, rest), (MISSING,))
