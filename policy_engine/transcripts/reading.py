"""Conversations from files, folders and standard input, in whatever known format they are in.

The readers are the modules of ``readers/``: each is asked in the order of ``_ASK_FIRST``, then by
name, whether it knows the first characters of a file. Files are read as streams; one that is
compressed with gzip is unpacked on the way.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, Literal

from policy_engine.diagnostics import Diagnostic
from policy_engine.source import is_pipe
from policy_engine.transcripts.lines import STREAM_FAULTS, cut_short
from policy_engine.transcripts.plugins import plugin_named, plugins_of
from policy_engine.transcripts.reader import (
    NO_SETTINGS,
    UNKNOWN_FORMAT,
    UNREADABLE,
    Head,
    Log,
    Origin,
    Read,
    Reader,
    Settings,
)

STANDARD_INPUT: Literal["-"] = "-"

HEAD = 65_536
"""How much of a file the readers are shown, in bytes."""

_ASK_FIRST = ("own-jsonl", "own-yaml")
_GZIP = b"\x1f\x8b"
_NOT_LOGS = ("readme", "license", "licence")
_NOT_LOG_ENDINGS = (".policy", ".standard", ".test.yaml", ".md")


@cache
def readers() -> tuple[Reader, ...]:
    """Every reader, in the order in which they are asked."""
    from policy_engine.transcripts import readers as package

    found: list[Reader] = list(plugins_of(package, "READER"))
    return tuple(
        sorted(found, key=lambda reader: (*(reader.name != name for name in _ASK_FIRST), reader.name))
    )


def reader_named(name: str) -> Reader:
    """The reader of that name; ValueError, with a fragment to show, where there is none."""
    return plugin_named(readers(), name, "log format")


def read_conversations(
    paths: Iterable[Path | Literal["-"]],
    *,
    reader: str | Reader | None = None,
    settings: Settings = NO_SETTINGS,
    stdin: BinaryIO | None = None,
) -> Iterator[Read]:
    """Every conversation of ``paths`` in order, and a diagnostic for everything that is none.

    A folder is read with all its folders, sorted by name; hidden files, README and LICENSE, policies, their tests
    and Markdown in it are passed over. ``-`` is ``stdin`` (standard input if not given). ``reader``
    settles the format, by name or as an object; otherwise each file's first characters do. ``settings`` are for
    whichever reader needs them.
    ValueError if there is no reader of that name.
    """
    chosen = reader_named(reader) if isinstance(reader, str) else reader
    return _read_all(paths, chosen, settings, stdin)


def _read_all(
    paths: Iterable[Path | Literal["-"]], chosen: Reader | None, settings: Settings, stdin: BinaryIO | None
) -> Iterator[Read]:
    for path in paths:
        if path == STANDARD_INPUT:
            origin = Origin("<stdin>", "stdin")
            stream = stdin or getattr(sys.stdin, "buffer", None)
            if stream is None:
                yield Diagnostic(UNREADABLE, "standard input is closed", subject=origin.name)
            else:
                yield from _read_stream(stream, origin, chosen, settings)
            continue
        for each in _files(Path(path)):
            if isinstance(each, Diagnostic):
                yield each
            else:
                yield from _read_file(each, Origin(str(each), _stem(each, Path(path))), chosen, settings)


def _files(path: Path) -> Iterator[Path | Diagnostic]:
    """The logs at ``path``: itself, or what a folder holds."""
    if not os.path.isdir(path):
        yield path
        return
    faults: list[OSError] = []
    for folder, names, files in os.walk(path, onerror=faults.append):
        names[:] = sorted(name for name in names if not name.startswith("."))
        logs = (Path(folder, name) for name in sorted(files) if _may_be_log(name))
        yield from (each for each in logs if not is_pipe(each))
    yield from (cut_short(str(fault.filename), fault) for fault in faults)


def _may_be_log(name: str) -> bool:
    folded = name.casefold()
    return not folded.startswith((".", *_NOT_LOGS)) and not folded.endswith(_NOT_LOG_ENDINGS)


def _stem(file: Path, asked: Path) -> str:
    """What a file's conversations are called: its path in the folder asked for, without endings."""
    name = file.name if file == asked else file.relative_to(asked).as_posix()
    name = name.removesuffix(".gz")
    folder, slash, last = name.rpartition("/")
    for ending in (".jsonl", ".json", ".yaml", ".yml", ".txt"):
        last = last.removesuffix(ending) or last
    return f"{folder}{slash}{last}"


def _read_file(path: Path, origin: Origin, chosen: Reader | None, settings: Settings) -> Iterator[Read]:
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not stat.S_ISFIFO(path.stat().st_mode):
            yield Diagnostic(UNREADABLE, "this is not a file", subject=origin.name)
            return
        stream = path.open("rb")
    except (OSError, ValueError) as error:
        yield cut_short(origin.name, error)
        return
    with stream:
        yield from _read_stream(stream, origin, chosen, settings)


def _read_stream(
    stream: BinaryIO, origin: Origin, chosen: Reader | None, settings: Settings
) -> Iterator[Read]:
    head, fault = _head(stream)
    if head.startswith(_GZIP):
        import gzip

        stream = gzip.GzipFile(fileobj=_again(head, stream))  # type: ignore[assignment]
        head, fault = _head(stream)
    if fault is not None and not head:
        yield cut_short(origin.name, fault)
        return
    shown = Head(head, Path(origin.name).name)
    reader = chosen or next((each for each in readers() if each.claims(shown)), None)
    if reader is None:
        yield _unclaimed(origin, empty=not shown.first)
        return
    yield from reader.read(Log(_again(head, stream), origin, settings))


def _head(stream: BinaryIO) -> tuple[bytes, Exception | None]:
    """The first bytes, and what kept more from being read: whoever reads on meets it again."""
    head = bytearray()
    try:
        while len(head) < HEAD and (more := _some(stream, HEAD - len(head))):
            head += more
    except STREAM_FAULTS as error:
        return bytes(head), error
    return bytes(head), None


def _some(stream: BinaryIO, most: int) -> bytes:
    read1 = getattr(stream, "read1", None)
    return bytes(read1(most) if read1 is not None else stream.read(most))


class _Again(io.RawIOBase):
    """A stream whose beginning was read: it is read again, then the rest."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        more = self._head[: len(buffer)]
        if more:
            self._head = self._head[len(more) :]
        else:
            more = _some(self._rest, len(buffer))
        buffer[: len(more)] = more
        return len(more)


def _again(head: bytes, rest: BinaryIO) -> BinaryIO:
    return io.BufferedReader(_Again(head, rest), HEAD)


def _unclaimed(origin: Origin, *, empty: bool) -> Diagnostic:
    if empty:
        return Diagnostic(UNKNOWN_FORMAT, "the file is empty", subject=origin.name)
    forms = "; ".join(f"{reader.form} ({reader.name})" for reader in readers())
    message = "the format is not one that can be read"
    return Diagnostic(UNKNOWN_FORMAT, message, hint=f"looked for {forms}", subject=origin.name)
