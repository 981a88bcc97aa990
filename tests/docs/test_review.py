"""What docs/review.md says of the comment and of the options is so."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from policy_engine.commands.app import app
from policy_engine.reports.review_markdown import MARK, MOST_CHARACTERS, MOST_WORDS
from policy_engine.review.review import Failing

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")


def test_it_tells_every_word_to_fail_on() -> None:
    section = PAGE.partition("## When it fails")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == {each.value for each in Failing}


def test_it_tells_every_option_and_no_other() -> None:
    command = get_command(app).commands["review"]  # type: ignore[attr-defined]
    known = {name for each in command.params for name in each.opts if name.startswith("--")}
    assert set(re.findall(r"`(--[a-z-]+)", PAGE)) == known - {"--help"}


def test_what_it_quotes_of_a_comment_is_what_is_said() -> None:
    shown = (ROOT / "tests" / "golden" / "review" / "sooner.md").read_text(encoding="utf-8").splitlines()
    quoted = PAGE.partition("sooner.md`):\n\n")[2].partition("\n\n")[0].splitlines()
    assert len(quoted) == 3
    assert all(each.removeprefix("    ") in shown for each in quoted)


def test_the_mark_and_the_limits_are_those_of_the_comment() -> None:
    assert f"`{MARK}`" in PAGE
    assert f"{MOST_WORDS:,}\nwords and {MOST_CHARACTERS:,} bytes" in PAGE
