"""Logs that are compressed, or written in UTF-16 or UTF-32: told by their first bytes, and unpacked on the way.

A log may be compressed twice (a gzip file that somebody packed again); of an archive such as zip the reader of
its format knows. Nothing is held whole: a file that unpacks without end costs time, and that is bounded, too.
"""

from __future__ import annotations

import io
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Callable
from typing import BinaryIO, cast

from policy_engine.transcripts.lines import STREAM_FAULTS, Unpackable, some

HEAD = 65_536
"""How much of a log is looked at to tell what it is, in bytes."""
MOST_PACKINGS = 2
"""How often a log may be compressed."""
MOST_GROWTH = 1_000
"""How many times its own size a compressed log may unpack to, beyond ``FREE_GROWTH``."""
FREE_GROWTH = 8_000_000_000
"""So many bytes any compressed log may unpack to."""

_AT_ONCE = 262_144
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPED = tuple(bytes((0x50 + each,)) + b"\x2a\x4d\x18" for each in range(16))
"""How a frame begins that zstd passes over: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.2"""
_WIDE = (
    (BOM_UTF32_LE, "utf-32"),  # begins as UTF-16 does, so it comes first
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)


class Opened:
    """A log from its beginning: ``head`` are its first bytes, unpacked, and ``stream`` is all of it, unpacked.

    ``fault`` is what kept more of the head from being read: whoever reads on meets it again.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.is_plain = True
        """Whether the log's bytes are those of the file."""
        self.head, self.fault = _head(stream)
        self.stream = _again(self.head, stream)
        for _ in range(MOST_PACKINGS):
            packed = _Counted(self.stream)
            unpack = _unpacking(self.head, packed)
            if unpack is None:
                break
            self._take(_Unpacked(unpack, packed))
        if _unpacking(self.head, _Counted(self.stream)) is not None:
            self._take(_Unpacked(_refuse, _Counted(self.stream)))
        encoding = next((name for mark, name in _WIDE if self.head.startswith(mark)), None)
        if encoding is not None:
            self._take(_Recoded(self.stream, encoding))

    def _take(self, raw: io.RawIOBase) -> None:
        stream = cast(BinaryIO, io.BufferedReader(raw, _AT_ONCE))
        self.is_plain = False
        self.head, self.fault = _head(stream)
        self.stream = _again(self.head, stream)


def _unpacking(head: bytes, packed: _Counted) -> Callable[[], BinaryIO] | None:
    """What opens a compressed log that begins so; None where it is not compressed."""
    if head.startswith(_GZIP):
        return lambda: _gzip(packed)
    if head.startswith((_ZSTD, *_ZSTD_SKIPPED)):
        return lambda: _zstd(packed)
    return None


def _gzip(packed: _Counted) -> BinaryIO:
    import gzip

    return cast(BinaryIO, gzip.GzipFile(fileobj=packed))


def _zstd(packed: _Counted) -> BinaryIO:
    import sys

    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return cast(BinaryIO, zstd.ZstdFile(packed))


def _refuse() -> BinaryIO:
    raise Unpackable(f"the file is compressed more than {MOST_PACKINGS} times")


class _Counted(io.RawIOBase):
    """A stream that knows how many bytes were read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        more = some(self._stream, size if size >= 0 else _AT_ONCE)
        self.count += len(more)
        return more


class _Unpacked(io.RawIOBase):
    """What ``unpack`` makes of ``packed``: what could be unpacked, then Unpackable."""

    def __init__(self, unpack: Callable[[], BinaryIO], packed: _Counted) -> None:
        self._unpack = unpack
        self._packed = packed
        self._stream: BinaryIO | None = None
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            if self._stream is None:
                self._stream = self._unpack()
            more = some(self._stream, len(buffer))
        except Unpackable:
            raise
        except (EOFError, zlib.error, ValueError) as fault:
            raise Unpackable("the compressed file is damaged or ends too early") from fault
        except Exception as fault:
            if isinstance(fault, OSError) and fault.errno is not None:
                raise  # the file itself, and not what it holds
            raise Unpackable("the compressed file is damaged or ends too early") from fault
        self._given += len(more)
        if self._given > max(FREE_GROWTH, MOST_GROWTH * self._packed.count):
            raise Unpackable(f"the file unpacks to more than {MOST_GROWTH:,} times its size")
        buffer[: len(more)] = more
        return len(more)


class _Recoded(io.RawIOBase):
    """A text in ``encoding``, as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._encoding = encoding
        self._text = io.TextIOWrapper(stream, encoding, newline="")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            more = self._text.read(len(buffer) // 4).encode()  # a character takes at most four bytes
        except UnicodeError:
            raise Unpackable(f"the text is not {self._encoding.upper()} throughout") from None
        buffer[: len(more)] = more
        return len(more)


class _Again(io.RawIOBase):
    """A stream whose beginning was read: it is read again, then the rest."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        more = self._head[: len(buffer)]
        if more:
            self._head = self._head[len(more) :]
        else:
            more = some(self._rest, len(buffer))
        buffer[: len(more)] = more
        return len(more)


def _again(head: bytes, rest: BinaryIO) -> BinaryIO:
    """The stream from its beginning: itself where one can go back in it."""
    try:
        if rest.seekable():
            rest.seek(-len(head), io.SEEK_CUR)
            return rest
    except STREAM_FAULTS:
        pass
    return cast(BinaryIO, io.BufferedReader(_Again(head, rest), _AT_ONCE))


def _head(stream: BinaryIO) -> tuple[bytes, Exception | None]:
    head = bytearray()
    try:
        while len(head) < HEAD and (more := some(stream, HEAD - len(head))):
            head += more
    except STREAM_FAULTS as error:
        return bytes(head), error
    return bytes(head), None
