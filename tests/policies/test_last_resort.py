"""The shipped policy does what its conversations say, keeps its promises, and has no clause without effect."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy
from policy_engine.reference.interpreter import interpret
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.reading import read_conversations

POLICIES = Path(__file__).resolve().parents[2] / "policies"
SAMPLES = {path.stem: path for path in sorted((POLICIES / "conversations" / "last_resort").glob("*.yaml"))}


def load(path: Path) -> Policy:
    found = load_policy(path)
    assert found.policy is not None, [each.message for each in found.diagnostics]
    assert not found.diagnostics
    return found.policy


POLICY = load(POLICIES / "last_resort.policy")
MACHINE = compile_policy(POLICY)


def run(policy: Policy, conversation: Conversation) -> list[Decision]:
    machine = MACHINE if policy is POLICY else compile_policy(policy)
    encoder = machine.encoder(conversation.looked_for)
    state, decisions = machine.initial(conversation.attributes), []
    for message in conversation.messages:
        state, decision = machine.step(state, encoder.observe(message))
        decisions.append(decision)
    return decisions


def sample(name: str) -> Conversation:
    (found,) = read_conversations([SAMPLES[name]])
    assert isinstance(found, Conversation), found
    return found


def done(decisions: list[Decision]) -> dict[int, list[str]]:
    """By message, counted from 1: what is done."""
    return {
        number: [each.action for each in decision.actions]
        for number, decision in enumerate(decisions, 1)
        if decision.actions
    }


def held(decisions: list[Decision]) -> dict[int, list[str]]:
    """By message, counted from 1: the rules that are stopped, and by what."""
    return {
        number: [f"{stop.rule}: {stop.cause.value}{'?' * stop.unknown}" for stop in decision.stopped]
        for number, decision in enumerate(decisions, 1)
        if decision.stopped
    }


EXPECTED = {
    "abuse": (
        {4: ["warn"], 5: ["offer-support"]},
        {
            8: ["persistent-harm: except", "persistent-harm: never"],
            10: ["persistent-harm: except", "persistent-harm: never"],
        },
    ),
    "asked_in_crisis": (
        {1: ["offer-support"], 3: ["ask-to-confirm"], 13: ["ask-to-confirm"], 15: ["end-chat"]},
        {5: ["user-asked: never"]},
    ),
    "calm_again": ({4: ["warn"], 48: ["warn"]}, {}),
    "crisis_after_end": ({4: ["warn"], 6: ["end-chat"], 7: ["offer-support"]}, {}),
    "crisis_long_ago": ({1: ["offer-support"], 16: ["warn"]}, {18: ["persistent-harm: except"]}),
    "curious": ({}, {}),
    "ended": ({4: ["warn"], 6: ["end-chat"]}, {}),
    "harassment": ({4: ["warn"], 8: ["redirect"], 10: ["end-chat"]}, {}),
    "harassment_in_crisis": ({1: ["offer-support"]}, {4: ["abuse: except"]}),
    "not_confirmed": ({1: ["ask-to-confirm"]}, {5: ["user-asked: only if"]}),
    "not_covered": ({7: ["offer-support"]}, {}),
    "not_redirected": ({4: ["warn"], 8: ["end-chat"]}, {}),
    "outage": (
        {4: ["warn"], 5: ["offer-support"], 16: ["end-chat"]},
        {6: ["persistent-harm: except?", "persistent-harm: never?"]},
    ),
    "spread_out": (
        {48: ["warn"], 50: ["end-chat"]},
        {46: ["persistent-harm: only if"], 48: ["persistent-harm: only if"]},
    ),
    "user_asked": ({3: ["ask-to-confirm"], 5: ["end-chat"]}, {}),
}


def test_every_sample_is_expected() -> None:
    assert sorted(SAMPLES) == sorted(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_sample(name: str) -> None:
    conversation = sample(name)
    decisions = run(POLICY, conversation)
    assert (done(decisions), held(decisions)) == EXPECTED[name]
    assert decisions == interpret(POLICY, conversation)


# --- No clause is without effect: taken out, or weakened, some sample shows it ------------

CHANGES = [
    ("last_resort.policy", "applies when model is opus-4 or opus-4.1", ""),
    ("last_resort.policy", "is opus-4 or opus-4.1", "is opus-4"),
    ("last_resort.policy", "is opus-4 or opus-4.1", "is opus-4.1"),
    ("last_resort.policy", "sexual/minors or terrorism", "terrorism"),
    ("last_resort.policy", "terrorism or mass-violence", "mass-violence"),
    ("last_resort.policy", "terrorism or mass-violence", "terrorism"),
    ("last_resort.policy", "after 2 refusals on extreme within", "after 1 refusal on extreme within"),
    ("last_resort.policy", " within 10 turns", ""),
    ("last_resort.policy", " within 10 turns", " within 20 turns"),
    ("last_resort.policy", "3 refusals on extreme and 2 red", "2 red"),
    ("last_resort.policy", " and 2 redirections on extreme", ""),
    ("last_resort.policy", "2 redirections on", "1 redirection on"),
    ("last_resort.policy", "  only if a warning has been given,\n", ""),
    ("last_resort.policy", "given,\n  except when crisis has been detected\n  reason", "given\n  reason"),
    ("last_resort.policy", ", only if confirmation has been asked in the last 2 turns", ""),
    ("last_resort.policy", "asked in the last 2 turns", "asked"),
    ("last_resort.policy", "asked in the last 2 turns", "asked in this turn"),
    ("last_resort.policy", "abuse on harassment", "abuse"),
    ("last_resort.policy", '  after 2 refusals,      warn the user "Please keep this respectful."\n', ""),
    ("last_resort.policy", "  after 2 more refusals, ask for a redirection\n", ""),
    ("last_resort.policy", "  after 1 more refusal,  end the chat\n", ""),
    ("last_resort.policy", "end the chat\n  except when crisis has been detected\n  start", "end the chat\n  start"),
    ("last_resort.policy", "  start over after 20 turns without a refusal\n", ""),
    ("last_resort.policy", "start over after 20 turns", "start over after 21 turns"),
    ("crisis.policy", "self-harm or imminent-harm", "self-harm"),
    ("crisis.policy", "self-harm or imminent-harm", "imminent-harm"),
    ("crisis.policy", " from the user or could", " or could"),
    ("crisis.policy", " or could not be checked", ""),
    ("crisis.policy", "never end the chat when crisis has been detected in the last 5 turns", ""),
    ("crisis.policy", "has been detected in the last 5 turns", "has been detected"),
    ("crisis.policy", "has been detected in the last 5 turns", "has been detected in this turn"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new"), CHANGES)
def test_clause_has_an_effect(file: str, old: str, new: str, tmp_path: Path) -> None:
    for name in ("last_resort.policy", "crisis.policy"):
        text = (POLICIES / name).read_text(encoding="utf-8")
        if name == file:
            assert text.count(old) == 1
            text = text.replace(old, new)
        (tmp_path / name).write_text(text, encoding="utf-8")
    shutil.copytree(POLICIES / "vocabularies", tmp_path / "vocabularies")
    changed = load(tmp_path / "last_resort.policy")
    shown = [name for name in SAMPLES if done(run(changed, sample(name))) != done(run(POLICY, sample(name)))]
    assert shown


# --- Its promises hold --------------------------------------------------------------------

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
    assert any(decision.ends for decision in run(POLICY, sample("ended")))
