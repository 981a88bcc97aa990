"""A ladder's flight: steps that rise, a way up, and a way back where it starts over."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from policy_engine.reports.drawing import Kind, Node
from policy_engine.reports.stairs import WIDEST_CLIMB, Stairs

LADDER = Node("ladder abuse", Kind.LADDER, "abuse", ("counts refusals",))


def flight(count: int, start_over: str = "") -> Stairs:
    steps = [
        Node(f"step {n}", Kind.STEP, f"step {n}", ("add a strike",), number=n, ladder=LADDER.id)
        for n in range(1, count + 1)
    ]
    return Stairs(LADDER, steps, [f"after {n} refusals" for n in range(1, count + 1)], start_over)


def drawn(stairs: Stairs, exits: tuple[int, ...] = ()) -> ElementTree.Element:
    root = ElementTree.Element("svg")
    stairs.draw(root, 0, 0, exits)
    return root


@pytest.mark.parametrize("count", [1, 3, 100])
def test_each_step_stands_higher_and_further_on_than_the_one_before(count: int) -> None:
    steps = [each.attrib for each in drawn(flight(count)).iter("rect") if each.get("class") == "step"]
    assert len(steps) == count
    for lower, upper in pairwise(steps):
        assert float(upper["y"]) < float(lower["y"])
        assert float(upper["x"]) > float(lower["x"])


def test_a_hundred_steps_are_no_wider_than_a_page() -> None:
    assert flight(100).width - flight(1).width < WIDEST_CLIMB + 50


def test_a_way_leads_up_to_each_step_and_back_only_where_the_ladder_starts_over() -> None:
    ways = [each.get("class") for each in drawn(flight(3)).iter("path")]
    assert ways.count("way") == 3
    assert "way back" not in ways
    again = drawn(flight(3, "starts over after 20 turns without one"))
    assert [each.get("class") for each in again.iter("path")].count("way back") == 1
    assert "starts over after 20 turns without one" in [each.text for each in again.iter("text")]
    assert "never starts over" in [each.text for each in drawn(flight(3)).iter("text")]


def test_a_line_leaves_at_the_height_of_its_step() -> None:
    stairs = flight(3)
    assert 0 < stairs.leaves(3) < stairs.leaves(2) < stairs.leaves(1) < stairs.ground
    exits = [each for each in drawn(stairs, (1, 3)).iter("path") if each.get("class") == "line leads"]
    assert len(exits) == 2
