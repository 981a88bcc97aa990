"""Elements of an SVG picture, and text in them that keeps to its room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from xml.etree import ElementTree

from policy_engine.reports.lettering import is_measured, lines_of, text_width
from policy_engine.reports.screen import cut

MAIN, SMALL = 13.0, 11.0
"""Font sizes in pixels."""
MOST_TEXT = 160
"""Columns of a text; longer ones are cut."""

_LEADING = 1.3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of text: its size in pixels, and the classes that say how it looks."""

    text: str
    size: float = MAIN
    bold: bool = False
    look: str = ""

    @property
    def width(self) -> float:
        """The room that it takes at most."""
        return text_width(self.text, self.size, self.bold)

    @property
    def height(self) -> float:
        """The distance to the next line."""
        return round(self.size * _LEADING)


def rows_of(text: str, room: float, size: float = MAIN, bold: bool = False, look: str = "") -> list[Row]:
    """A text in as many rows as it needs, none wider than ``room``."""
    return [Row(line, size, bold, look) for line in lines_of(cut(text, MOST_TEXT), size, room, bold)]


def height_of(rows: Sequence[Row]) -> float:
    """Of rows below each other."""
    return fsum(row.height for row in rows)


def add(
    parent: ElementTree.Element, tag: str, look: str = "", **attributes: float | str
) -> ElementTree.Element:
    """A new element in another one. ``look`` is its class; ``_`` in an attribute's name stands for ``-``."""
    written = {"class": look} if look else {}
    for name, value in attributes.items():
        written[name.replace("_", "-")] = value if isinstance(value, str) else number(value)
    return ElementTree.SubElement(parent, tag, written)


def number(value: float) -> str:
    """A length as short as it can be said, to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:g}" if abs(value) < 100_000 else f"{value:.0f}"


def add_rows(
    parent: ElementTree.Element, rows: Sequence[Row], x: float, top: float, anchor: str = "start"
) -> None:
    """Rows below each other. ``x`` is where they start, or their middle or end, as ``anchor`` says."""
    for row in rows:
        look = " ".join(
            filter(None, ("small" if row.size < MAIN else "", "bold" if row.bold else "", row.look))
        )
        text = add(
            parent, "text", look, x=x, y=top + row.height - (row.height - row.size) / 2 - row.size * 0.2
        )
        if anchor != "start":
            text.set("text-anchor", anchor)
        if not is_measured(row.text):
            # whatever font the reader has for these characters, the line takes the room that was kept for it
            text.set("textLength", number(row.width))
            text.set("lengthAdjust", "spacingAndGlyphs")
        text.text = row.text
        top += row.height
