"""To which conversations two policies apply: `applies when` of the one held against that of the other."""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.difference.deed import Pair
from policy_engine.simulation.coverage import Attributes, Coverage, coverage
from policy_engine.verify.facts import Given, TooMany, asked_of, choices
from policy_engine.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Scope:
    """Attributes of a conversation that only the new policy, or only the old one, applies to (None: there is none).

    ``is_decided`` is False where there were too many to look at.
    """

    gained: Given | None = None
    lost: Given | None = None
    is_decided: bool = True

    @property
    def is_same(self) -> bool:
        """Whether both apply to the same conversations."""
        return self.is_decided and self.gained is None and self.lost is None


def scope_of(policies: Pair) -> Scope:
    """The plainest conversations that only one of them applies to."""
    old, new = (each.applies for each in policies)
    if old == new and policies[0].vocabulary.attributes == policies[1].vocabulary.attributes:
        return Scope()
    gained: Given | None = None
    lost: Given | None = None
    try:
        for given in choices(asked_of(old, new), [each.vocabulary for each in policies]):
            before, after = (
                coverage(each.applies, {}, _with_assumed(each.vocabulary, given)) is Coverage.ASSUMED
                or each.applies is None
                for each in policies
            )
            if after and not before and gained is None:
                gained = given
            if before and not after and lost is None:
                lost = given
    except TooMany:
        return Scope(is_decided=False)
    return Scope(gained, lost)


def _with_assumed(vocabulary: Vocabulary, given: Given) -> Attributes:
    """The attributes, with what is assumed where nobody says."""
    assumed = {
        name: entry.assume for name, entry in vocabulary.attributes.items() if entry.assume is not None
    }
    return {**assumed, **given}
