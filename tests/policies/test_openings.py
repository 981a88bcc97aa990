"""What every shipped file of rules or requirements says at its top, before it says anything else."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import pytest

POLICIES = Path(__file__).resolve().parents[2] / "policies"
FILES = sorted(
    path.relative_to(POLICIES).as_posix()
    for path in POLICIES.rglob("*")
    if path.suffix in (".policy", ".standard")
)


def opening(file: str) -> str:
    """The comment that a file begins with, as one line of words."""
    lines = (POLICIES / file).read_text(encoding="utf-8").splitlines()
    return " ".join(" ".join(takewhile(lambda line: line.startswith("#"), lines)).split())


def test_there_are_policies_and_standards() -> None:
    assert {Path(file).suffix for file in FILES} == {".policy", ".standard"}


@pytest.mark.parametrize("file", FILES)
def test_no_file_is_taken_for_legal_advice(file: str) -> None:
    assert "not legal advice" in opening(file).replace("# ", "").lower()


@pytest.mark.parametrize("file", FILES)
def test_every_file_names_its_source_or_is_our_reading(file: str) -> None:
    said = opening(file).replace("# ", "")
    assert any(words in said for words in ("Source", "names the sources", "ur reading", "our own"))


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_linked_where_people_look_for_it(file: str) -> None:
    """In the README's table of shipped policies; the laws are in that of the page that it links."""
    is_law = file.startswith("laws/")
    page, link = ("docs/laws.md", f"../policies/{file}") if is_law else ("README.md", f"policies/{file}")
    assert f"]({link})" in (POLICIES.parent / page).read_text(encoding="utf-8")
