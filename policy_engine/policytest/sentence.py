"""A short text of a test file, cut into words that know their place in the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from policy_engine.source import Source, Span

_TOKEN = re.compile(r'"[^"\n]*"|[,;]|[()]|[^\s,;()"]+|"')
MAX_SENTENCE = 4_000
"""Characters of one turn or expectation."""


class Piece(NamedTuple):
    """A word, a text in quotation marks (with them), or one of ``, ; ( )``."""

    text: str
    span: Span

    @property
    def is_text(self) -> bool:
        """Whether it is a text in quotation marks."""
        return len(self.text) > 1 and self.text[0] == self.text[-1] == '"'


class Sentence(NamedTuple):
    """``text`` as it is meant (its parameters filled in), which stands at ``span`` of ``source``."""

    text: str
    source: Source
    span: Span

    def pieces(self) -> tuple[Piece, ...]:
        """The words, each with its place: the whole sentence's where the file has it in other letters."""
        start = self._start()
        return tuple(
            Piece(found[0], self.span if start is None else Span(start + found.start(), start + found.end()))
            for found in _TOKEN.finditer(self.text)
        )

    def _start(self) -> int | None:
        """Where the text begins, letter by letter as in the file; None where it is not there so."""
        for start in (self.span.start, self.span.start + 1):
            if "\n" not in self.text and self.source.text.startswith(self.text, start):
                return start
        return None


def words_of(pieces: Sequence[Piece]) -> str:
    """The pieces with single spaces between."""
    return " ".join(each.text for each in pieces)


def span_of(pieces: Sequence[Piece], otherwise: Span) -> Span:
    """From the first piece to the last."""
    return pieces[0].span.to(pieces[-1].span) if pieces else otherwise


def without_article(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Without a leading ``the``, ``a`` or ``an``, which mean nothing."""
    return pieces[1:] if len(pieces) > 1 and pieces[0].text.lower() in ("the", "a", "an") else pieces
