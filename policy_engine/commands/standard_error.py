"""Messages to standard error: harmless, in lines of a terminal, with signs that it can print."""

from __future__ import annotations

import sys

from policy_engine.diagnostics import Diagnostic


def say(text: str, hint: str | None = None) -> None:
    """Say a fragment (``error: …``, ``note: …``), and below it what to do."""
    from policy_engine.reports.diagnostics_text import broken
    from policy_engine.reports.screen import Screen, clean

    lines = [*broken(clean(text)), *([] if hint is None else [f"  {clean(hint)}"])]
    sys.stderr.write(Screen(sys.stderr).signs("\n".join(lines)) + "\n")


def tell(diagnostic: Diagnostic) -> None:
    """Tell a diagnostic, after what was put to standard output before it."""
    from policy_engine.reports.diagnostics_text import diagnostic_text
    from policy_engine.reports.screen import Screen

    sys.stdout.flush()
    sys.stderr.write(diagnostic_text(diagnostic, Screen(sys.stderr)) + "\n")
