"""Texts that would be something else than text, if a renderer let them; and drawings that are full of them."""

from __future__ import annotations

from hypothesis import strategies as st

from policy_engine.reports.drawing import Drawing, Edge, Kind, Node, Tie
from policy_engine.reports.screen import clean

PIECES = (
    "<script>alert(1)</script>", '"', "'", "`", "]", "[", "}}", "{{", "-->", "---", "|", "%%{init: {}}%%", "\n", "\r\n",
    "\u202eabc", "\u2028", "#35;", "#quot;", "&amp;", "&#60;", "&", "<br/>", "]]>", "<!--", "end", "subgraph x",
    "1. one", "- two", "* three", "_b_", "\\", "\\n", "\\N", "\\l", '\\"', ";", "classDef", "style", "http://a/",
    "javascript:alert(1)", "\x00", "\x1b[31m", "\ud800", "\ufffe", "漢字", "عربي", "😀", "e\u0301", "x" * 300, "",
)  # fmt: skip

texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=5).map(" ".join)


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Drawings of every kind of node and tie, with hostile texts in every place that has words."""
    said = draw(st.lists(texts.map(clean), min_size=2 * len(Kind) + len(Tie) + 4, max_size=40))
    words = iter(said + ["more"] * 80)
    trial = draw(st.booleans())
    nodes = [
        Node(f"{kind.value} {next(words)}", kind, next(words), (next(words),), trial)
        for kind in Kind
        if kind not in (Kind.LADDER, Kind.STEP)
    ]
    ladder = Node(f"ladder {next(words)}", Kind.LADDER, next(words), (next(words),))
    steps = [
        Node(f"step {n} {next(words)}", Kind.STEP, f"step {n}", (next(words),), number=n, ladder=ladder.id)
        for n in (1, 2)
    ]
    edges = [
        Edge(ladder.id, steps[0].id, Tie.CLIMBS, next(words)),
        Edge(steps[0].id, steps[1].id, Tie.CLIMBS, next(words)),
        Edge(steps[1].id, ladder.id, Tie.STARTS_OVER, next(words)),
        Edge(steps[1].id, nodes[0].id, Tie.LEADS, next(words)),
    ]
    ties = st.sampled_from([Tie.LEADS, Tie.STOPS, Tie.OVERRIDES, Tie.FEEDS])
    places = st.integers(0, len(nodes) - 1)
    for source, target, tie in draw(st.lists(st.tuples(places, places, ties), max_size=8)):
        if source != target:
            edges.append(Edge(nodes[source].id, nodes[target].id, tie, next(words), trial))
    return Drawing(
        next(words), next(words), (next(words),), (*nodes, ladder, *steps), tuple(edges), (next(words),)
    )
