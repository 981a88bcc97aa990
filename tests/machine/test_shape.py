"""A stored state is taken up only where the automata could have left it; so no stored state stops a service."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from decided import decided
from random_policies import random_conversation, random_policy
from scale import sources

import policy_engine as pe
from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.machine.state import State
from policy_engine.transcripts.message import Conversation

OTHER = (None, True, False, -1, 0, 1, 2, 3, 99, 10**30, [], [0], [[0, 0]], [0, 0, True], "x", 1.5, {})


def places(value: Any, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Every place in nested lists."""
    found = [path] if path else []
    if isinstance(value, list):
        for number, each in enumerate(value):
            found += places(each, (*path, number))
    return found


def changed(written: str, source: random.Random) -> str:
    """A written state with one place of its slots changed."""
    parts = json.loads(written)
    place = source.choice(places(parts[5]))
    within = parts[5]
    for number in place[:-1]:
        within = within[number]
    within[place[-1]] = source.choice(OTHER)
    return json.dumps(parts)


def states(machine: Machine, conversation: Conversation) -> list[State]:
    encoder = machine.encoder(conversation.looked_for)
    walk = machine.walk(machine.initial(conversation.attributes))
    found = [walk.state]
    for message in conversation.messages:
        symbol, time = encoder.observe(message)
        walk.step(symbol, time)
        found.append(walk.state)
    return found


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(8))
def test_a_changed_state_is_refused_or_goes_on(seed: int) -> None:
    refused = 0
    for source in sources(2_000 + seed, 25):
        policy = random_policy(source)
        machine = compile_policy(policy)
        conversation = random_conversation(source, policy.timed)
        encoder = machine.encoder(conversation.looked_for)
        for state in states(machine, conversation):
            assert machine.could_be(State.from_json(state.to_json()))
        for _ in range(20):
            number = source.randrange(len(conversation.messages) + 1)
            state = states(machine, conversation)[number]
            try:
                other = State.from_json(changed(state.to_json(), source))
            except ValueError:
                continue
            if not machine.could_be(other):
                refused += 1
                continue
            walk = machine.walk(other)
            for message in conversation.messages[number:]:
                symbol, time = encoder.observe(message)
                walk.views(symbol, time)
                walk.step(symbol, time)
            assert machine.could_be(walk.state)
        assert decided(policy, conversation)
    assert refused


def test_a_session_that_was_tampered_with_is_refused(root: object) -> None:
    policy = pe.load(f"{root}/policies/last_resort.policy")
    session = policy.session(attributes={"model": "opus-4"})
    session.observe(pe.Message(pe.Role.USER, (pe.Label("self-harm"),)))
    looked_for, state = json.loads(session.save())
    parts = json.loads(state)
    parts[5][0] = [parts[5][0], None]
    with pytest.raises(ValueError, match="saved under another policy or version"):
        policy.restore(json.dumps([looked_for, json.dumps(parts)]))


@pytest.mark.parametrize("depth", [900, 2_000, 100_000])
def test_a_state_that_nests_deeply_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match="not a saved state"):
        State.from_json(f'[1,"key",0,0,null,{"[" * depth}{"]" * depth}]')
