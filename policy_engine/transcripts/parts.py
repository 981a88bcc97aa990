"""Logs in parts that several processes can read: stretches of a long file between two line ends, and whole files.

Only a file whose format has one conversation a line, and which is not compressed, comes in several parts.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.json_values import is_a_value_a_line
from policy_engine.transcripts.lines import STREAM_FAULTS, line_breaks
from policy_engine.transcripts.log_files import LogFile, log_files
from policy_engine.transcripts.reader import Log, Origin, Read, Reader, Settings
from policy_engine.transcripts.reading import opened_file, read_file, read_log, reader_named, told_apart
from policy_engine.transcripts.unpacking import Opened

PART = 4_000_000
"""How long a part of a file is, in bytes: up to the end of the line."""

_AT_ONCE = 131_072
_LEAST = 4_096
"""How many bytes opening a file counts for."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or a stretch of it: from the byte ``start`` to before ``end`` (None: the whole file).

    ``reader`` names the format, where it is settled; ``size`` is how many bytes there are to read.
    """

    path: Path
    origin: Origin
    reader: str | None = None
    start: int = 0
    end: int | None = None
    size: int = 0


Batch = tuple[Part | Diagnostic, ...]
"""Parts that follow one another, about as long together as one part is: many small files are little work."""


def batches_of(
    paths: Sequence[Path], reader: Reader | None, settings: Settings, size: int = PART
) -> Iterator[Batch]:
    """The parts of all logs at ``paths``, in order, some together."""
    batch: list[Part | Diagnostic] = []
    length = 0
    for each in parts_of(paths, reader, settings, size):
        batch.append(each)
        length += _LEAST if isinstance(each, Diagnostic) else each.size + _LEAST
        if length >= size:
            yield tuple(batch)
            batch, length = [], 0
    if batch:
        yield tuple(batch)


def parts_of(
    paths: Sequence[Path], reader: Reader | None, settings: Settings, size: int = PART
) -> Iterator[Part | Diagnostic]:
    """The parts of all logs at ``paths``, in order, and a diagnostic for what is none; found as they are asked for."""
    for path in paths:
        for each in log_files(path):
            if isinstance(each, Diagnostic):
                yield each
            else:
                yield from _parts(each, reader, settings, size)


def read_part(part: Part, settings: Settings) -> Iterator[Read]:
    """Every conversation of a part, and a diagnostic for everything that is none."""
    reader = None if part.reader is None else reader_named(part.reader)
    if part.end is None or reader is None:
        yield from read_file(part.path, part.origin, reader, settings)
        return
    stream = opened_file(part.path, part.origin)
    if isinstance(stream, Diagnostic):
        yield stream
        return
    with stream:
        stream.seek(part.start)
        stretch = cast(BinaryIO, io.BufferedReader(_Stretch(stream, part.end - part.start), _AT_ONCE))
        yield from read_log(reader, Log(stretch, part.origin, settings, by_line=True))


def are_parts_short(paths: Sequence[Path], reader: Reader | None, settings: Settings) -> bool:
    """Whether every log at ``paths`` comes in parts about as long as ``PART``: no compressed file does."""
    files = (each for path in paths for each in log_files(path) if isinstance(each, LogFile))
    return all(_is_cut(each, reader, settings) for each in files)


def size_of(paths: Sequence[Path]) -> int:
    """How many bytes all logs at ``paths`` have together; what is no file, such as a pipe, has none."""
    return sum(_size(each.path) for path in paths for each in log_files(path) if isinstance(each, LogFile))


def _size(path: Path) -> int:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _parts(file: LogFile, chosen: Reader | None, settings: Settings, size: int) -> Iterator[Part]:
    length = _size(file.path)
    whole = Part(file.path, file.origin, None if chosen is None else chosen.name, size=length)
    if length <= size:
        yield whole
        return
    stream = opened_file(file.path, file.origin)
    if isinstance(stream, Diagnostic):
        yield whole
        return
    with stream:
        reader = _reader_by_line(stream, file.origin, chosen, settings)
        if reader is None:
            yield whole
        else:
            yield from _stretches(stream, replace(whole, reader=reader.name), size)


def _is_cut(file: LogFile, chosen: Reader | None, settings: Settings) -> bool:
    if not _size(file.path):
        return True  # a pipe can be opened once only
    stream = opened_file(file.path, file.origin)
    if isinstance(stream, Diagnostic):
        return True
    with stream:
        is_short = _size(file.path) <= PART and Opened(stream).is_plain
        return is_short or _reader_by_line(stream, file.origin, chosen, settings) is not None


def _reader_by_line(
    stream: BinaryIO, origin: Origin, chosen: Reader | None, settings: Settings
) -> Reader | None:
    """The reader of a log that can be cut at any end of a line; None where it cannot be."""
    opened = Opened(stream)
    found = told_apart(opened, origin, chosen, settings)
    if isinstance(found, Diagnostic) or not opened.is_plain:
        return None
    return found if _is_by_line(found, opened.head) else None


def _is_by_line(reader: Reader, head: bytes) -> bool:
    """Whether each line has its conversations: the same format may come as one array over many lines."""
    return getattr(reader, "by_line", False) and is_a_value_a_line(head)


def _stretches(stream: BinaryIO, whole: Part, size: int) -> Iterator[Part]:
    """The file in stretches that end with a line; the last one ends where the file does, also if it grows."""
    start = at = lines = lines_before = 0
    try:
        stream.seek(0)
        while chunk := stream.read(_AT_ONCE):
            at += len(chunk)
            last = chunk.rfind(b"\n") + 1
            lines += line_breaks(chunk)
            if last and at - start >= size:
                end = at - len(chunk) + last
                yield _stretch(whole, lines_before, start, end)
                start, lines_before = end, lines
    except STREAM_FAULTS:
        at = start + 1  # whoever reads the rest meets the fault, and tells it
    if at > start:
        yield _stretch(whole, lines_before, start, at)


def _stretch(whole: Part, lines_before: int, start: int, end: int) -> Part:
    origin = replace(whole.origin, lines_before=lines_before)
    return replace(whole, origin=origin, start=start, end=end, size=end - start)


class _Stretch(io.RawIOBase):
    """So many bytes of a stream, and then its end."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self._stream = stream
        self._left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        more = self._stream.read(min(self._left, len(buffer)))
        self._left -= len(more)
        buffer[: len(more)] = more
        return len(more)
