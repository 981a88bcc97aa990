"""Conversations written in the project's own form, as JSON Lines or as Parquet: the name of the file says which.

A log is written as a stream: nothing is kept but what one group of rows needs. The names are those by which people know
such files; reading never goes by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import BinaryIO, Protocol

from policy_engine.transcripts.lines import MAX_LINE
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.packing import gzip_of, zstd_of

_AT_ONCE = 262_144


class Writer(Protocol):
    """Writes a log, one conversation after the other."""

    def add(self, conversation: Conversation) -> None:
        """Write one more. ValueError, with a fragment to show, where the form cannot say it: then nothing of it is
        written. OSError where nothing can be written."""
        ...

    def close(self) -> None:
        """Everything was added: write what is left. OSError as above."""
        ...


class JsonLines:
    """A conversation a line. ``texts`` False leaves out what was said; ``pack`` compresses."""

    def __init__(
        self, stream: BinaryIO, *, texts: bool, pack: Callable[[BinaryIO], BinaryIO] | None = None
    ) -> None:
        self._stream = stream if pack is None else pack(stream)
        self._is_packed = pack is not None
        self._texts = texts
        self._waiting: list[bytes] = []
        self._size = 0

    def add(self, conversation: Conversation) -> None:
        """Write a line."""
        from policy_engine.transcripts.own_line import written_line

        line = written_line(conversation, texts=self._texts)
        if len(line) > MAX_LINE:
            raise ValueError(f"its line would be longer than {MAX_LINE:,} bytes; Parquet can hold it")
        self._waiting.append(line)
        self._size += len(line)
        if self._size >= _AT_ONCE:
            self._write()

    def close(self) -> None:
        """Write the lines that wait."""
        self._write()
        if self._is_packed:
            self._stream.close()
        else:
            self._stream.flush()

    def _write(self) -> None:
        self._stream.write(b"".join(self._waiting))
        self._waiting.clear()
        self._size = 0


def _plain(stream: BinaryIO, texts: bool) -> Writer:
    return JsonLines(stream, texts=texts)


def _gzip(stream: BinaryIO, texts: bool) -> Writer:
    return JsonLines(stream, texts=texts, pack=gzip_of)


def _zstd(stream: BinaryIO, texts: bool) -> Writer:
    return JsonLines(stream, texts=texts, pack=zstd_of)


def _parquet(stream: BinaryIO, texts: bool) -> Writer:
    from policy_engine.transcripts.own_parquet import ParquetRows

    return ParquetRows(stream, texts=texts)


Form = Callable[[BinaryIO, bool], Writer]
"""Makes the writer of a log from where it is written to, and whether texts are."""

FORMS: Mapping[str, Form] = MappingProxyType(
    {".jsonl": _plain, ".jsonl.gz": _gzip, ".jsonl.zst": _zstd, ".parquet": _parquet}
)
"""How a log is written, by the ending of its name."""


def form_of(name: str) -> Form:
    """How a log of that name is written. ValueError, with a fragment to show, where its ending does not say."""
    folded = name.casefold()
    for ending, form in FORMS.items():
        if folded.endswith(ending):
            return form
    *first, last = (f"`{ending}`" for ending in FORMS)
    raise ValueError(f"the name of a log ends in {', '.join(first)} or {last}, and `{name}` does not")
