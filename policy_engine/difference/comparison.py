"""Everything that is found of two policies: to whom they apply, and what they do differently."""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.difference.cause import Account, account_of
from policy_engine.difference.deed import Pair
from policy_engine.difference.difference import Change, Finding, changes, finding_of
from policy_engine.difference.promises import Kept
from policy_engine.difference.recorded import Recorded
from policy_engine.difference.scope import Scope, scope_of
from policy_engine.model.model import Policy
from policy_engine.verify.prover import Prover


@dataclass(frozen=True, slots=True)
class Told:
    """A change, and what each conversation that shows it comes to; ``clauses``, those that single clauses make."""

    change: Change
    accounts: tuple[Account, ...]
    clauses: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two policies held against each other. ``told`` is in the order of their deeds.

    ``promises`` and ``recorded`` are what was asked for besides (empty, and None, where nothing was).
    """

    old: Policy
    new: Policy
    scope: Scope
    told: tuple[Told, ...]
    promises: tuple[Kept, ...] = ()
    recorded: Recorded | None = None

    @property
    def pair(self) -> Pair:
        """The old policy, and the new one."""
        return self.old, self.new

    @property
    def finding(self) -> Finding:
        """Alike where they are in every deed."""
        return finding_of(tuple(each.change for each in self.told))


def compare(old: Policy, new: Policy, prover: Prover, seconds: float) -> Comparison:
    """Hold two policies against each other; ``seconds`` is the budget of each question.

    Raises Disagreement where a conversation does not show what it should: that is a fault of this software.
    """
    pair = (old, new)
    told = tuple(
        Told(
            change,
            tuple(account_of(pair, change.deed, each) for each in change.telling),
            tuple(account_of(pair, change.deed, each) for each in change.clauses),
        )
        for change in changes(pair, prover, seconds)
    )
    return Comparison(old, new, scope_of(pair), told)
