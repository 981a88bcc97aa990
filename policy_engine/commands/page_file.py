"""The file that a page is written to: never over something else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from policy_engine.commands.overwriting import what_would_be_lost
from policy_engine.diagnostics import reason_of
from policy_engine.whole_file import WholeFile

_BEGINNING = b"<!doctype html"


class PageFileError(Exception):
    """The page cannot be written there; the message says why, as a fragment to show."""


class PageFile:
    """A :class:`WholeFile` in the place of none, or of a page that was there before.

    ``inputs`` are the files and folders that are read. Making it, entering and ``write`` raise PageFileError.
    """

    def __init__(self, path: Path, inputs: Sequence[Path]) -> None:
        if str(path) == "-":
            raise PageFileError("`--html` needs the name of a file: standard output has the result in text")
        self._shown = path
        self._path = Path(os.path.realpath(path))
        lost = what_would_be_lost(self._path, path, inputs, "the page")
        if lost is not None:
            raise PageFileError(lost)
        try:
            self._refuse_what_is_no_page()
        except OSError as fault:
            raise self._unwritable(fault) from None
        self._file = WholeFile(self._path)

    def _refuse_what_is_no_page(self) -> None:
        try:
            mode = self._path.stat().st_mode
        except FileNotFoundError:
            return
        if stat.S_ISDIR(mode):
            raise PageFileError(f"`{self._shown}` is a folder: the page needs the name of a file")
        if not stat.S_ISREG(mode):
            raise PageFileError(f"`{self._shown}` is not a file: the page needs the name of one")
        with self._path.open("rb") as stream:
            beginning = stream.read(len(_BEGINNING))
        if beginning and beginning.lower() != _BEGINNING:
            raise PageFileError(f"`{self._shown}` exists and is not a page: it is not overwritten")

    def _unwritable(self, fault: OSError) -> PageFileError:
        why = reason_of(fault)
        return PageFileError(f"the page cannot be written to `{self._shown}`: {why}")

    def __enter__(self) -> PageFile:
        try:
            self._file.__enter__()
        except OSError as fault:
            raise self._unwritable(fault) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._file.__exit__()

    def write(self, pieces: Iterable[str]) -> None:
        """Write the page, and give it its name."""
        try:
            self._file.write(pieces)
        except OSError as fault:
            raise self._unwritable(fault) from None
