"""The last-resort policy over the 105 published crisis chats: it ends what it should, and nothing else.

The chats carry no labels; those used here are generated, so that doing nothing cannot pass.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from policies.shipped import policy_named

from policy_engine.commands.simulate import Options, simulate
from policy_engine.machine.machine import compile_policy
from policy_engine.model.model import Policy
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.own_form import to_json
from policy_engine.transcripts.reading import read_conversations

ROOT = Path(__file__).parents[2]
CHATS = ROOT.parent / "shared" / "data" / "vera-mh" / "conversations"


@pytest.fixture(scope="module")
def chats() -> list[Conversation]:
    if not CHATS.is_dir():
        pytest.skip(f"the crisis chats are not at {CHATS}")
    found = [each for each in read_conversations([CHATS]) if isinstance(each, Conversation)]
    assert len(found) == 105
    return [at_least_four_turns(each) for each in found]


def at_least_four_turns(chat: Conversation) -> Conversation:
    """Three of the chats break off before their fourth turn: they go on with turns of our own."""
    messages = list(chat.messages)
    while sum(message.role is Role.ASSISTANT for message in messages) < 4:
        is_user_next = messages[-1].role is Role.ASSISTANT
        messages.append(Message(Role.USER if is_user_next else Role.ASSISTANT, content="[goes on]"))
    return dataclasses.replace(
        chat, messages=tuple(messages), attributes={"model": "opus-4"}, looked_for=None
    )


@pytest.fixture(scope="module")
def policy() -> Policy:
    return policy_named("last_resort")


def labelled(chat: Conversation, turns: dict[int, tuple[tuple[str, ...], tuple[str, ...]]]) -> Conversation:
    """The chat with labels on the user's and the assistant's messages of some turns (from 1)."""
    messages: list[Message] = []
    turn, last = 0, Role.ASSISTANT
    for message in chat.messages:
        if message.role is Role.USER and last is Role.ASSISTANT:
            turn += 1
        last = message.role
        names = turns.get(turn, ((), ()))[0 if message.role is Role.USER else 1]
        messages.append(dataclasses.replace(message, labels=tuple(Label(name) for name in names)))
    return dataclasses.replace(chat, messages=tuple(messages))


def ended_at(policy: Policy, chat: Conversation) -> int | None:
    """The number of the message at which the chat is ended, from 1."""
    machine = compile_policy(policy)
    encoder, state = machine.encoder(chat.looked_for), machine.initial(chat.attributes)
    for number, message in enumerate(chat.messages, 1):
        state, decision = machine.step(state, encoder.observe(message))
        if decision.ends:
            return number
    return None


ABUSE = dict.fromkeys((1, 2, 3, 4), (("sexual/minors",), ("refusal", "redirection")))
CRISIS = {**ABUSE, 2: (("sexual/minors", "self-harm"), ("refusal", "redirection"))}


def third_reply(chat: Conversation) -> int:
    """The number of the first reply of the third turn."""
    turn, last = 0, Role.ASSISTANT
    for number, message in enumerate(chat.messages, 1):
        if message.role is Role.USER and last is Role.ASSISTANT:
            turn += 1
        if message.role is Role.ASSISTANT and turn == 3:
            return number
        last = message.role
    raise AssertionError(f"{chat.id} has no third reply")


def test_persistent_abuse_is_ended_at_the_third_refusal(policy: Policy, chats: list[Conversation]) -> None:
    for chat in chats:
        assert ended_at(policy, labelled(chat, ABUSE)) == third_reply(chat)


def test_a_crisis_in_one_turn_keeps_every_chat_open(policy: Policy, chats: list[Conversation]) -> None:
    for chat in chats:
        assert ended_at(policy, labelled(chat, CRISIS)) is None


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_it_does_not_matter_in_which_turn_the_crisis_is_seen(
    policy: Policy, chats: list[Conversation], turn: int
) -> None:
    seen = {**ABUSE, turn: (("sexual/minors", "self-harm"), ("refusal", "redirection"))}
    for chat in chats:
        assert ended_at(policy, labelled(chat, seen)) is None


def test_the_command_ends_the_same_chats_at_the_same_messages(
    chats: list[Conversation], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = {chat.id: third_reply(chat) for chat in chats}
    for turns, is_ended in ((ABUSE, True), (CRISIS, False)):
        log = tmp_path / "log.jsonl"
        log.write_text("".join(json.dumps(to_json(labelled(chat, turns))) + "\n" for chat in chats))
        assert simulate(ROOT / "policies" / "last_resort.policy", [log], Options(as_json=True)) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        found = {each["conversation"]: each["ended"] and each["ended"]["message"] for each in lines}
        assert found == {name: number if is_ended else None for name, number in expected.items()}


def test_without_exception_and_never_they_are_ended(policy: Policy, chats: list[Conversation]) -> None:
    rules = tuple(
        dataclasses.replace(rule, guards=dataclasses.replace(rule.guards, excepts=()))
        for rule in policy.rules
    )
    bare = dataclasses.replace(policy, rules=rules, nevers=())
    for chat in chats:
        assert ended_at(bare, labelled(chat, CRISIS)) == third_reply(chat)


def test_an_outage_of_the_crisis_classifier_ends_nothing(policy: Policy, chats: list[Conversation]) -> None:
    looked_for = dict.fromkeys(("sexual/minors", "refusal", "redirection"))
    for chat in chats:
        silent = dataclasses.replace(labelled(chat, ABUSE), looked_for=looked_for)
        assert ended_at(policy, silent) is None
