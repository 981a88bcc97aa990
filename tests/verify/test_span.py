"""Spans are exact: held against every turn and time of a small stretch."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from policy_engine.verify.span import ALWAYS, NEVER, Span, Spans, both, longest

TURNS, TIMES = range(5), range(6)

bounds = st.builds(
    Span,
    st.none() | st.integers(1, 4),
    st.none() | st.integers(0, 5),
    st.integers(0, 4),
    st.none() | st.integers(0, 5),
)
several = st.lists(bounds, max_size=4).map(tuple)


def lasts(span: Span, turns: int, time: int) -> bool:
    """Whether it is, so many turns later, at a time."""
    return (
        (span.turns is None or turns < span.turns)
        and turns >= span.later
        and (span.until is None or time <= span.until)
        and (span.after is None or time > span.after)
    )


def when(spans: Spans) -> set[tuple[int, int]]:
    return {each for each in product(TURNS, TIMES) if any(lasts(span, *each) for span in spans)}


@given(several, several)
def test_both_are_where_the_one_and_the_other_are(some: Spans, others: Spans) -> None:
    assert when(both(some, others)) == when(some) & when(others)


@given(several)
def test_nothing_is_lost_with_what_another_outlasts(spans: Spans) -> None:
    kept = longest(spans)
    assert when(kept) == when(spans)
    assert not any(one.outlasts(other) for one in kept for other in kept if one is not other)
    assert sorted(longest(spans[::-1]), key=repr) == sorted(kept, key=repr)


@given(bounds)
def test_as_turns_begin_and_time_passes_it_stays_the_same_span(span: Span) -> None:
    for turns, time in product(TURNS, TIMES):
        now: Span | None = span
        for _ in range(turns):
            now = None if now is None else now.turned()
        now = None if now is None else now.at(time)
        assert (now is not None and now.is_now) == lasts(span, turns, time)


def test_always_and_never() -> None:
    everything = set(product(TURNS, TIMES))
    assert (when(ALWAYS), when(NEVER)) == (everything, set())
    assert longest((Span(turns=2), *ALWAYS)) == ALWAYS
