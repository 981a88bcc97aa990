"""What is said to follow for one atom from another does so at every message of every conversation."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from random_policies import random_conversation, random_policy
from scale import sources
from sound import policy_of

from policy_engine.model.model import Count, Detected, Policy, Reading, Scope
from policy_engine.model.parts import parts_of
from policy_engine.verify.acting import Acting
from policy_engine.verify.implying import Implied
from policy_engine.verify.ladder import ladder
from policy_engine.verify.question import (
    And,
    Ended,
    Formula,
    Holds,
    Negation,
    Question,
    ReachedNow,
    own_view,
)
from policy_engine.verify.replay import first_true
from policy_engine.verify.satisfiable import can_be
from policy_engine.verify.verdict import Finding, verify
from policy_engine.verify.walking import atoms_of
from policy_engine.vocabulary.vocabulary import Lasting

CRISIS = (Reading("self-harm"),)
REFUSALS = Count("refusal", 3, (Reading("hate"),))
EVER = Holds(0, Detected(CRISIS, scope=Scope()), False)


def atoms_in(policy: Policy) -> Iterator[Formula]:
    """What the bounds on a policy's rules ask for, and the same with smaller counts and other windows."""
    acting = Acting(policy, 0)
    for part in parts_of(policy):
        for action in policy.vocabulary.actions:
            if part in acting.doers(action):
                for each in atoms_of(And(acting.may(part, action))):
                    yield each
                    yield from like(each)


def like(atom: Formula) -> Iterator[Formula]:
    match atom:
        case ReachedNow(counts=counts):
            for less in (1, 2):
                yield replace(
                    atom, counts=tuple(replace(each, need=max(1, each.need - less)) for each in counts)
                )
        case Holds(condition=Detected() as detected):
            for scope in (Scope(), *(Scope(window=Lasting(turns)) for turns in (1, 2, 3))):
                for certain in (True, False):
                    yield Holds(0, replace(detected, scope=scope), certain)


def assert_followed(policy: Policy, source: random.Random) -> int:
    """Ask of a drawn conversation whether what follows is so. How much was said to follow."""
    atoms = list(dict.fromkeys(atoms_in(policy)))
    implied = Implied(atoms)
    wrong = [And((each, Negation(other))) for each in atoms for other in implied.by(each, True)]
    wrong += [And((Negation(each), other)) for each in atoms for other in implied.by(each, False)]
    conversation = random_conversation(source, True)
    for each in source.sample(wrong, min(len(wrong), 12)):
        question = Question((policy,), (own_view((policy,)),), each)
        assert first_true(question, conversation) is None, each
    return len(wrong)


@pytest.mark.seeds
def test_what_follows_is_so_in_random_conversations() -> None:
    assert sum(assert_followed(random_policy(source), source) for source in sources(83, 120)) > 500


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (replace(EVER, certain=True), EVER),
        (Holds(0, Detected(CRISIS, scope=Scope(window=Lasting(5))), False), EVER),
        (ReachedNow(0, (replace(REFUSALS, need=6),)), ReachedNow(0, (REFUSALS,))),
    ],
)
def test_one_cannot_be_without_the_other(one: Formula, other: Formula) -> None:
    assert not can_be(And((one, Negation(other))), {})
    assert can_be(And((other, Negation(one))), {})
    assert can_be(And((other, one)), {})


@pytest.mark.parametrize(
    "other",
    [
        ReachedNow(0, (replace(REFUSALS, within=Lasting(10)),)),
        ReachedNow(0, (replace(REFUSALS, on=(Reading("violence"),)),)),
        ReachedNow(1, (REFUSALS,)),
        ReachedNow(0, (replace(REFUSALS, need=7),)),
    ],
)
def test_other_counts_may_be_or_not(other: Formula) -> None:
    assert can_be(And((ReachedNow(0, (replace(REFUSALS, need=6),)), Negation(other))), {})


def test_what_is_known_is_followed_too() -> None:
    certain = replace(EVER, certain=True)
    assert not can_be(And((Negation(EVER), Ended(0))), {certain: True})


def test_a_policy_that_is_bound_to_end_has_no_hope_left() -> None:
    """Once warned, `after 3 refusals` ends the chat: so no later message can have 4 refusals and no end."""
    policy = policy_of(
        'rule warned\n  after 1 refusal, warn the user "Stop."\n'
        "rule ended\n  after 3 refusals, end the chat, only if a warning has been given\n"
        "check that after 4 refusals, the chat is ended"
    )
    (verdict,) = verify(policy, [], ladder(), 10.0)
    assert verdict.finding is Finding.PROVED
    assert verdict.is_vacuous is True
