"""Opening the policy that a command works on; what is wrong with it goes to standard error."""

from __future__ import annotations

from pathlib import Path

from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.standard_error import say, tell
from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy, Standard

UNREADABLE = frozenset({"missing-file", "unreadable", "not-text"})
"""Codes of diagnostics about a file that could not be read."""


def opened(path: Path) -> tuple[Policy | None, int]:
    """The policy at ``path``; or None and the exit code, after its faults were printed."""
    found, code = opened_file(path)
    if isinstance(found, Standard):
        say(f"error: `{path}` is a standard: it has no rules of its own")
        return None, FINDINGS
    return found, code


def opened_file(path: Path) -> tuple[Policy | Standard | None, int]:
    """The policy or standard at ``path``; or None and the exit code, after its faults were printed."""
    loaded = load_policy(path)
    if loaded.policy is not None or loaded.standard is not None:
        return loaded.policy or loaded.standard, FINE
    for each in loaded.diagnostics:
        tell(each)
    is_unreadable = any(each.code in UNREADABLE and each.location is None for each in loaded.diagnostics)
    return None, UNUSABLE if is_unreadable else FINDINGS
