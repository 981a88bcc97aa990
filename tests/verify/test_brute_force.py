"""Provers agree with brute force: what is shown is as short as the shortest, and what is proved no trial breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from brute_force import Tried, try_all
from random_policies import random_policy, random_promise
from scale import sources

from policy_engine.model.model import Policy, Promise
from policy_engine.reference.promises import Outcome
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Prover, Shown
from policy_engine.verify.replay import judged
from policy_engine.verify.rule_by_rule import RuleByRule
from policy_engine.verify.symbolic.prover import SymbolicProver

PROVERS: dict[str, Callable[[], Prover]] = {
    "explicit": Explicit,
    "rule by rule": RuleByRule,
    "symbolic": SymbolicProver,
}


def is_beyond(conversation: Conversation, tried: Tried) -> bool:
    """Whether a conversation uses what brute force does not try: scores, labels that nobody looked for, and values of
    attributes that nobody names."""
    labels = [label for message in conversation.messages for label in message.labels]
    values = {pair for given in tried.given for pair in given.items()}
    is_unnamed = not conversation.attributes.items() <= values
    is_scored = any(isinstance(label.value, float) for label in labels)
    return conversation.looked_for is not None or is_scored or is_unnamed


def assert_agrees(policy: Policy, promise: Promise, answer: Answer, tried: Tried) -> None:
    match answer:
        case Never():
            assert tried.shortest is None
        case Shown(conversation, _, is_shortest):
            length = len(conversation.messages)
            verdict = judged(policy, promise, conversation)
            assert verdict.outcome in (Outcome.BROKEN, Outcome.WITNESS)
            assert verdict.at == length - 1
            if is_shortest:
                assert tried.shortest is None or length <= tried.shortest
            if not is_beyond(conversation, tried):
                assert tried.shortest is not None or length > tried.most
                assert tried.shortest is None or length >= tried.shortest
        case GaveUp(_, covered):
            assert tried.shortest is None or tried.shortest > covered


@pytest.mark.seeds
@pytest.mark.parametrize("name", PROVERS)
@pytest.mark.parametrize(("is_timed", "rounds"), [(False, 250), (True, 150)])
def test_a_prover_agrees_with_brute_force(name: str, is_timed: bool, rounds: int) -> None:
    met: Counter[type[Answer]] = Counter()
    for source in sources(72, rounds):
        policy = random_policy(source, core_only=source.random() < 0.7, seconds=is_timed)
        promise = random_promise(source, policy)
        tried = try_all(policy, promise)
        if tried is not None:
            answer = PROVERS[name]().answer(question_of(policy, promise), Budget(1.0, 20_000))
            assert_agrees(policy, promise, answer, tried)
            met[type(answer)] += 1
    assert met[Never] >= 3
    assert met[Shown] >= 3
