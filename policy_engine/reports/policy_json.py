"""Which policy it is, for programs."""

from __future__ import annotations

from policy_engine.model.model import Policy


def policy_json(policy: Policy) -> dict[str, object]:
    """The header of a policy, and the SHA-256 of all its sources in hexadecimal."""
    return {
        "name": policy.name,
        "version": policy.version,
        "effective_from": policy.effective_from,
        "hash": policy.digest,
    }
