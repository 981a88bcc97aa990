"""What a reader of one log format is, and how it says what it could not read.

A new format is one new file in ``readers/`` that holds a ``READER``; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.message import Conversation

BAD_CONVERSATION = "bad-conversation"
UNREADABLE = "unreadable"
UNKNOWN_FORMAT = "unknown-format"

Read = Conversation | Diagnostic
"""What reading yields: a conversation, or why one (or the rest of a file) could not be read."""

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a log comes from: ``name`` as people are shown it, ``stem`` to make ids of."""

    name: str
    stem: str

    def at(self, line: int) -> str:
        """A line of the log (from 1), as people are shown it."""
        return f"{self.name}:{line}"


class Malformed(Exception):
    """One conversation cannot be read; a reader turns it into a diagnostic and goes on.

    ``line`` is where in the file (from 1), if that is narrower than the conversation itself.
    """

    def __init__(self, message: str, hint: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line

    def diagnostic(self, origin: Origin, line: int) -> Diagnostic:
        """The fault as a diagnostic about ``line`` of ``origin``, unless it knows its own line."""
        place = origin.at(self.line or line)
        return Diagnostic(BAD_CONVERSATION, self.message, hint=self.hint, subject=place)


class Reader(Protocol):
    """Reads one log format. It knows its own by the first lines, and never raises for what a log holds."""

    @property
    def name(self) -> str:
        """The word that chooses this reader."""
        ...

    @property
    def form(self) -> str:
        """What the format looks like, as a fragment for people."""
        ...

    def claims(self, head: str, name: str) -> bool:
        """Whether a log that begins with ``head`` (at most 64 Ki characters) is of this format.

        ``name`` is the file's name: at most a tie-breaker.
        """
        ...

    def read(self, stream: BinaryIO, origin: Origin) -> Iterator[Read]:
        """Every conversation of ``stream`` in order, and every fault at its place."""
        ...


def quoted(word: object) -> str:
    """Words of a log for a message: in backticks, and cut where they are long."""
    text = str(word) if isinstance(word, str | int | float | bool) or word is None else "…"
    return f"`{text[:_SHOWN]}…`" if len(text) > _SHOWN else f"`{text}`"
