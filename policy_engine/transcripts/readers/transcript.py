"""JSON in which conversations lie anywhere: each object with a list ``transcript`` of ``role`` and ``content`` is one.

Research data sets come so: one file for a run, conversations by prompt and attempt, and beside them what the run was
and how it was scored (Spiral-Bench's ``__meta__`` and ``scoring_summary``). What has no ``transcript`` is passed over.
Nothing was looked for.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import BinaryIO, cast

from policy_engine.diagnostics import Diagnostic, nearest
from policy_engine.transcripts.json_lines import json_lines
from policy_engine.transcripts.json_values import placed
from policy_engine.transcripts.lines import json_value, whole_text
from policy_engine.transcripts.message import AttributeValue, Conversation, Message, Role
from policy_engine.transcripts.misnamed import misnamed
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, quoted

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "user": Role.USER,
        "human": Role.USER,
        "assistant": Role.ASSISTANT,
        "model": Role.ASSISTANT,
        "system": Role.SYSTEM,
        "developer": Role.SYSTEM,
        "tool": Role.TOOL,
    }
)

_KEY = "transcript"
_BEGINNING = 1_048_576
"""In how many bytes the first line of a log with one conversation on each line has to end."""
_MODELS = ("model", "evaluated_model")
_LISTED = re.compile(rf'(?<!\\)"{_KEY}"\s*:\s*\[')
_BEGINS = re.compile(rf'(?<!\\)"{_KEY}"\s*:\s*\[\s*\{{\s*"(?:role|content)"\s*:')


@dataclass(frozen=True, slots=True)
class _Found:
    """An object with a transcript, and the keys that lead to it."""

    value: Mapping[str, object]
    path: str


class Transcripts:
    """The conversations of a file are called after the keys that lead to them."""

    name = "transcript"
    form = 'JSON of `{"transcript": [{"role": …, "content": …}]}`, in whatever it lies'
    gives = "who spoke, and nothing else"

    def claims(self, head: Head) -> bool:
        """JSON, with a transcript in its beginning."""
        return head.first.startswith(("{", "[")) and bool(_BEGINS.search(head.text))

    def read(self, log: Log) -> Iterator[Read]:
        """Every conversation in the order of the file."""
        again = io.BufferedReader(cast(io.RawIOBase, log.stream), _BEGINNING)
        log = replace(log, stream=cast(BinaryIO, again))
        return _of_lines(log) if _is_by_line(again.peek(_BEGINNING)) else _of_whole(log)


def _is_by_line(beginning: bytes) -> bool:
    """Whether the first line is a whole value."""
    first, newline, rest = beginning.lstrip().partition(b"\n")
    try:
        return bool(newline and rest.strip()) and isinstance(json_value(first.decode()), dict)
    except (Malformed, UnicodeDecodeError):
        return False


def _of_lines(log: Log) -> Iterator[Read]:
    for each in json_lines(log.stream, log.origin):
        if isinstance(each, Diagnostic):
            yield each
        else:
            number, value = each
            found = list(_found(value))
            if not found:
                yield Malformed(f"the line has no `{_KEY}`").diagnostic(log.origin, number)
            for one in found:
                yield from _read(one, log.origin, number, f"{log.origin.stem}:{number}")


def _of_whole(log: Log) -> Iterator[Read]:
    origin = log.origin
    text = whole_text(log.stream, origin)
    if isinstance(text, Diagnostic):
        yield text
        return
    try:
        value = _parsed(text)
    except Malformed as fault:
        yield fault.diagnostic(origin, 1)
        return
    lines = _lines(text)
    is_any = False
    for one in _found(value):
        is_any = True
        yield from _read(one, origin, next(lines, 1), origin.stem)
    if not is_any:
        yield Malformed(f"there is no `{_KEY}` in it").diagnostic(origin, 1)


def _parsed(text: str) -> object:
    try:
        return json_value(text)
    except Malformed as fault:
        raise placed(text, 1, 1) or Malformed(
            fault.message, "a file of this form is one JSON value"
        ) from None


def _lines(text: str) -> Iterator[int]:
    """The lines on which transcripts begin, in order."""
    line, at = 1, 0
    for found in _LISTED.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        yield line


def _found(value: object) -> Iterator[_Found]:
    """Every object with a transcript, in the order of the file. Nothing recurses."""
    left: list[tuple[object, str]] = [(value, "")]
    while left:
        each, path = left.pop()
        if isinstance(each, dict):
            if isinstance(each.get(_KEY), list):
                yield _Found(each, path)
            left += [(inner, f"{path}/{key}" if path else key) for key, inner in reversed(each.items())]
        elif isinstance(each, list):
            several = len(each) > 1
            named = [(inner, f"{path}/{number}" if several else path) for number, inner in enumerate(each, 1)]
            left += reversed(named)


def _read(found: _Found, origin: Origin, line: int, stem: str) -> Iterator[Read]:
    try:
        yield _conversation(found, origin, line, stem)
        yield from misnamed(_listed(found), ("content",), "messages", origin, line)
    except Malformed as fault:
        where = f"{found.path}: " if found.path else ""
        yield Malformed(f"{where}{fault.message}", fault.hint).diagnostic(origin, line)


def _conversation(found: _Found, origin: Origin, line: int, stem: str) -> Conversation:
    listed = _listed(found)
    given = found.value.get("id")
    return Conversation(
        id=given if isinstance(given, str) and given else f"{stem}:{found.path}" if found.path else stem,
        messages=tuple(_message(each, number) for number, each in enumerate(listed, 1)),
        attributes=_attributes(found.value),
        looked_for=MappingProxyType({}),
        origin=origin.at(line),
    )


def _listed(found: _Found) -> list[object]:
    listed = found.value[_KEY]
    if not isinstance(listed, list) or not listed:
        raise Malformed("the conversation has no messages")
    return listed


def _attributes(value: Mapping[str, object]) -> Mapping[str, AttributeValue]:
    models = [model for name in _MODELS if isinstance(model := value.get(name), str) and model]
    return MappingProxyType({"model": models[0]} if models else {})


def _message(value: object, number: int) -> Message:
    if not isinstance(value, dict):
        raise Malformed(f"message {number} is not an object")
    said, role = value.get("content"), value.get("role")
    known = ROLES.get(role) if isinstance(role, str) else None
    if known is None:
        near = nearest(role, ROLES) if isinstance(role, str) else None
        hint = f"did you mean `{near}`?" if near else "a role is " + ", ".join(f"`{each}`" for each in ROLES)
        raise Malformed(f"message {number}: unknown role {quoted(role)}", hint)
    if said is not None and not isinstance(said, str):
        raise Malformed(f"message {number}: the content is not a text")
    return Message(known, content=said)


READER: Reader = Transcripts()
