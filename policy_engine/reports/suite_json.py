"""What came of test files, for programs. A key is only ever added within one ``format_version``."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.diagnostics import Diagnostic
from policy_engine.policytest.mutation import Fate, MutantResult, score_of
from policy_engine.policytest.reaching import Reached, percent_tried
from policy_engine.policytest.running import CaseResult, CheckResult, Failure, SuiteResult
from policy_engine.reports.diagnostics_json import diagnostic_json
from policy_engine.reports.expected import asked_words, came_words, missing_words, unexpected_words
from policy_engine.reports.mutation_text import difference_lines
from policy_engine.reports.policy_json import policy_json
from policy_engine.transcripts.own_form import to_json

FORMAT_VERSION = 1
"""The version of the shape."""


def suites_json(results: Sequence[SuiteResult], faults: Sequence[Diagnostic]) -> dict[str, object]:
    """All test files, and what is wrong with those that could not be run."""
    return {
        "format_version": FORMAT_VERSION,
        "passed": not faults and all(each.passed for each in results),
        "files": [_suite(each) for each in results],
        "diagnostics": [diagnostic_json(each) for each in faults],
    }


def goals_json(found: Sequence[Reached]) -> dict[str, object]:
    """What the tests have tried. ``by`` is the first test that did; ``state`` one of four words."""
    return {
        "percent": round(percent_tried(found), 3),
        "goals": [
            {
                "file": each.covered.goal.location.name,
                "line": each.covered.goal.location.line,
                "owner": each.covered.goal.owner,
                "clause": each.covered.goal.clause,
                "aspect": each.covered.goal.aspect.value,
                "state": _state(each),
                "by": each.covered.by or None,
            }
            for each in found
        ],
    }


def _state(each: Reached) -> str:
    if each.is_tried:
        return "tried"
    return "cannot be" if each.cannot_be else "not decided" if each.is_undecided else "not tried"


def mutants_json(results: Sequence[MutantResult]) -> dict[str, object]:
    """What became of every change. ``conversation`` would have shown it, in the project's own form."""
    score = score_of(results)
    return {
        "percent": round(score.percent, 3),
        "counts": {fate.value: score.counts[fate] for fate in Fate},
        "mutants": [
            {
                "file": each.mutant.source.name,
                "line": each.mutant.location.line,
                "owner": each.mutant.owner,
                "what": each.mutant.what,
                "difference": list(difference_lines(each.mutant)),
                "fate": each.fate.value,
                "by": each.by or None,
                "why": each.why or None,
                "conversation": None if each.witness is None else to_json(each.witness.conversation),
            }
            for each in results
        ],
    }


def _suite(result: SuiteResult) -> dict[str, object]:
    return {
        "file": result.suite.source.name,
        "policy": policy_json(result.suite.policy),
        "tests": [_case(each, result) for each in result.cases],
        "checks": [_check(each) for each in result.checks],
    }


def _case(result: CaseResult, within: SuiteResult) -> dict[str, object]:
    return {
        "name": result.case.name,
        "line": result.case.location.line,
        "passed": result.passed,
        "fault": result.fault or None,
        "failures": [_failure(each, within) for each in result.failures],
    }


def _failure(failure: Failure, within: SuiteResult) -> dict[str, object]:
    policy = within.suite.policy
    return {
        "line": failure.step.location.line,
        "messages": [failure.step.first, failure.step.last],
        "turn": failure.step.words or None,
        "expected": list(asked_words(failure, policy)),
        "came": list(came_words(failure, policy)),
        "missing": [missing_words(each, policy) for each in failure.missing],
        "unexpected": [unexpected_words(each, policy) for each in failure.unexpected],
    }


def _check(result: CheckResult) -> dict[str, object]:
    return {
        "name": result.check.name,
        "kind": result.check.kind.value,
        "line": result.check.location.line,
        "passed": result.passed,
        "fault": result.fault or None,
        "conversations": result.conversations,
        "spoken_of": result.spoken_of,
        "broken": result.broken,
        "broken_by": [
            {"conversation": each.simulation.conversation.id, "message": each.message}
            for each in result.breaches
        ],
    }
