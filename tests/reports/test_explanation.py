"""Explanations are read by people, so they are kept whole. To renew them, after reading the difference:

UPDATE_GOLDEN=1 python -m pytest tests/reports/test_explanation.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policy_engine.model.loading import load_policy
from policy_engine.reports.explanation import explanation_text

GOLDEN = Path("tests/golden/explain")
NAMES = ("last_resort", "last_resort_with_breaks", "strikes")


@pytest.mark.parametrize("name", NAMES)
def test_explanation_is_as_it_was_read(name: str, root: Path) -> None:
    found = load_policy(root / "policies" / f"{name}.policy")
    assert found.policy is not None
    shown = explanation_text(found.policy) + "\n"
    path = root / GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
    assert max(map(len, shown.splitlines())) <= 80
