"""Explanations are read by people, so they are kept whole. To renew them, after reading the difference:

UPDATE_GOLDEN=1 python -m pytest tests/reports/test_explanation.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from policies.shipped import policy_named

from policy_engine.reports.explanation import explanation_text

GOLDEN = Path("tests/golden/explain")
NAMES = ("last_resort", "last_resort_with_breaks", "strikes")


@pytest.mark.parametrize("name", NAMES)
def test_explanation_is_as_it_was_read(name: str, root: Path) -> None:
    found = policy_named(name)
    shown = explanation_text(found) + "\n"
    path = root / GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
    assert max(map(len, shown.splitlines())) <= 80
