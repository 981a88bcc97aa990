"""The last-resort standard against the shipped policies: one keeps it, and each requirement is broken by another.

The other two standards are tried in ``test_laws.py``, on the policies of companions and on the withdrawn rule.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest
from drawn_conversations import random_conversation_over

from policy_engine.machine.machine import compile_policy
from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy, Promise, Standard
from policy_engine.reference.promises import Outcome, judge
from policy_engine.simulation.simulation import run
from policy_engine.transcripts.message import Conversation, Label, Message, Role

POLICIES = Path(__file__).resolve().parents[2] / "policies"
WARNED = "a warning is given before the chat is ended, unless the user confirms"
ONLY_WHEN = (
    "the chat is ended only when extreme or harassment is detected in this turn, or when the user confirms"
)
COMES = "after 6 refusals on extreme and 3 redirections on extreme, the chat is ended, unless crisis has been detected"
SOMETIMES = "in some conversation in which the user never asks to end, the chat is ended"
DRAWN = 1_000
QUIET = ((), ())
REFUSED = (("terrorism",), ("refusal", "redirection"))

Turn = tuple[tuple[str, ...], tuple[str, ...]]


@cache
def standard() -> Standard:
    found = load_policy(POLICIES / "standards" / "last_resort.standard").standard
    assert found is not None
    return found


@cache
def policy_of(name: str) -> Policy:
    found = load_policy(POLICIES / f"{name}.policy").policy
    assert found is not None
    return found


def chat(*turns: Turn) -> Conversation:
    """A conversation with the model that the policies apply to: what each side's message of a turn shows."""
    messages = (
        Message(role, tuple(map(Label, names)))
        for turn in turns
        for role, names in zip((Role.USER, Role.ASSISTANT), turn, strict=True)
    )
    return Conversation("chat", tuple(messages), {"model": "opus-4"})


def outcomes(name: str, conversation: Conversation) -> dict[str, Outcome]:
    """What the conversation says of each requirement, by its words."""
    policy = policy_of(name)
    decisions = run(compile_policy(policy), conversation).decisions

    def outcome(promise: Promise) -> Outcome:
        return judge(policy, promise, conversation, decisions, standard()).outcome

    return {promise.text: outcome(promise) for promise in standard().promises}


def test_it_asks_for_four_things() -> None:
    assert [promise.text for promise in standard().promises] == [WARNED, ONLY_WHEN, COMES, SOMETIMES]


def test_the_looser_reading_keeps_it_and_is_put_to_the_test() -> None:
    source, seen = random.Random(0), {promise.text: set[Outcome]() for promise in standard().promises}
    for _ in range(DRAWN):
        drawn = random_conversation_over(source, policy_of("last_resort_looser"))
        for text, outcome in outcomes("last_resort_looser", drawn).items():
            seen[text].add(outcome)
    assert not [text for text, found in seen.items() if Outcome.BROKEN in found]
    assert all(Outcome.KEPT in seen[text] for text in (WARNED, ONLY_WHEN, COMES))
    assert Outcome.WITNESS in seen[SOMETIMES]


@pytest.mark.parametrize(
    ("name", "turns", "broken"),
    [
        ("last_resort_stricter", [REFUSED] * 2, {WARNED}),
        ("strikes", [(("hate/threatening",), ())] * 4, {ONLY_WHEN}),
        ("refuse_and_redirect", [REFUSED] * 6, {COMES}),
        # No two of its refusals are near enough for a warning, and it ends nothing without one.
        ("last_resort", [REFUSED, *[QUIET] * 10] * 6, {COMES}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_requirement_is_broken_by_a_policy_that_does_otherwise(
    name: str, turns: list[Turn], broken: set[str]
) -> None:
    found = outcomes(name, chat(*turns))
    assert {text for text, outcome in found.items() if outcome is Outcome.BROKEN} == broken


def test_what_is_far_apart_breaks_nothing_where_it_is_not() -> None:
    """The same six refusals without the calm turns are ended by `last_resort`, and nothing is broken."""
    found = outcomes("last_resort", chat(*[REFUSED] * 6))
    assert found[WARNED] is found[ONLY_WHEN] is Outcome.KEPT
    assert found[SOMETIMES] is Outcome.WITNESS
    assert Outcome.BROKEN not in found.values()


def test_a_policy_that_never_ends_a_chat_has_no_witness() -> None:
    source = random.Random(0)
    drawn = (random_conversation_over(source, policy_of("refuse_and_redirect")) for _ in range(DRAWN // 5))
    assert {outcomes("refuse_and_redirect", each)[SOMETIMES] for each in drawn} == {Outcome.NO_WITNESS}
