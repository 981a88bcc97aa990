"""The page on lint: its tables and its manual are what the rules say, its settings and comments what is read.

``make docs`` (``UPDATE_GOLDEN=1``) writes them anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from docs.doc_blocks import blocks
from lint.examples import EVERY, look

from policy_engine.lint.ignores import ignores_in
from policy_engine.lint.rule import Rule, Value
from policy_engine.lint.settings import read_settings
from policy_engine.source import Source

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "lint.md"


def fix_of(rule: Rule) -> str:
    """What fixes the examples of a rule have."""
    found = [each for example in rule.invalid for each in look(rule, example)[1]]
    kinds = {"safe" if each.fix.safe else "unsafe" for each in found if each.fix is not None}
    return ", ".join(sorted(kinds))


def rules_table() -> str:
    rows = []
    for rule in EVERY:
        kind = ", ".join(each for each in (fix_of(rule), "proof" * rule.proves) if each)
        rows.append(f"| {rule.number} | [{rule.name}](#{rule.name}) | {escaped(rule.summary)} | {kind} |")
    return "\n".join(["| number | name | what it finds | fix |", "| --- | --- | --- | --- |", *rows])


def settings_table() -> str:
    rows = [
        f"| [{rule.name}](#{rule.name}) | `{each.name}` | {each.meaning} | {default(each.default)} |"
        for rule in EVERY
        for each in rule.settings
    ]
    return "\n".join(["| rule | setting | meaning | without it |", "| --- | --- | --- | --- |", *rows])


def default(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "those of all notices together"
    return f"{value:g}"


def escaped(text: str) -> str:
    return text.replace("|", r"\|")


def manual() -> str:
    """The page of each rule: its manual, and the first example of what it finds with what the fix makes of it."""
    pages = []
    for rule in EVERY:
        example = rule.invalid[0]
        shown = ["```text", visible(example.text), "```"]
        if example.fixed is not None:
            shown += ["", "After the fix:", "", "```text", visible(example.fixed), "```"]
        pages.append("\n".join([f"### {rule.name}", "", f"{rule.number}. {rule.manual}", "", *shown]))
    return "\n\n".join(pages)


def visible(text: str) -> str:
    """The text with characters that nobody sees told by their number."""
    return "".join(
        each if each == "\n" or each.isprintable() else f"<U+{ord(each):04X}>" for each in text.rstrip("\n")
    )


MADE: dict[str, Callable[[], str]] = {"settings": settings_table, "rules": rules_table, "manual": manual}


@pytest.mark.parametrize("name", MADE)
def test_the_page_holds_what_the_rules_say(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    marked = re.compile(rf"(<!-- {name}: written by `make docs` -->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)
    expected = MADE[name]() + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(marked.sub(lambda found: found[1] + expected + found[3], text), encoding="utf-8")
        return
    (found,) = marked.finditer(text)
    assert found[2] == expected, "run `make docs`"


def test_every_link_of_the_page_leads_somewhere() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-")
        for each in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= headings


def test_the_settings_that_it_shows_are_read_alike() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (yaml, *_) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (cfg,) = re.findall(r"```ini\n(.*?)```", text, re.DOTALL)
    one, other = read_settings(Source("policy-engine.yaml", yaml)), read_settings(Source("setup.cfg", cfg))
    assert one == other
    assert one[0] is not None


def test_the_comment_that_it_shows_sets_something_aside() -> None:
    (shown,) = [each for each in blocks(PAGE) if each.kind == "policy"]
    (ignore,) = ignores_in(Source("x.policy", shown.text))
    assert ignore.name in {rule.name for rule in EVERY}
    assert ignore.reason
