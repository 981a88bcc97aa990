"""Proofs rule by rule keep to their time, however many rules there are."""

from __future__ import annotations

import time

from policy_engine.model.loading import load_text
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Budget, GaveUp
from policy_engine.verify.rule_by_rule import RuleByRule

RULES = 400


def test_a_budget_is_kept() -> None:
    rules = (
        f"rule r{number}\n  after {2 + number % 7} refusals on hate or violence, end the chat\n"
        for number in range(RULES)
    )
    promise = "check that the chat is ended only after 2 refusals on harassment\n"
    policy = load_text("".join(rules) + promise).policy
    assert policy is not None
    question = question_of(policy, policy.promises[0])
    start = time.process_time()
    found = RuleByRule().answer(question, Budget(0.2))
    assert isinstance(found, GaveUp)
    assert found.reason.startswith("after ")
    assert time.process_time() - start < 3.0
