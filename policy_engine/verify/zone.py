"""What is known of some times: how far each may be from each other, at most.

A zone is all choices of times that keep within such bounds, written as a matrix of differences (D. L. Dill,
"Timing Assumptions and Verification of Finite-State Concurrent Systems", 1989). Times are whole microseconds, so
"less than" is "at most one less", and everything said here is exact. Only differences are known: if all times are
moved by as much, nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence

FAR = 1 << 62
"""No bound."""

_AWAY = 1 << 52
"""Microseconds: more than all lengths that a policy can name together."""

Zone = tuple[tuple[int, ...], ...]
"""In row ``i`` and column ``j``: how much later time ``i`` is than time ``j``, at most. Always the tightest."""

ONE: Zone = ((0,),)
"""One time."""


def with_bound(zone: Zone, one: int, other: int, most: int) -> Zone | None:
    """The times of the zone of which ``one`` is at most ``most`` later than ``other``; None where there are none."""
    if zone[one][other] <= most:
        return zone
    if most + zone[other][one] < 0:
        return None
    by_one = [row[one] for row in zone]
    from_other = zone[other]
    return tuple(
        tuple(
            min(bound, before + most + after) if before < FAR and after < FAR else bound
            for bound, after in zip(row, from_other, strict=True)
        )
        for row, before in zip(zone, by_one, strict=True)
    )


def with_time(zone: Zone, after: int) -> Zone:
    """One time more, the last: at or after time ``after``."""
    # It may be as much later as it likes, and earlier than others by no more than that time is.
    rows = [(*row, row[after]) for row in zone]
    rows.append((*(FAR for _ in zone), 0))
    return tuple(rows)


def picked(zone: Zone, picks: Sequence[tuple[int, int]]) -> Zone:
    """Of the times of a zone, or times so much later than these: number and how much later."""
    return tuple(
        tuple(zone[one][other] + mine - theirs if zone[one][other] < FAR else FAR for other, theirs in picks)
        for one, mine in picks
    )


def widened(zone: Zone, most: int) -> Zone:
    """A zone with no bound beyond ``most`` either way, so that there are only so many.

    Whoever asks only how differences compare with lengths up to ``most``, each between a time and the present, is
    told the same (P. Bouyer, "Forward Analysis of Updatable Timed Automata", 2004); otherwise it is wider.
    """
    anew = tuple(tuple(FAR if bound > most else max(bound, -most - 1) for bound in row) for row in zone)
    return closed(anew)


def closed(zone: Zone) -> Zone:
    """With the tightest bounds (Floyd and Warshall)."""
    rows = [list(row) for row in zone]
    for middle, by in enumerate(rows):
        for row in rows:
            before = row[middle]
            if before >= FAR:
                continue
            for other, after in enumerate(by):
                if after < FAR and before + after < row[other]:
                    row[other] = before + after
    return tuple(map(tuple, rows))


def is_within(zone: Zone, other: Zone) -> bool:
    """Whether all times of a zone are times of another."""
    return all(
        bound <= limit
        for row, limits in zip(zone, other, strict=True)
        for bound, limit in zip(row, limits, strict=True)
    )


def sample(zone: Zone) -> tuple[int, ...]:
    """Times of a zone, the first of which is 0."""
    near = closed(tuple(tuple(min(bound, _AWAY) for bound in row) for row in zone))
    return tuple(
        -bound for bound in near[0]
    )  # each as early as the first lets it be, which is a choice of all
