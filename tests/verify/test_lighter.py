"""Conversations that show something, without what nobody needs in them."""

from __future__ import annotations

from policy_engine.model.loading import load_text
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.verify.lighter import lighter
from policy_engine.verify.prover import Budget
from policy_engine.verify.question import Does, Question, own_view
from policy_engine.verify.replay import is_shown

POLICY = load_text(
    "rule r\n  after 2 refusals on hate or harassment, end the chat, except when self-harm has been detected\n"
).policy


def test_labels_that_show_nothing_are_left_out_and_the_rest_stays() -> None:
    assert POLICY is not None
    question = Question((POLICY,), (own_view((POLICY,)),), Does(0, "end-chat"))
    asked = Message(
        Role.USER, (Label("harassment"), Label("hate"), Label("violence"), Label("self-harm", False))
    )
    refused = Message(Role.ASSISTANT, (Label("redirection"), Label("refusal")))
    heavy = Conversation("c", (asked, refused, asked, refused))
    assert is_shown(question, heavy)
    light = lighter(question, heavy, Budget(10))
    assert is_shown(question, light)
    assert [[label.name for label in each.labels] for each in light.messages] == [
        ["harassment"],
        ["refusal"],
    ] * 2


def test_without_time_nothing_is_tried() -> None:
    assert POLICY is not None
    question = Question((POLICY,), (own_view((POLICY,)),), Does(0, "end-chat"))
    conversation = Conversation("c", (Message(Role.USER, (Label("violence"),)),))
    assert lighter(question, conversation, Budget(0)) is conversation
