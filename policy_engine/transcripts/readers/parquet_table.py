"""Tables of conversations in Parquet: the project's own, of columns that ``table`` knows, or of rows that hold whole
conversations.

Only the columns that are needed are read, a few rows at a time. The package that reads Parquet is installed with
``policy-engine[parquet]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import own_parquet
from policy_engine.transcripts.plugins import plugins_of
from policy_engine.transcripts.reader import UNREADABLE, Head, Log, Malformed, Read, Reader, unheeded
from policy_engine.transcripts.row_log import read_rows
from policy_engine.transcripts.table import Row, columns_of, conversations, is_of_calls, is_table

_MARK = b"PAR1"
_MOST_ROWS = 4_096
_AT_ONCE = 16_000_000
"""How many bytes of a table are unpacked at once, about."""
_MOST_LOST = 10_000_000
"""After so many rows that cannot be read, no more are looked for."""
_MAX_GROUP = 8_000_000_000
"""Largest group of rows that is read, in bytes, unpacked."""


class ParquetTable:
    """Knows a table by its first bytes, and what it holds by its columns."""

    name = "parquet"
    heeds = ("speakers", "columns")  # of a table; what holds whole conversations says itself that it does not
    form = "Parquet with the columns of CSV, the rows of another format, or what `convert` writes"
    gives = "labels, times and attributes, where columns hold them; everything, where `convert` wrote it"

    def claims(self, head: Head) -> bool:
        """Parquet's mark."""
        return head.raw.startswith(_MARK)

    def read(self, log: Log) -> Iterator[Read]:
        """Every conversation of the table."""
        try:
            import pyarrow.parquet
        except ImportError:
            hint = "install policy-engine[parquet]"
            message = "Parquet is read by a package that is not installed"
            yield Diagnostic(UNREADABLE, message, hint=hint, subject=log.origin.name)
            return
        try:
            file = pyarrow.parquet.ParquetFile(log.seekable(), pre_buffer=False, buffer_size=_AT_ONCE // 16)
        except Malformed as fault:
            yield fault.diagnostic(log.origin, 1)
        except Exception as fault:  # whatever a library makes of bytes that anybody may have written
            yield _damaged(fault, log)
        else:
            yield from _Table(file, log).read()


class _Table:
    """One table, opened."""

    def __init__(self, file: Any, log: Log) -> None:
        self._file = file
        self._log = log
        self._faults: list[Diagnostic] = []

    def read(self) -> Iterator[Read]:
        """Every conversation, and every fault."""
        names = [str(name) for name in self._file.schema_arrow.names]
        if own_parquet.is_own(self._file.schema_arrow.metadata):
            yield from unheeded(self._log, READER, heeds=())
            yield from self._own()
        elif is_of_calls(names, self._log.settings) or (
            not is_table(names, self._log.settings) and self._holds_conversations()
        ):
            from policy_engine.transcripts import readers as package

            others = (each for each in plugins_of(package, "READER") if each is not READER)
            yield from read_rows(self._mappings(names), self._log, others)
        else:
            try:
                columns = columns_of(names, self._log.settings)
            except Malformed as fault:
                yield fault.diagnostic(self._log.origin, 1)
                return
            yield from conversations(self._rows(columns.used), columns, self._log)
        yield from self._faults

    def _own(self) -> Iterator[Read]:
        """The conversations of a table in the project's own form."""
        origin = self._log.origin
        try:
            own_parquet.refuse_others(self._file.schema_arrow)
        except Malformed as fault:
            yield fault.diagnostic(origin, 1)
            return
        for row in self._rows(own_parquet.COLUMNS, own_parquet.cells, own_parquet.MOST_ROWS):
            if isinstance(row, Diagnostic):
                yield row
                continue
            try:
                yield own_parquet.conversation_of(row[1], origin, row[0])
            except Malformed as fault:
                yield fault.diagnostic(origin, row[0])

    def _holds_conversations(self) -> bool:
        import pyarrow.types as types

        kinds = self._file.schema_arrow.types
        lists = [each for each in kinds if types.is_list(each) or types.is_large_list(each)]
        return any(types.is_struct(each.value_type) for each in lists)

    def _mappings(self, names: Sequence[str]) -> Iterator[Mapping[str, object] | None]:
        """The rows as objects, None for one that cannot be read; what is wrong is kept for the end."""
        next_one = 1
        for row in self._rows(names):
            if isinstance(row, Diagnostic):
                self._faults.append(row)
                continue
            number, cells = row
            if number - next_one > _MOST_LOST:
                return
            yield from repeat(None, number - next_one)
            yield dict(zip(names, cells, strict=True))
            next_one = number + 1

    def _rows(
        self,
        names: Sequence[str],
        cells: Callable[[Any], list[object]] | None = None,
        most_rows: int = _MOST_ROWS,
    ) -> Iterator[Row | Diagnostic]:
        """The rows with their numbers, of the columns of those names; of a damaged group, those before the damage.

        ``cells`` makes a list of a column, of at most ``most_rows`` at once.
        """
        before = 0
        for group in range(self._file.num_row_groups):
            number = before
            before += self._file.metadata.row_group(group).num_rows
            try:
                at_once = min(most_rows, self._rows_at_once(group))
                batches = self._file.iter_batches(at_once, [group], columns=list(names), use_threads=False)
                for batch in batches:
                    for row in zip(*((cells or _cells)(batch.column(name)) for name in names), strict=True):
                        number += 1
                        yield number, row
            except Malformed as fault:
                yield fault.diagnostic(self._log.origin, number + 1)
            except Exception as fault:
                yield _damaged(fault, self._log, number + 1)

    def _rows_at_once(self, group: int) -> int:
        """As many rows as are unpacked to no more than ``_AT_ONCE`` bytes, by what the table says of itself.

        It is asked of the whole group: of the parts of a damaged column, the library cannot be asked without danger.
        """
        metadata = self._file.metadata.row_group(group)
        size, rows = max(int(metadata.total_byte_size), 1), int(metadata.num_rows)
        if size > _MAX_GROUP:
            raise Malformed(
                f"the rows from here on are larger than {_MAX_GROUP:,} bytes", "write smaller row groups"
            )
        return max(1, min(_MOST_ROWS, _AT_ONCE * rows // size))


def _cells(column: Any) -> list[object]:
    import pyarrow

    kind = column.type
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", kind.tz), safe=False)  # as fine as times are here
    cells: list[object] = column.to_pylist()
    return cells


def _damaged(fault: Exception, log: Log, row: int | None = None) -> Diagnostic:
    place = log.origin.name if row is None else log.origin.at(row)
    if isinstance(fault, OSError) and fault.errno is not None and fault.strerror:
        return Diagnostic(UNREADABLE, f"the file cannot be read: {fault.strerror.lower()}", subject=place)
    hint = "copy the file again"
    return Diagnostic(UNREADABLE, "the Parquet file is damaged or ends too early", hint=hint, subject=place)


READER: Reader = ParquetTable()
