"""Git, asked: nothing is written, no hook runs, and nothing is fetched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from policy_engine.commands.usage import Usage

_SECONDS = 60
"""For one call of git."""


def git_line(arguments: Sequence[str], folder: str | None, otherwise: str) -> str:
    """What git says, on one line. Raises Usage with ``otherwise``."""
    found = git(arguments, folder)
    if found.returncode != 0:
        raise Usage(otherwise)
    return found.stdout.decode(errors="surrogateescape").strip()


def git(
    arguments: Sequence[str], folder: str | None, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Call git, with ``given`` on its standard input. Raises Usage where it is not there, or hangs."""
    settings = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    try:
        return subprocess.run(
            ["git", *arguments], cwd=folder, env=settings, input=given,
            capture_output=True, check=False, timeout=_SECONDS,
        )  # fmt: skip
    except FileNotFoundError:
        raise Usage("git is not installed: a policy of a revision cannot be read") from None
    except (OSError, subprocess.TimeoutExpired):
        raise Usage("git does not answer: a policy of a revision cannot be read") from None
