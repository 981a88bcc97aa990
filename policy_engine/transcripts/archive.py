"""The members of a zip archive, read one at a time in bounded memory, whatever the archive claims.

Nothing is ever written: a member's name is a name, and one that would lead out of a folder is only told. Members may
be deflated or, as newer writers have them, compressed with zstd.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from policy_engine.transcripts.reader import Malformed

BEGINNING = b"PK\x03\x04"
"""How an archive with members begins."""
MAX_MEMBER = 64_000_000
"""Largest member that is read, in bytes, unpacked."""
MAX_LISTED = 16_000_000
"""Longest list of members that is read, in bytes: some hundred thousand names."""
MAX_UNPACKED = 8_000_000_000
"""So many bytes any archive may unpack to, all in all."""
MOST_GROWTH = 100
"""How many times its own size a larger archive may unpack to."""

_LOCAL_HEADER = 30
"""Bytes of a member's own header before its name (APPNOTE.TXT 4.3.7)."""
_NAME_LENGTH = slice(26, 28)
_ENCRYPTED = 0x1


def first_name(beginning: bytes) -> str | None:
    """The name of an archive's first member, by its beginning; None where it is no archive."""
    if not beginning.startswith(BEGINNING):
        return None
    length = int.from_bytes(beginning[_NAME_LENGTH], "little")
    return beginning[_LOCAL_HEADER : _LOCAL_HEADER + length].decode("utf-8", "replace")


class Archive:
    """A zip archive. Of two members with one name, the last counts, as for whoever wrote it."""

    def __init__(self, stream: BinaryIO) -> None:
        """Open it. Malformed where the list of its members cannot be read."""
        zipfile = _zipfile()
        file = _Bounded(stream, MAX_LISTED, zipfile.BadZipFile)  # the list of members is read at once
        try:
            self._file = zipfile.ZipFile(cast(BinaryIO, file))
        except Exception as fault:  # a BadZipFile, or whatever follows from bytes that lie
            raise self._fault(fault) from None
        file.limit = MAX_MEMBER
        self._left = max(MAX_UNPACKED, MOST_GROWTH * stream.seek(0, io.SEEK_END))

    def names(self) -> Iterator[str]:
        """The name of every member, in the order of the archive."""
        yield from dict.fromkeys(self._file.namelist())

    def read(self, name: str) -> bytes:
        """What the member of that name holds. Malformed where that cannot be read."""
        info = self._file.getinfo(name)
        if info.flag_bits & _ENCRYPTED:
            raise Malformed("this part of the archive is encrypted", "unlock it first")
        if max(info.file_size, info.compress_size) > MAX_MEMBER:
            raise Malformed(f"this part of the archive is larger than {MAX_MEMBER:,} bytes")
        self._left -= info.file_size
        if self._left < 0:
            raise Malformed("the archive unpacks to more than any log would")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # of members that lie in one place
                return bytes(self._file.read(name))
        except Exception as fault:  # and so is zstd's
            raise self._fault(fault) from None

    def _fault(self, fault: Exception) -> Malformed:
        """What is wrong, without the words of libraries about it."""
        if isinstance(fault, NotImplementedError):
            return Malformed(
                "the archive is packed in a way that is not known", "pack it with deflate or zstd"
            )
        if isinstance(fault, OSError) and fault.errno is not None:
            return Malformed(f"the archive cannot be read: {(fault.strerror or 'input error').lower()}")
        return Malformed("the archive is damaged or ends too early", "copy the file again")


class _Bounded:
    """A file of which never more than ``limit`` bytes are read at once, whatever it says of itself."""

    def __init__(self, stream: BinaryIO, limit: int, fault: type[Exception]) -> None:
        self.limit = limit
        self._stream = stream
        self._fault = fault

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self.limit:
            raise self._fault(f"more than {self.limit:,} bytes")
        return self._stream.read(size)

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(place, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True


def _zipfile() -> Any:
    """The module that knows zstd."""
    if sys.version_info >= (3, 14):
        import zipfile
    else:
        from backports.zstd import zipfile
    return zipfile
