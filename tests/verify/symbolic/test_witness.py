"""The earliest times that comparisons allow."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.verify.symbolic.witness import Difference, earliest


def satisfies(times: list[int], differences: list[Difference]) -> bool:
    in_order = all(one <= other for one, other in pairwise(times))
    return in_order and all(times[one] - times[other] <= most for one, other, most in differences)


@pytest.mark.parametrize(
    ("number", "differences", "expected"),
    [
        (0, [], []),
        (3, [], [0, 0, 0]),
        (3, [(0, 2, -10)], [0, 0, 10]),
        (3, [(0, 2, -10), (2, 1, 4)], [0, 6, 10]),
        (2, [(0, 1, -10), (1, 0, 9)], None),
        (2, [(1, 0, -1)], None),
    ],
)
def test_earliest_times(number: int, differences: list[Difference], expected: list[int] | None) -> None:
    assert earliest(number, differences) == expected


@given(st.data())
def test_no_solution_is_earlier(data: st.DataObject) -> None:
    number = data.draw(st.integers(1, 4))
    message = st.integers(0, number - 1)
    differences = data.draw(st.lists(st.tuples(message, message, st.integers(-3, 3)), max_size=5))
    found = earliest(number, differences)
    later = [0, *sorted(data.draw(st.lists(st.integers(0, 12), min_size=number - 1, max_size=number - 1)))]
    if found is None:
        assert not satisfies(later, differences)
    else:
        assert satisfies(found, differences)
        if satisfies(later, differences):
            assert all(one <= other for one, other in zip(found, later, strict=True))
