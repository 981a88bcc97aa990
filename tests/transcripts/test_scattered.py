"""Pieces that stand apart: none is lost, and each name keeps the order in which its pieces came."""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.transcripts import scattered
from policy_engine.transcripts.reader import Malformed
from policy_engine.transcripts.scattered import Scattered

TEXT = st.text(max_size=5)
PIECES = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", ""]), st.lists(TEXT | st.none() | st.floats(0, 1)))
)


@given(PIECES)
def test_what_was_added_comes_back_by_name(pieces: list[tuple[str, list[object]]]) -> None:
    expected: dict[str, list[object]] = {}
    for name, piece in pieces:
        expected.setdefault(name, []).append(piece)
    with closing(Scattered()) as found:
        for name, piece in pieces:
            found.add(name, piece)
        assert [(name, list(each)) for name, each in found.groups()] == list(expected.items())


def test_more_than_is_written_at_once() -> None:
    with closing(Scattered()) as found:
        for number in range(5_000):
            found.add(f"{number % 7}", number)
        groups = {name: list(pieces) for name, pieces in found.groups()}
    assert groups["3"] == list(range(3, 5_000, 7))


def test_a_name_that_no_database_takes() -> None:
    with closing(Scattered()) as found:
        found.add("\ud800", "\ud800")
        assert [(name, list(pieces)) for name, pieces in found.groups()] == [("?", ["\ud800"])]


def test_pieces_have_places() -> None:
    with closing(Scattered()) as found:
        for place in ("b", 2, "a", -1, 2, "\ud800"):
            found.add("x", place, place)
        (kept,) = [list(pieces) for _, pieces in found.groups()]
        assert kept == [-1, 2, 2, "\ud800", "a", "b"]


def test_there_is_an_end_to_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scattered, "MAX_COPIED", 150)
    with closing(Scattered()) as found:
        found.add("a", "x" * 90)
        with pytest.raises(Malformed, match="more than 150 bytes"):
            found.add("b", "x" * 90)
