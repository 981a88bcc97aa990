"""What the tests of simulate share: the command as a user calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

EXTREME = """
use "v.yaml"
rule support
  when self-harm is detected from the user, offer support crisis-line
rule ending
  after 2 refusals, end the chat, except when self-harm has been detected
"""
VOCABULARY = "extends: default\n"


@pytest.fixture
def run(root: Path) -> Run:
    """Call ``policy-engine simulate`` from the checkout."""

    def call(
        *arguments: str | Path, stdin: str = "", encoding: str = "utf-8"
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "cli.py", "simulate", *map(str, arguments)],
            cwd=root,
            input=stdin.encode(),
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "COLUMNS": "80"},
        )  # type: ignore[return-value]

    def decoded(
        *arguments: str | Path, stdin: str = "", encoding: str = "utf-8"
    ) -> subprocess.CompletedProcess[str]:
        done = call(*arguments, stdin=stdin, encoding=encoding)
        out, err = (stream.decode(encoding) for stream in (done.stdout, done.stderr))  # type: ignore[attr-defined]
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return decoded


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A small policy: two refusals end the chat, a crisis keeps it open."""
    (tmp_path / "v.yaml").write_text(VOCABULARY)
    path = tmp_path / "small.policy"
    path.write_text(EXTREME)
    return path
