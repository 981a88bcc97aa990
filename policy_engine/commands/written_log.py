"""The log that a command writes: whole or not at all, and never over what is read."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from policy_engine.commands.overwriting import what_would_be_lost
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import reason_of
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.writing import Form, Writer, for_standard_output, form_of
from policy_engine.whole_file import WholeFile

STANDARD_OUTPUT = "-"


class WrittenLog:
    """Conversations in the project's own form, in a file that is named when it is complete, or on standard output.

    ``inputs`` are the files and folders that are read; ``texts`` says whether what was said is written; ``force`` lets
    an existing file be replaced. Making it, entering, ``add`` and ``keep`` raise Usage where nothing can be written.
    """

    def __init__(self, path: Path, inputs: Sequence[Path], *, texts: bool, force: bool) -> None:
        self.is_standard_output = str(path) == STANDARD_OUTPUT
        self._shown = path
        self._writer: Writer | None = None
        self._texts = texts
        if self.is_standard_output:
            self._form: Form = for_standard_output
            return
        try:
            self._form = form_of(path.name)
        except ValueError as fault:
            raise Usage(f"{fault}; `-` is standard output") from None
        place = Path(os.path.realpath(path))
        try:
            lost = what_would_be_lost(place, path, inputs, "the log") or self._what_is_there(place, force)
        except (OSError, ValueError) as fault:
            raise self._unwritable(fault) from None
        if lost is not None:
            raise Usage(lost)
        self._file = WholeFile(place)

    def _what_is_there(self, place: Path, force: bool) -> str | None:
        """Why nothing is written over what is at the place; None where nothing of worth is there."""
        try:
            found = place.stat()
        except FileNotFoundError:
            return None
        if stat.S_ISDIR(found.st_mode):
            return f"`{self._shown}` is a folder: the log needs the name of a file"
        if stat.S_ISREG(found.st_mode) and found.st_size and not force:
            return f"`{self._shown}` exists: to write over it, --force"
        return None

    def __enter__(self) -> WrittenLog:
        try:
            stream = self._stream()
        except OSError as fault:
            raise self._unwritable(fault) from None
        try:
            self._writer = self._form(stream, self._texts)
        except ImportError:
            self.__exit__()
            hint = "install policy-engine[parquet]"
            raise Usage(f"Parquet is written by a package that is not installed: {hint}") from None
        return self

    def _stream(self) -> BinaryIO:
        return sys.stdout.buffer if self.is_standard_output else self._file.__enter__().stream

    def __exit__(self, *_: object) -> None:
        if self.is_standard_output:
            return
        if self._writer is not None:
            with suppress(OSError, ValueError):
                self._writer.close()  # while there is a file: it would write its end when it is forgotten
        self._file.__exit__()

    def add(self, conversation: Conversation) -> None:
        """Write one more. ValueError, with a fragment to show, where it cannot be said; the others go on."""
        assert self._writer is not None
        try:
            self._writer.add(conversation)
        except OSError as fault:
            raise self._unwritable(fault) from None

    def keep(self) -> None:
        """Everything was added: the file is complete."""
        assert self._writer is not None
        try:
            self._writer.close()
            if not self.is_standard_output:
                self._file.keep()
        except OSError as fault:
            raise self._unwritable(fault) from None

    def _unwritable(self, fault: OSError | ValueError) -> Usage:
        why = reason_of(fault)
        return Usage(f"the log cannot be written to `{self._shown}`: {why}")
