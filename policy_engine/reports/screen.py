"""Text on a terminal: what is hostile is made harmless, what is wide is measured, colour is a courtesy."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TextIO

COLUMNS = 80
"""How wide text is that people read, unless their terminal is wider."""

_NO_CHARACTERS = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    f"\ufdd0-\ufdef\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f{_NO_CHARACTERS}]"
)
_SPACE = re.compile(r"\s+")


def clean(text: str, keep: str = "") -> str:
    """The text on one line; control, escape and direction characters are shown as ``\\x1b`` and the like.

    So are halves of characters and what is no character. ``keep`` are some to leave as they are.
    """
    spaced = _SPACE.sub(" ", text)
    return _HARMFUL.sub(lambda found: found[0] if found[0] in keep else _shown(found[0]), spaced)


def _shown(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def width(text: str) -> int:
    """How many columns the text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(maxsize=4096)
def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):  # drawn over the letter before it
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """The text in at most so many columns; ``…`` says that something was left out."""
    if width(text) <= columns:
        return text
    kept, used = "", 1
    for char in text:
        used += _columns(char)
        if used > columns:
            break
        kept += char
    return kept.rstrip() + "…"


def wrapped(words: Iterable[str], columns: int = COLUMNS, first: str = "", rest: str = "") -> Iterator[str]:
    """The words in lines of at most so many columns; ``first`` stands before the first line, ``rest`` before others.

    A word that is longer than a line has one for itself: whoever does not want that gives it :func:`cut`, or
    in :func:`pieces`. An empty word is one space more, except where a line ends.
    """
    line, is_empty = first, True
    for word in words:
        if not is_empty and width(line) + 1 + width(word) > columns:
            yield line.rstrip()
            line, is_empty = rest, True
        if word or not is_empty:
            line += word if is_empty else f" {word}"
            is_empty = False
    yield line.rstrip()


def pieces(word: str, columns: int) -> Iterator[str]:
    """A word in pieces of at most so many columns (2 or more)."""
    piece, used = "", 0
    for char in word:
        if used + _columns(char) > columns:
            yield piece
            piece, used = "", 0
        piece += char
        used += _columns(char)
    yield piece


def pad(text: str, columns: int) -> str:
    """The text with spaces behind it, up to so many columns."""
    return text + " " * max(0, columns - width(text))


_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
_ASCII = str.maketrans(
    {
        "│": "|",
        "─": "-",
        "━": "^",
        "▸": ">",
        "■": "#",
        "·": ".",
        "…": "~",
        "–": "-",
        "—": "-",
        "→": ">",
        "’": "'",
        "“": '"',
        "”": '"',
    }
)


class Screen:
    """How a stream shows text: whether it takes colour, and which signs it can print."""

    def __init__(self, stream: TextIO) -> None:
        self.colours = is_colourful(stream)
        self.unicode = can_print(stream, "│━▸■·…")

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour (or ``bold``, ``dim``), where the stream takes it."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.colours and text else text

    def signs(self, text: str) -> str:
        """The text with its signs as the stream can print them."""
        return text if self.unicode else text.translate(_ASCII)


def is_colourful(stream: TextIO) -> bool:
    """Whether to colour: a terminal that is not dumb, and ``NO_COLOR`` (no-color.org) is not set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def can_print(stream: TextIO, text: str) -> bool:
    """Whether the stream's encoding has these characters."""
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
