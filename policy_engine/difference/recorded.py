"""What two policies do differently in recorded conversations, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from policy_engine.difference.deed import Deed, Pair, deeds_of, done_in, own_name
from policy_engine.simulation.simulation import Simulation

MOST_SHOWN = 2
"""Conversations that are kept with what both policies do in them: the first that come out differently."""
MOST_NAMED = 5
"""Conversations that are named for each kind of change: those that come first."""


@dataclass(slots=True)
class Many:
    """How many conversations, with the ids of the first few."""

    number: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """One conversation more."""
        self.number += 1
        if len(self.names) < MOST_NAMED:
            self.names.append(name)


@dataclass(slots=True)
class Tally:
    """Of one deed: conversations in which only the new policy does it, only the old one did, or both do otherwise.

    ``earlier`` and ``later`` are about the first time; ``otherwise`` are those in which that is the same, and
    ``reworded`` those in which only texts are others. ``turns`` counts by how many turns it comes earlier (above 0)
    or later (below).
    """

    gained: Many = field(default_factory=Many)
    lost: Many = field(default_factory=Many)
    earlier: Many = field(default_factory=Many)
    later: Many = field(default_factory=Many)
    otherwise: Many = field(default_factory=Many)
    reworded: Many = field(default_factory=Many)
    turns: Counter[int] = field(default_factory=Counter)

    @property
    def is_any(self) -> bool:
        """Whether anything changed."""
        several = (self.gained, self.lost, self.earlier, self.later, self.otherwise, self.reworded)
        return any(each.number for each in several)


class Recorded:
    """Counts conversations, each with what both policies do in it."""

    def __init__(self, policies: Pair) -> None:
        self.conversations = 0
        self.messages = 0
        self.changed = Many()
        self.shown: list[tuple[Simulation, Simulation]] = []
        """The first few that come out differently, under each policy."""
        self.left_out = 0
        """Conversations that could not be read, or that one of the policies cannot decide about."""
        self.tallies: dict[Deed, Tally] = {deed: Tally() for deed in deeds_of(policies)}
        self._names = {deed: [own_name(policies, number, deed) for number in (0, 1)] for deed in self.tallies}

    def add(self, old: Simulation, new: Simulation) -> None:
        """One conversation, under both policies."""
        self.conversations += 1
        self.messages += len(new.decisions)
        name = new.conversation.id
        is_changed = False
        for deed, tally in self.tallies.items():
            if self._count(name, deed, tally, old, new) and not deed.on_trial:
                is_changed = True
        if is_changed:
            self.changed.add(name)
            if len(self.shown) < MOST_SHOWN:
                self.shown.append((old, new))

    def _count(self, name: str, deed: Deed, tally: Tally, old: Simulation, new: Simulation) -> bool:
        """Whether the deed is done differently in it."""
        before, after = (
            [frozenset(each.text for each in done_in(decision, deed, own)) for decision in side.decisions]
            for side, own in zip((old, new), self._names[deed], strict=True)
        )
        if before == after:
            return False
        first, second = _first(before), _first(after)
        if first is None:
            tally.gained.add(name)
        elif second is None:
            tally.lost.add(name)
        elif first != second:
            tally.turns[old.turns[first] - new.turns[second]] += 1
            (tally.earlier if second < first else tally.later).add(name)
        elif [bool(each) for each in before] == [bool(each) for each in after]:
            tally.reworded.add(name)
        else:
            tally.otherwise.add(name)
        return True


def _first(done: Sequence[frozenset[str | None]]) -> int | None:
    return next((at for at, texts in enumerate(done) if texts), None)
