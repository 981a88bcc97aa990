"""A drawing as Mermaid text, which many wikis and code hosts show as a picture (mermaid.js.org)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policy_engine.reports.drawing import Drawing, Edge, Kind, Node, Tie
from policy_engine.reports.screen import cut

MOST_EDGES = 500
"""What Mermaid draws unless it is configured to draw more."""
MOST_TEXT = 160
"""Columns of a text; longer ones are cut."""

_SHAPES = {
    Kind.HEARD: ("([", "])"),
    Kind.CLOCK: ("([", "])"),
    Kind.COUNTER: ("[[", "]]"),
    Kind.CONDITION: ("{{", "}}"),
    Kind.LIMIT: ("{{", "}}"),
    Kind.RULE: ("[", "]"),
    Kind.LADDER: ("(", ")"),
    Kind.STEP: ("[", "]"),
    Kind.BARRIER: ("[/", "/]"),
    Kind.ACTION: ("(", ")"),
    Kind.END: ("(((", ")))"),
}
_ARROWS = {
    Tie.LEADS: "-->",
    Tie.STOPS: "-.-x",
    Tie.OVERRIDES: "-.-x",
    Tie.FEEDS: "--o",
    Tie.CLIMBS: "==>",
    Tie.STARTS_OVER: "-.->",
}
_ON_TRIAL = "-.->"
_STYLES = {
    "heard": "fill:#eef4fb,stroke:#4a78a8,color:#14202b",
    "clock": "fill:#eef4fb,stroke:#4a78a8,color:#14202b",
    "counter": "fill:#eef4fb,stroke:#4a78a8,color:#14202b",
    "condition": "fill:#fff6e0,stroke:#96690a,color:#2b2208",
    "limit": "fill:#fff6e0,stroke:#96690a,color:#2b2208",
    "rule": "fill:#ffffff,stroke:#333333,stroke-width:2px,color:#111111",
    "ladder": "fill:#ffffff,stroke:#333333,stroke-width:2px,color:#111111",
    "step": "fill:#f1edf8,stroke:#6a4fa0,color:#1f1730",
    "never": "fill:#fdeceb,stroke:#a8322a,stroke-width:4px,color:#2e0e0b",
    "action": "fill:#e9f6ec,stroke:#2f7d45,color:#0d2413",
    "end": "fill:#333333,stroke:#111111,color:#ffffff",
    "trial": "stroke-dasharray:2 3",
}
_FRAME = "fill:#faf9fc,stroke:#6a4fa0,color:#1f1730"
_NOTES = "fill:#f6f6f6,stroke:#bbbbbb,color:#333333,text-align:left"

# Everything else is written as its number: it could be read as Mermaid, Markdown or HTML.
_PLAIN = re.compile(r"[^\w ,.'/()-]|_")
_LIST_MARK = re.compile(r"^(\d+|)([.)-])(?= |$)")


def mermaid(drawing: Drawing) -> str:
    """A flow chart from left to right. Texts are cut at MOST_TEXT columns."""
    names = {node.id: f"n{number}" for number, node in enumerate(drawing.nodes, 1)}
    lines = ["flowchart LR"]
    # not as Mermaid's own title: it takes away what looks like HTML
    notes = [each for each in (drawing.title, drawing.subtitle, *drawing.notes) if each]
    lines += [f"  policy[{_quoted(notes)}]", f"  style policy {_NOTES}"]
    for node in drawing.nodes:
        if node.ladder is None and node.kind is not Kind.LADDER:
            lines.append(f"  {_node(node, names)}")
        elif node.kind is Kind.LADDER:
            lines += _ladder(node, [each for each in drawing.nodes if each.ladder == node.id], names)
    lines += [f"  {_edge(edge, names)}" for edge in drawing.edges]
    lines += _styles(drawing, names)
    return "\n".join(lines)


def _ladder(ladder: Node, steps: Sequence[Node], names: dict[str, str]) -> Iterator[str]:
    yield f"  subgraph {names[ladder.id]}s[{_quoted([ladder.heading])}]"
    opening, closing = _SHAPES[ladder.kind]
    yield f"    {names[ladder.id]}{opening}{_quoted(ladder.details)}{closing}"
    yield from (f"    {_node(step, names)}" for step in steps)
    yield "  end"
    yield f"  style {names[ladder.id]}s {_FRAME}"


def _node(node: Node, names: dict[str, str]) -> str:
    opening, closing = _SHAPES[node.kind]
    return f"{names[node.id]}{opening}{_quoted([node.heading, *node.details])}{closing}"


def _edge(edge: Edge, names: dict[str, str]) -> str:
    arrow = _ON_TRIAL if edge.trial and edge.tie is Tie.LEADS else _ARROWS[edge.tie]
    label = f"|{_quoted([edge.label])}|" if edge.label else ""
    return f"{names[edge.source]} {arrow}{label} {names[edge.target]}"


def _styles(drawing: Drawing, names: dict[str, str]) -> Iterator[str]:
    members: dict[str, list[str]] = {}
    for node in drawing.nodes:
        members.setdefault(node.kind.value, []).append(names[node.id])
        if node.trial:
            members.setdefault("trial", []).append(names[node.id])
    for name, style in _STYLES.items():
        if name in members:
            # not `end` alone: that is a word of Mermaid
            yield f"  classDef {name}Node {style}"
            yield f"  class {','.join(members[name])} {name}Node"


def _quoted(lines: Sequence[str]) -> str:
    return f'"{"<br/>".join(_escaped(cut(line, MOST_TEXT)) for line in lines)}"'


def _escaped(text: str) -> str:
    listed = _LIST_MARK.sub(lambda found: f"{found[1]}#{ord(found[2])};", text)
    if listed != text:
        head, _, rest = listed.partition(";")
        return f"{head};{_PLAIN.sub(_number, rest)}"
    return _PLAIN.sub(_number, text)


def _number(found: re.Match[str]) -> str:
    return f"#{ord(found[0])};"
