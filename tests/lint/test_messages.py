"""What every rule says of every example, as a terminal shows it: one page, pinned.

``UPDATE_GOLDEN=1`` writes it anew; read it then, as somebody would who does not program.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from lint.examples import INVALID, look

from policy_engine.reports.diagnostics_text import diagnostic_text
from policy_engine.reports.screen import COLUMNS, Screen, width

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "lint.txt"


def page() -> str:
    """All findings of all examples."""
    screen = Screen(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    shown = [diagnostic_text(each, screen) for rule, example in INVALID for each in look(rule, example)[1]]
    return "\n".join(f"{each}\n" for each in shown)


def test_what_is_said_is_as_it_was_agreed() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(page(), encoding="utf-8")
    assert page() == GOLDEN.read_text(encoding="utf-8"), (
        "renew with UPDATE_GOLDEN=1, and read what has changed"
    )


def test_it_fits_a_terminal() -> None:
    assert [line for line in page().splitlines() if width(line) > COLUMNS] == []
