"""The picture is well-formed, keeps text as text, and keeps text in its boxes."""

from __future__ import annotations

import re
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from reports.hostile import PIECES, drawings
from sound import policy_of

from policy_engine.reports.draughtsman import draw
from policy_engine.reports.drawing import Drawing, Edge, Kind, Node, Tie
from policy_engine.reports.screen import clean, cut
from policy_engine.reports.svg import svg
from policy_engine.reports.svg_text import MOST_TEXT, number

SVG = "{http://www.w3.org/2000/svg}"
KNOWN = {"svg", "title", "desc", "style", "rect", "g", "path", "circle", "text"}
KNOWN_ATTRIBUTES = {
    "class", "role", "aria-labelledby", "width", "height", "viewBox", "id", "transform", "x", "y", "rx", "cx", "cy",
    "r", "d", "text-anchor", "textLength", "lengthAdjust",
}  # fmt: skip


def squeezed(text: str) -> str:
    return "".join(text.split())


def shown(root: ElementTree.Element) -> str:
    return squeezed("".join(each.text or "" for each in root.iter(f"{SVG}text")))


@given(drawings())
def test_hostile_text_stays_text(drawing: Drawing) -> None:
    root = ElementTree.fromstring(svg(drawing))
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= KNOWN
    assert {name for each in root.iter() for name in each.attrib} <= KNOWN_ATTRIBUTES
    everything = shown(root)
    for node in drawing.nodes:
        # of a step, the number is shown
        said = node.details if node.kind is Kind.STEP else (node.text, *node.details)
        for text in said:
            assert squeezed(cut(text, MOST_TEXT)) in everything
    for edge in drawing.edges:
        assert squeezed(cut(edge.label, MOST_TEXT)) in everything


@pytest.mark.parametrize("piece", PIECES)
def test_each_hostile_text_alone_stays_text(piece: str) -> None:
    drawing = Drawing(clean(piece), "", (), (Node("a", Kind.RULE, clean(piece)),), (), ())
    written = svg(drawing)
    written.encode("utf-8")
    root = ElementTree.fromstring(written)
    assert squeezed(cut(clean(piece), MOST_TEXT)) in shown(root)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= KNOWN


@given(drawings())
def test_text_stays_in_its_box_and_boxes_in_the_sheet(drawing: Drawing) -> None:
    root = ElementTree.fromstring(svg(drawing))
    sheet = float(root.attrib["width"]), float(root.attrib["height"])
    body = root.find(f"{SVG}g")
    assert body is not None
    for group in body.iter(f"{SVG}g"):
        shape = next((each for each in group if each.get("class") in ("shape", "frame")), None)
        if shape is None or shape.tag != f"{SVG}rect":
            continue
        left, top = (float(each) for each in re.findall(r"[-\d.]+", group.attrib["transform"]))
        width, height = float(shape.attrib["width"]), float(shape.attrib["height"])
        assert left >= 0
        assert top >= 0
        assert left + width <= sheet[0]
        assert top + height <= sheet[1]
        for text in group.iter(f"{SVG}text"):
            x, y = float(text.attrib["x"]), float(text.attrib["y"])
            assert 0 <= x <= width
            assert 0 <= y <= height
            assert x + float(text.get("textLength", "0")) <= width


def test_those_who_cannot_see_it_are_told_the_same() -> None:
    policy = policy_of("rule one\n  after 2 refusals, end the chat, except when self-harm has been detected")
    root = ElementTree.fromstring(svg(draw(policy)))
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert desc.text == "rule one: after 2 refusals, end the chat, except when self-harm has been detected."


def test_nothing_is_asked_of_the_network() -> None:
    policy = policy_of('rule one\n  after 2 refusals, warn the user "see http://example.org/ and url(x)"')
    written = svg(draw(policy)).replace('xmlns="http://www.w3.org/2000/svg"', "")
    style = written[written.index("<style>") : written.index("</style>")]
    assert not re.search(r"url|import|href|src", style)
    assert not re.search(r"<[^>]*(href|src|on\w+)=", written)


def test_dark_pages_and_print_have_looks_of_their_own() -> None:
    written = svg(Drawing("t", "", (), (Node("a", Kind.RULE, "a"),), (), ()))
    assert "@media screen and (prefers-color-scheme:dark)" in written
    assert "@media print" in written


def test_what_can_stop_differs_by_more_than_colour() -> None:
    nodes = (Node("a", Kind.CONDITION, "a"), Node("b", Kind.RULE, "b"), Node("c", Kind.ACTION, "c"))
    edges = (Edge("a", "b", Tie.STOPS, "only if"), Edge("b", "c", Tie.LEADS))
    root = ElementTree.fromstring(svg(Drawing("t", "", (), nodes, edges, ())))
    classes = [each.get("class") for each in root.iter(f"{SVG}path")]
    assert classes.count("bar") == 2, "one at the gate, one in the legend"
    assert "line stops" in classes
    assert "line leads" in classes


def test_a_thousand_rules_that_hang_together_are_drawn_in_bounded_time() -> None:
    rules = [
        f'rule r{n}\n  after 2 refusals on hate within {n} turns, warn the user "{n}",\n'
        f"  only if a warning has been given in the last {n} turns, except when self-harm has been detected"
        for n in range(1, 1_001)
    ]
    policy = policy_of("\n".join(rules))
    started = time.process_time()
    root = ElementTree.fromstring(svg(draw(policy)))
    assert time.process_time() - started < 60
    assert len([each for each in root.iter(f"{SVG}g") if each.get("class") == "node rule"]) == 1_000


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0, "0"), (-0.04, "0"), (12.34, "12.3"), (99_999.9, "99999.9"), (242_617.4, "242617")],
)
def test_lengths_are_short(value: float, written: str) -> None:
    assert number(value) == written
