"""Tables of conversations in CSV: cells between commas, semicolons or tabs, in quotes over several lines.

The first line that is no comment (``#``) names the columns; ``table`` says what they mean.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.lines import MAX_LINE, STREAM_FAULTS, cut_short
from policy_engine.transcripts.plugins import plugins_of
from policy_engine.transcripts.reader import BAD_CONVERSATION, Head, Log, Malformed, Read, Reader, Settings
from policy_engine.transcripts.row_log import read_rows
from policy_engine.transcripts.table import Row, columns_of, conversations, is_of_calls, is_table

DELIMITERS = ",;\t"
"""What may stand between two cells."""

_ENDINGS = (".csv", ".tsv", ".csv.gz", ".csv.zst", ".tsv.gz", ".tsv.zst")
_NAME = re.compile(r"[^\W\d][\w .:/-]{0,60}")
_MOST_COMMENTS = 20
"""Lines before the one that names the columns."""


class CsvTable:
    """Knows a table by the names of its columns."""

    name = "csv"
    heeds = ("speakers", "columns")
    form = "CSV with the columns `role` and `text`, or `prompt` and `reply`"
    gives = "labels, times and attributes, where columns hold them"

    def claims(self, head: Head) -> bool:
        """The first line that is no comment names columns of conversations."""
        return is_table(_names(head), head.settings)

    def read(self, log: Log) -> Iterator[Read]:
        """Every conversation of the table."""
        lines = _Lines(log)
        try:
            header = next((line for line in islice(lines, _MOST_COMMENTS) if _says_something(line)), "")
            delimiter = _delimiter(header, log.settings)
            names = _cells(header, delimiter)
            if is_of_calls(names, log.settings):
                below = replace(log, origin=replace(log.origin, lines_before=lines.number))
                yield from _calls(_rows(lines, delimiter, len(names), range(len(names))), names, below)
                return
            columns = columns_of(names, log.settings)
            cells = [_only(names, each) for each in columns.used]
        except (Malformed, csv.Error) as fault:
            yield from lines.faults
            problem = fault if isinstance(fault, Malformed) else Malformed(str(fault))
            yield problem.diagnostic(log.origin, max(lines.number, 1))
            return
        rows = _rows(lines, delimiter, len(names), cells)
        yield from conversations(rows, columns, log)


def _calls(rows: Iterator[Row | Diagnostic], names: Sequence[str], log: Log) -> Iterator[Read]:
    """The conversations of a table of calls, as the reader of such calls has them; and every fault of the table.

    A row is told by the line that it would be on if each row were one line.
    """
    from policy_engine.transcripts import readers as package

    faults: list[Diagnostic] = []

    def mappings() -> Iterator[Mapping[str, object] | None]:
        for row in rows:
            if isinstance(row, Diagnostic):
                faults.append(row)
                yield None
            else:
                yield {name: cell for name, cell in zip(names, row[1], strict=True) if cell != ""}

    others = (each for each in plugins_of(package, "READER") if each is not READER)
    yield from read_rows(mappings(), log, others)
    yield from faults


def columns_like(head: Head) -> tuple[str, ...]:
    """The names of the columns, where a log that is no table of conversations is called as one."""
    names = _names(head) if head.name.lower().endswith(_ENDINGS) else []
    return tuple(names) if len(names) > 1 and all(map(_NAME.fullmatch, names)) else ()


def _names(head: Head) -> list[str]:
    """The cells of the first line that is no comment."""
    lines = islice(head.text.splitlines(), _MOST_COMMENTS)
    line = next((each for each in lines if _says_something(each)), "")
    return _cells(line, _delimiter(line, head.settings))


class _Lines:
    """The lines of a log as text, with what is wrong with them in ``faults``, and the ``number`` of the last."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.number = 0
        self.faults: list[Diagnostic] = []
        self._is_over = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._line()
        if not raw:
            raise StopIteration
        self.number += 1
        if len(raw) > MAX_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = self._line()
            self._fault(f"the line is longer than {MAX_LINE:,} bytes", "is a quote never closed?")
            return "\n"
        try:
            return raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError:
            self._fault("the text is not UTF-8", "save it as UTF-8")
            return raw.decode("utf-8", "replace")

    def _line(self) -> bytes:
        """The next line, or the beginning of a long one; empty at the end, also where no more can be read."""
        if self._is_over:
            return b""
        try:
            return self.log.stream.readline(MAX_LINE + 1)
        except STREAM_FAULTS as error:
            self._is_over = True
            self.faults.append(cut_short(self.log.origin.at(self.number + 1), error))
            return b""

    def _fault(self, message: str, hint: str) -> None:
        subject = self.log.origin.at(self.number)
        self.faults.append(Diagnostic(BAD_CONVERSATION, message, hint=hint, subject=subject))


def _rows(lines: _Lines, delimiter: str, width: int, cells: Sequence[int]) -> Iterator[Row | Diagnostic]:
    """The rows; instead of one that cannot be read or holds a line that is no text, what is wrong with it."""
    # the limit is the process's: what holds for a line of any log, holds for a cell
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begins = lines.number + 1
        row: list[str] | None = None
        problem: Malformed | None = None
        try:
            row = next(reader, None)
        except csv.Error as error:
            problem = Malformed(f"the row is not CSV: {error}", "a quote within quotes is written twice")
        if lines.faults:
            yield from lines.faults
            lines.faults.clear()
        elif problem is None and row:
            problem = _misfit(row, width)
            if problem is None:
                yield begins, [row[at] for at in cells]
        if problem is not None:
            yield problem.diagnostic(lines.log.origin, begins)
        elif row is None:
            return


def _misfit(row: list[str], width: int) -> Malformed | None:
    if len(row) == width or (len(row) > width and not any(row[width:])):
        return None
    number = f"{len(row)} cell" if len(row) == 1 else f"{len(row)} cells"
    return Malformed(
        f"the row has {number}, and the table has {width} columns", "quote cells that hold delimiters"
    )


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _delimiter(line: str, settings: Settings) -> str:
    """What separates the cells of ``line``: with which it names a table, else with which there are most."""

    def likeness(delimiter: str) -> tuple[bool, int]:
        names = _cells(line, delimiter)
        return is_table(names, settings), len(names)

    return max(DELIMITERS, key=likeness)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _only(names: list[str], column: str) -> int:
    if names.count(column) > 1:
        raise Malformed(f"there are two columns `{column}`", "name each column otherwise")
    return names.index(column)


READER: Reader = CsvTable()
