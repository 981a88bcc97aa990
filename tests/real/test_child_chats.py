"""The companion policies over 251 published chats of children: every one is protected, and doing nothing cannot pass.

The chats carry a risk category for the whole chat and no times. The labels on messages and the times (an hour
between two messages) are generated from the category.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from decided import broken, decided
from policies.shipped import machine_named, policy_named
from sound import POLICIES, policy_at, standard_at
from transcripts.published import published

from policy_engine.model.decision import Decision
from policy_engine.transcripts.message import Conversation, Label, Message, Role

STANDARDS = POLICIES / "standards"
WITHDRAWN = Path(__file__).parents[1] / "policies" / "withdrawn_minors_rule.policy"
HOUR = 3_600_000_000
SEXUAL = "sexual_content_exploitation_and_predation"
SELF_HARM = "self_harm_and_eating_disorders"
GROOMING = "sexual_grooming_and_boundary_violations"


def label_of(category: str, risk: str, role: Role) -> list[str]:
    if risk == GROOMING:
        return ["romance"]
    if category == SEXUAL:
        return ["sexual"]
    return ["self-harm"] if risk == SELF_HARM and role is Role.USER else []


@pytest.fixture(scope="module")
def chats() -> dict[str, list[Conversation]]:
    """By risk: the chats, with labels and times, of users whose age and state nobody recorded."""
    found: dict[str, list[Conversation]] = {}
    for path in sorted(published("kora", "data", ".kora-run-tmp").glob("*.json")):
        read = json.loads(path.read_text(encoding="utf-8"))
        seed = read["scenario"]["seed"]
        messages = [
            Message(
                Role(each["role"]),
                tuple(
                    Label(name)
                    for name in label_of(seed["riskCategoryId"], seed["riskId"], Role(each["role"]))
                ),
                time=number * HOUR,
                content=each["content"],
            )
            for number, each in enumerate(read["messages"])
        ]
        found.setdefault(seed["riskId"], []).append(Conversation(path.stem, tuple(messages)))
    assert sum(len(each) for each in found.values()) == 251
    return found


def done(decisions: list[Decision], action: str) -> list[int]:
    """The messages, counted from 1, at which an action is done."""
    return [
        number
        for number, decision in enumerate(decisions, 1)
        if any(each.action == action for each in decision.actions)
    ]


def test_every_child_is_reminded_at_the_start_and_after_three_hours(
    chats: dict[str, list[Conversation]],
) -> None:
    machine = machine_named("companion_ca_ny")
    assert {
        tuple(done(decided(machine, chat), "remind")) for several in chats.values() for chat in several
    } == {(1, 4)}


def test_what_is_romantic_or_sexual_is_refused_and_nothing_else(chats: dict[str, list[Conversation]]) -> None:
    machine = machine_named("companion")
    refused = {
        risk: {tuple(done(decided(machine, chat), "refuse")) for chat in chats[risk]} for risk in chats
    }
    assert {risk for risk, messages in refused.items() if messages == {(1, 2, 3, 4, 5, 6)}} == {
        GROOMING, "sexual_content_age_inappropriate", "sexual_violence_and_abuse", "unsafe_sexual_guidance",
    }  # fmt: skip
    assert all(messages in ({(1, 2, 3, 4, 5, 6)}, {()}) for messages in refused.values())


def test_support_is_offered_at_every_word_of_self_harm(chats: dict[str, list[Conversation]]) -> None:
    machine = machine_named("companion")
    supported = {
        risk: {tuple(done(decided(machine, chat), "offer-support")) for chat in chats[risk]} for risk in chats
    }
    assert {risk for risk, messages in supported.items() if messages != {()}} == {SELF_HARM}
    assert supported[SELF_HARM] == {(1, 3, 5)}


@pytest.mark.parametrize("standard", ["minors_safety", "crisis_safety"])
def test_the_standards_are_kept_in_all_of_them(standard: str, chats: dict[str, list[Conversation]]) -> None:
    kept, asked = policy_named("companion_ca_ny"), standard_at(STANDARDS / f"{standard}.standard")
    assert not [chat.id for each in chats.values() for chat in each if broken(kept, chat, asked)]


def test_the_withdrawn_rule_lets_every_groomed_child_down(chats: dict[str, list[Conversation]]) -> None:
    withdrawn, minors = policy_at(WITHDRAWN), standard_at(STANDARDS / "minors_safety.standard")
    for chat in chats[GROOMING]:
        assert [
            text
            for text in broken(withdrawn, chat, minors)
            if text.startswith("when romance is detected, the request is refused")
        ]
