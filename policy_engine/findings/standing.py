"""What is asked of every policy, so that it can be asked together (:mod:`policy_engine.findings.proofs`)."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.contradictions import at_once, pairs
from policy_engine.findings.endings import (
    ending_parts,
    ends,
    helped,
    in_crisis,
    on_doubt,
    on_first_offence,
    unasked_endings,
    unredirected,
    unwarned,
)
from policy_engine.findings.mattering import counts_in, every_clause, matters, reached_when_due
from policy_engine.findings.stopping import action_names, acts_at, does
from policy_engine.model.model import Ladder, Policy
from policy_engine.model.parts import parts_of
from policy_engine.verify.question import Fires, Formula, Or


def standing(policy: Policy) -> Iterator[Formula]:
    """Every question; some come more than once."""
    for part in parts_of(policy):
        yield Fires(0, part.name)
        if isinstance(part, Ladder):
            yield from (acts_at(part, step) for step in range(len(part.steps)))
        yield from (reached_when_due(policy, part, count) for count in counts_in(part))
        taken = {never.action for never in policy.nevers}
        yield from (does(policy, part, action) for action in action_names(part) if action in taken)
    yield from (matters(policy, clause) for clause in every_clause(policy))
    yield from (at_once(policy, pair) for pair in pairs(policy))
    yield from _of_endings(policy)


def _of_endings(policy: Policy) -> Iterator[Formula]:
    endings = ending_parts(policy)
    if endings:
        yield Or(tuple(ends(policy, part) for part in endings))
    for part in unasked_endings(policy):
        for asked in (unwarned, unredirected, on_first_offence, on_doubt, in_crisis):
            formula = asked(policy, part)
            if formula is not None:
                yield formula
    found = helped(policy)
    if found is not None:
        yield found
