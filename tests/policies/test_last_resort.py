"""The promises of the last-resort policy hold in random conversations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from policies.shipped import policy_named, run, samples

from policy_engine.transcripts.message import Conversation, Label, Message, Role

POLICY = policy_named("last_resort")
EXTREME = ("sexual/minors", "terrorism", "mass-violence")
CRISIS = ("self-harm", "imminent-harm")
USER = (*EXTREME, "harassment", *CRISIS, "end-request", "confirmed")
VALUES = st.sampled_from((True, True, True, False, None))


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


@given(st.lists(SPOKEN, max_size=40), st.sampled_from(("opus-4", "opus-4.1")))
def test_promises_hold(spoken: list[Message], model: str) -> None:
    decisions = run(POLICY, Conversation("drawn", tuple(spoken), {"model": model}))
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
        if decision.ends:
            assert "confirmed" in certain or (not crisis and warned and seen & {*EXTREME, "harassment"})
        if message.role is Role.USER and certain & {*CRISIS}:
            assert "offer-support" in actions
        warned = warned or "warn" in actions


def test_the_chat_can_be_ended_unasked() -> None:
    assert any(decision.ends for decision in run(POLICY, samples("last_resort")["ended"]))
