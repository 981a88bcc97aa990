"""How wide text is in a drawing whose reader has fonts of their own, and where its lines break."""

from __future__ import annotations

import re
import unicodedata
from math import fsum

_BY_WIDTH = {
    0.28: "'ijlIJ", 0.33: " ,./:;\\|", 0.37: "f-", 0.41: "()[]t!r", 0.46: '"', 0.53: "*_`sz?", 0.56: "cL",
    0.62: "FkvxyPTYaoe", 0.66: "ESbdghnpqu$0123456789{}K", 0.7: "AVBRXZC", 0.79: "UHNDG&OQ",
    0.87: "w#+<=>^~M", 1.0: "%mW@",
}  # fmt: skip
_WIDTHS = {char: width for width, chars in _BY_WIDTH.items() for char in chars}
"""Advance widths in em, of the widest of the usual sans-serif fonts (DejaVu Sans, and so Verdana): others fit, too."""

_BOLD = 1.12
_WORDS = re.compile(r"\S+")
_INSIDE = re.compile(r"(?<=[/._-])")


def is_measured(text: str) -> bool:
    """Whether the width of every character is known, whatever the font."""
    return all(_base(char) in _WIDTHS for char in text)


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The room that a line takes at most, in pixels, at a font of ``size`` pixels."""
    return fsum(_em(char) for char in text) * size * (_BOLD if bold else 1.0)


def _em(char: str) -> float:
    known = _WIDTHS.get(_base(char))
    if known is not None:
        return known
    if unicodedata.combining(char):
        return 0.0
    return 1.1 if unicodedata.east_asian_width(char) in "WF" else 0.8


def _base(char: str) -> str:
    """The letter below an accent: it is as wide."""
    return unicodedata.normalize("NFD", char)[0]


def lines_of(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """The text in lines of at most ``room`` pixels: broken between words, and a long word wherever it must be."""
    lines = [""]
    for found in _WORDS.finditer(text):
        spaced = f"{lines[-1]} {found[0]}" if lines[-1] else found[0]
        if text_width(spaced, size, bold) <= room:
            lines[-1] = spaced
            continue
        lines += _pieces(found[0], size, room, bold)
    return [line for line in lines if line] or [""]


def _pieces(word: str, size: float, room: float, bold: bool) -> list[str]:
    """A word that may be too long for a line: broken after ``/``, ``.``, ``_`` and ``-``, else anywhere."""
    pieces = [""]
    for part in _INSIDE.split(word):
        if text_width(pieces[-1] + part, size, bold) <= room:
            pieces[-1] += part
            continue
        pieces.append("")
        for char in part:
            if text_width(pieces[-1] + char, size, bold) > room:
                pieces.append("")
            pieces[-1] += char
    return [piece for piece in pieces if piece]
