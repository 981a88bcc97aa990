"""Redirections from text: the assistant points to something else, or to others who help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.detectors.corpus import sentences
from transcripts.detectors.linear import PIECES, is_linear

from policy_engine.transcripts.detectors.redirection import DETECTOR, HEAD, SOURCE, TAIL, redirects
from policy_engine.transcripts.message import Label, Message, Role

CLOSING = "Is there anything else I can help you with?"


@pytest.mark.parametrize(("text", "expected"), list(sentences("redirections.yaml", "replies")))
def test_replies_by_kind(text: str, expected: bool | None) -> None:
    assert redirects(text) is expected
    assert redirects(text.replace("'", "’").upper()) is expected


def test_a_polite_closing_redirects_only_where_the_reply_refuses() -> None:
    assert redirects(f"I can't write that. {CLOSING}") is True
    assert redirects(f"I have written it down below. {CLOSING}") is False


def test_the_end_of_a_long_reply_is_read_as_well() -> None:
    filler = "This is one of the many things that can be said about it. " * 100
    assert len(filler) > HEAD + TAIL
    assert redirects(filler) is False
    assert redirects(filler + "Let's talk about something else.") is True


def test_the_label_is_on_the_assistants_messages() -> None:
    text = "Let's talk about something else."
    assert DETECTOR.detect(Message(Role.ASSISTANT, content=text)) == (Label("redirection", True, SOURCE),)
    assert DETECTOR.detect(Message(Role.USER, content=text)) == ()


@pytest.mark.parametrize(
    "piece",
    [*PIECES, "instead of ", "instead, ", "let's ", "reach out to ", "call the the ", "i can help with "],
)
def test_a_text_takes_time_by_its_length_at_most(piece: str) -> None:
    assert is_linear(DETECTOR, Role.ASSISTANT, piece)


@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    assert redirects(text) in (True, False, None)
