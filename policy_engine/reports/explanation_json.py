"""An explanation for programs."""

from __future__ import annotations

from collections.abc import Iterable

from policy_engine.model.model import Policy, Standard
from policy_engine.reports.explanation import Section, explain, explain_standard
from policy_engine.reports.policy_json import policy_json

FORMAT_VERSION = 1
"""The version of the shape; a key is only ever added within one version."""


def explanation_json(policy: Policy) -> dict[str, object]:
    """The explanation of a policy, section by section."""
    return {
        "format_version": FORMAT_VERSION,
        "policy": policy_json(policy),
        "sections": _sections_json(explain(policy)),
    }


def standard_json(standard: Standard) -> dict[str, object]:
    """The explanation of a standard, section by section."""
    return {
        "format_version": FORMAT_VERSION,
        "standard": {"name": standard.name, "hash": standard.digest},
        "sections": _sections_json(explain_standard(standard)),
    }


def _sections_json(sections: Iterable[Section]) -> list[dict[str, object]]:
    return [
        {
            "title": section.title,
            "entries": [
                {
                    "name": each.name,
                    "sentence": each.sentence,
                    "details": [detail.strip() for detail in each.details],
                }
                for each in section.entries
            ],
        }
        for section in sections
    ]
