"""Which lines changed: whoever takes the others finds them in the old text, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policy_engine.review.changed_lines import MOST_COMPARED, changed_lines

texts = st.lists(st.sampled_from(["a", "b", "", "rule x"]), max_size=12).map("\n".join)


@given(texts, texts)
def test_what_did_not_change_stands_in_the_old_text_in_the_same_order(before: str, after: str) -> None:
    changed = changed_lines(before, after)
    old = iter(before.split("\n"))
    lines = after.split("\n")
    assert changed <= set(range(1, len(lines) + 1))
    assert all(line in old for number, line in enumerate(lines, 1) if number not in changed)


@given(texts)
def test_nothing_changes_in_the_same_text(text: str) -> None:
    assert changed_lines(text, text) == frozenset()


def test_one_line_in_the_middle() -> None:
    assert changed_lines("a\nb\nc", "a\nB\nc") == {2}
    assert changed_lines("a\nc", "a\nb\nc") == {2}
    assert changed_lines("a\nb\nc", "a\nc") == frozenset()


def test_a_stretch_that_is_too_long_is_changed_as_a_whole() -> None:
    before = "\n".join(f"{number}" for number in range(2 * MOST_COMPARED))
    after = "first\n" + "\n".join(f"{number + number % 2}" for number in range(2 * MOST_COMPARED)) + "\nlast"
    assert len(changed_lines(before, after)) == len(after.split("\n"))
