"""The sign of life on long work."""

from __future__ import annotations

import io
import sys

import pytest

from policy_engine.commands import progress as module
from policy_engine.commands.progress import Progress


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("term", "columns"), [("dumb", 80), ("xterm", 80), ("xterm", 30)])
def test_progress_fits_the_terminal_and_spares_a_dumb_one(
    monkeypatch: pytest.MonkeyPatch, term: str, columns: int
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", str(columns))
    now = iter(range(100))
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(now)))
    progress = Progress(as_json=False)
    for done in (1, 1_000_000):
        progress.show(done)
    shown = terminal.getvalue().replace("\x1b[K", "").split("\r")[1:]
    assert (shown == []) is (term == "dumb")
    assert all(len(each) < columns for each in shown)
