"""DOT text: every line is one of a few forms, and texts read back as they were.

The golden files were drawn by Graphviz itself, and so were texts such as those of ``hostile``.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from reports.hostile import PIECES, drawings

from policy_engine.reports.dot import MOST_TEXT, dot
from policy_engine.reports.drawing import Drawing, Kind, Node
from policy_engine.reports.screen import clean, cut

LABEL = r'"((?:[^"\\\n]|\\.)*)"'
LOOKS = r'(?:, [a-z]+="[\w,#.]*")*'
LINES = tuple(
    re.compile(form)
    for form in (
        r"digraph policy \{",
        rf'  graph \[rankdir="LR", fontname="sans-serif", labelloc="b", labeljust="l", label={LABEL}\]',
        r'  (?:node|edge) \[[\w",=. -]+\]',
        r"  subgraph cluster_n\d+ \{",
        rf"    label={LABEL}",
        rf" +n\d+(?: -> n\d+)? \[label={LABEL}{LOOKS}\]",
        r"  \}",
        r"\}",
    )
)


def labels(written: str) -> list[str]:
    """All texts, read back as Graphviz does, without their spaces: lines are broken anywhere."""
    found = []
    for line in written.splitlines():
        match = next((match for form in LINES if (match := form.fullmatch(line))), None)
        assert match is not None, line
        found += [squeezed(_read(text)) for text in match.groups() if text]
    return found


def _read(text: str) -> str:
    breaks = {"n": "\n", "l": "\n"}
    unescaped = re.sub(r"\\(.)", lambda code: breaks.get(code[1], code[1]), text)
    assert not re.search(r"&(?!amp;)", unescaped)
    return unescaped.replace("&amp;", "&")


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(drawings())
def test_hostile_text_stays_text(drawing: Drawing) -> None:
    found = "\n".join(labels(dot(drawing)))
    for text in [text for node in drawing.nodes for text in (node.heading, *node.details)]:
        assert squeezed(cut(text, MOST_TEXT)) in found
    for edge in drawing.edges:
        assert squeezed(cut(edge.label, MOST_TEXT)) in found


@pytest.mark.parametrize("piece", PIECES)
def test_each_hostile_text_alone_stays_text(piece: str) -> None:
    drawing = Drawing("t", "", (), (Node("a", Kind.ACTION, clean(piece)),), (), ())
    assert labels(dot(drawing))[1:] == [squeezed(cut(clean(piece), MOST_TEXT))][: bool(clean(piece).strip())]
