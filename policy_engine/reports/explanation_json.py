"""An explanation for programs."""

from __future__ import annotations

from policy_engine.model.model import Policy
from policy_engine.reports.explanation import explain
from policy_engine.reports.policy_json import policy_json

FORMAT_VERSION = 1
"""The version of the shape; a key is only ever added within one version."""


def explanation_json(policy: Policy) -> dict[str, object]:
    """The explanation of a policy, section by section."""
    return {
        "format_version": FORMAT_VERSION,
        "policy": policy_json(policy),
        "sections": [
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
            for section in explain(policy)
        ],
    }
