"""A review, for programs. A key is only ever added within one ``format_version``."""

from __future__ import annotations

from policy_engine.reports.diagnostics_json import diagnostic_json
from policy_engine.reports.difference_json import difference_json
from policy_engine.reports.policy_json import policy_json
from policy_engine.review.review import Review, Reviewed, Tests

FORMAT_VERSION = 1
"""The version of the shape."""


def review_json(review: Review) -> dict[str, object]:
    """All of a review."""
    return {
        "format_version": FORMAT_VERSION,
        "policies": [_reviewed(each) for each in review.policies],
        "findings": [diagnostic_json(each) for each in review.findings],
        "findings_elsewhere": review.elsewhere,
        "notes": list(review.notes),
    }


def _reviewed(each: Reviewed) -> dict[str, object]:
    return {
        "path": each.path,
        "moved_from": each.moved_from,
        "fate": each.fate.value,
        "policy": None if each.policy is None else policy_json(each.policy),
        "files": list(each.files),
        "faults": [diagnostic_json(fault) for fault in each.faults],
        "had_faults": each.were_faults,
        "newly_broken": each.newly_broken,
        "looser": each.is_looser,
        "difference": None if each.comparison is None else difference_json(each.comparison),
        "promises": [
            {"promise": verdict.promise.text, "finding": verdict.finding.value} for verdict in each.verdicts
        ],
        "tests": {"before": _tests(each.tests[0]), "after": _tests(each.tests[1])},
    }


def _tests(tests: Tests | None) -> dict[str, object] | None:
    if tests is None:
        return None
    return {
        "number": tests.number,
        "failing": list(tests.failing),
        "tried": tests.tried,
        "goals": tests.goals,
        "mistakes": [diagnostic_json(each) for each in tests.mistakes],
    }
