"""A ladder in an SVG picture: a flight of steps, with the way up and the way back to the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from policy_engine.reports.drawing import Node
from policy_engine.reports.svg_text import SMALL, Row, add, add_rows, height_of, number, rows_of

ROOM = 210.0
PAD = 12.0
BADGE = 20.0
TREAD = 26.0
"""How far each step stands back from the one below."""
WIDEST_CLIMB = 260.0
HOP = 16.0
"""How high the way up rises above a step."""


@dataclass(frozen=True, slots=True)
class _Block:
    rows: Sequence[Row]
    left: float
    top: float
    height: float
    number: str


def _step_rows(step: Node, climb: str) -> list[Row]:
    return [
        *rows_of(climb, ROOM, SMALL, look="muted"),
        *(row for each in step.details for row in rows_of(each, ROOM)),
    ]


class Stairs:
    """The flight of a ladder: its size, and where its steps let lines go out on the right."""

    def __init__(self, ladder: Node, steps: Sequence[Node], climbs: Sequence[str], start_over: str) -> None:
        """``climbs`` are the words of the way up to each step; ``start_over`` those of the way back, or empty."""
        self.goes_back = bool(start_over)
        self.tread = min(TREAD, WIDEST_CLIMB / len(steps))
        self.head = [
            Row("ladder", SMALL, look="muted"),
            *rows_of(ladder.text, ROOM, bold=True),
            *(row for each in ladder.details for row in rows_of(each, ROOM, SMALL)),
        ]
        texts = [_step_rows(step, climb) for step, climb in zip(steps, climbs, strict=True)]
        widest = max(row.width for rows in texts for row in rows)
        self.right = PAD + self.tread * (len(steps) + 1) + BADGE + 2 * PAD + widest
        self.blocks = self._blocks(steps, texts)
        self.ground = self.blocks[0].top + self.blocks[0].height
        self.foot = rows_of(start_over or "never starts over", self.right - PAD, SMALL, look="muted")
        self.width = max(self.right + 2 * PAD, max(row.width for row in (*self.head, *self.foot)) + 3 * PAD)
        self.height = self.ground + 2 * PAD + height_of(self.foot) + 4

    def _blocks(self, steps: Sequence[Node], texts: Sequence[Sequence[Row]]) -> list[_Block]:
        """The steps from the lowest to the highest, which stands right below the head."""
        top = PAD + height_of(self.head) + HOP + 6
        blocks = []
        for place in reversed(range(len(steps))):
            left, height = PAD + self.tread * (place + 1), height_of(texts[place]) + PAD
            blocks.append(_Block(texts[place], left, top, height, str(steps[place].number)))
            top += height
        return blocks[::-1]

    def leaves(self, number: int) -> float:
        """How far below the top of the ladder a line leaves step ``number`` (from 1)."""
        block = self.blocks[number - 1]
        return block.top + block.height / 2

    def draw(self, parent: ElementTree.Element, x: float, y: float, exits: Sequence[int]) -> None:
        """Draw it with its upper left corner at a point. ``exits``: the steps that lines go out of."""
        group = add(parent, "g", "ladder", transform=f"translate({number(x)} {number(y)})")
        add(group, "rect", "frame", width=self.width, height=self.height, rx=6.0)
        add_rows(group, self.head, PAD, PAD - 2)
        for block in self.blocks:
            self._block(group, block)
        for step in exits:
            add(
                group,
                "path",
                "line leads",
                d=f"M{number(self.right)} {number(self.leaves(step))}H{number(self.width)}",
            )
        add(group, "path", "ground", d=f"M{number(PAD)} {number(self.ground)}H{number(self.right)}")
        self._way_up(group)
        add_rows(group, self.foot, PAD, self.ground + 2 * PAD)
        if self.goes_back:
            self._way_back(group)

    def _block(self, group: ElementTree.Element, block: _Block) -> None:
        add(
            group, "rect", "step", x=block.left, y=block.top, width=self.right - block.left, height=block.height
        )  # fmt: skip
        middle = block.left + PAD / 2 + BADGE / 2, block.top + block.height / 2
        add(group, "circle", "badge", cx=middle[0], cy=middle[1], r=BADGE / 2)
        size = SMALL if len(block.number) > 2 else 13.0
        add_rows(
            group, [Row(block.number, size, bold=True, look="onbadge")], middle[0], middle[1] - 9, "middle"
        )
        add_rows(group, block.rows, block.left + PAD + BADGE, block.top + PAD / 2)

    def _way_up(self, group: ElementTree.Element) -> None:
        """A hop from each step, or the ground, to the next."""
        add(group, "circle", "start", cx=PAD + self.tread / 2 - 3, cy=self.ground, r=4.0)
        for block in self.blocks:
            begin, end = block.left - self.tread / 2 - 3, block.left + self.tread / 2 - 3
            foot, top = block.top + block.height - 5, block.top
            add(
                group, "path", "way",
                d=f"M{number(begin)} {number(foot)}V{number(top - HOP / 2)}"
                f"Q{number(begin)} {number(top - HOP)} {number((begin + end) / 2)} {number(top - HOP)}"
                f"T{number(end)} {number(top - 4)}",
            )  # fmt: skip
            add(group, "path", "tip", d=f"M{number(end)} {number(top)}l-4 -7h8z")

    def _way_back(self, group: ElementTree.Element) -> None:
        """From the top step down to the start, outside the flight."""
        top = self.blocks[-1]
        aside, below, start = self.right + PAD, self.ground + 1.4 * PAD, PAD + self.tread / 2 - 3
        add(
            group, "path", "way back",
            d=f"M{number(self.right)} {number(top.top + 8)}H{number(aside)}V{number(below)}"
            f"H{number(start)}V{number(self.ground + 10)}",
        )  # fmt: skip
        add(group, "path", "tip", d=f"M{number(start)} {number(self.ground + 4)}l-4 7h8z")
