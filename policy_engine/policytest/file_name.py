"""What test files are called, and which policy each is for."""

from __future__ import annotations

from pathlib import Path

ENDING = ".test.yaml"
"""How the name of a test file ends."""


def policy_path_of(path: Path) -> Path:
    """The policy that a test file tests, by its own name: that of `crisis.test.yaml` is `crisis.policy`."""
    return path.with_name(path.name.removesuffix(ENDING) + ".policy")


def tests_beside(policy: Path) -> Path:
    """The test file that stands beside a policy."""
    return policy.with_name(policy.stem + ENDING)
