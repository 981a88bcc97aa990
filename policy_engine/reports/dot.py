"""A drawing as text in the DOT language of Graphviz (graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from policy_engine.reports.drawing import Drawing, Edge, Kind, Node, Tie
from policy_engine.reports.screen import cut

MOST_TEXT = 160
"""Columns of a text; longer ones are cut."""
COLUMNS = 32

_SHAPES: dict[Kind, dict[str, str]] = {
    Kind.HEARD: {"style": "rounded,filled", "fillcolor": "#eef4fb", "color": "#4a78a8"},
    Kind.CLOCK: {"style": "rounded,filled", "fillcolor": "#eef4fb", "color": "#4a78a8"},
    Kind.COUNTER: {"shape": "box3d", "style": "filled", "fillcolor": "#eef4fb", "color": "#4a78a8"},
    Kind.CONDITION: {"shape": "hexagon", "style": "filled", "fillcolor": "#fff6e0", "color": "#96690a"},
    Kind.LIMIT: {"shape": "hexagon", "style": "filled", "fillcolor": "#fff6e0", "color": "#96690a"},
    Kind.RULE: {"penwidth": "2"},
    Kind.LADDER: {"penwidth": "2", "style": "rounded"},
    Kind.STEP: {"style": "filled", "fillcolor": "#f1edf8", "color": "#6a4fa0"},
    Kind.BARRIER: {"style": "filled", "fillcolor": "#fdeceb", "color": "#a8322a", "penwidth": "4"},
    Kind.ACTION: {"style": "rounded,filled", "fillcolor": "#e9f6ec", "color": "#2f7d45"},
    Kind.END: {"peripheries": "2", "style": "filled", "fillcolor": "#333333", "fontcolor": "#ffffff"},
}
_ARROWS: dict[Tie, dict[str, str]] = {
    Tie.LEADS: {},
    Tie.STOPS: {"style": "dashed", "arrowhead": "tee", "color": "#96690a"},
    Tie.OVERRIDES: {"style": "dashed", "arrowhead": "tee", "penwidth": "2"},
    Tie.FEEDS: {"arrowhead": "open", "color": "#777777"},
    Tie.CLIMBS: {"penwidth": "2", "color": "#6a4fa0"},
    Tie.STARTS_OVER: {"style": "dashed", "color": "#6a4fa0", "constraint": "false"},
}


def dot(drawing: Drawing) -> str:
    """A directed graph from left to right. Texts are cut at MOST_TEXT columns, lines at COLUMNS."""
    names = {node.id: f"n{number}" for number, node in enumerate(drawing.nodes, 1)}
    notes = [drawing.title, *([drawing.subtitle] if drawing.subtitle else []), *drawing.notes]
    said = "".join(f"{_escaped(each)}\\l" for note in notes for each in _wrapped(note, 3 * COLUMNS))
    lines = [
        "digraph policy {",
        f'  graph [rankdir="LR", fontname="sans-serif", labelloc="b", labeljust="l", label="{said}"]',
        '  node [shape="box", fontname="sans-serif", fontsize="12"]',
        '  edge [fontname="sans-serif", fontsize="11"]',
    ]
    for node in drawing.nodes:
        if node.kind is Kind.LADDER:
            lines += _ladder(node, [each for each in drawing.nodes if each.ladder == node.id], names)
        elif node.ladder is None:
            lines.append(f"  {names[node.id]} {_attributes(node, [node.heading, *node.details])}")
    lines += [f"  {_edge(edge, names)}" for edge in drawing.edges]
    return "\n".join([*lines, "}"])


def _ladder(ladder: Node, steps: Sequence[Node], names: Mapping[str, str]) -> Iterator[str]:
    yield f"  subgraph cluster_{names[ladder.id]} {{"
    yield f"    label={_quoted([ladder.heading])}"
    yield f"    {names[ladder.id]} {_attributes(ladder, ladder.details)}"
    yield from (f"    {names[step.id]} {_attributes(step, [step.heading, *step.details])}" for step in steps)
    yield "  }"


def _attributes(node: Node, lines: Sequence[str]) -> str:
    looks = dict(_SHAPES[node.kind])
    if node.trial:
        looks["style"] = ",".join(filter(None, (looks.get("style"), "dotted")))
    return _written(lines, looks)


def _edge(edge: Edge, names: Mapping[str, str]) -> str:
    looks = _ARROWS[edge.tie] | ({"style": "dotted"} if edge.trial else {})
    return f"{names[edge.source]} -> {names[edge.target]} {_written([edge.label], looks)}"


def _written(lines: Sequence[str], looks: Mapping[str, str]) -> str:
    return (
        "["
        + ", ".join([f"label={_quoted(lines)}", *(f'{key}="{value}"' for key, value in looks.items())])
        + "]"
    )


def _quoted(lines: Sequence[str]) -> str:
    wrapped = [each for line in lines for each in _wrapped(line, COLUMNS)]
    return '"' + "\\n".join(_escaped(each) for each in wrapped) + '"'


def _wrapped(line: str, columns: int) -> list[str]:
    return textwrap.wrap(cut(line, MOST_TEXT), columns, break_on_hyphens=False) or [""]


def _escaped(text: str) -> str:
    r"""A label's text: ``\`` would begin an escape, ``&`` a character of HTML."""
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
