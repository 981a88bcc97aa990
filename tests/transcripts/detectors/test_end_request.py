"""The user's request to end is heard where it is clear, and never in what somebody in a crisis says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.detectors.corpus import sentences
from transcripts.detectors.linear import PIECES, is_linear
from transcripts.published import published

from policy_engine.transcripts.detectors.end_request import DETECTOR, SOURCE, asks_to_end
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.reading import read_conversations


@pytest.mark.parametrize(("text", "expected"), list(sentences("farewells.yaml", "messages")))
def test_messages_by_kind(text: str, expected: bool | None) -> None:
    assert asks_to_end(text) is expected
    assert asks_to_end(text.replace("'", "’").upper()) is expected


def test_a_wish_to_end_it_all_is_no_wish_to_end_the_chat() -> None:
    assert asks_to_end("I want to end this chat") is True
    assert asks_to_end("I want to end it all") is False


def test_the_label_is_the_default_vocabularys_event_on_the_users_messages() -> None:
    text = "Please end this chat."
    assert DETECTOR.detect(Message(Role.USER, content=text)) == (Label("end-request", True, SOURCE),)
    assert DETECTOR.detect(Message(Role.ASSISTANT, content=text)) == ()


@pytest.mark.parametrize(
    "piece",
    [*PIECES, "end ", "please ", "please just now ", "i would like you to ", "stop talking ", "no i'm "],
)
def test_a_text_takes_time_by_its_length_at_most(piece: str) -> None:
    assert is_linear(DETECTOR, Role.USER, piece)


@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    assert asks_to_end(text) in (True, False, None)


def test_nobody_in_the_crisis_chats_is_taken_to_ask_for_the_end() -> None:
    said = [
        message.content
        for each in read_conversations([published("vera-mh", "conversations")])
        if isinstance(each, Conversation)
        for message in each.messages
        if message.role is Role.USER
    ]
    assert len(said) == 1439
    assert not [text for text in said if asks_to_end(text)]
