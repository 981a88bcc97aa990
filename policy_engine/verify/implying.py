"""Which atoms of a formula are true wherever others are.

What is certain is possible. What was detected within a window was detected within a longer one, and in the
conversation. A message that reaches counts reaches smaller ones of the same things. Nothing else is told here: whoever
asks takes all other atoms to be independent.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace

from policy_engine.model.model import Count, Detected, Doubt, Scope
from policy_engine.verify.question import Formula, Holds, ReachedNow


class Implied:
    """What follows for some atoms from what others are."""

    def __init__(self, atoms: Iterable[Formula]) -> None:
        self._alike: dict[Hashable, list[Holds | ReachedNow]] = {}
        for each in dict.fromkeys(atoms):
            if isinstance(each, Holds | ReachedNow):
                self._alike.setdefault(_subject(each), []).append(each)

    def by(self, atom: Formula, value: bool) -> Iterator[Formula]:
        """The other atoms that have this value wherever the atom has it."""
        if isinstance(atom, Holds | ReachedNow):
            for each in self._alike.get(_subject(atom), ()):
                if each != atom and (_follows(each, atom) if value else _follows(atom, each)):
                    yield each


def _subject(atom: Holds | ReachedNow) -> Hashable:
    """What an atom is about: only of atoms about the same does one follow from another."""
    match atom:
        case ReachedNow(view, counts):
            return view, tuple([(each.act, each.on) for each in counts])
        case Holds(view, Detected(readings)):
            return view, readings
        case Holds(view, condition):
            return view, condition


def _follows(what: Holds | ReachedNow, from_what: Holds | ReachedNow) -> bool:
    """Whether an atom is true wherever another about the same is."""
    match what, from_what:
        case ReachedNow(_, less, over), ReachedNow(_, more, other_over):
            pairs = zip(less, more, strict=True)
            return over == other_over and all(_is_part(one, other) for one, other in pairs)
        case Holds(_, one, certain), Holds(_, other, other_certain):
            return other_certain >= certain and (one == other or _is_wider(one, other))
        case _:
            return False


def _is_part(less: Count, more: Count) -> bool:
    return less.need <= more.need and replace(less, need=more.need) == more


def _is_wider(one: object, other: object) -> bool:
    """Whether a detection looks at least as far back as another, which is of the same."""
    if not isinstance(one, Detected) or not isinstance(other, Detected):
        return False
    is_same = one.role == other.role and one.doubt is other.doubt is Doubt.DETECTED
    return is_same and _reaches(one.scope, other.scope)


def _reaches(longer: Scope, shorter: Scope) -> bool:
    if longer.this_message or shorter.this_message or shorter.window is None:
        return False
    if longer.window is None:
        return True
    one, other = longer.window.turns, shorter.window.turns
    return one is not None and other is not None and other <= one
