"""A drawing as an SVG picture: laid out here, so that no other program is needed to see it.

It follows the reader's choice of a light or a dark page, and is light in print. Kinds differ by shape and by
the way lines are drawn, not by colour alone. It has no script, and it asks no network for anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree

from policy_engine.reports.drawing import Drawing, Edge, Kind, Node, Tie
from policy_engine.reports.layered import ARROW, PORT_GAP, lay_out
from policy_engine.reports.layout import Box, Line, Point
from policy_engine.reports.stairs import Stairs
from policy_engine.reports.svg_text import MAIN, SMALL, Row, add, add_rows, height_of, number, rows_of

ROOM = 190.0
"""Width of the text in a node, in pixels."""
PAD_X, PAD_Y = 12.0, 8.0
MARGIN = 24.0
LEAST_WIDTH = 520.0
LABEL_ROOM = 110.0

MOST_TIES = 20_000
"""Beyond it, laying a drawing out would take minutes, and nobody could follow it."""

_ICON = {Kind.COUNTER: 26.0, Kind.CLOCK: 24.0, Kind.BARRIER: 14.0, Kind.END: 18.0}
_POINT = 10.0
"""How far a gate's points reach out on each side."""
_LEGEND = (
    (Tie.LEADS, False, "leads to"),
    (Tie.STOPS, False, "can stop"),
    (Tie.FEEDS, False, "is remembered by"),
    (Tie.LEADS, True, "on trial: reported, never done"),
)


def svg(drawing: Drawing) -> str:
    """The picture as a whole file, without an XML declaration, so that it can stand in a page, too."""
    return _Sheet(drawing).written()


@dataclass(frozen=True, slots=True)
class _Card:
    """A node with its text set: all but its place."""

    node: Node
    rows: Sequence[Row]
    width: float
    height: float


class _Sheet:
    """One picture."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.nodes = {node.id: node for node in drawing.nodes}
        self.ties = [edge for edge in drawing.edges if edge.tie not in (Tie.CLIMBS, Tie.STARTS_OVER)]
        entries = Counter(edge.target for edge in self.ties if edge.label)
        self.cards = {
            node.id: _card(node, entries[node.id])
            for node in drawing.nodes
            if node.kind not in (Kind.LADDER, Kind.STEP)
        }
        self.stairs = _flights(drawing)
        shapes: dict[str, _Card | Stairs] = {**self.cards, **self.stairs}
        boxes = [Box(name, shapes[name].width, shapes[name].height) for name in self.nodes if name in shapes]
        self.layout = lay_out(boxes, [self._line(edge) for edge in self.ties])

    def written(self) -> str:
        """The file's text."""
        width = max(self.layout.width, LEAST_WIDTH)
        head = [
            *rows_of(self.drawing.title, width, MAIN + 4, bold=True, look="title"),
            *(rows_of(self.drawing.subtitle, width) if self.drawing.subtitle else []),
        ]
        notes = [row for note in self.drawing.notes for row in rows_of(note, width, SMALL)]
        top = MARGIN + height_of(head) + 16
        foot = top + self.layout.height + 20
        height = foot + height_of(notes) + 24 + MARGIN
        root = _root(self.drawing, width + 2 * MARGIN, height)
        add(root, "rect", "sheet", width=width + 2 * MARGIN, height=height)
        add_rows(root, head, MARGIN, MARGIN - 4)
        body = add(root, "g", transform=f"translate({number(MARGIN)} {number(top)})")
        self._body(body)
        add_rows(root, notes, MARGIN, foot)
        self._legend(
            add(root, "g", transform=f"translate({number(MARGIN)} {number(foot + height_of(notes) + 14)})")
        )
        ElementTree.indent(root, " ")
        return ElementTree.tostring(root, encoding="unicode")

    def _line(self, edge: Edge) -> Line:
        source = self.nodes[edge.source]
        leaves = None
        if source.ladder is not None and source.number is not None:
            leaves = self.stairs[source.ladder].leaves(source.number)
        return Line(
            source.ladder or edge.source,
            edge.target,
            max((row.width for row in _label(edge)), default=0.0),
            f"{edge.tie.value} {edge.trial}",
            leaves,
            edge.tie in (Tie.FEEDS, Tie.OVERRIDES),
            4.0 if edge.tie is Tie.LEADS and not edge.trial else 1.0,
        )

    def _body(self, body: ElementTree.Element) -> None:
        for edge, route in zip(self.ties, self.layout.routes, strict=True):
            _tie(body, edge.tie, edge.trial, route)
        for name, card in self.cards.items():
            _draw_card(body, card, *self.layout.corners[name])
        exits: dict[str, set[int]] = {name: set() for name in self.stairs}
        for edge in self.ties:
            step = self.nodes[edge.source]
            if step.ladder is not None and step.number is not None:
                exits[step.ladder].add(step.number)
        for name, stairs in self.stairs.items():
            stairs.draw(body, *self.layout.corners[name], sorted(exits[name]))
        for edge, (x, y) in zip(self.ties, self.layout.words, strict=True):
            rows = _label(edge)
            add_rows(body, rows, x, y - height_of(rows) + 1, "end")

    def _legend(self, group: ElementTree.Element) -> None:
        x = 0.0
        for tie, trial, words in _LEGEND:
            if any(edge.tie is tie and edge.trial is trial for edge in self.drawing.edges):
                _tie(group, tie, trial, [(x, 0.0), (x + 34, 0.0)])
                row = Row(words, SMALL, look="muted")
                add_rows(group, [row], x + 40, -8)
                x += 40 + row.width + 20


def _flights(drawing: Drawing) -> dict[str, Stairs]:
    """By the id of their ladder."""
    steps: dict[str, list[Node]] = {node.id: [] for node in drawing.nodes if node.kind is Kind.LADDER}
    for node in drawing.nodes:
        if node.ladder is not None:
            steps[node.ladder].append(node)
    climbs = {edge.target: edge.label for edge in drawing.edges if edge.tie is Tie.CLIMBS}
    back = {edge.target: edge.label for edge in drawing.edges if edge.tie is Tie.STARTS_OVER}
    return {
        node.id: Stairs(
            node, steps[node.id], [climbs[step.id] for step in steps[node.id]], back.get(node.id, "")
        )
        for node in drawing.nodes
        if node.kind is Kind.LADDER
    }  # fmt: skip


def _root(drawing: Drawing, width: float, height: float) -> ElementTree.Element:
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "policy-drawing",
            "role": "img",
            "aria-labelledby": "policy-drawing-title policy-drawing-desc",
            "width": number(width),
            "height": number(height),
            "viewBox": f"0 0 {number(width)} {number(height)}",
        },
    )
    add(root, "title", id="policy-drawing-title").text = drawing.title
    said = [each for each in (drawing.subtitle, *drawing.sentences, *drawing.notes) if each]
    add(root, "desc", id="policy-drawing-desc").text = "\n".join(said)
    add(root, "style").text = STYLE
    return root


def _label(edge: Edge) -> list[Row]:
    return rows_of(edge.label, LABEL_ROOM, SMALL, look="label") if edge.label else []


def _card(node: Node, entries: int) -> _Card:
    small = [row for each in node.details for row in rows_of(each, ROOM, SMALL, look="muted")]
    is_loud = node.kind in (Kind.RULE, Kind.BARRIER, Kind.END)
    rows = [*rows_of(node.text, ROOM, bold=is_loud), *small]
    if node.kind is Kind.RULE:
        rows.insert(0, Row("trial rule" if node.trial else "rule", SMALL, look="muted"))
    side = _POINT if node.kind in (Kind.CONDITION, Kind.LIMIT) else 0.0
    width = max(row.width for row in rows) + 2 * (PAD_X + side) + _ICON.get(node.kind, 0.0)
    height = max(height_of(rows) + 2 * PAD_Y, PORT_GAP * (entries + 1))
    return _Card(node, rows, width, height)


def _draw_card(body: ElementTree.Element, card: _Card, x: float, y: float) -> None:
    node = card.node
    look = f"node {node.kind.value}{' trial' if node.trial else ''}"
    group = add(body, "g", look, transform=f"translate({number(x)} {number(y)})")
    _outline(group, card)
    side = _POINT if node.kind in (Kind.CONDITION, Kind.LIMIT) else 0.0
    left = PAD_X + side + _ICON.get(node.kind, 0.0)
    add_rows(group, card.rows, left, (card.height - height_of(card.rows)) / 2)


def _outline(group: ElementTree.Element, card: _Card) -> None:
    width, height, middle = card.width, card.height, card.height / 2
    match card.node.kind:
        case Kind.CONDITION | Kind.LIMIT:
            add(
                group, "path", "shape",
                d=f"M0 {number(middle)}L{number(_POINT)} 0H{number(width - _POINT)}L{number(width)} {number(middle)}"
                f"L{number(width - _POINT)} {number(height)}H{number(_POINT)}Z",
            )  # fmt: skip
        case Kind.HEARD | Kind.CLOCK:
            add(group, "rect", "shape", width=width, height=height, rx=min(middle, 17.0))
        case Kind.ACTION:
            add(group, "rect", "shape", width=width, height=height, rx=6.0)
        case Kind.END:
            add(group, "rect", "shape", width=width, height=height, rx=3.0)
            add(group, "rect", "inner", x=3.0, y=3.0, width=width - 6, height=height - 6, rx=2.0)
        case _:
            add(group, "rect", "shape", width=width, height=height, rx=2.0)
    _icon(group, card.node.kind, middle, height)


def _icon(group: ElementTree.Element, kind: Kind, middle: float, height: float) -> None:
    """Tally marks on a counter, a clock, a wall before what is never done, the square of the end."""
    y = number
    match kind:
        case Kind.COUNTER:
            marks = "".join(f"M{11 + 4 * each} {y(middle - 7)}v14" for each in range(4))
            add(group, "path", "icon", d=f"{marks}M8 {y(middle + 4)}L26 {y(middle - 4)}")
        case Kind.CLOCK:
            add(group, "circle", "icon", cx=20.0, cy=middle, r=8.0)
            add(group, "path", "icon", d=f"M20 {y(middle - 5)}V{y(middle)}H24")
        case Kind.BARRIER:
            add(group, "rect", "wall", width=12.0, height=height)
            rows = range(round(height) // 8)
            stripes = "".join(f"M1 {y(8 * each + 7)}L11 {y(8 * each + 1)}" for each in rows)
            add(group, "path", "stripes", d=stripes)
        case Kind.END:
            add(group, "rect", "stop", x=12.0, y=middle - 5, width=10.0, height=10.0)
        case _:
            return


def _tie(parent: ElementTree.Element, tie: Tie, trial: bool, route: Sequence[Point]) -> None:
    """The line and its tip. A bar stops, a full tip leads, an open one looks on."""
    look = {Tie.STOPS: "stops", Tie.OVERRIDES: "stops overrides", Tie.FEEDS: "feeds"}.get(tie, "leads")
    path = [f"M{_at(route[0])}"]
    for place, (before, after) in enumerate(pairwise(route)):
        if place % 2 and before[1] != after[1]:
            bend = (after[0] - before[0]) / 2
            path.append(
                f"C{_at((before[0] + bend, before[1]))} {_at((after[0] - bend, after[1]))} {_at(after)}"
            )
        else:
            path.append(f"L{_at(after)}")
    add(parent, "path", f"line {look}{' trial' if trial else ''}", d="".join(path))
    (x, y), forth = route[-1], 1 if route[-1][0] >= route[0][0] else -1
    if look.startswith("stops"):
        add(parent, "path", "bar", d=f"M{_at((x - 3 * forth, y - 6))}v12")
    elif look == "feeds":
        add(
            parent,
            "path",
            "open",
            d=f"M{_at((x - 7 * forth, y - 4))}L{_at((x, y))}L{_at((x - 7 * forth, y + 4))}",
        )
    else:
        add(parent, "path", "tip", d=f"M{_at((x, y))}l{number(-(ARROW - 2) * forth)} -4v8z")


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


# --- looks -----------------------------------------------------------------------------------

_LIGHT = {
    "sheet": "#ffffff", "text": "#1b1b1b", "muted": "#565656", "line": "#3c3c3c", "thin": "#767676",
    "stop": "#8f5f00", "heard": "#edf3fa", "heard-line": "#43719f", "gate": "#fff4d8", "gate-line": "#8f5f00",
    "rule": "#ffffff", "rule-line": "#2c2c2c", "frame": "#faf9fc", "step": "#ece7f6", "step-line": "#62469b",
    "wall": "#fbe7e5", "wall-line": "#a12d25", "action": "#e6f4ea", "action-line": "#2a7540",
    "end": "#262626", "on-end": "#ffffff",
}  # fmt: skip
_DARK = {
    "sheet": "#16181c", "text": "#ececec", "muted": "#b0b0b0", "line": "#c9c9c9", "thin": "#8f8f8f",
    "stop": "#e5b454", "heard": "#1c2a3a", "heard-line": "#7fb0e0", "gate": "#332808", "gate-line": "#e5b454",
    "rule": "#22252b", "rule-line": "#d5d5d5", "frame": "#1b1c22", "step": "#2a2240", "step-line": "#b49ce8",
    "wall": "#3a1815", "wall-line": "#f08a80", "action": "#15301d", "action-line": "#78c98f",
    "end": "#f0f0f0", "on-end": "#16181c",
}  # fmt: skip


def _colours(of: dict[str, str]) -> str:
    """The rules that colour the picture. Without CSS variables: not every viewer knows them."""
    rules = {
        ".sheet": f"fill:{of['sheet']}",
        "text": f"fill:{of['text']}",
        ".muted": f"fill:{of['muted']}",
        ".label": f"fill:{of['text']};stroke:{of['sheet']}",
        ".line": f"stroke:{of['line']}",
        ".line.stops, .bar": f"stroke:{of['stop']}",
        ".line.feeds, .open": f"stroke:{of['thin']}",
        ".tip, .start": f"fill:{of['line']}",
        ".shape": f"fill:{of['rule']};stroke:{of['rule-line']}",
        ".heard .shape, .clock .shape, .counter .shape": f"fill:{of['heard']};stroke:{of['heard-line']}",
        ".icon": f"stroke:{of['heard-line']}",
        ".condition .shape, .limit .shape": f"fill:{of['gate']};stroke:{of['gate-line']}",
        ".never .shape": f"fill:{of['wall']};stroke:{of['wall-line']}",
        ".wall": f"fill:{of['wall-line']}",
        ".stripes": f"stroke:{of['wall']}",
        ".action .shape": f"fill:{of['action']};stroke:{of['action-line']}",
        ".end .shape": f"fill:{of['end']};stroke:{of['end']}",
        ".inner": f"stroke:{of['on-end']}",
        ".stop, .end text": f"fill:{of['on-end']}",
        ".frame": f"fill:{of['frame']};stroke:{of['rule-line']}",
        ".step": f"fill:{of['step']};stroke:{of['step-line']}",
        ".badge": f"fill:{of['step-line']}",
        ".onbadge": f"fill:{of['sheet']}",
        ".ground, .way": f"stroke:{of['step-line']}",
        ".ladder .tip, .start": f"fill:{of['step-line']}",
    }
    return "".join(
        ",".join(f".policy-drawing {each.strip()}" for each in names.split(",")) + f"{{{rule}}}\n"
        for names, rule in rules.items()
    )


_SHAPES = """
.policy-drawing text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.policy-drawing text.small{font-size:11px}
.policy-drawing text.bold{font-weight:700}
.policy-drawing text.title{font-size:17px}
.policy-drawing .label{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
.policy-drawing .line,.policy-drawing .open,.policy-drawing .icon,.policy-drawing .way{fill:none;stroke-width:1.4}
.policy-drawing .line.stops{stroke-dasharray:6 4}
.policy-drawing .line.overrides{stroke-width:2.2}
.policy-drawing .line.feeds{stroke-width:1}
.policy-drawing .line.trial{stroke-dasharray:1 4;stroke-linecap:round;stroke-width:1.8}
.policy-drawing .bar{stroke-width:3}
.policy-drawing .shape,.policy-drawing .frame,.policy-drawing .step{stroke-width:1.3}
.policy-drawing .rule .shape{stroke-width:2}
.policy-drawing .trial .shape{stroke-dasharray:1 4;stroke-linecap:round}
.policy-drawing .inner{fill:none;stroke-width:1}
.policy-drawing .stripes{stroke-width:2}
.policy-drawing .ground{stroke-width:2}
.policy-drawing .way{stroke-width:2}
.policy-drawing .back{stroke-dasharray:6 4;stroke-width:1.4}
@media print{svg.policy-drawing{max-width:100%;height:auto}}
"""
STYLE = f"{_SHAPES}{_colours(_LIGHT)}@media screen and (prefers-color-scheme:dark){{\n{_colours(_DARK)}}}\n"
"""The style sheet of every picture. Its rules name the picture, so that they harm no page that it stands in."""
