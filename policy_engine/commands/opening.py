"""Opening the policy that a command works on; what is wrong with it goes to standard error."""

from __future__ import annotations

import sys
from pathlib import Path

from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy

UNREADABLE = frozenset({"missing-file", "unreadable", "not-text"})
"""Codes of diagnostics about a file that could not be read."""


def opened(path: Path) -> tuple[Policy | None, int]:
    """The policy at ``path``; or None and the exit code, after its faults were printed."""
    loaded = load_policy(path)
    if loaded.policy is not None:
        return loaded.policy, 0
    from policy_engine.reports.diagnostics_text import broken, diagnostic_text
    from policy_engine.reports.screen import Screen, clean

    screen = Screen(sys.stderr)
    for each in loaded.diagnostics:
        print(diagnostic_text(each, screen), file=sys.stderr)
    if loaded.standard is not None:
        standard = f"error: `{path}` is a standard: it has no rules of its own"
        print("\n".join(broken(clean(standard))), file=sys.stderr)
    is_unreadable = any(each.code in UNREADABLE and each.location is None for each in loaded.diagnostics)
    return None, 2 if is_unreadable else 1
