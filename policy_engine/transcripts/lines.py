"""The lines and the whole text of a log, in bounded memory, whatever the bytes are.

A line is at most ``MAX_LINE`` bytes, a text that has to be held whole at most ``MAX_TEXT``. What
cannot be decoded or unpacked is a diagnostic; the lines after it are read on, as far as there are any.
"""

from __future__ import annotations

import json
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from typing import BinaryIO

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.reader import BAD_CONVERSATION, UNREADABLE, Malformed, Origin, quoted

MAX_LINE = 64_000_000
"""Longest line that is read, in bytes."""
MAX_TEXT = 64_000_000
"""Longest text that is read whole, in bytes."""

_AT_ONCE = 131_072
"""How much of a log is looked at together, in bytes."""
_LARGEST_COPY = 4_194_304
"""More than anything that is made of so much."""

STREAM_FAULTS = (OSError, EOFError, zlib.error)
"""What reading a file or unpacking it raises."""


class Unpackable(EOFError):
    """No more of a log can be unpacked; the message says why, as a fragment to show."""


def numbered_lines(stream: BinaryIO, origin: Origin) -> Iterator[tuple[int, str] | Diagnostic]:
    """The lines of ``stream`` that are not blank, with their numbers from 1."""
    return chain.from_iterable(map(partial(_text_lines, origin=origin), many_lines(stream, origin)))


def many_lines(stream: BinaryIO, origin: Origin) -> Iterator[tuple[int, bytes] | Diagnostic]:
    """The lines of ``stream``, as many as come at once, with the number of the first of them, from 1.

    No line break stands behind the last of them. Nothing of them is kept while somebody works on them.
    """
    _keep_freed_memory()
    number = origin.lines_before + 1
    found: list[tuple[int, bytes]] = []
    try:
        for lines in _cut(stream):
            if lines is None:
                yield _too_long(origin.at(number))
                number += 1
                continue
            found.append((number, lines.removeprefix(BOM_UTF8) if number == 1 else lines))
            number += 1 + line_breaks(lines)
            del lines
            yield found.pop()
    except STREAM_FAULTS as fault:
        yield cut_short(origin.at(number), fault)


@cache
def _keep_freed_memory() -> None:
    """glibc asks the system anew for each copy of so many bytes, until it has seen a larger one freed.

    M_MMAP_THRESHOLD: https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    bytearray(_LARGEST_COPY)


def _cut(stream: BinaryIO) -> Iterator[bytes | None]:
    """What is read at once, cut behind its last whole line; None for a line that is too long."""
    begun, size, parts = list[bytes](), 0, list[bytes]()
    while more := some(stream, _AT_ONCE):
        first = more.find(b"\n") + 1
        size += first or len(more)
        if size > MAX_LINE:  # what is begun is let go of, and the size goes on to grow
            begun.clear()
            if not first:
                continue
            yield None
            more = more[first:]
        last = more.rfind(b"\n") + 1
        if last:
            parts.append(b"".join((*begun, memoryview(more)[: last - 1])))
            begun.clear()
        begun.append(more[last:])
        size = len(more) - last if first else size
        del more
        if parts:
            yield parts.pop()
    if size > MAX_LINE:
        yield None
    elif size:
        yield b"".join(begun)


def line_breaks(lines: bytes) -> int:
    """How many line breaks there are: faster than to count them, where they are few."""
    return len(lines) - len(lines.replace(b"\n", b""))


def some(stream: BinaryIO, most: int) -> bytes:
    """As many bytes as can be had at once, but no more than ``most``; none at the end of the stream."""
    read1 = getattr(stream, "read1", None)
    return bytes(read1(most) if read1 is not None else stream.read(most))


def _text_lines(
    lines: tuple[int, bytes] | Diagnostic, origin: Origin
) -> Sequence[tuple[int, str] | Diagnostic]:
    """A function and no loop, so that the bytes of a long line are let go of before its text is used."""
    if isinstance(lines, Diagnostic):
        return (lines,)
    found = (text_line(line, origin) for line in enumerate(lines[1].split(b"\n"), lines[0]))
    return [line for line in found if line is not None]


def text_line(line: tuple[int, bytes], origin: Origin) -> tuple[int, str] | Diagnostic | None:
    """The line as text; None where it is blank."""
    number, raw = line
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return _not_utf8(origin.at(number))
    return (number, text) if text and not text.isspace() else None


def with_kin(fault: Diagnostic, raw: bytes, origin: Origin) -> Diagnostic:
    """The fault of a line, and what reads it."""
    kin = origin.kin(raw, fault)
    return fault if kin is None else replace(fault, hint=f"the line looks like one of `--from {kin}`")


def whole_text(stream: BinaryIO, origin: Origin, limit: int = MAX_TEXT) -> str | Diagnostic:
    """The text of ``stream`` with line breaks as ``\\n``; at most ``limit`` bytes are read."""
    try:
        raw = stream.read(limit + 1)
    except STREAM_FAULTS as error:
        return cut_short(origin.name, error)
    if len(raw) > limit:
        hint = "split it into several files"
        message = f"the file is larger than {limit:,} bytes"
        return Diagnostic(BAD_CONVERSATION, message, hint=hint, subject=origin.name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(origin.at(raw.count(b"\n", 0, error.start) + 1))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def quick_json_value(raw: bytes) -> object:
    """The value that ``raw`` writes: the same as :func:`json_value`, several times faster.

    ValueError for every line about which there is something to say, and for a few others: ``json_value`` knows.
    A key that is written twice shows in the number of colons: written anew, the value has fewer.
    """
    decode, encode = _codec()
    try:
        value = decode(raw)
        once = encode(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    refuse_repeats(raw, once)
    return value


def refuse_repeats(raw: bytes, once: bytes) -> None:
    """ValueError where what ``raw`` writes, and ``once`` writes anew, may have had a key twice."""
    if colons(raw) != colons(once) or (b"\\" in raw and b"\\u003" in raw):
        raise ValueError("a key is written twice, or a colon as a number")


def colons(text: bytes) -> int:
    """How many colons there are: faster than to count them."""
    return len(text) - len(text.replace(b":", b""))


@cache
def _codec() -> tuple[Callable[[bytes], object], Callable[[object], bytes]]:
    """msgspec's; it is loaded when a log is read."""
    import msgspec

    return msgspec.json.Decoder().decode, msgspec.json.Encoder().encode


def json_value(text: str) -> object:
    """The value that ``text`` writes; Malformed where it is no JSON, too deep, or says a key twice."""
    try:
        # without the end of the line: what is missing there is missing in the line's last column, not in a next line
        value: object = json.loads(text.rstrip(), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        problem = (error.msg[:1].lower() + error.msg[1:]).removesuffix(" at")
        message = f"this is not JSON at column {error.colno}: {problem}"
        raise Malformed(message, "write one JSON object per line") from None
    except RecursionError:
        raise Malformed("lists and objects are nested too deeply") from None
    except ValueError:
        raise Malformed("a number has too many digits") from None
    return value


def cut_short(place: str, error: Exception) -> Diagnostic:
    """Nothing more can be read from ``place`` on."""
    if isinstance(error, EOFError | zlib.error):
        hint = "copy the file again"
        message = str(error) if isinstance(error, Unpackable) else "the file is damaged or ends too early"
    else:
        reason = getattr(error, "strerror", None) or type(error).__name__
        message, hint = f"the file cannot be read: {reason[:1].lower()}{reason[1:]}", None
    return Diagnostic(UNREADABLE, message, hint=hint, subject=place)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Malformed(f"{quoted(key)} is written twice", "keep one of them")
            seen.add(key)
    return found


def _too_long(place: str) -> Diagnostic:
    message = f"the line is longer than {MAX_LINE:,} bytes"
    return Diagnostic(BAD_CONVERSATION, message, hint="one conversation a line", subject=place)


def _not_utf8(place: str) -> Diagnostic:
    return Diagnostic(BAD_CONVERSATION, "the text is not UTF-8", hint="save it as UTF-8", subject=place)
