"""Pieces of conversations that stand apart in a log, gathered in bounded memory.

Rows of a table, spans of a trace: what belongs to one conversation may be spread over the whole log. The pieces are
kept in a private temporary database of SQLite, which stays in memory while it is small and goes to disk beyond.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from policy_engine.transcripts.reader import MAX_COPIED, Malformed

if TYPE_CHECKING:
    import sqlite3

_IN_MEMORY = 16_000
"""How much of the database stays in memory, in KiB."""
_AT_ONCE = 1_000
_BYTES_AT_ONCE = 4_000_000
"""Pieces that are written together, at most, and about how many bytes of them."""

_TABLES = f"""
PRAGMA journal_mode = off;
PRAGMA synchronous = off;
PRAGMA cache_size = -{_IN_MEMORY};
CREATE TABLE owner (number INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE piece (number INTEGER PRIMARY KEY, owner INTEGER, place, body BLOB);
"""
_GATHERED = """
SELECT owner.name, piece.body FROM piece JOIN owner ON owner.number = piece.owner
ORDER BY piece.owner, piece.place, piece.number
"""


class Scattered:
    """Pieces by the name of what they belong to.

    A piece is any value that can be pickled. What is unpickled was pickled here, into a file that nobody else sees.
    """

    def __init__(self) -> None:
        import sqlite3

        self._fault = sqlite3.Error
        self._database: sqlite3.Connection = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self._waiting: list[tuple[int, int | str, bytes]] = []
        self._last: tuple[str, int] | None = None
        self._size = self._unwritten = 0

    def add(self, name: str, piece: object, place: int | str = 0) -> None:
        """Keep a piece of ``name``, to come back in the order of ``place`` (numbers before texts), then as it came.

        Malformed where there is no room for more, or it is nested too deeply.
        """
        try:
            body = pickle.dumps(piece, pickle.HIGHEST_PROTOCOL)
        except RecursionError:
            raise Malformed("lists and objects are nested too deeply") from None
        self._size += len(body)
        self._unwritten += len(body)
        if self._size > MAX_COPIED:
            raise Malformed(f"the log has more than {MAX_COPIED:,} bytes to sort by conversation", "split it")
        if self._last is None or self._last[0] != name:
            self._last = (name, self._number(name))
        self._waiting.append((self._last[1], _storable(place), body))
        if len(self._waiting) >= _AT_ONCE or self._unwritten >= _BYTES_AT_ONCE:
            self._write()

    def groups(self) -> Iterator[tuple[str, Iterator[object]]]:
        """Every name with its pieces, the name first that came first. Malformed as above.

        The pieces of a name are to be taken before the next name is.
        """
        self._write()
        try:
            with closing(self._database.execute(_GATHERED)) as found:
                for name, rows in groupby(found, key=itemgetter(0)):
                    yield name, self._pieces(rows)
        except self._fault as error:
            raise _no_room(error) from None

    def _pieces(self, rows: Iterator[tuple[str, bytes]]) -> Iterator[object]:
        try:
            for _, body in rows:
                yield pickle.loads(body)
        except self._fault as error:
            raise _no_room(error) from None

    def close(self) -> None:
        """Let go of everything that was kept."""
        self._database.close()

    def _number(self, name: str) -> int:
        name = str(_storable(name))
        try:
            self._database.execute("INSERT OR IGNORE INTO owner (name) VALUES (?)", (name,))
            found = self._database.execute("SELECT number FROM owner WHERE name = ?", (name,)).fetchone()
        except self._fault as error:
            raise _no_room(error) from None
        return int(found[0])

    def _write(self) -> None:
        try:
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT INTO piece (owner, place, body) VALUES (?, ?, ?)", self._waiting
            )
            self._database.execute("COMMIT")
        except self._fault as error:
            raise _no_room(error) from None
        self._waiting.clear()
        self._unwritten = 0


def _storable(value: int | str) -> int | str:
    """The value as a database takes it: a lone surrogate, which JSON can write, has no place in one."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _no_room(error: Exception) -> Malformed:
    return Malformed(f"the log cannot be sorted by conversation: {error}", "make room for temporary files")
