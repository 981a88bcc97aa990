"""Zones are exact: held against all choices of a few small times."""

from __future__ import annotations

from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from policy_engine.verify.zone import (
    ONE,
    Zone,
    closed,
    is_within,
    picked,
    sample,
    widened,
    with_bound,
    with_time,
)

SPAN = range(8)
Times = tuple[int, ...]
bounds = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(-4, 5)), max_size=4)


def three() -> Zone:
    """Three times in their order."""
    return with_time(with_time(ONE, 0), 1)


def narrowed(limits: list[tuple[int, int, int]]) -> Zone | None:
    zone: Zone | None = three()
    for one, other, most in limits:
        if zone is not None and one != other:
            zone = with_bound(zone, one, other, most)
    return zone


def holds(zone: Zone, times: Times) -> bool:
    return all(times[i] - times[j] <= zone[i][j] for i in range(len(zone)) for j in range(len(zone)))


def fits(times: Times, limits: list[tuple[int, int, int]]) -> bool:
    in_order = times[0] <= times[1] <= times[2]
    return in_order and all(times[one] - times[other] <= most for one, other, most in limits if one != other)


@given(bounds)
def test_a_zone_holds_just_the_times_within_its_bounds(limits: list[tuple[int, int, int]]) -> None:
    zone = narrowed(limits)
    for times in product(SPAN, repeat=3):
        assert (zone is not None and holds(zone, times)) == fits(times, limits)


@given(bounds)
def test_a_sample_is_of_the_zone(limits: list[tuple[int, int, int]]) -> None:
    zone = narrowed(limits)
    assume(zone is not None)
    assert zone is not None
    times = sample(zone)
    assert times[0] == 0
    assert holds(zone, times)
    assert fits(times, limits)


@given(bounds)
def test_bounds_are_the_tightest(limits: list[tuple[int, int, int]]) -> None:
    zone = narrowed(limits)
    assume(zone is not None)
    assert zone is not None
    assert closed(zone) == zone


@given(bounds, st.integers(-3, 3))
def test_times_that_are_picked_are_as_far_from_each_other(
    limits: list[tuple[int, int, int]], later: int
) -> None:
    zone = narrowed(limits)
    assume(zone is not None)
    assert zone is not None
    kept = picked(zone, ((2, 0), (0, later)))
    for times in product(SPAN, repeat=3):
        if holds(zone, times):
            assert holds(kept, (times[2], times[0] + later))


@given(bounds, st.integers(0, 4))
def test_a_widened_zone_leaves_nothing_out(limits: list[tuple[int, int, int]], most: int) -> None:
    zone = narrowed(limits)
    assume(zone is not None)
    assert zone is not None
    assert is_within(zone, widened(zone, most))
    assert widened(zone, 20) == zone or any(abs(bound) > 20 for row in zone for bound in row)
