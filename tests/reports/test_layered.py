"""Boxes keep apart, and lines end at what they tie."""

from __future__ import annotations

import time
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.reports import layered
from policy_engine.reports.layered import lay_out
from policy_engine.reports.layout import Box, Layout, Line


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Line]]:
    sizes = draw(st.lists(st.tuples(st.integers(20, 300), st.integers(20, 200)), min_size=1, max_size=12))
    boxes = [Box(f"b{n}", float(width), float(height)) for n, (width, height) in enumerate(sizes)]
    ends = st.tuples(st.integers(0, len(boxes) - 1), st.integers(0, len(boxes) - 1))
    lines = [
        Line(
            f"b{source}", f"b{target}", label=draw(st.sampled_from([0.0, 60.0])), weak=draw(st.booleans()),
            leaves=draw(st.sampled_from([None, 5.0])),
        )
        for source, target in draw(st.lists(ends, max_size=20))
        if source != target
    ]  # fmt: skip
    return boxes, lines


def check(boxes: list[Box], lines: list[Line], layout: Layout) -> None:
    for one, other in combinations(boxes, 2):
        (x, y), (left, top) = layout.corners[one.name], layout.corners[other.name]
        apart_x = x + one.width <= left + 0.01 or left + other.width <= x + 0.01
        apart_y = y + one.height <= top + 0.01 or top + other.height <= y + 0.01
        assert apart_x or apart_y, (one, other)
    sizes = {box.name: box for box in boxes}
    for box in boxes:
        x, y = layout.corners[box.name]
        assert -0.01 <= x <= layout.width - box.width + 0.01
        assert -0.01 <= y <= layout.height - box.height + 0.01
    for line, route in zip(lines, layout.routes, strict=True):
        assert len(route) % 2 == 0
        for place, (before, after) in enumerate(pairwise(route)):
            if place % 2 == 0:
                assert before[1] == after[1], "level"
        for name, (x, y) in ((line.source, route[0]), (line.target, route[-1])):
            left, top = layout.corners[name]
            assert x in (left, left + sizes[name].width)
            assert top - 0.01 <= y <= top + sizes[name].height + 0.01


@given(graphs())
def test_boxes_keep_apart_and_lines_end_where_they_should(graph: tuple[list[Box], list[Line]]) -> None:
    boxes, lines = graph
    layout = lay_out(boxes, lines)
    check(boxes, lines, layout)
    assert layout == lay_out(boxes, lines)


@given(graphs())
def test_so_they_do_without_stand_ins(graph: tuple[list[Box], list[Line]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layered, "MOST_STAND_INS", 0)
        check(*graph, lay_out(*graph))


def boxes(names: str) -> list[Box]:
    return [Box(name, 100, 30) for name in names]


def test_lines_lead_from_left_to_right() -> None:
    layout = lay_out(boxes("abc"), [Line("a", "b"), Line("b", "c"), Line("a", "c")])
    assert layout.corners["a"][0] < layout.corners["b"][0] < layout.corners["c"][0]


def test_a_chain_is_level() -> None:
    layout = lay_out(boxes("abcd"), [Line("a", "b"), Line("b", "c"), Line("c", "d")])
    assert len({y for _, y in layout.corners.values()}) == 1


def test_a_circle_is_opened_at_the_weak_line() -> None:
    layout = lay_out(boxes("abc"), [Line("c", "a", weak=True), Line("a", "b"), Line("b", "c")])
    assert layout.corners["a"][0] < layout.corners["b"][0] < layout.corners["c"][0]
    back = layout.routes[0]
    assert back[0][0] > back[-1][0]


def test_lines_do_not_cross_where_they_need_not() -> None:
    layout = lay_out(boxes("abcxyz"), [Line("a", "z"), Line("b", "y"), Line("c", "x"), Line("a", "y")])
    heights = {name: y for name, (_, y) in layout.corners.items()}
    assert (heights["a"] < heights["b"]) == (heights["z"] < heights["y"])


def test_a_line_that_leaves_a_box_low_down_pulls_its_target_down() -> None:
    tall = Box("a", 100, 300)
    layout = lay_out([tall, Box("b", 100, 30)], [Line("a", "b", leaves=280)])
    assert layout.corners["b"][1] + 15 == pytest.approx(layout.corners["a"][1] + 280)


def test_parts_that_nothing_ties_are_packed_in_rows() -> None:
    many = [Box(f"b{n}", 400, 50) for n in range(9)]
    layout = lay_out(many, [])
    assert layout.width <= layered.WIDEST_ROW
    assert layout.height < 9 * 50


@pytest.mark.parametrize("shape", ["star", "chain", "layers"])
def test_a_thousand_boxes_end_in_bounded_time(shape: str) -> None:
    names = [f"b{n}" for n in range(1_000)]
    lines = {
        "star": [Line(name, "b0", label=40) for name in names[1:]],
        "chain": [Line(*pair) for pair in pairwise(names)] + [Line("b0", name) for name in names[2:]],
        "layers": [Line(names[n], names[(n * 7 + 101) % 1_000]) for n in range(1_000) for _ in range(3)],
    }[shape]
    started = time.process_time()
    lay_out([Box(name, 100, 30) for name in names], lines)
    assert time.process_time() - started < 60
