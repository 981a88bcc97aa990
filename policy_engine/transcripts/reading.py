"""Conversations from files, folders and standard input, in whatever known format they are in.

The readers are the modules of ``readers/``: each is asked in the order of ``_ASK_FIRST``, then by
name, whether it knows the first bytes of a log. Logs are read as streams, unpacked on the way.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal, cast

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.fault_kind import SHOWN, Kind, kind_of
from policy_engine.transcripts.lines import cut_short
from policy_engine.transcripts.log_files import log_files
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
    unheeded,
)
from policy_engine.transcripts.unpacking import HEAD, Opened

STANDARD_INPUT: Literal["-"] = "-"

_ASK_FIRST = ("own-jsonl", "own-yaml")
_MOST_KINDS = 100
"""Kinds of faults of one log for which another reader is looked for: no log has as many."""
_LONGEST_KIN = 1_000_000
"""Bytes of such a line."""


@cache
def readers() -> tuple[Reader, ...]:
    """Every reader, in the order in which they are asked."""
    from policy_engine.transcripts import readers as package

    found: list[Reader] = list(plugins_of(package, "READER", Reader))
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

    A folder is read with all its folders, sorted by name (:func:`log_files`). ``-`` is ``stdin`` (standard
    input if not given). ``reader`` settles the format, by name or as an object; otherwise each file's first
    bytes do. ``settings`` are for whichever reader needs them.
    ValueError if there is no reader of that name.
    """
    chosen = reader_named(reader) if isinstance(reader, str) else reader
    return chain.from_iterable(_each_read(paths, chosen, settings, stdin))


def _each_read(
    paths: Iterable[Path | Literal["-"]], chosen: Reader | None, settings: Settings, stdin: BinaryIO | None
) -> Iterator[Iterable[Read]]:
    """What is read of each log. (One loop within another would be gone through for every conversation.)"""
    for path in paths:
        if path == STANDARD_INPUT:
            yield _read_stdin(stdin, chosen, settings)
            continue
        for each in log_files(Path(path)):
            if isinstance(each, Diagnostic):
                yield (each,)
            else:
                yield read_file(each.path, each.origin, chosen, settings)


def _read_stdin(stdin: BinaryIO | None, chosen: Reader | None, settings: Settings) -> Iterable[Read]:
    origin = Origin("<stdin>", "stdin")
    stream = stdin or getattr(sys.stdin, "buffer", None)
    if stream is None:
        return (Diagnostic(UNREADABLE, "standard input is closed", subject=origin.name),)
    return _read_stream(stream, origin, chosen, settings)


def read_file(path: Path, origin: Origin, chosen: Reader | None, settings: Settings) -> Iterator[Read]:
    """Every conversation of one file; ``chosen`` settles its format."""
    stream = opened_file(path, origin)
    if isinstance(stream, Diagnostic):
        yield stream
        return
    with stream:
        yield from _read_stream(stream, origin, chosen, settings)


def opened_file(path: Path, origin: Origin) -> BinaryIO | Diagnostic:
    """The file, to be read; a diagnostic where it cannot be."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
            return Diagnostic(UNREADABLE, "this is not a file", subject=origin.name)
        return open(path, "rb")
    except (OSError, ValueError) as error:
        return cut_short(origin.name, error)


def _read_stream(
    stream: BinaryIO, origin: Origin, chosen: Reader | None, settings: Settings
) -> Iterable[Read]:
    opened = Opened(stream)
    found = told_apart(opened, origin, chosen, settings)
    if isinstance(found, Diagnostic):
        return (found,)
    return read_log(found, Log(opened.stream, origin, settings))


def told_apart(
    opened: Opened, origin: Origin, chosen: Reader | None, settings: Settings
) -> Reader | Diagnostic:
    """The reader that knows the log, or ``chosen``; a diagnostic where there is none, or nothing to read."""
    if opened.fault is not None and not opened.head:
        return cut_short(origin.name, opened.fault)
    if chosen is not None:
        return chosen
    head = Head(opened.head, Path(origin.name).name, settings)
    if _is_tar(head):
        return _packed(origin)
    return _claiming(head) or _unclaimed(origin, head)


def read_log(reader: Reader, log: Log) -> Iterator[Read]:
    """Every conversation of a log. A line that is another reader's is told with that reader's name."""
    kin = _Kin(reader, log.settings)
    return chain(unheeded(log, reader), reader.read(replace(log, origin=replace(log.origin, kin=kin))))


def _claiming(head: Head) -> Reader | None:
    return next((each for each in readers() if each.claims(head)), None)


def _is_tar(head: Head) -> bool:
    """What is in such an archive stands in it as it is, so that a reader would find its own among other things."""
    return head.raw[257:262] == b"ustar"


def _packed(origin: Origin) -> Diagnostic:
    message = "this is an archive of files"
    return Diagnostic(UNKNOWN_FORMAT, message, hint="unpack it, and name the folder", subject=origin.name)


class _Kin:
    """Whose a line is that ``reader`` cannot read: the name of another reader, which reads it, or None.

    It is looked for where the fault is one of those of its kind that are told: so a part of a log has the same names.
    """

    def __init__(self, reader: Reader, settings: Settings) -> None:
        self._reader = reader
        self._settings = settings
        self._asked: Counter[Kind] = Counter()

    def __call__(self, line: bytes, fault: Diagnostic) -> str | None:
        kind = kind_of(fault)
        is_known = kind in self._asked or len(self._asked) < _MOST_KINDS
        if len(line) > _LONGEST_KIN or not is_known or self._asked[kind] >= SHOWN:
            return None
        self._asked[kind] += 1
        head = Head(line[:HEAD], settings=self._settings)
        others = (each for each in readers() if each.name != self._reader.name and each.claims(head))
        return next((each.name for each in others if self._is_read(each, line)), None)

    def _is_read(self, other: Reader, line: bytes) -> bool:
        """Whether the other reader has no fault to tell of it: else two could name each other, and neither helps."""
        reads = other.read(Log(cast(BinaryIO, io.BytesIO(line)), Origin("", ""), self._settings))
        found = [isinstance(each, Diagnostic) for each in reads]
        return bool(found) and not any(found)


def _unclaimed(origin: Origin, head: Head) -> Diagnostic:
    from policy_engine.transcripts.readers.csv_table import columns_like
    from policy_engine.transcripts.readers.plain_text import speakers_like
    from policy_engine.transcripts.table import supposed_columns

    if not head.first:
        return Diagnostic(UNKNOWN_FORMAT, "the file is empty", subject=origin.name)
    if head.raw.startswith(b"PK\x03\x04"):
        return _packed(origin)
    forms = "; ".join(f"{reader.form} ({reader.name})" for reader in readers())
    words = () if head.settings.speakers else speakers_like(head.text)
    roles = ("user", *("assistant" for _ in words[1:]))
    said = ",".join(f"{word}={role}" for word, role in zip(words, roles, strict=False))
    asked = f'if these are speakers, say who they are: --speakers "{said}"; else: ' if words else ""
    names = () if words or head.settings.columns else columns_like(head)
    if names:
        said = supposed_columns(names)
        asked = f'if this is a table of conversations, say what holds what: --columns "{said}"; else: '
    message = "the format is not one that can be read"
    return Diagnostic(UNKNOWN_FORMAT, message, hint=f"{asked}looked for {forms}", subject=origin.name)
