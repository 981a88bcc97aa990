"""Faults planted in shipped policies: each is found by its rule, in its place, and is not there before."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from sound import POLICIES

from policy_engine.diagnostics import Diagnostic
from policy_engine.lint.linting import Linted, lint, rule_named, rules
from policy_engine.lint.rule import Rule, Subject, Surroundings
from policy_engine.model.loading import load_policy, read_file
from policy_engine.source import Source

pytestmark = pytest.mark.slow


class Fault(NamedTuple):
    """In a shipped policy ``old`` is replaced by ``new`` (``old`` empty: it is added); ``shows``: where it is found."""

    rule: str
    policy: str
    old: str
    new: str
    shows: str


CRISIS = "except when crisis has been detected"

FAULTS = (
    Fault(
        "never-fires",
        "strikes",
        "rule known-user\n  after 3 points of misconduct,",
        "rule known-user\n  after 4 points of misconduct within 1 turn,",
        "known-user",
    ),
    Fault(
        "always-stopped",
        "last_resort",
        "only if confirmation has been asked in the last 2 turns",
        "except when the user confirms",
        "the user confirms",
    ),
    Fault(
        "always-overridden",
        "strikes",
        "",
        "rule severe-review overrides rule severe\n",
        "severe",
    ),
    Fault(
        "exception-without-effect",
        "companion",
        "has been detected\n\n",
        "has been detected in the last 5 turns\n\n",
        "crisis has been detected in the last 5 turns",
    ),
    Fault(
        "only-if-without-effect",
        "last_resort",
        "only if a warning has been given",
        "only if extreme has been detected",
        "extreme has been detected",
    ),
    Fault(
        "at-most-once-without-effect",
        "strikes",
        "when an appeal is granted,\n  end the chat,\n  except",
        "when an appeal is granted,\n  end the chat, at most once,\n  except",
        "at most once",
    ),
    Fault(
        "never-without-effect",
        "last_resort",
        "",
        "never interrupt the chat when crisis has been detected\n",
        "never interrupt the chat when crisis has been detected",
    ),
    Fault(
        "override-without-effect",
        "strikes",
        "",
        "rule third-strike overrides rule granted\n",
        "rule third-strike overrides rule granted",
    ),
    Fault(
        "unreachable-step",
        "last_resort",
        "after 2 more refusals, ask for a redirection",
        "after 2 more refusals, end the chat",
        "after 1 more refusal,  end the chat",
    ),
    Fault(
        "unreachable-count",
        "usage_policy_2025_09",
        "only if user.strikes is at least 2",
        "only if user.strikes is at least 2 or there have been at least 2 refusals within 1 turn",
        "there have been at least 2 refusals within 1 turn",
    ),
    Fault(
        "forbidden-action",
        "companion",
        "",
        "never interrupt the chat when sexual/minors has been detected\n",
        "interrupt the chat",
    ),
    Fault(
        "repeated-rule",
        "strikes",
        "",
        "rule again\n  when sexual/minors is detected from the user, ask a person to review\n",
        "severe-review",
    ),
    Fault(
        "contradicting-actions",
        "companion",
        "after 2 refusals on sexual/minors",
        "after 3 refusals on sexual/minors",
        "child-abuse-warning",
    ),
    Fault(
        "never-ends",
        "companion",
        CRISIS,
        "except when sexual/minors has been detected",
        'policy "Companion chatbot" version "2026.11"',
    ),
    Fault(
        "ends-without-earlier-warning",
        "last_resort",
        "  only if a warning has been given,\n",
        "",
        "persistent-harm",
    ),
    Fault(
        "ends-without-redirection",
        "last_resort",
        " and 2 redirections on extreme",
        "",
        "persistent-harm",
    ),
    Fault(
        "ends-on-first-offence",
        "last_resort_stricter",
        "after 2 refusals on extreme, end",
        "after 1 refusal on extreme, end",
        "persistent-harm",
    ),
    Fault(
        "ends-where-crisis-was-detected",
        "strikes",
        'end the chat, except when crisis has been detected\n  reason "Severe abuse"',
        'end the chat\n  reason "Severe abuse"',
        "severe",
    ),
    Fault(
        "ends-on-doubt",
        "strikes",
        "detected from the user, end the chat",
        "detected from the user or could not be checked, end the chat",
        "severe",
    ),
    Fault(
        "no-crisis-support",
        "refuse_and_redirect",
        'use "crisis.policy"',
        "",
        'policy "Refuse and redirect, never end" version "2025.08"',
    ),
    Fault(
        "crisis-without-support",
        "last_resort",
        "",
        "never offer support when harassment has been detected\n",
        'policy "Last-resort chat ending" version "2025.08"',
    ),
    Fault(
        "vacuous-check",
        "companion",
        CRISIS,
        "except when sexual/minors has been detected",
        "check that a warning is given before the chat is ended",
    ),
)


def linted(path: Path, text: str, asked: tuple[Rule, ...]) -> tuple[Linted, Source]:
    def read(name: str) -> Source:
        return Source(name, text) if name == str(path) else read_file(name)

    loaded = load_policy(str(path), read)
    assert not loaded.diagnostics, loaded.diagnostics
    subject = Subject(loaded.files[0], loaded.policy, loaded.standard, Surroundings(date(2026, 11, 25)))
    return lint(subject, asked), subject.source


def words_of(found: Diagnostic) -> str:
    assert found.location is not None
    span = found.location.span
    return found.location.source.text[span.start : span.end]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.rule)
def test_a_planted_fault_is_found_in_its_place(fault: Fault) -> None:
    path = POLICIES / f"{fault.policy}.policy"
    before = path.read_text()
    after = before.replace(fault.old, fault.new, 1) if fault.old else f"{before}\n{fault.new}"
    assert after != before
    asked = (rule_named(fault.rule),)
    found, _ = linted(path, after, asked)
    assert fault.shows in [words_of(each) for each in found.findings]
    without, _ = linted(path, before, asked)
    assert fault.shows not in [words_of(each) for each in without.findings]


def test_every_rule_by_proof_has_a_planted_fault() -> None:
    assert {fault.rule for fault in FAULTS} == {rule.name for rule in rules() if rule.proves}


@pytest.mark.parametrize("path", sorted(POLICIES.rglob("*.policy")), ids=lambda path: path.stem)
def test_everything_is_decided_of_a_shipped_policy_and_soon(path: Path) -> None:
    asked = tuple(rule for rule in rules() if rule.proves)
    begun = time.process_time()
    found, _ = linted(path, path.read_text(), asked)
    assert found.undecided == ()
    assert time.process_time() - begun < 4  # a second, and much for what else the machine does


def test_lines_of_notes_fit_the_terminal() -> None:
    for path in sorted(POLICIES.rglob("*.policy")):
        found, _ = linted(path, path.read_text(), tuple(rule for rule in rules() if rule.proves))
        for each in found.findings:
            assert all(len(line) <= 76 for line in each.notes), each.notes
