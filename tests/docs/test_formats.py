"""The formats of logs in the documents: the table is what the readers say, and every reader's example is read.

What is said of a format stands in ``docs/formats/NAME.md``, by the reader's name. Its first block, ``log
file=NAME``, is a log of that format; where the format is not text, it is ``log-maker file=NAME``: Python that
writes the file. ``make docs`` (``UPDATE_GOLDEN=1``) writes the pages anew that are made of them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from docs.format_examples import NAMES, SECTIONS, example_of, made, section

from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reader import Reader
from policy_engine.transcripts.reading import read_conversations, readers

ROOT = Path(__file__).resolve().parents[2]


def table() -> str:
    told = [
        (each.name, *(words.replace("|", r"\|") for words in (each.form, each.gives))) for each in readers()
    ]
    rows = [f"| [{name}]({{to}}#{name}) | {form} | {gives} |" for name, form, gives in told]
    return "\n".join(
        ["| `--from` | what it looks like | what it says beside the texts |", "| --- | --- | --- |", *rows]
    )


def examples() -> str:
    return "\n\n".join(f"### {name}\n\n{section(name).read_text(encoding='utf-8').strip()}" for name in NAMES)


MADE = {
    ("README.md", "formats"): lambda: table().replace("{to}", "docs/conversations.md"),
    ("docs/conversations.md", "formats"): lambda: table().replace("{to}", ""),
    ("docs/conversations.md", "examples"): examples,
}


@pytest.mark.parametrize(("page", "name"), MADE)
def test_the_pages_hold_what_the_readers_say(page: str, name: str) -> None:
    path = ROOT / page
    text = path.read_text(encoding="utf-8")
    marked = re.compile(rf"(<!-- {name}: written by `make docs` -->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)
    expected = MADE[page, name]() + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(marked.sub(lambda found: found[1] + expected + found[3], text), encoding="utf-8")
        return
    (found,) = marked.finditer(text)
    assert found[2] == expected, "run `make docs`"


def test_every_section_is_of_a_reader() -> None:
    assert {path.stem for path in SECTIONS.glob("*.md")} == set(NAMES)


@pytest.mark.parametrize("reader", readers(), ids=NAMES)
def test_the_example_is_a_log_of_that_format(reader: Reader, tmp_path: Path) -> None:
    log = made(example_of(reader.name), tmp_path)
    found = list(read_conversations([log]))
    assert found
    assert all(isinstance(each, Conversation) for each in found)
    assert found == list(read_conversations([log], reader=reader.name))
