"""The JSON values of the lines of a log: of many lines at once, and of each by itself where something is odd.

A decoder that is given a thousand lines in one text is several times faster than one that is asked a thousand times.
What it refuses, and whatever there is something to say about, is looked at again line by line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from struct import Struct
from typing import BinaryIO, Generic, TypeVar, cast

import msgspec

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.lines import (
    colons,
    json_value,
    many_lines,
    quick_json_value,
    refuse_repeats,
    text_line,
    with_kin,
)
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reader import Malformed, Origin, Read

Make = Callable[[object, Origin, int], Iterable[Read]]
"""What reads the value of a line, given its number; raises Malformed."""
Quick = Callable[[bytes, Origin, int], Sequence[Conversation] | None]
"""What makes the conversations of many lines, given the lines and the number of the first; None where it cannot."""

_Value = TypeVar("_Value")
_Line = tuple[int, object] | Diagnostic
_KEY = os.urandom(8).hex()
"""A key that no log can have."""
_BETWEEN = b'},{"%b":' % _KEY.encode()


class Line(msgspec.Struct, Generic[_Value], gc=False, forbid_unknown_fields=True, rename={"value": _KEY}):
    """A line, and the value that it writes: a decoder for :func:`line_values` decodes a list of these."""

    value: _Value


def line_values(decode: Callable[[bytes], list[Line[_Value]]], lines: bytes) -> list[_Value]:
    """The values that ``lines`` write, one each; ValueError where they do not. No line break stands behind the last.

    Between two lines stands a key that nobody can have guessed. So a value on two lines, two on a line and a blank line
    become faults, or change the number of values.
    """
    listed = lines.replace(b"\n", _BETWEEN)
    found = decode(b'[{"%b":%b}]' % (_KEY.encode(), listed))
    if (len(found) - 1) * (len(_BETWEEN) - 1) != len(listed) - len(lines):
        raise ValueError("a line does not write one value")
    return [each.value for each in found]


_decode = msgspec.json.Decoder(list[Line[object]]).decode
_begins = Struct("c").unpack_from
_BEGIN_TEXTS = frozenset(((b'"',), (b"n",)))
"""What a text begins with, and null."""
_encode = msgspec.json.Encoder().encode


def quick_json_values(lines: bytes) -> list[object]:
    """The values that ``lines`` write: the same as of ``quick_json_value`` for each; ValueError where it has one."""
    try:
        values = line_values(_decode, lines)
        once = _encode(values)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    refuse_repeats(lines, once)
    return values


Text = str | None | msgspec.Raw
"""What was said, as it reads, or as it is written where nobody needs it."""
Others = Callable[[], tuple[int, Iterable[str]]]
"""How many more keys there are, and all texts of lines that are not of ``Text``."""


def are_keys_once(lines: bytes, keys: int, texts: Sequence[Text], others: Others) -> bool:
    """Whether each key is written once in lines that have so many different ones: then there is a colon for each.

    The others are those of ``texts`` and of what ``others`` tells, which is asked where there are more colons: where
    there are none, the lines have no more keys. ValueError where something else is in the place of a text.
    """
    is_written = bool(texts) and isinstance(texts[0], msgspec.Raw)
    left = colons(lines) - keys - colons((_written if is_written else _read_as)(texts))
    named = 0
    if left:
        more, names = others()
        named = "".join(names).count(":")
        if left != more + named:
            return False
    # a colon that is written as a number was counted where the text was read, and not in the lines
    return (is_written and not named) or b"\\u003" not in lines


def _read_as(texts: Sequence[Text]) -> bytes:
    return "".join(cast(Iterable[str], filter(None, texts))).encode()


def _written(texts: Sequence[Text]) -> bytes:
    """The texts as they are written. ValueError where one is none, or not UTF-8: nobody looked at them before."""
    written = cast(Sequence[msgspec.Raw], texts)
    if not _BEGIN_TEXTS.issuperset(map(_begins, written)):
        raise ValueError("this is not a text")
    together = b"".join(written)
    if not together.isascii():
        together.decode()
    return together


def json_lines(stream: BinaryIO, origin: Origin) -> Iterator[tuple[int, object] | Diagnostic]:
    """The JSON value of every line of ``stream`` that is not blank, with its number from 1."""
    return chain.from_iterable(map(partial(_values, origin=origin), many_lines(stream, origin)))


def json_conversations(
    stream: BinaryIO, origin: Origin, *made: Make, quick: Quick | None = None
) -> Iterator[Read]:
    """What each of ``made`` makes of the value of every line; a fault where one cannot.

    ``quick`` may make the conversations of many lines faster, one of each. It returns None for what it does not see
    through, faults among it: it is then asked about each line by itself, and where it does not see through that,
    ``made`` has its say, and its words.
    """
    read = partial(_read, origin=origin, made=made, quick=quick)
    return chain.from_iterable(map(read, many_lines(stream, origin)))


def _values(lines: tuple[int, bytes] | Diagnostic, origin: Origin) -> Sequence[_Line]:
    """The values of some lines with their numbers, and what is to be said of the others."""
    if isinstance(lines, Diagnostic):
        return (lines,)
    first, raw = lines
    try:
        return list(enumerate(quick_json_values(raw), first))
    except ValueError:
        each_line = (_value(line, origin) for line in enumerate(raw.split(b"\n"), first))
        return [each for each in each_line if each is not None]


def _value(line: tuple[int, bytes], origin: Origin) -> _Line | None:
    """The value of a line; None where it is blank."""
    try:
        return line[0], quick_json_value(line[1])
    except ValueError:
        read = text_line(line, origin)
        if read is None or isinstance(read, Diagnostic):
            return read
    number, text = read
    try:
        return number, json_value(text)
    except Malformed as fault:
        return fault.diagnostic(origin, number)


def _read(
    lines: tuple[int, bytes] | Diagnostic, origin: Origin, made: Sequence[Make], quick: Quick | None
) -> Iterable[Read]:
    """A function and no loop, so that a long line is let go of before what was made of it is used."""
    if isinstance(lines, Diagnostic):
        return (lines,)
    first, raw = lines
    if quick is None:
        return _made_of(_values(lines, origin), lines, origin, made)
    found = quick(raw, origin, first)
    if found is not None:
        return found
    if b"\n" in raw:
        each_line = enumerate(raw.split(b"\n"), first)
        return [read for line in each_line for read in _read(line, origin, made, quick)]
    value = _value(lines, origin)
    return () if value is None else _made_of([value], lines, origin, made)


def _made_of(
    values: Sequence[_Line], lines: tuple[int, bytes], origin: Origin, made: Sequence[Make]
) -> list[Read]:
    """What is made of each value, of ``lines``; a fault is told with the reader that would read the line."""
    reads: list[Read] = []
    for each in values:
        if isinstance(each, Diagnostic):
            reads.append(each)
            continue
        number, value = each
        for make in made:
            try:
                reads += make(value, origin, number)
            except Malformed as fault:
                raw = lines[1].split(b"\n")[number - lines[0]]
                reads.append(with_kin(fault.diagnostic(origin, number), raw, origin))
    return reads
