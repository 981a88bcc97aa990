"""Which changes tests notice, which change nothing, and what would have been noticed."""

from __future__ import annotations

from pathlib import Path

from policytest.suites import in_turns, suite_in

from policy_engine.machine.machine import compile_policy
from policy_engine.policytest.asking import asking
from policy_engine.policytest.mutation import Fate, MutantResult, Mutation, score_of
from policy_engine.simulation.simulation import run
from policy_engine.verify.prover import GaveUp

POLICY = 'rule one\n  after 2 refusals on hate within 3 turns, warn the user "Stop."\n'
WARNED = 'refusal on hate: warn the user "Stop."'
ASK = asking(60)


def results(folder: Path, policy: str, tests: str) -> dict[str, MutantResult]:
    """What became of each change, by what was changed."""
    found = list(Mutation([suite_in(folder, policy, tests)], ASK).results())
    return {each.mutant.what: each for each in found}


def test_a_change_is_noticed_by_the_test_that_fails(tmp_path: Path) -> None:
    found = results(tmp_path, POLICY, in_turns("refusal on hate", WARNED))
    assert found["2 to 3"].fate is Fate.NOTICED
    assert found["2 to 3"].by == "one"
    assert found["rule left out"].fate is Fate.NO_POLICY


def test_what_is_not_noticed_is_shown_in_a_shortest_conversation(tmp_path: Path) -> None:
    found = results(tmp_path, POLICY, in_turns("refusal on hate", WARNED))
    for what, length in (("3 turns to 2 turns", 5), ("3 turns to 4 turns", 7), ("within left out", 7)):
        result = found[what]
        assert result.fate is Fate.SURVIVED, what
        witness = result.witness
        assert witness is not None
        before = run(compile_policy(witness.suite.policy), witness.conversation)
        after = run(compile_policy(witness.changed), witness.conversation)
        assert before.decisions != after.decisions
        assert len(before.decisions) == length, what


def test_what_no_conversation_shows_changes_nothing(tmp_path: Path) -> None:
    policy = (
        "rule one\n  when hate is detected, add a strike\n"
        "rule two\n  when hate is detected, add a strike,"
        " only if user.age is at least 18, except when user.age is at most 16\n"
    )
    found = results(tmp_path, policy, in_turns("hate: add a strike", "violence"))
    assert found["except left out"].fate is Fate.SAME
    assert found["only if left out"].fate is Fate.SAME


def test_what_a_trial_rule_would_do_differently_is_shown_too(tmp_path: Path) -> None:
    policy = "rule one\n  when violence is detected, add a strike\ntrial rule two\n  after 2 refusals, end the chat\n"
    found = list(Mutation([suite_in(tmp_path, policy, in_turns("violence: add a strike"))], ASK).results())
    trial = {each.mutant.what: each for each in found if each.mutant.owner == "rule two"}
    assert trial["2 to 3"].fate is Fate.SURVIVED
    assert trial["another action"].fate is Fate.SURVIVED
    assert trial["trial left out"].fate is Fate.SURVIVED


def test_where_the_prover_gives_up_nothing_is_decided_and_that_is_said(tmp_path: Path) -> None:
    suite = suite_in(tmp_path, POLICY, in_turns("quiet turn"))
    found = list(Mutation([suite], lambda question: GaveUp("after 0 seconds")).results())
    undecided = [each for each in found if each.fate is Fate.UNDECIDED]
    assert undecided
    assert {each.why for each in undecided} == {"after 0 seconds"}
    assert score_of(found).percent == 0


def test_a_file_that_two_policies_use_is_noticed_by_the_tests_of_either(tmp_path: Path) -> None:
    shared = (
        "never end the chat when self-harm is detected in this message\n"
        "rule help\n  when self-harm is detected, add a strike\n"
    )
    (tmp_path / "shared.policy").write_text(shared, encoding="utf-8")
    one = suite_in(
        tmp_path,
        'use "shared.policy"\nrule r\n  when hate is detected, end the chat\n',
        in_turns("hate: end the chat"),
    )
    two = suite_in(
        tmp_path,
        'use "shared.policy"\nrule r\n  when violence is detected, end the chat\n',
        in_turns("user shows violence and self-harm: add a strike"),
        name="b",
    )
    alone = {(each.mutant.owner, each.mutant.what): each.fate for each in Mutation([one], ASK).results()}
    both = {(each.mutant.owner, each.mutant.what): each for each in Mutation([one, two], ASK).results()}
    assert alone["never end the chat", "never left out"] is Fate.SURVIVED
    assert both["never end the chat", "never left out"].fate is Fate.NOTICED


def test_checks_notice_changes_too(tmp_path: Path) -> None:
    policy = "rule one\n  when hate is detected, refuse the request, except when violence is detected\n"
    turn = "{user: hi, labels: [hate, violence], expect: anything}"
    tests = f"tests:\n  - name: one\n    turns: [{turn}]\n"
    assert results(tmp_path, policy, tests)["except left out"].fate is Fate.SURVIVED
    noticed = results(tmp_path, policy, tests + "never: refuse the request\n")["except left out"]
    assert (noticed.fate, noticed.by) == (Fate.NOTICED, "never: refuse the request")
