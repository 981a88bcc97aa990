"""Every shipped policy, and what `init` makes, has tests that pass, try all there is, and notice every change."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from policies.shipped import NAMES
from sound import POLICIES

import policy_engine
from policy_engine.policytest.asking import asking
from policy_engine.policytest.case import Suite
from policy_engine.policytest.covering import covered
from policy_engine.policytest.mutation import Fate, Mutation
from policy_engine.policytest.reaching import reached
from policy_engine.policytest.reading import read_suite
from policy_engine.policytest.running import run_suite
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations
from policy_engine.verify.prover import Answer, GaveUp
from policy_engine.verify.question import Question

STARTER = Path(policy_engine.__file__).parent / "starter" / "escalation.test.yaml"


@cache
def suite_at(path: Path) -> Suite:
    """The suite of a test file without a fault."""
    suite, faults = read_suite(path)
    assert faults == ()
    assert suite is not None
    return suite


def shipped() -> list[Suite]:
    """The suites of all shipped policies."""
    return [suite_at(POLICIES / f"{name}.test.yaml") for name in NAMES]


def nobody(_: Question) -> Answer:
    """Nobody has to be asked where tests try and notice everything."""
    return GaveUp("nobody was asked")


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_policy_does_what_its_tests_say(name: str) -> None:
    result = run_suite(suite_at(POLICIES / f"{name}.test.yaml"))
    assert [each.case.name for each in result.cases if not each.passed] == []
    assert result.cases


def test_the_tests_of_shipped_policies_try_everything() -> None:
    found = covered([run_suite(suite) for suite in shipped()])
    left = [(each.goal.owner, each.goal.clause, each.goal.aspect) for each in found if not each.by]
    assert left == []
    assert len(found) > 200


def test_the_tests_of_shipped_policies_notice_every_change() -> None:
    results = list(Mutation(shipped(), nobody).results())
    left = [
        (each.mutant.source.name, each.mutant.owner, each.mutant.what)
        for each in results
        if each.fate is not Fate.NOTICED
    ]
    assert left == []
    assert len(results) > 500


def test_the_tests_that_init_makes_try_and_notice_everything_that_can_be() -> None:
    suite = suite_at(STARTER)
    others = [each for each in read_conversations(suite.others) if isinstance(each, Conversation)]
    result = run_suite(suite, others)
    assert result.passed
    ask = asking(120)
    assert [
        each.goal.clause for each in reached(covered([result]), ask) if not (each.is_tried or each.cannot_be)
    ] == []
    fates = [each.fate for each in Mutation([suite], ask, [others]).results()]
    assert {*fates} <= {Fate.NOTICED, Fate.SAME}
    assert fates.count(Fate.NOTICED) > 25
