"""What a reader of one log format is, and how it says what it could not read.

A new format is one new file in ``readers/`` that holds a ``READER``; nothing else changes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import BinaryIO, Protocol, TypeGuard, cast, runtime_checkable

from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.transcripts.classifier import Classifier
from policy_engine.transcripts.message import Conversation, Role

BAD_CONVERSATION = "bad-conversation"
UNREADABLE = "unreadable"
UNKNOWN_FORMAT = "unknown-format"
PASSED_OVER = "passed-over"
"""The code of a warning: all of it was read, but for what the warning names."""

Read = Conversation | Diagnostic
"""What reading yields: a conversation, or why one (or the rest of a file) could not be read.

A warning leaves none out: it says what was passed over in one that was read.
"""

MAX_COPIED = 4_000_000_000
"""Largest log that is copied to a temporary file, in bytes."""

_SHOWN = 60
_LINES_TRIED = 20
"""Lines of a beginning of which one may be readable."""
_COPIED_AT_ONCE = 1_048_576


def _nobodys(line: bytes, fault: Diagnostic) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a log comes from: ``name`` as people are shown it, ``stem`` to make ids of.

    ``lines_before`` is how many lines of the file stand before the stream. ``kin`` names the reader whose a line
    seems to be that this one cannot read, given its fault, or None.
    """

    name: str
    stem: str
    lines_before: int = 0
    kin: Callable[[bytes, Diagnostic], str | None] = field(default=_nobodys, repr=False, compare=False)

    def at(self, line: int) -> str:
        """A line of the log (from 1), as people are shown it."""
        return f"{self.name}:{line}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person who has a log read says about it, beside its place and its format.

    ``speakers`` maps a word that begins a line of plain text, in lower case, to the role that it stands for.
    ``columns`` maps a field of a table that a reader needs to the name that the column has in this log.
    ``classifiers`` are those whose outputs stand in logs, by name: a user's mapping of the same name
    takes the place of the shipped one.
    ``texts`` False says that nobody will look at what was said: a reader may leave the contents of messages out (None).
    """

    speakers: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    classifiers: Mapping[str, Classifier] = field(default_factory=lambda: MappingProxyType({}))
    texts: bool = True


NO_SETTINGS = Settings()


@dataclass(frozen=True)
class Head:
    """The beginning of a log (at most 64 KiB, unpacked): all that a reader is shown to know its own by.

    ``name`` is the file's name: at most a tie-breaker. ``settings`` are what its user says of the log. What several
    readers ask for is found out once.
    """

    raw: bytes
    name: str = ""
    settings: Settings = NO_SETTINGS

    @cached_property
    def text(self) -> str:
        """The beginning as text; what is no UTF-8 is replaced."""
        return self.raw.decode("utf-8-sig", "replace")

    @cached_property
    def first(self) -> str:
        """The first line that has words, without what stands before them; empty where there is none."""
        return next((line.lstrip() for line in self.text.splitlines() if line.strip()), "")

    @cached_property
    def value(self) -> object:
        """The JSON value of the first line that has one, of the first 20 with words; else None."""
        lines = [line for line in self.text.splitlines() if line.strip()][:_LINES_TRIED]
        for line in lines:
            try:
                return cast(object, json.loads(line))
            except (ValueError, RecursionError):
                continue
        return None


@dataclass(frozen=True, slots=True)
class Log:
    """A log that is to be read, from its beginning: unpacked, and perhaps not seekable.

    ``by_line`` says that it is a stretch of one that has whole values on each line, whatever the stretch begins with.
    """

    stream: BinaryIO
    origin: Origin
    settings: Settings = NO_SETTINGS
    by_line: bool = False

    def seekable(self) -> BinaryIO:
        """The log as a file in which one can seek: itself, or a temporary copy of at most ``MAX_COPIED`` bytes.

        Malformed where it is larger; whoever reads on meets the faults of the stream itself.
        """
        if self.stream.seekable():
            return self.stream
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller reads on
        copied = 0
        while more := self.stream.read(_COPIED_AT_ONCE):
            copied += copy.write(more)
            if copied > MAX_COPIED:
                copy.close()
                raise Malformed(f"the file is larger than {MAX_COPIED:,} bytes", "name the file itself")
        copy.seek(0)
        return cast(BinaryIO, copy)


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


@runtime_checkable
class Reader(Protocol):
    """Reads one log format. It knows its own by the first lines, and never raises for what a log holds.

    A reader whose logs have whole conversations on each line may say ``by_line = True``: then several processes may
    read a log of it. It reads the lines by ``json_lines`` and its like, whose numbers are those of the file.

    One that goes by ``speakers`` or ``columns`` of the settings names them in ``heeds``: whoever gives one of them for
    a log of another reader is told that it changes nothing.
    """

    @property
    def name(self) -> str:
        """The word that chooses this reader."""
        ...

    @property
    def form(self) -> str:
        """What the format looks like, as a fragment for people."""
        ...

    @property
    def gives(self) -> str:
        """What such a log says beside its texts, as a fragment: refusals, labels of which classifier, times."""
        ...

    def claims(self, head: Head) -> bool:
        """Whether a log that begins so is of this format."""
        ...

    def read(self, log: Log) -> Iterator[Read]:
        """Every conversation of the log in order, and every fault at its place."""
        ...


def is_warning(read: Read) -> TypeGuard[Diagnostic]:
    """Whether it leaves no conversation out."""
    return isinstance(read, Diagnostic) and read.severity is Severity.WARNING


def unheeded(log: Log, reader: Reader, heeds: Collection[str] | None = None) -> Iterator[Diagnostic]:
    """A warning for each setting of a log that its reader does not go by, where the file begins.

    ``heeds`` are those that it goes by in this log, if not all that it ever does.
    """
    known = getattr(reader, "heeds", ()) if heeds is None else heeds
    given = {"speakers": log.settings.speakers, "columns": log.settings.columns}
    for name in (each for each, value in given.items() if value and each not in known):
        if not log.origin.lines_before:
            message = f"--{name} changes nothing in what is read as `{reader.name}`"
            yield Diagnostic(PASSED_OVER, message, subject=log.origin.name, severity=Severity.WARNING)


def quoted(word: object) -> str:
    """Words of a log for a message: in backticks, of which they keep none of their own, and cut where they are long."""
    text = str(word).replace("`", "'") if isinstance(word, str | int | float | bool) or word is None else "…"
    return f"`{text[:_SHOWN]}…`" if len(text) > _SHOWN else f"`{text}`"
