"""Random policies: what is proved never to be is met by no conversation, and what is shown is shown again."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from decided import decided
from drawn_conversations import random_conversation_over
from random_policies import random_conversation, random_policy
from scale import sources

from policy_engine.findings.mattering import own_clauses, shared_clauses
from policy_engine.findings.needless import is_needless, is_repeated
from policy_engine.findings.proofs import Proofs
from policy_engine.findings.standing import standing
from policy_engine.findings.together import question_about
from policy_engine.findings.without import without_clause, without_part
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy
from policy_engine.model.parts import parts_of
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.prover import Never, Shown
from policy_engine.verify.question import Fires
from policy_engine.verify.replay import first_true, is_shown

pytestmark = pytest.mark.slow

DRAWN = 20
"""Conversations for each policy; a policy of its own is held against 2,000."""


def drawn(source: random.Random, policy: Policy) -> Conversation:
    if source.random() < 0.5:
        return random_conversation_over(source, policy)
    return random_conversation(source, policy.timed)


def done(decision: Decision) -> tuple[object, ...]:
    """What is done, whoever asks for it."""
    return tuple(
        {(each.action, each.text) for each in several} for several in (decision.actions, decision.trial)
    )


@pytest.mark.seeds
def test_what_is_proved_no_drawn_conversation_meets_and_what_is_shown_is_so() -> None:
    never = shown = 0
    for source in sources(611, 8):
        policy = random_policy(source, core_only=source.random() < 0.7, seconds=False)
        proofs = Proofs(policy, seconds=1.0)
        goals = list(dict.fromkeys(standing(policy)))
        proved = []
        for goal in goals:
            match proofs.answer(goal, "a goal"):
                case Never():
                    proved.append(goal)
                case Shown(conversation):
                    assert is_shown(question_about(policy, goal), conversation)
                    shown += 1
        for _ in range(DRAWN):
            conversation = drawn(source, policy)
            for goal in proved:
                assert first_true(question_about(policy, goal), conversation) is None, goal
        never += len(proved)
    assert never >= 3
    assert shown >= 20


@pytest.mark.seeds
def test_no_rule_that_never_fires_fires_in_two_thousand_drawn_conversations() -> None:
    silent = 0
    for source in sources(612, 8):
        policy = random_policy(source, core_only=source.random() < 0.5, seconds=source.random() < 0.2)
        proofs = Proofs(policy, seconds=0.5)
        names = {
            part.name
            for part in parts_of(policy)
            if proofs.can_be(Fires(0, part.name), "whether it fires") is False
        }
        silent += len(names)
        for _ in range(2_000 if names else 0):
            for decision in decided(policy, drawn(source, policy)):
                acts = (*decision.actions, *decision.trial)
                assert not names & {name for act in acts for name in act.rules}
    assert silent >= 1


@pytest.mark.seeds
def test_what_is_needless_can_be_left_out_of_every_drawn_conversation() -> None:
    found = 0
    for source in sources(613, 6):
        policy = random_policy(source, core_only=source.random() < 0.5, seconds=False)
        proofs = Proofs(policy, seconds=1.0)
        clauses = [
            *shared_clauses(policy),
            *(each for part in parts_of(policy) for each in own_clauses(part)),
        ]
        without = [without_clause(policy, each) for each in clauses if is_needless(proofs, each)]
        without += [
            without_part(policy, part.name) for part in parts_of(policy) if is_repeated(proofs, part.name)
        ]
        found += len(without)
        for _ in range(DRAWN * 3 if without else 0):
            conversation = drawn(source, policy)
            before = [done(each) for each in decided(policy, conversation)]
            for each in without:
                assert [
                    done(one) for one in decided(replace(each, timed=policy.timed), conversation)
                ] == before
    assert found >= 1
