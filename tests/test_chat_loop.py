"""The example of a chat service runs, and does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_it_ends_the_abusive_chat_and_helps_in_the_other(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "examples/chat_loop.py"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "chat two: offer-support crisis-line",
        "chat one: warn Please keep this respectful.",
        "chat one: redirect",
        "chat one: end-chat",
    ]


def test_it_is_short(root: Path) -> None:
    assert len((root / "examples" / "chat_loop.py").read_text(encoding="utf-8").splitlines()) <= 40
