"""What a conversation leaves in the state is bounded, whatever the policy and however long the conversation."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sound import POLICIES, policy_at, policy_of

from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.machine.state import State
from policy_engine.transcripts.message import SECOND, Label, Message, Role

DOUBT = (True, None)
STEADY = {Role.USER: (Label("hate"), Label("sexual")), Role.ASSISTANT: (Label("refusal"),)}
ASKED = "rule one\n  when hate is detected, add a strike,\n  only if there have been at least "
SAME = "rule one after 100 refusals on the same category of g"
LARGEST = {
    "rule one after 100 refusals, add a strike": 200,
    "rule one after 100 refusals in a row, add a strike": 200,
    "rule one after 100 refusals within 1000 turns, add a strike": 1_000,
    "rule one after 20 refusals within 366 days, add a strike": 700,
    f"group g = hate or sexual\n{SAME} within 1000 turns, add a strike": 2_000,
    "points p = 1 per hate\nrule one after 1000 points of p within 1000 turns, add a strike": 9_000,
    "points p = 1 per hate\nrule one after 1000 points of p within 366 days, add a strike": 25_000,
    f"{ASKED}100 refusals on hate or self-harm or imminent-harm": 6_000,
    f"{ASKED}100 refusals on hate or self-harm or imminent-harm within 1000 turns": 8_000,
    f"{ASKED}100 refusals in a row": 4_000,
    f"{ASKED}20 refusals on hate or self-harm within 366 days": 3_000,
}  # fmt: skip
"""The largest clauses that the limits allow, and the bytes that a conversation of any length takes."""

Labelled = Callable[[Role], tuple[Label, ...]]


def after(machine: Machine, state: State, turns: int, labelled: Labelled) -> tuple[State, int]:
    """The state after so many turns, and the most bytes that it took."""
    encoder = machine.encoder()
    most = 0
    for _ in range(turns):
        for role in (Role.USER, Role.ASSISTANT):
            time = (state.time or 0) + SECOND
            state, _ = machine.step(state, encoder.observe(Message(role, labelled(role), time=time)))
        most = max(most, len(state.to_json()))
    return state, most


@pytest.mark.parametrize("text", LARGEST)
def test_the_largest_clauses_are_bounded(text: str) -> None:
    machine = compile_policy(policy_of(text))
    state, most = after(machine, machine.initial(), 1_050, STEADY.__getitem__)
    assert most <= LARGEST[text]
    _, later = after(machine, state, 100, STEADY.__getitem__)
    assert later <= most + 100  # numbers and times grow longer, nothing else


@pytest.mark.parametrize("text", [text for text in LARGEST if text.startswith(ASKED)])
def test_doubt_is_bounded_too(text: str) -> None:
    machine = compile_policy(policy_of(text))
    source = random.Random(1)
    names = {
        Role.USER: ("hate", "self-harm", "imminent-harm"),
        Role.ASSISTANT: ("refusal", "hate", "self-harm"),
    }

    def labelled(role: Role) -> tuple[Label, ...]:
        return tuple(Label(name, source.choice(DOUBT)) for name in names[role] if source.random() < 0.6)

    _, most = after(machine, machine.initial(), 500, labelled)
    assert most <= 2 * LARGEST[text]


@pytest.mark.parametrize("path", sorted(POLICIES.rglob("*.policy")), ids=lambda path: path.stem)
def test_the_state_of_shipped_policies_is_below_a_kibibyte(path: Path) -> None:
    policy = policy_at(path)
    machine = compile_policy(policy)
    names = sorted(policy.vocabulary.labels)
    source = random.Random(1)
    for _ in range(10):

        def labelled(role: Role) -> tuple[Label, ...]:
            return tuple(Label(source.choice(names), source.choice(DOUBT)) for _ in range(5))

        _, most = after(machine, machine.initial({"model": "opus-4"}), 60, labelled)
        assert most < 1024
