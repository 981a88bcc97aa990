"""What the last-resort policies promise holds in random conversations, in the stricter and looser reading, too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policies.shipped import machine_named, run, samples

from policy_engine.transcripts.message import Conversation, Label, Message, Role

EXTREME = ("sexual/minors", "terrorism", "mass-violence")
CRISIS = ("self-harm", "imminent-harm")
USER = (*EXTREME, "harassment", *CRISIS, "end-request", "confirmed")
VALUES = st.sampled_from((True, True, True, False, None))

READINGS = ("last_resort", "last_resort_stricter", "last_resort_looser")
WARNS_FIRST = ("last_resort", "last_resort_looser")
ENDS_ABUSE = ("last_resort", "last_resort_stricter")


def messages(role: Role, names: tuple[str, ...]) -> st.SearchStrategy[Message]:
    labels = st.lists(
        st.builds(Label, st.sampled_from(names), VALUES), max_size=3, unique_by=lambda each: each.name
    )
    return st.builds(Message, st.just(role), labels.map(tuple))


SPOKEN = st.one_of(
    messages(Role.USER, USER),
    messages(Role.USER, (*EXTREME, "harassment")),
    messages(Role.ASSISTANT, ("refusal", "redirection")),
    messages(Role.ASSISTANT, ("refusal", "redirection", "self-harm")),
)


@pytest.mark.parametrize("name", READINGS)
@given(st.lists(SPOKEN, max_size=40), st.sampled_from(("opus-4", "opus-4.1")))
def test_promises_hold(name: str, spoken: list[Message], model: str) -> None:
    causes = {*EXTREME, "harassment"} if name in ENDS_ABUSE else {*EXTREME}
    decisions = run(machine_named(name), Conversation("drawn", tuple(spoken), {"model": model}))
    crisis = warned = False
    seen: set[str] = set()
    before = Role.ASSISTANT
    for message, decision in zip(spoken, decisions, strict=True):
        if message.role is Role.USER and before is Role.ASSISTANT:
            seen = set()
        before = message.role
        certain = {label.name for label in message.labels if label.value is True}
        seen |= certain
        crisis = crisis or bool(certain & {*CRISIS})
        actions = {each.action for each in decision.actions}
        if decision.ends and "confirmed" not in certain:
            assert not crisis
            assert seen & causes
            assert warned or name not in WARNS_FIRST
        if message.role is Role.USER and certain & {*CRISIS}:
            assert "offer-support" in actions
        warned = warned or "warn" in actions


@pytest.mark.parametrize("name", READINGS)
def test_the_chat_can_be_ended_unasked(name: str) -> None:
    asked = ("end-request", "confirmed")
    ended = [
        key
        for key, sample in samples(name).items()
        if any(decision.ends for decision in run(machine_named(name), sample))
        and not any(label.name in asked for message in sample.messages for label in message.labels)
    ]
    assert ended
