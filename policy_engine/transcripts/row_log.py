"""Rows of a table that hold whole conversations, in a column of lists: handed to the reader of their format.

Published sets of chats come as JSON Lines and as Parquet of the same rows. So a row is written as a line, and whoever
knows such lines reads them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, cast

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.reader import UNKNOWN_FORMAT, Head, Log, Read, Reader, quoted, unheeded
from policy_engine.transcripts.unpacking import HEAD

_NAMES_SHOWN = 12


def read_rows(
    rows: Iterator[Mapping[str, object] | None], log: Log, readers: Iterable[Reader]
) -> Iterator[Read]:
    """The conversations of ``rows`` as the first of ``readers`` that knows them reads them; a line is a row.

    None stands for a row that cannot be read.

    What is null in a row was perhaps never there, since a table has a place for every field: it is left out, but for
    members of lists.
    """
    lines = _Lines(rows)
    stream = io.BufferedReader(lines, HEAD)
    shown = Head(stream.peek(HEAD), log.origin.name, log.settings)
    reader = next((each for each in readers if each.claims(shown)), None)
    if reader is None:
        names = ", ".join(quoted(name) for name in lines.names[:_NAMES_SHOWN])
        message = "no format is known whose rows are like those of this table"
        yield Diagnostic(UNKNOWN_FORMAT, message, hint=f"its columns are {names}", subject=log.origin.name)
        return
    yield from unheeded(log, reader)
    yield from reader.read(Log(cast(BinaryIO, stream), log.origin, log.settings))


class _Lines(io.RawIOBase):
    """Rows as JSON Lines."""

    def __init__(self, rows: Iterator[Mapping[str, object] | None]) -> None:
        import msgspec

        self._rows = rows
        self._encode = msgspec.json.Encoder().encode
        self._left = b""
        self.names: tuple[str, ...] = ()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._left:
            try:
                row = next(self._rows)
            except StopIteration:
                return 0
            self.names = self.names or tuple(row or ())
            self._left = b"\n" if row is None else self._encode(_without_nulls(row)) + b"\n"
        more, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(more)] = more
        return len(more)


def _without_nulls(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value
