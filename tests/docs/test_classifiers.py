"""The page about classifiers: its examples are sound, and its table is that of the shipped mapping files.

``UPDATE_GOLDEN=1`` writes the table anew.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest

from policy_engine.source import Source
from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.label_file import LabelLine, label_lines
from policy_engine.transcripts.mapping_loader import load_mapping
from policy_engine.transcripts.reader import Origin

PAGE = Path(__file__).parents[2] / "docs" / "classifiers.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCK = re.compile(r"^```\w+ (mapping|labels)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(TEXT)
TABLE = re.compile(r"(?<=<!-- classifiers -->\n).*?(?=<!-- end -->)", re.DOTALL)


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "mapping"])
def test_an_example_of_a_mapping_is_sound(text: str) -> None:
    mapping, faults = load_mapping(Source("example.yaml", text), shipped_classifiers())
    assert faults == ()
    assert mapping is not None


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "labels"])
def test_an_example_of_labels_is_read(text: str) -> None:
    lines = list(label_lines(io.BytesIO(text.encode()), Origin("x.jsonl", "x"), shipped_classifiers()))
    assert len(lines) >= 2
    assert all(isinstance(each, LabelLine) for each in lines)


def test_there_are_examples_of_both() -> None:
    assert {kind for kind, _ in BLOCKS} == {"mapping", "labels"}
    assert len(BLOCKS) == 7


def test_the_table_is_that_of_the_shipped_files() -> None:
    rows = ["| name | what it is | labels | of | self-harm |", "| --- | --- | --- | --- | --- |"]
    for name, mapping in shipped_classifiers().items():
        roles = (
            "everybody" if mapping.reads is None else ", ".join(sorted(each.value for each in mapping.reads))
        )
        says = "yes" if "self-harm" in mapping.looks_for else "unknown"
        says = "only when found" if says == "unknown" and "self-harm" in mapping.gives else says
        file = f"../policy_engine/transcripts/classifiers/{name}.yaml"
        rows.append(f"| [`{name}`]({file}) | {mapping.title} | {len(mapping.gives)} | {roles} | {says} |")
    table = "\n".join(rows) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(TABLE.sub(lambda _: table, TEXT), encoding="utf-8")
    found = TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found.group() == table
