"""What was known of a label: what nobody looked for is told apart from what could not be checked."""

from __future__ import annotations

from policy_engine.simulation.known import Knowledge, Known
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.vocabulary.shipped import default_vocabulary

USER, ASSISTANT = Role.USER, Role.ASSISTANT


def test_nobody_and_unknown_are_two_things() -> None:
    knowledge = Knowledge(default_vocabulary(), ("refusal", "self-harm"))
    messages = (
        Message(USER, (Label("self-harm", None),)),
        Message(USER, (Label("S11", 0.9),)),
        Message(USER),
        Message(ASSISTANT),
        Message(ASSISTANT, (Label("refusal", 0.1),)),
        Message(Role.TOOL, (Label("self-harm"),)),
    )
    chat = Conversation("a", messages, looked_for={"self-harm": frozenset({USER})})
    assert list(knowledge.of(chat)) == [
        (USER, (None, Known.UNKNOWN)),
        (USER, (None, Known.DETECTED)),
        (USER, (None, Known.ABSENT)),
        (ASSISTANT, (Known.NOBODY, Known.NOBODY)),
        (ASSISTANT, (Known.ABSENT, Known.NOBODY)),
        (Role.TOOL, (None, None)),
    ]
