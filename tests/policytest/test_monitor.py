"""What is watched for in linear time is what the judge of promises says, who looks back at everything."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from drawn_conversations import conversations_over
from hypothesis import given
from hypothesis import strategies as st
from policies.shipped import machine_named, policy_named
from policytest.suites import suite_in

from policy_engine.machine.walk import TimeOrderError
from policy_engine.policytest.monitor import Monitor
from policy_engine.policytest.running import run_suite
from policy_engine.reference.promises import Outcome, judge
from policy_engine.simulation.simulation import run
from policy_engine.verify.promised import question_of


@pytest.mark.parametrize("name", ["last_resort", "strikes", "companion"])
@given(data=st.data())
def test_a_promise_is_broken_where_the_judge_says(name: str, data: st.DataObject) -> None:
    policy = policy_named(name)
    conversation = data.draw(conversations_over(policy))
    promise = data.draw(st.sampled_from(policy.promises))
    try:
        decisions = run(machine_named(name), conversation).decisions
    except TimeOrderError:
        return
    verdict = judge(policy, promise, conversation, decisions)
    monitor = Monitor(question_of(policy, promise))
    assert monitor.speaks_of(conversation) is (verdict.outcome is not Outcome.NOT_SPOKEN_OF)
    if monitor.speaks_of(conversation):
        assert monitor.first_true(conversation) == verdict.at


def test_a_long_conversation_is_judged_in_time_that_grows_with_it(tmp_path: Path) -> None:
    policy = "rule one\n  when hate is detected, add a strike\nrule two\n  after 9 refusals, end the chat\n"
    tests = (
        "tests:\n  - name: long\n    turns: ['2400 quiet turns']\n"
        "always: the chat is never ended once self-harm has been detected\n"
    )
    suite = suite_in(tmp_path, policy, tests)
    started = time.process_time()
    assert run_suite(suite).passed
    assert time.process_time() - started < 3
