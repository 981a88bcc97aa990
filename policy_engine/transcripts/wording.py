"""The wording of a message, made comparable: one kind of quotation mark and of space; and whether it is English.

Everything here takes linear time. Detectors that read a text share it, so that a curly apostrophe, a
zero-width space or a line break hides nothing from any of them.
"""

from __future__ import annotations

import re

_SAME = (
    *((mark, "'") for mark in "’‘ʼ＇`´"),
    *((mark, '"') for mark in "“”«»„"),
    *((mark, ", ") for mark in "—–"),
    *((mark, "") for mark in "\u200b\u200c\u200d\u2060\ufeff\u00ad"),
)
"""Marks that mean the same, and those that mean nothing; spaces of all kinds are dealt with by ``split``."""
_EMPHASIS = ("*", "_")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ENOUGH = 200
"""How much of a text shows its language, in characters."""
_SHARE = 0.08
"""The least share of common words in an English text; a list of names and terms in English has fewer."""
_FEW = 4
"""A text of fewer words than this says too little about its language: plain letters will do."""

# Words that other languages written in Latin letters do not share.
_COMMON = frozenset(
    "about and any are be but by can can't cannot could do does don't for from have hello help how i i'm if it it's "
    "my not of okay or please sorry that that's the there this to what which will with won't would yes you you're "
    "your these they them their such some when who been being more than into only its as is at we was were has "
    "had born works".split()
)


def levelled(text: str) -> str:
    """The text with plain quotation marks, single spaces and without marks that nobody sees."""
    if not text.isascii():
        for mark, plain in _SAME:
            text = text.replace(mark, plain)
    return " ".join(text.split())


def plain(text: str) -> str:
    """The same in lower case, and without the stars and low lines of emphasis."""
    for mark in _EMPHASIS:
        text = text.replace(mark, "")
    return levelled(text).lower()


def is_english(words: str) -> bool:
    """Whether a plain text is English, as far as its beginning shows: common English words among its words.

    False also where there are no words.
    """
    found = _WORD.findall(words, 0, _ENOUGH)
    if not found:
        return False
    if len(found) < _FEW and words.isascii():
        return True
    return sum(map(_COMMON.__contains__, found)) / len(found) >= _SHARE


def has_any(words: str, signs: tuple[str, ...]) -> bool:
    """Whether one of the ``signs`` stands anywhere in the text: much faster than a pattern that needs one of them."""
    return any(map(words.__contains__, signs))
