"""Outputs that are alike: with a score for each name, and no verdict that something was found.

Nearly every output of such a classifier has the names that the one before it had. So what each name means is worked
out once (:meth:`ScorePlans.scores`); what is not so plain is left to the mapping, which says the same of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple, Protocol

from policy_engine.transcripts.message import Score

_MOST_PLANS = 64
"""Sets of names that are remembered."""


class Named(Protocol):
    """What a plan needs to know of a label: see :class:`~policy_engine.transcripts.mapping.Entry`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The classifier's names for it."""

    @property
    def missing(self) -> Score:
        """What it means that none of them is there."""

    @property
    def within(self) -> str | None:
        """Another name of which it is a case."""


class _Plan(NamedTuple):
    """``names`` are those of the labels that have a score, ``absent`` places and values of the others, ``twice`` pairs
    of names for one label."""

    names: tuple[str, ...]
    absent: tuple[tuple[int, Score], ...]
    twice: tuple[tuple[str, str], ...]


class ScorePlans:
    """What the names of outputs mean that were seen. ``passed_over`` are names that say nothing.

    An output of more than ``most`` names takes more to say.
    """

    def __init__(self, entries: Sequence[Named], passed_over: frozenset[str], most: int) -> None:
        self._entries = entries
        self._known = passed_over.union(*(each.names for each in entries))
        self._most = min(most, len(self._known))
        self._plans: dict[tuple[tuple[str, ...], tuple[str, ...]], _Plan | None] = {}

    def scores(self, scores: object, verdicts: object) -> list[Score] | None:
        """What each entry's label is, in their order; None where it takes more to say."""
        if not isinstance(scores, dict) or not isinstance(verdicts, dict) or len(scores) > self._most:
            return None
        said = verdicts.values()  # asked for their types first: of an output, they may be anything
        if not _VERDICTS.issuperset(map(type, said)) or True in said:
            return None
        if not _SCORES.issuperset(map(type, scores.values())):
            return None
        plan = self._plan(tuple(scores), tuple(verdicts))
        if plan is None or any(scores[first] != scores[other] for first, other in plan.twice):
            return None
        found: list[Score] = list(itemgetter(*plan.names)(scores))
        for place, value in plan.absent:
            found.insert(place, value)
        return found

    def _plan(self, scored: tuple[str, ...], judged: tuple[str, ...]) -> _Plan | None:
        key = (scored, judged)
        if key in self._plans:
            return self._plans[key]
        if not self._known.issuperset(scored) or not self._known.issuperset(judged):
            return None  # nor is it remembered: the names could be any, and of any length
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        self._plans[key] = self._made(frozenset(scored), frozenset(judged))
        return self._plans[key]

    def _made(self, scored: frozenset[str], judged: frozenset[str]) -> _Plan | None:
        """None where a name is judged without a score, or what is missing follows from what is there."""
        if not judged <= scored:
            return None
        names: list[str] = []
        absent: list[tuple[int, Score]] = []
        twice: list[tuple[str, str]] = []
        for place, entry in enumerate(self._entries):
            here = [name for name in entry.names if name in scored]
            if here:
                names.append(here[0])
                twice += [(here[0], other) for other in here[1:]]
            elif entry.within is None or not any(name in scored for name in self._beside(entry.within)):
                absent.append((place, entry.missing))
            else:
                return None
        return _Plan(tuple(names), tuple(absent), tuple(twice)) if len(names) > 1 else None

    def _beside(self, name: str) -> list[str]:
        """All names of what has that name."""
        return [other for entry in self._entries if name in entry.names for other in entry.names]


_VERDICTS = frozenset((bool,))
_SCORES = frozenset((float,))
