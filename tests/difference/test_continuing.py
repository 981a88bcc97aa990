"""A conversation gone on as it was: the other policy comes to do it, never does, or it is left open."""

from __future__ import annotations

import pytest
from decided import decided
from sound import policy_of

from policy_engine.difference.continuing import continued
from policy_engine.difference.deed import Deed
from policy_engine.transcripts.message import Conversation, Label, Message, Role

DEED = Deed("end-chat")
REFUSED = Message(Role.ASSISTANT, (Label("refusal", True), Label("harassment", True)))
CRISIS = Message(Role.USER, (Label("self-harm", True),))


def test_it_goes_on_until_the_policy_does_it() -> None:
    policy = policy_of("rule abuse\n  after 100 refusals on harassment, end the chat\n")
    found = continued(policy, Conversation("two", (REFUSED, Message(Role.USER), REFUSED)), DEED, "end-chat")
    assert found.conversation is not None
    assert len(found.conversation.messages) == 199
    assert [each.ends for each in decided(policy, found.conversation)].index(True) == 198
    assert not found.left_open


@pytest.mark.parametrize(
    "clause",
    ["except when self-harm has been detected", "except when self-harm has been detected in this turn"],
)
def test_that_it_never_does_it_is_settled(clause: str) -> None:
    policy = policy_of(f"rule abuse\n  after 3 refusals on harassment, end the chat, {clause}\n")
    found = continued(policy, Conversation("stopped", (CRISIS, REFUSED)), DEED, "end-chat")
    assert found.left_open == 0
    assert found.conversation is None


def test_a_window_that_lasts_too_long_is_left_open() -> None:
    clause = "except when self-harm has been detected in the last 900 turns"
    policy = policy_of(f"rule abuse\n  after 2 refusals on harassment, end the chat, {clause}\n")
    said = (CRISIS, REFUSED, Message(Role.USER), REFUSED)
    found = continued(policy, Conversation("long", said), DEED, "end-chat")
    assert found.conversation is None
    assert found.left_open > 1_000


def test_an_action_that_the_policy_does_not_have_is_never_done() -> None:
    policy = policy_of("rule abuse\n  after 3 refusals on harassment, end the chat\n")
    found = continued(policy, Conversation("one", (REFUSED,)), DEED, None)
    assert found.conversation is None
    assert found.left_open == 0
