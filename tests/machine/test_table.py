"""The table is bounded, and being begun anew changes no decision."""

from __future__ import annotations

import random

import pytest
from random_policies import random_conversation, random_policy

from policy_engine.machine import table
from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy
from policy_engine.transcripts.message import Conversation


def untimed_policy(source: random.Random) -> Policy:
    while True:
        policy = random_policy(source)
        if not policy.timed:
            return policy


def together(machine: Machine, conversations: list[Conversation]) -> list[list[Decision]]:
    """The decisions of conversations that go on at the same time, a message of each in turn."""
    encoder = machine.encoder(None)
    walks = [machine.walk(machine.initial(each.attributes)) for each in conversations]
    found: list[list[Decision]] = [[] for _ in conversations]
    for number in range(max(len(each.messages) for each in conversations)):
        for walk, each, decisions in zip(walks, conversations, found, strict=True):
            if number < len(each.messages):
                decisions.append(walk.step(encoder.observe(each.messages[number]).symbol, None))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_table_that_is_begun_anew_decides_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source = random.Random(seed)
    policy = untimed_policy(source)
    conversations = [random_conversation(source, False) for _ in range(8)]
    expected = together(compile_policy(policy), conversations)
    monkeypatch.setattr(table, "MOST", 3)
    assert together(compile_policy(policy), conversations) == expected


def test_no_more_steps_are_kept_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST", 10)
    source = random.Random(1)
    machine = compile_policy(untimed_policy(source))
    for _ in range(30):
        together(machine, [random_conversation(source, False)])
        kept = machine._table._rows.values()
        assert sum(len(row.steps) for row in kept) <= 10
        assert len(kept) <= 2 * 10 + 1


def test_the_states_that_are_kept_are_bounded_by_what_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_HELD", 200)
    source = random.Random(2)
    policy = untimed_policy(source)
    machine = compile_policy(policy)
    width = table._held(machine.initial().slots)
    conversations = [random_conversation(source, False) for _ in range(8)]
    assert together(machine, conversations) == together(compile_policy(policy), conversations)
    assert machine._table._held <= 200 + 10 * width
    assert machine._table._held == sum(map(table._held, machine._table._rows))
