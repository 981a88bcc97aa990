"""A file that is written whole or not at all: whoever reads it sees what was there before, or all that is new."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


class WholeFile:
    """A file that takes its name when it is complete. Who may read and write it stays as it was.

    Entering opens a file beside ``path``, so that an unwritable place is known before the work begins. ``write``
    fills it with a text in UTF-8 and gives it its name; for anything else, there are ``stream`` and ``keep``. Leaving
    without one of them removes it. What cannot be replaced, a pipe or a device, is written to as it is. Entering,
    ``write`` and ``keep`` raise OSError.
    """

    stream: BinaryIO
    """What the file is to hold is written here."""

    def __init__(self, path: Path) -> None:
        self._path = Path(os.path.realpath(path))
        is_replaced = self._path.is_file() or not self._path.exists()
        self._part = self._path.with_name(f".{os.urandom(8).hex()}.part") if is_replaced else None

    def __enter__(self) -> WholeFile:
        part = self._part
        self.stream = self._path.open("wb") if part is None else part.open("xb")
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.stream.close()
        if self._part is not None:
            with suppress(OSError):
                self._part.unlink()

    def write(self, pieces: Iterable[str]) -> None:
        """Write the text, and give the file its name."""
        self.stream.writelines(piece.encode() for piece in pieces)
        self.keep()

    def keep(self) -> None:
        """The file is complete: give it its name."""
        self.stream.close()
        if self._part is not None:
            with suppress(FileNotFoundError):
                self._part.chmod(stat.S_IMODE(self._path.stat().st_mode))
            self._part.replace(self._path)


def are_one_file(one: Path, other: Path) -> bool:
    """Whether two names are of one file: hard links, or names that differ in case only."""
    try:
        return one.samefile(other)
    except OSError:
        return False
