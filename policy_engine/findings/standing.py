"""What is asked of every policy, so that it can be asked together (:mod:`policy_engine.findings.proofs`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from policy_engine.findings.mattering import (
    counts_in,
    location_of,
    matters,
    own_clauses,
    reached_when_due,
    shared_clauses,
)
from policy_engine.findings.stopping import Part, acts_at, does
from policy_engine.model.model import Ladder, Policy
from policy_engine.model.parts import action_names, parts_of
from policy_engine.source import Location
from policy_engine.verify.question import Fires, Formula, Or


def standing(policy: Policy, file: str | None = None) -> Iterator[Formula]:
    """Every question about what stands in a file of the policy (None: in any); some come more than once."""

    def is_here(location: Location | None) -> bool:
        return file is None or location is None or location.source.name == file

    here = [part for part in parts_of(policy) if is_here(part.location)]
    taken = {never.action for never in policy.nevers}
    for part in here:
        yield Fires(0, part.name)
        if isinstance(part, Ladder):
            yield from (acts_at(part, step) for step in range(len(part.steps)))
        yield from (reached_when_due(policy, part, count) for count in counts_in(part))
        yield from (does(policy, part, action) for action in sorted(action_names(part)) if action in taken)
        yield from (matters(policy, clause) for clause in own_clauses(part))
    yield from (
        matters(policy, clause) for clause in shared_clauses(policy) if is_here(location_of(policy, clause))
    )
    yield from (at_once(policy, pair) for pair in pairs(policy) if pair[1] in here)
    yield from _of_endings(policy, here)


def _of_endings(policy: Policy, here: Sequence[Part]) -> Iterator[Formula]:
    endings = ending_parts(policy)
    if endings:
        yield Or(tuple(ends(policy, part) for part in endings))
    for part in unasked_endings(policy):
        for asked in (unwarned, unredirected, on_first_offence, on_doubt, in_crisis):
            formula = asked(policy, part) if part in here else None
            if formula is not None:
                yield formula
    found = helped(policy)
    if found is not None:
        yield found
