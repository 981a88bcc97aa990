"""Tests to begin with: they try everything that can be tried, pass, and say what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest
from policytest.suites import suite_in
from sound import POLICIES, policy_at

from policy_engine.model.loading import load_policy
from policy_engine.policytest.asking import asking
from policy_engine.policytest.case import Suite
from policy_engine.policytest.covering import covered
from policy_engine.policytest.generating import generated, generated_text
from policy_engine.policytest.goals import goals_of
from policy_engine.policytest.narrowing import Wanted
from policy_engine.policytest.running import run_suite
from policy_engine.source import Source
from policy_engine.verify.prover import GaveUp

POLICY = """
rule one
  after 2 refusals on hate within 4 turns, warn the user "Stop: now."
rule two
  after 3 refusals on hate, end the chat, except when self-harm has been detected
trial rule three
  when violence is detected, add a strike
"""


def test_what_is_generated_passes_and_tries_every_goal_that_can_be_tried(tmp_path: Path) -> None:
    suite = suite_in(tmp_path, POLICY)
    found = generated(suite, asking(60))
    assert found.undecided == ()
    text = generated_text(suite, found)
    again = run_suite(suite_in(tmp_path, POLICY, text))
    assert again.passed
    tried = {each.goal.key for each in covered([again]) if each.by}
    assert tried == {each.key for each in goals_of(suite)} - {each.key for each in found.unable}
    assert len(found.chosen) < len(goals_of(suite)) / 2


def test_the_comments_say_what_each_is_for_and_no_goal_twice(tmp_path: Path) -> None:
    suite = suite_in(tmp_path, POLICY)
    found = generated(suite, asking(60))
    said = [goal.key for each in found.chosen for goal in each.goals]
    assert len(said) == len(set(said))
    text = generated_text(suite, found)
    assert text.count("  # tries ") == len(said)


@pytest.mark.parametrize("seconds", ["within 10 minutes", "within 2 hours"])
def test_windows_of_time_are_tried_on_both_sides(tmp_path: Path, seconds: str) -> None:
    policy = f"rule one\n  after 2 refusals on hate {seconds}, add a strike\n"
    suite = suite_in(tmp_path, policy)
    found = generated(suite, asking(60))
    assert (found.unable, found.undecided) == ((), ())
    assert run_suite(suite_in(tmp_path, policy, generated_text(suite, found))).passed


@pytest.mark.parametrize("name", ["last_resort", "last_resort_stricter", "strikes", "usage_policy_2025_09"])
def test_of_every_goal_of_a_shipped_policy_it_is_found_out(name: str) -> None:
    """In plain exchanges: without them, states or time run out on some."""
    path = POLICIES / f"{name}.policy"
    loaded = load_policy(path)
    suite = Suite(path.with_suffix(".test.yaml"), Source(str(path), ""), policy_at(path), loaded, ())
    found = generated(suite, asking(60, wanted=Wanted.ANY))
    assert found.undecided == ()
    tried = {goal.key for each in found.chosen for goal in each.goals}
    own = loaded.files[0].source
    assert tried == {
        each.key for each in goals_of(suite) if each.location.source == own and each not in found.unable
    }


def test_what_was_not_found_out_is_said_in_the_file(tmp_path: Path) -> None:
    suite = suite_in(tmp_path, POLICY)
    found = generated(suite, lambda question: GaveUp("after 0 seconds"))
    assert found.chosen == ()
    assert "# Not found out how to try: rule one: acts" in generated_text(suite, found)
