"""Conversations that show something, without what nobody needs in them."""

from __future__ import annotations

from policy_engine.model.loading import load_text
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.verify.lighter import lighter
from policy_engine.verify.prover import Budget
from policy_engine.verify.question import Does, Negation, Question, own_view
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


def test_attributes_that_show_nothing_are_left_out_and_the_rest_stays() -> None:
    policy = load_text("applies when model is opus-4\nrule r\n  when hate is detected, end the chat\n").policy
    assert policy is not None
    question = Question((policy,), (own_view((policy,)),), Does(0, "end-chat"))
    said = (Message(Role.USER, (Label("hate"),)),)
    heavy = Conversation("c", said, {"model": "opus-4", "user.minor": True})
    light = lighter(question, heavy, Budget(10))
    assert is_shown(question, light)
    assert light.attributes == {"model": "opus-4"}
    against = Question((policy,), (own_view((policy,)),), Negation(Does(0, "end-chat")))
    other = Conversation("c", said, {"model": "other"})
    assert lighter(against, other, Budget(10)).attributes == {}


def test_without_time_nothing_is_tried() -> None:
    assert POLICY is not None
    question = Question((POLICY,), (own_view((POLICY,)),), Does(0, "end-chat"))
    conversation = Conversation("c", (Message(Role.USER, (Label("violence"),)),))
    assert lighter(question, conversation, Budget(0)) is conversation
