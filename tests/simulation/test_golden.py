"""What is shown stays what it is: timelines, tables, JSON and pages, compared to files that people have read.

``UPDATE_GOLDEN=1 pytest tests/simulation/test_golden.py`` writes the files anew: read them then.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

GOLDEN = Path("tests/golden/simulate")
LAST_RESORT = "policies/last_resort.policy"
CHATS = "policies/conversations/last_resort"
OWN = (GOLDEN / "clauses.policy", GOLDEN / "clauses.yaml")
REASONS = (GOLDEN / "reasons.policy", GOLDEN / "reasons.yaml")
DETECTED = (
    *(GOLDEN / "detected.policy", GOLDEN / "detected.yaml"),
    *("--detect", "refusal,redirection,end-request", "--detect", f"keywords:{GOLDEN / 'keywords.yaml'}"),
)
DOUBT = (
    *("policies/last_resort.policy", GOLDEN / "doubt.jsonl", "--assume", "model=opus-4"),
    *("--detect", "refusal", "--doubt"),
)
COMPANION = ("policies/companion_ca_ny.policy", "policies/conversations/companion_ca_ny")
MANY = [f"{CHATS}/{name}.yaml" for name in ("abuse", "crisis_after_end", "ended", "harassment", "outage")]

CASES: dict[str, tuple[str | Path, ...]] = {
    "abuse.txt": (LAST_RESORT, f"{CHATS}/abuse.yaml"),
    "abuse_no_text.txt": (LAST_RESORT, f"{CHATS}/abuse.yaml", "--no-text"),
    "outage_why.txt": (LAST_RESORT, f"{CHATS}/outage.yaml", "--why"),
    "crisis_after_end.txt": (LAST_RESORT, f"{CHATS}/crisis_after_end.yaml"),
    "not_covered.txt": (LAST_RESORT, f"{CHATS}/not_covered.yaml"),
    "clauses_why.txt": (*OWN, "--why"),
    "clauses.json": (*OWN, "--format", "json"),
    "table.txt": (LAST_RESORT, *MANY),
    "table.json": (LAST_RESORT, *MANY, "--summary", "--format", "json"),
    "lines.jsonl": (LAST_RESORT, *MANY, "--format", "json"),
    "missing_labels.txt": (LAST_RESORT, GOLDEN / "missing_labels.jsonl", "--assume", "model=opus-4"),
    "reasons.txt": REASONS,
    "reasons_why.txt": (*REASONS, "--why"),
    "reasons_table.txt": (*REASONS, "--summary"),
    "detected.txt": DETECTED,
    "detected_why.txt": (*DETECTED, "--why"),
    "detected_table.txt": (*DETECTED, "--summary"),
    "detected.json": (*DETECTED, "--format", "json"),
    "doubt.txt": DOUBT,
    "doubt.json": (*DOUBT, "--format", "json"),
    "doubt_of_one.txt": (*DETECTED, "--doubt", "--no-text"),
    "companion_table.txt": COMPANION,
    "companion_table.json": (*COMPANION, "--summary", "--format", "json"),
}

PAGES: dict[str, tuple[str | Path, ...]] = {
    "abuse.html": (LAST_RESORT, f"{CHATS}/abuse.yaml"),
    "clauses_why.html": (*OWN, "--why"),
    "reasons.html": REASONS,
    "detected.html": DETECTED,
    "companion_table.html": COMPANION,
    "doubt.html": DOUBT,
    "table.html": (LAST_RESORT, *MANY),
    "table_why.html": (LAST_RESORT, *MANY[:2], "--why", "--no-text"),
}


def same(shown: str, path: Path) -> None:
    """Compare with a file that people have read, or write it anew."""
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_it_was_read(name: str, root: Path, run: Callable[..., CompletedProcess[str]]) -> None:
    done = run(*CASES[name])
    assert done.returncode == 0, done.stderr
    shown = re.sub(r'"hash": "[0-9a-f]{64}"', '"hash": "…"', done.stdout)
    same(shown, root / GOLDEN / name)


@pytest.mark.parametrize("name", PAGES)
def test_page_is_as_it_was_read(
    name: str, root: Path, run: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    """The style sheet is left out, with its hash: it is looked at, not read."""
    done = run(*PAGES[name], "--html", tmp_path / name)
    assert done.returncode == 0, done.stderr
    shown = (tmp_path / name).read_text(encoding="utf-8")
    shown = re.sub(r"(?s)<style>.*</style>", "<style>…</style>", shown)
    shown = re.sub(r"sha256-[^']*|(?<=<code>)[0-9a-f]{64}", "…", shown)
    same(shown, root / GOLDEN / name)


@pytest.mark.parametrize("name", [name for name in CASES if name.endswith(".txt")])
def test_no_line_is_wider_than_80_columns(name: str, root: Path) -> None:
    for line in (root / GOLDEN / name).read_text(encoding="utf-8").splitlines():
        assert len(line) <= 80, line
