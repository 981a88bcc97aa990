"""Text on a terminal: harmless, and no wider than it may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.reports.screen import clean, cut, pieces, width, wrapped

TEXTS = st.text(st.sampled_from("ab -/漢é\u0301\x1b\n\u202e"), max_size=60)
COLUMNS = st.integers(2, 30)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("", [""]),
        ("one two", ["> one two"]),
        ("one two three", ["> one two", "  three"]),
        ("a word-that-is-too-long b", ["> a", "  word-that-is-too-long", "  b"]),
        ("漢字漢字 漢", ["> 漢字漢字", "  漢"]),
    ],
)
def test_words_are_wrapped_by_the_columns_they_take(words: str, lines: list[str]) -> None:
    assert list(wrapped(words.split(), 10, first="> " if words else "", rest="  ")) == lines


@given(TEXTS, COLUMNS)
def test_wrapped_pieces_fit_and_hold_all_that_was_said(text: str, columns: int) -> None:
    words = clean(text).split()
    lines = list(wrapped((piece for word in words for piece in pieces(word, columns)), columns))
    assert all(width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(words)


@given(TEXTS, COLUMNS)
def test_what_is_cut_fits_and_begins_as_the_whole_does(text: str, columns: int) -> None:
    shown = cut(clean(text), columns)
    assert width(shown) <= columns
    assert clean(text).startswith(shown.removesuffix("…"))


@given(st.text(max_size=50))
def test_nothing_harmful_is_left(text: str) -> None:
    shown = clean(text)
    assert shown == clean(shown)
    assert not {"\x1b", "\n", "\u202e", "\x07"} & set(shown)
