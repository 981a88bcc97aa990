"""The JSON values of a log, however they lie in it: one a line, in one array, or written over several lines.

A log of several lines is cut into values by its brackets before anything is parsed, so that an array of
gigabytes is read in the memory of its largest value, and a fault in one value leaves the others alone. A
value whose brackets never close would swallow all that follow. It is cut where a line begins as its own
line did, and from then on so is every other (as a person would tell them apart, by the margin).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import BinaryIO, NamedTuple, cast

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.json_lines import Make, Quick, json_conversations, json_lines
from policy_engine.transcripts.lines import (
    MAX_LINE,
    STREAM_FAULTS,
    cut_short,
    json_value,
    quick_json_value,
    with_kin,
)
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read

_Object = dict[str, object]

BEGINNING = 65_536
"""How much of a log is looked at to see how its values lie, in bytes."""

_VALUES_TRIED = 20
_AT_ONCE = 262_144
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_OPEN, _CLOSE, _QUOTE, _NEWLINE = b'[]"\n'
_BETWEEN = re.compile(rb"[\s,]*")
_BARE = re.compile(rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"|[^\n,\[\]{}]*')
_MARGIN = re.compile(rb"[ \t]*")
_TOKEN = re.compile(
    rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'  # a text, whole
    rb'|"'  # the beginning of one that ends later, or never
    rb"|[\[\]{}]"
    rb"|\n([ \t]*)(?:,[ \t]*)?(?=\{)"  # the margin of a line that begins an object
)
_SIGN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},"]', re.DOTALL)
_CLOSERS = {ord("{"): b"}", ord("["): b"]"}


def json_conversations_of(
    log: Log, make: Make, *, is_part: Callable[[_Object], bool] | None = None, quick: Quick | None = None
) -> Iterator[Read]:
    """What ``make`` makes of every value of a log, given the line it begins on; a fault where it cannot.

    ``is_part`` as :func:`json_values` has it, ``quick`` as :func:`json_conversations`.
    """
    opened = _opened(log.stream, log.origin)
    if isinstance(opened, Diagnostic):
        return iter((opened,))
    stream, beginning = opened
    if log.by_line or is_a_value_a_line(beginning):
        return json_conversations(stream, log.origin, make, quick=quick)
    return _made_of(_cut_values(stream, beginning, log.origin, is_part), make, log.origin)


def _made_of(values: Iterator[tuple[int, object] | Diagnostic], make: Make, origin: Origin) -> Iterator[Read]:
    for each in values:
        if isinstance(each, Diagnostic):
            yield each
            continue
        line, value = each
        try:
            yield from make(value, origin, line)
        except Malformed as fault:
            yield fault_of(value, line, fault, origin)


def fault_of(value: object, line: int, fault: Malformed, origin: Origin) -> Diagnostic:
    """The fault of a value that begins on that line, and which reader would read it, if one would."""
    try:
        written = json.dumps(value).encode()
    except RecursionError:
        written = b""
    return with_kin(fault.diagnostic(origin, line), written, origin)


def json_values(
    stream: BinaryIO, origin: Origin, *, is_part: Callable[[_Object], bool] | None = None
) -> Iterator[tuple[int, object] | Diagnostic]:
    """Every value with the line that it begins on, from 1, and a fault for everything that is none.

    The values of a log that begins with a bracket are the members of the array; but where ``is_part`` says
    that the first of them is a part of something (a message of a conversation), the array is the value.
    No value may be longer than ``MAX_LINE`` bytes.
    """
    opened = _opened(stream, origin)
    if isinstance(opened, Diagnostic):
        return iter((opened,))
    again, beginning = opened
    if is_a_value_a_line(beginning):
        return json_lines(again, origin)
    return _cut_values(again, beginning, origin, is_part)


def _opened(stream: BinaryIO, origin: Origin) -> tuple[BinaryIO, bytes] | Diagnostic:
    """The stream, and what it begins with."""
    again = io.BufferedReader(cast(io.RawIOBase, stream), BEGINNING)
    try:
        return cast(BinaryIO, again), again.peek(BEGINNING)
    except STREAM_FAULTS as error:
        return cut_short(origin.at(1), error)


def _cut_values(
    stream: BinaryIO, beginning: bytes, origin: Origin, is_part: Callable[[_Object], bool] | None
) -> Iterator[tuple[int, object] | Diagnostic]:
    first = next(iter(_beginnings(beginning)), None)
    opens_arrays = is_part is None or first is None or not is_part(first)
    try:
        for piece in _Pieces(stream, opens_arrays=opens_arrays).cut():
            yield _parsed(piece, origin)
    except STREAM_FAULTS as error:
        yield cut_short(origin.name, error)


def is_a_value_a_line(beginning: bytes) -> bool:
    """Whether a log that begins so has a value on each line, also where the first of them are broken."""
    lines = [line for line in beginning.removeprefix(_BOM).split(b"\n") if line.strip()][:_VALUES_TRIED]
    if not lines or lines[0].lstrip(_BLANK).startswith(b"["):
        return False
    if any(line.startswith(b"{") and isinstance(_value(line), dict) for line in lines):
        return True
    return len(lines) == 1 or not lines[0].rstrip(_BLANK).endswith((b"{", b"[", b",", b":"))


def beginnings(head: Head) -> tuple[_Object, ...]:
    """The objects that a log begins with, for a reader to know its own by: the last one may be cut short.

    Of an array, they are its members; what is broken is passed over.
    """
    return _beginnings(head.raw)


@lru_cache(maxsize=2)
def _beginnings(raw: bytes) -> tuple[_Object, ...]:
    if is_a_value_a_line(raw):
        return _objects(
            [line for line in raw.removeprefix(_BOM).split(b"\n") if line.strip()][:_VALUES_TRIED]
        )
    # what does not close was cut short, more likely than not: only else is it broken, and cut by its margin
    return _objects(_first_pieces(raw, mends=False)) or _objects(_first_pieces(raw, mends=True))


def _first_pieces(raw: bytes, *, mends: bool) -> list[bytes]:
    pieces = _Pieces(io.BytesIO(raw), opens_arrays=True, mends=mends).cut()
    return [piece.raw for piece in islice(pieces, _VALUES_TRIED) if piece.raw is not None]


def _objects(pieces: list[bytes]) -> tuple[_Object, ...]:
    """The objects that are written so; the last may be cut short."""
    values = [_value(piece) for piece in pieces]
    if values and values[-1] is None:
        values[-1] = _value(_closed(pieces[-1]))
    return tuple(value for value in values if isinstance(value, dict))


def _value(raw: bytes) -> object:
    try:
        return cast(object, json.loads(raw.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return None


def _closed(raw: bytes) -> bytes:
    """The beginning of a value, up to its last whole member, with its brackets closed."""
    opened: list[bytes] = []
    cut = 0
    for found in _SIGN.finditer(raw):
        sign = raw[found.start()]
        if sign in _CLOSERS:
            opened.append(_CLOSERS[sign])
            cut = found.end()
        elif sign in b"]}" and opened:
            opened.pop()
            cut = found.end()
        elif sign in b",":
            cut = found.start()
        elif found[0] == b'"':
            break
    return raw[:cut] + b"".join(reversed(opened))


class _Piece(NamedTuple):
    """The bytes of a value (None: too many), and where it begins; lines and columns from 1."""

    line: int
    column: int
    raw: bytes | None


def _parsed(piece: _Piece, origin: Origin) -> tuple[int, object] | Diagnostic:
    line = piece.line + origin.lines_before
    try:
        if piece.raw is None:
            raise Malformed(f"the value is longer than {MAX_LINE:,} bytes", "one conversation a value")
        return line, _exactly(piece.raw, line, piece.column)
    except Malformed as fault:
        return fault.diagnostic(origin, line)


def _exactly(raw: bytes, line: int, column: int) -> object:
    try:
        return quick_json_value(raw)
    except ValueError:
        pass  # there is something to say
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        where = line + raw.count(b"\n", 0, error.start)
        raise Malformed("the text is not UTF-8", "save it as UTF-8", where) from None
    try:
        return json_value(text)
    except Malformed as fault:
        raise placed(text, line, column) or fault from None


def placed(text: str, line: int, column: int) -> Malformed | None:
    """What is no JSON in a value, and where in the log; None where it is JSON with another fault."""
    written = text.rstrip()
    try:
        json.loads(written)
    except json.JSONDecodeError as error:
        is_text = error.msg.startswith("Unterminated string")
        if is_text or error.pos >= len(written):
            return broken_off(line + error.lineno - 1 if is_text else line, line + written.count("\n"))
        at = error.colno + (column - 1 if error.lineno == 1 else 0)
        problem = (error.msg[:1].lower() + error.msg[1:]).removesuffix(" at")
        hint = "a bracket, a comma or a quotation mark may be missing before it"
        return Malformed(f"this is not JSON at column {at}: {problem}", hint, line + error.lineno - 1)
    except (ValueError, RecursionError):
        pass
    return None


def broken_off(begun: int, end: int) -> Malformed:
    """What was begun on a line and does not end, to where it breaks off."""
    hint = (
        "a quotation mark or a bracket is not closed, or the file was cut short; all of the conversation is left out, "
        "because what is missing could matter"
    )
    return Malformed(f"what was begun on line {begun} does not end", hint, end)


class _Pieces:
    """A log cut into the bytes of its values, by brackets alone."""

    def __init__(self, stream: BinaryIO, *, opens_arrays: bool, mends: bool = True) -> None:
        self._stream = stream
        self._opens_arrays = opens_arrays
        self._mends = mends
        """Whether a value that does not close ends where the next one seems to begin."""
        self._data = b""
        self._at = 0
        self._is_whole = False
        """Whether everything was read."""
        self._is_inside = False
        """Whether an array was opened whose members are the values."""
        self._by_margin = False
        """Whether a value was met that does not close: from then on, a margin ends a value, too."""
        self._start = 0
        self._line = self._column = 1
        """Where ``_start`` lies."""
        self._margin = b""
        """The blanks that this line begins with."""

    def cut(self) -> Iterator[_Piece]:
        """Every value. Raises what reading the stream raises."""
        self._more()
        if self._data.startswith(_BOM):
            self._at = len(_BOM)
        while self._to_next():
            self._begin()
            line, column = self._line, self._column
            raw = self._bracketed() if self._data[self._at] in _CLOSERS else self._bare()
            yield _Piece(line, column, raw)

    def _to_next(self) -> bool:
        """Go to the first byte of the next value; False where there is none."""
        while True:
            self._at = _end(_BETWEEN, self._data, self._at)
            if self._at == len(self._data):
                if self._is_whole:
                    return False
                self._begin()
                self._more()
                continue
            sign = self._data[self._at]
            if sign == _OPEN and self._opens_arrays and not self._is_inside:
                self._is_inside = True
            elif sign == _CLOSE and self._is_inside:
                self._is_inside = False
            else:
                return True
            self._at += 1

    def _bracketed(self) -> bytes | None:
        """The object or array that begins here; None where it is too long."""
        margin, closer = self._margin, _CLOSERS[self._data[self._at]]
        depth, cut, is_long = 0, 0, False
        while True:
            found = self._token()
            if found is None:
                if self._is_whole or (cut and self._is_too_long()):
                    return self._unclosed(cut, len(self._data), is_long)
                is_long = is_long or self._is_too_long()
                if is_long:
                    self._begin()
                continue
            sign = self._data[found.start()]
            if sign in _CLOSERS:
                depth += 1
            elif sign != _NEWLINE:
                depth -= 1
                if depth == 0 and found[0] != closer:
                    return self._unclosed(cut, found.end(), is_long)
                if depth == 0:
                    return self._taken(found.end(), is_long)
            elif self._mends and found[1] == margin and not cut:
                cut = found.end() - self._start
                if self._by_margin or is_long:
                    return self._taken(found.end(), is_long)

    def _unclosed(self, cut: int, end: int, is_long: bool) -> bytes | None:
        """What is no value, to where the next one seems to begin, else to ``end``."""
        self._by_margin = True
        return self._taken(self._start + cut if cut else end, is_long)

    def _token(self) -> re.Match[bytes] | None:
        """The next bracket or margin; None where there was none in what was read, and more has been read now."""
        while (found := _TOKEN.search(self._data, self._at)) is not None:
            if found[0] == b'"':
                end = self._data.find(b"\n", found.start())
                if end < 0:
                    self._at = found.start()
                    break
                self._at = end  # a text ends on its line, or is none
                continue
            self._at = found.end()
            if self._data[found.start()] != _QUOTE:
                return found
        else:
            self._at = _margin_begun(self._data, self._at)
        self._more()
        return None

    def _bare(self) -> bytes | None:
        """A text, a number or a word: no conversation, but it has to be told."""
        while (end := _end(_BARE, self._data, self._at)) == len(self._data) and not self._is_whole:
            if self._is_too_long():
                break
            self._at = end
            self._more()
        return self._taken(max(end, self._start + 1), is_long=False)

    def _is_too_long(self) -> bool:
        return self._at - self._start > MAX_LINE

    def _taken(self, end: int, is_long: bool) -> bytes | None:
        self._at = end
        return None if is_long or end - self._start > MAX_LINE else self._data[self._start : end]

    def _begin(self) -> None:
        """What stands before the place has been dealt with."""
        newline = self._data.rfind(b"\n", self._start, self._at)
        if newline >= 0:
            self._line += self._data.count(b"\n", self._start, self._at)
            self._margin = self._data[newline + 1 : _end(_MARGIN, self._data, newline + 1)]
        self._column = self._at - newline if newline >= 0 else self._column + self._at - self._start
        self._start = self._at

    def _more(self) -> None:
        """Read on: as much again as is kept, so that a long value is looked through only a few times."""
        kept = self._data[self._start :]
        more = self._stream.read(max(_AT_ONCE, len(kept)))
        self._is_whole = not more
        self._data = kept + more
        self._at -= self._start
        self._start = 0


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at


def _margin_begun(data: bytes, at: int) -> int:
    """Where to look on when there is more: at the last line, if it has not got beyond its margin."""
    newline = data.rfind(b"\n", at)
    return len(data) if newline < 0 or data[newline:].strip(b"\n\t ,") else newline
