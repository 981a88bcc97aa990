"""A sign of life on long work."""

from __future__ import annotations

import os
import shutil
import sys
import time

from policy_engine.reports.screen import Screen, cut


class Progress:
    """A bar that moves: on standard error, and only where that is a terminal."""

    _EVERY = 0.1
    _PATIENCE = 0.5
    _WIDTH = 20

    def __init__(self, as_json: bool, what: str = "conversations") -> None:
        self._what = what
        is_dumb = os.environ.get("TERM") == "dumb"  # it can neither go back nor clear a line
        self._is_shown = sys.stderr.isatty() and not is_dumb and not (as_json and sys.stdout.isatty())
        self._started = self._last = time.monotonic()
        self._is_on_screen = False

    def show(self, done: int) -> None:
        """So many of what is worked on are done."""
        if not self._is_shown:
            return
        now = time.monotonic()
        if now - self._last < self._EVERY or now - self._started < self._PATIENCE:
            return
        self._last = now
        at = int((now - self._started) * 10) % (2 * self._WIDTH)
        at = min(at, 2 * self._WIDTH - 1 - at)
        bar = "─" * at + "━━" + "─" * (self._WIDTH - at)
        columns = shutil.get_terminal_size().columns - 1
        text = cut(f"{done:,} {self._what} · {now - self._started:.0f} s {bar}", columns)
        sys.stderr.write(f"\r{Screen(sys.stderr).signs(text)}\x1b[K")
        sys.stderr.flush()
        self._is_on_screen = True

    def clear(self) -> None:
        """Make room for something else."""
        if self._is_on_screen:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._is_on_screen = False
