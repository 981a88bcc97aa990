"""Mermaid text: every line is one of a few forms, and every character of a text that could end it is a number.

The golden files were read by Mermaid itself, and so were texts such as those of ``hostile``.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from reports.hostile import PIECES, drawings

from policy_engine.reports.drawing import Drawing, Kind, Node
from policy_engine.reports.mermaid import MOST_TEXT, mermaid
from policy_engine.reports.screen import clean, cut

LABEL = r'"((?:[^"#`<>&;\[\]{}|\\_*\n\r]|<br/>|#\d+;)*)"'
LINES = tuple(
    re.compile(form)
    for form in (
        r"flowchart LR",
        rf"  policy\[{LABEL}\]",
        r"  style (?:policy|n\d+s) [\w:#,-]+",
        rf"  subgraph n\d+s\[{LABEL}\]",
        rf" +n\d+(?:\(\[|\[\[|\{{\{{|\[|\(|\[/|\(\(\(){LABEL}(?:\]\)|\]\]|\}}\}}|\]|\)|/\]|\)\)\))",
        r"  end",
        rf"  n\d+ (?:-->|-\.-x|--o|==>|-\.->)(?:\|{LABEL}\|)? n\d+",
        r"  classDef \w+Node [\w:#, -]+",
        r"  class n\d+(?:,n\d+)* \w+Node",
    )
)


def labels(written: str) -> list[str]:
    """The lines of all texts, read back."""
    found = []
    for line in written.splitlines():
        match = next((match for form in LINES if (match := form.fullmatch(line))), None)
        assert match is not None, line
        for text in filter(None, match.groups()):
            found += [
                re.sub(r"#(\d+);", lambda code: chr(int(code[1])), each) for each in text.split("<br/>")
            ]
    return found


@given(drawings())
def test_hostile_text_stays_text(drawing: Drawing) -> None:
    found = labels(mermaid(drawing))
    for node in drawing.nodes:
        for text in (node.heading, *node.details):
            if text:
                assert cut(text, MOST_TEXT) in found
    for edge in drawing.edges:
        if edge.label:
            assert cut(edge.label, MOST_TEXT) in found


@pytest.mark.parametrize("piece", PIECES)
def test_each_hostile_text_alone_stays_text(piece: str) -> None:
    drawing = Drawing(clean(piece), "", (), (Node("a", Kind.ACTION, clean(piece)),), (), ())
    found = labels(mermaid(drawing))
    assert found == [cut(clean(piece), MOST_TEXT)] * 2 if clean(piece) else found == []


@pytest.mark.parametrize("text", ["1. one", "2) two", "- three", "12. "])
def test_what_markdown_would_take_for_a_list_is_no_list(text: str) -> None:
    written = mermaid(Drawing("t", "", (), (Node("a", Kind.ACTION, text),), (), ()))
    (label,) = re.findall(r'n1\("(.*)"\)', written)
    assert not re.match(r"(\d+[.)]|[-+*]) ", label)
    assert labels(written)[1] == text
