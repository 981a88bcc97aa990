"""Lines keep to their room and lose nothing."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from policy_engine.reports.lettering import is_measured, lines_of, text_width


@given(st.text(max_size=200), st.sampled_from([11.0, 13.0, 17.0]), st.integers(40, 300), st.booleans())
def test_lines_keep_to_their_room_and_lose_nothing(text: str, size: float, room: int, bold: bool) -> None:
    lines = lines_of(text, size, room, bold)
    assert all(text_width(line, size, bold) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_words_stay_whole_where_they_fit() -> None:
    assert lines_of("warn the user about it", 13, 90) == ["warn the", "user about it"]


def test_a_name_breaks_after_its_joints() -> None:
    assert lines_of("self-harm/instructions-and-more", 13, 120) == ["self-harm/", "instructions-and-", "more"]


def test_every_printable_letter_is_measured() -> None:
    assert is_measured(string.ascii_letters + string.digits + string.punctuation + " ")
    assert is_measured("äéñ")
    assert not is_measured("漢")


def test_bold_is_wider() -> None:
    assert text_width("warn", 13, bold=True) > text_width("warn", 13)
