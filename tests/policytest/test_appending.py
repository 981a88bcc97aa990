"""Tests added to a test file: after the others, with every comment where it was."""

from __future__ import annotations

import pytest

from policy_engine.policytest.appending import Unappendable, appended
from policy_engine.source import Source

TEST = "  - name: new\n    turns:\n      - hate\n"


def with_test(text: str) -> str:
    """The text with one test more."""
    return appended(Source("a.test.yaml", text), [TEST])


def test_it_comes_last() -> None:
    text = "# all\ntests:\n  - name: a   # one\n    turns: [hate]\n"
    assert with_test(text) == text + TEST


def test_comments_and_blanks_before_the_next_key_stay_with_it() -> None:
    head = "tests:\n  - name: a\n    turns: [hate]\n"
    rest = "\n# what never happens\nnever: end the chat\n# the end\n"
    assert with_test(head + rest) == head + TEST + rest


def test_a_comment_at_the_end_of_the_file_stays_before_it() -> None:
    text = "tests:\n  - name: a\n    turns: [hate]\n  # more to come\n"
    assert with_test(text) == text + TEST


@pytest.mark.parametrize(("lead", "indented"), [("", 0), ("    ", 4)])
def test_it_is_indented_as_the_others_are(lead: str, indented: int) -> None:
    text = f"tests:\n{lead}- name: a\n{lead}  turns: [hate]\n"
    added = with_test(text).removeprefix(text)
    assert added.startswith(" " * indented + "- name: new\n" + " " * indented + "  turns:\n")


def test_a_file_without_tests_gets_them() -> None:
    assert with_test("never: end the chat") == "never: end the chat\ntests:\n" + TEST


@pytest.mark.parametrize("text", ["tests: [{name: a, turns: [hate]}]\n", "tests:\n", "tests: one\n", "[a]\n"])
def test_what_cannot_be_added_to_is_refused(text: str) -> None:
    with pytest.raises(Unappendable):
        with_test(text)
