"""Every shipped policy keeps its promises: in the conversations written for it, and in all that are drawn.

A promise that no conversation puts to the test would be kept by a policy that does nothing; so each must be
shown an occasion, and a policy from which a clause is taken must be caught.
"""

from __future__ import annotations

import itertools
import random
import shutil
from functools import cache
from pathlib import Path

import pytest
from decided import decided
from drawn_conversations import conversations_over, random_conversation_over
from hypothesis import given
from hypothesis import strategies as st
from sound import POLICIES, policy_at

from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.model import NeverDone, OnlyAfter, OnlyWhen, Policy, Promise, Sometimes
from policy_engine.reference.interpreter import MissingTime
from policy_engine.reference.promises import Outcome, Verdict, judge
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations

FILES = sorted(path.relative_to(POLICIES).as_posix() for path in POLICIES.rglob("*.policy"))
LEAST_DRAWN, MOST_DRAWN = 300, 1_000


@cache
def samples() -> tuple[Conversation, ...]:
    found = tuple(read_conversations([POLICIES / "conversations"]))
    conversations = tuple(each for each in found if isinstance(each, Conversation))
    assert len(conversations) == len(found)
    return conversations


def verdicts(policy: Policy, conversation: Conversation) -> dict[Promise, Verdict]:
    """What the conversation says of each promise; nothing of those that need times it does not have."""
    found = {}
    try:
        decisions = decided(policy, conversation)
    except TimeOrderError:
        return {}
    for promise in policy.promises:
        try:
            found[promise] = judge(policy, promise, conversation, decisions)
        except MissingTime:
            continue
    return found


def told(conversation: Conversation) -> str:
    """A conversation that breaks a promise, for whoever has to mend the policy."""
    lines = [f"attributes: {dict(conversation.attributes)}, looked for: {conversation.looked_for}"]
    for number, message in enumerate(conversation.messages, 1):
        labels = ", ".join(f"{label.name} {label.value}" for label in message.labels)
        lines.append(f"{number} {message.role.value} {labels}")
    return "\n".join(lines)


def assert_kept(policy: Policy, conversation: Conversation) -> None:
    for promise, verdict in verdicts(policy, conversation).items():
        if verdict.outcome is Outcome.BROKEN:
            raise AssertionError(f"{promise.text}: broken at index {verdict.at} of\n{told(conversation)}")


@pytest.mark.parametrize("file", FILES)
def test_no_sample_breaks_a_promise(file: str) -> None:
    for sample in samples():
        assert_kept(policy_at(POLICIES / file), sample)


@pytest.mark.parametrize("file", FILES)
@given(data=st.data())
def test_no_drawn_conversation_breaks_a_promise(file: str, data: st.DataObject) -> None:
    policy = policy_at(POLICIES / file)
    assert_kept(policy, data.draw(conversations_over(policy)))


@pytest.mark.parametrize("file", FILES)
def test_every_promise_that_something_happens_has_a_witness_among_the_samples(file: str) -> None:
    policy = policy_at(POLICIES / file)
    wanted = {promise for promise in policy.promises if isinstance(promise.claim, Sometimes)}
    found = [verdicts(policy, sample) for sample in samples()]
    assert wanted == {
        promise for each in found for promise, verdict in each.items() if verdict.outcome is Outcome.WITNESS
    }


def is_vacuous(policy: Policy, promise: Promise) -> bool:
    """Whether it restricts an action that no rule asks for: `refuse_and_redirect` never ends a chat."""
    acts = {act.action for rule in policy.rules for act in rule.actions}
    acts |= {act.action for ladder in policy.ladders for step in ladder.steps for act in step.actions}
    return isinstance(promise.claim, NeverDone | OnlyWhen | OnlyAfter) and promise.claim.action not in acts


@pytest.mark.parametrize("file", FILES)
def test_every_promise_is_put_to_the_test_by_what_is_drawn(file: str) -> None:
    policy, source = policy_at(POLICIES / file), random.Random(0)
    untested = {promise for promise in policy.promises if not is_vacuous(policy, promise)}
    for number in range(MOST_DRAWN):
        for promise, verdict in verdicts(policy, random_conversation_over(source, policy)).items():
            assert verdict.outcome is not Outcome.BROKEN, promise.text
            if verdict.outcome in (Outcome.KEPT, Outcome.WITNESS):
                untested.discard(promise)
        if number >= LEAST_DRAWN and not untested:
            return
    assert not {promise.text for promise in untested}


# --- A weakened policy is caught ------------------------------------------------------------

NEVER_ONCE = "the chat is never ended once crisis has been detected, unless the user confirms"
WARNED = "a warning is given before the chat is ended, unless the user confirms"
ONLY_WHEN = (
    "the chat is ended only when extreme or harassment is detected in this turn, or when the user confirms"
)
SUPPORTED = "when crisis is detected from the user, support is offered in the same turn"
SOMETIMES = "in some conversation in which the user never asks to end, the chat is ended"

WEAKENED = [
    (
        NEVER_ONCE,
        "last_resort.policy",
        "given,\n  except when crisis has been detected\n  reason",
        "given\n  reason",
    ),
    (
        NEVER_ONCE,
        "last_resort.policy",
        "chat\n  except when crisis has been detected\n  start",
        "chat\n  start",
    ),
    (WARNED, "last_resort.policy", "  only if a warning has been given,\n", ""),
    (WARNED, "last_resort.policy", "after 2 refusals,      warn", "after 2 refusals,      remind"),
    (ONLY_WHEN, "last_resort.policy", "ladder abuse on harassment", "ladder abuse"),
    (ONLY_WHEN, "last_resort.policy", "when the user confirms, end", "when the user asks to end, end"),
    (SUPPORTED, "crisis.policy", "offer support crisis-line\n", "offer support crisis-line, at most once\n"),
    (SUPPORTED, "crisis.policy", "when crisis is detected from the user or", "when crisis"),
    (SOMETIMES, "last_resort.policy", "end the chat", "ask a person to review"),
]


@pytest.mark.parametrize(("promise", "file", "old", "new"), WEAKENED)
def test_a_weakened_policy_is_caught(promise: str, file: str, old: str, new: str, tmp_path: Path) -> None:
    shutil.copytree(POLICIES, tmp_path / "policies")
    changed = tmp_path / "policies" / file
    text = changed.read_text(encoding="utf-8")
    assert old in text
    changed.write_text(text.replace(old, new), encoding="utf-8")
    policy, source = policy_at(tmp_path / "policies" / "last_resort.policy"), random.Random(0)
    (weak,) = (each for each in policy.promises if each.text == promise)
    drawn = (random_conversation_over(source, policy) for _ in range(MOST_DRAWN))
    conversations = itertools.chain(samples(), drawn)
    outcomes = (verdicts(policy, each)[weak].outcome for each in conversations)
    if promise == SOMETIMES:
        assert Outcome.WITNESS not in outcomes
    else:
        assert Outcome.BROKEN in outcomes
