"""The members of one large JSON object, each value on its own, and the elements of those that are arrays.

Where a whole log is one object (``json_values`` cuts logs of many), nothing but the value at hand is kept, of at
most ``MAX_VALUE`` bytes. What is found are its bytes: where a value ends is told by strings and brackets alone, so
that a value that nobody wants is never decoded.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.lines import STREAM_FAULTS, cut_short, json_value, quick_json_value
from policy_engine.transcripts.reader import BAD_CONVERSATION, Log, Malformed

MAX_VALUE = 64_000_000
"""Largest value that is read, in bytes."""

_AT_ONCE = 262_144
_LONGEST_SCALAR = 4_096
_SPACE = re.compile(rb"[ \t\r\n]*+")
_SCALAR = re.compile(rb"[^ \t\r\n,:\[\]{}\"]*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
_TO_QUOTE = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


class Member(NamedTuple):
    """One value: the ``key`` that it stands under, the ``line`` that it begins on, from 1, and its bytes."""

    key: str
    line: int
    raw: bytes

    def value(self) -> object:
        """The value; Malformed where it is no JSON."""
        try:
            return quick_json_value(self.raw)
        except ValueError:
            try:
                return json_value(self.raw.decode())
            except UnicodeDecodeError:
                raise Malformed("the text is not UTF-8", "save it as UTF-8") from None


def json_members(log: Log) -> Iterator[Member | Diagnostic]:
    """The members of the object that ``log`` holds, in order, and what is wrong with it.

    An array gives its elements, each under its key.
    """
    text = _Text(log)
    try:
        text.expect(b"{")
        while text.next() != b"}":
            key = text.key()
            text.expect(b":")
            if text.next() == b"[":
                yield from _elements(text, key)
            else:
                yield text.value(key)
            text.comma(b"}")
    except _Broken as broken:
        yield broken.fault


class _Broken(Exception):
    """Nothing more can be read."""

    def __init__(self, fault: Diagnostic) -> None:
        super().__init__(fault.message)
        self.fault = fault


def _elements(text: _Text, key: str) -> Iterator[Member | Diagnostic]:
    text.expect(b"[")
    while text.next() != b"]":
        yield text.value(key)
        text.comma(b"]")
    text.expect(b"]")


class _Text:
    """The bytes of a log from a place on that only moves forward."""

    def __init__(self, log: Log) -> None:
        self._stream: BinaryIO = log.stream
        self._origin = log.origin
        self._held = b""
        self._at = 0
        self._line = 1
        self._is_begun = False

    def next(self) -> bytes:
        """The next byte that is no white space; empty at the end."""
        while True:
            found = _SPACE.match(self._held, self._at)
            assert found is not None
            self._move(found.end())
            if self._at < len(self._held):
                return self._held[self._at : self._at + 1]
            if not self._more():
                return b""

    def expect(self, byte: bytes) -> None:
        """Go beyond the next byte, which is ``byte``."""
        if self.next() != byte:
            raise self._broken(f"`{byte.decode()}` is expected here")
        self._move(self._at + 1)

    def comma(self, closing: bytes) -> None:
        """Go beyond a comma, or stay before what closes the list."""
        if self.next() != closing:
            self.expect(b",")

    def key(self) -> str:
        """The key of a member."""
        if self.next() != b'"':
            raise self._broken("a key in quotes is expected here")
        value = self.value("")
        return value.raw[1:-1].decode("utf-8", "replace") if isinstance(value, Member) else ""

    def value(self, key: str) -> Member | Diagnostic:
        """The next value, whole; a fault where it is too large."""
        first = self.next()
        line = self._line
        end = (
            self._string_end()
            if first == b'"'
            else self._end()
            if first in (b"{", b"[")
            else self._scalar_end()
        )
        if end is not None and end - self._at > MAX_VALUE:
            self._move(end)
            end = None
        if end is None:
            message = f"the value that begins here is larger than {MAX_VALUE:,} bytes"
            return Diagnostic(BAD_CONVERSATION, message, subject=self._origin.at(line))
        raw = self._held[self._at : end]
        self._move(end)
        if not raw:
            raise self._broken("a value is expected here")
        return Member(key, line, raw)

    def _scalar_end(self) -> int:
        while True:
            found = _SCALAR.match(self._held, self._at)
            assert found is not None
            length = found.end() - self._at
            if found.end() < len(self._held) or length > _LONGEST_SCALAR or not self._more():
                return self._at + length

    def _string_end(self) -> int | None:
        while (found := _STRING.match(self._held, self._at)) is None:
            if len(self._held) - self._at > MAX_VALUE:
                self._move(self._at + 1)
                self._skip_string()
                return None
            self._more_or_broken()
        return found.end()

    def _end(self) -> int | None:
        """Where the object or array ends that begins here; None where it was too large, and is passed over."""
        depth, offset = 0, 0  # from where we are: reading on moves it
        while True:
            found = _TO_BRACKET.match(self._held, self._at + offset)
            assert found is not None
            place = found.end()
            offset = place - self._at
            byte = self._held[place : place + 1]
            if byte in (b"", b'"'):
                if offset > MAX_VALUE or len(self._held) - self._at > MAX_VALUE:
                    self._move(place)
                    self._skip(depth)
                    return None
                self._more_or_broken()
                continue
            depth += 1 if byte in (b"{", b"[") else -1
            offset += 1
            if depth == 0:
                return place + 1

    def _skip(self, depth: int) -> None:
        """Go beyond the end of what is ``depth`` brackets deep, keeping nothing."""
        while depth:
            found = _TO_BRACKET.match(self._held, self._at)
            assert found is not None
            self._move(found.end())
            byte = self._held[self._at : self._at + 1]
            if not byte:
                self._more_or_broken()
                continue
            self._move(self._at + 1)
            if byte == b'"':
                self._skip_string()
            else:
                depth += 1 if byte in (b"{", b"[") else -1

    def _skip_string(self) -> None:
        """Go beyond the quote that ends the string that we are in."""
        while True:
            found = _TO_QUOTE.match(self._held, self._at)
            assert found is not None
            self._move(found.end())
            if self._held[self._at : self._at + 1] == b'"':
                self._move(self._at + 1)
                return
            self._more_or_broken()

    def _move(self, place: int) -> None:
        self._line += self._held.count(b"\n", self._at, place)
        self._at = place

    def _more(self) -> bool:
        """Read on: as much as is held, so that what is long is not gone through again and again."""
        rest = self._held[self._at :]
        more = b""
        try:
            if not self._is_begun:
                self._is_begun = True
                more = self._stream.read(len(BOM_UTF8)).removeprefix(BOM_UTF8)
            more += self._stream.read(max(_AT_ONCE, len(rest)))
        except STREAM_FAULTS as error:
            raise _Broken(cut_short(self._origin.at(self._line), error)) from None
        self._held, self._at = rest + more, 0
        return bool(more)

    def _more_or_broken(self) -> None:
        if not self._more():
            raise self._broken("the file ends within a value: it was cut off")

    def _broken(self, message: str) -> _Broken:
        hint = "the rest of the file is not read"
        return _Broken(Diagnostic(BAD_CONVERSATION, message, hint=hint, subject=self._origin.at(self._line)))
