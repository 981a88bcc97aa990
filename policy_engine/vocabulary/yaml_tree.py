"""YAML text to a small tree whose every node knows its place.

Only the plain part of YAML is read: one document of mappings, lists and scalars. Anchors, aliases
and tags are refused (a few lines of aliases can stand for gigabytes), and size, depth and number
of values are bounded, so that reading takes bounded time and memory whatever the text. The tree is
built from parser events, so nothing recurses. Scalars stay text: what a `no` or a `1.10` means is
decided by the field it stands in, never by YAML's own rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import yaml

from policy_engine.diagnostics import Report
from policy_engine.source import Source, Span

MAX_BYTES = 1_000_000
"""Largest text that is read, in bytes of UTF-8."""
MAX_DEPTH = 20
"""Deepest nesting of lists and mappings."""
MAX_VALUES = 50_000
"""Most keys and values that one text can hold."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_READABLE = "[\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*"
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


class Scalar(NamedTuple):
    """One word or text. ``plain`` is whether it was written without quotes."""

    text: str
    plain: bool
    span: Span

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or YAML's ``null``."""
        return self.plain and self.text in _NULLS


class Listing(NamedTuple):
    """A YAML sequence."""

    items: tuple[Node, ...]
    span: Span


class Mapping(NamedTuple):
    """A YAML mapping in file order. A key written twice is still here twice."""

    pairs: tuple[tuple[Scalar, Node], ...]
    span: Span


Node = Scalar | Listing | Mapping


class Advice(NamedTuple):
    """What to do about a file that cannot be read whole, by the kind of file that it is."""

    empty: str
    large: str
    deep: str


VOCABULARY = Advice(
    "write `extends: default`, or categories",
    "split it into files that extend one another",
    "a vocabulary needs three levels",
)


class _Open:
    """A list or mapping whose end has not been seen."""

    def __init__(self, is_mapping: bool, start: int) -> None:
        self.is_mapping = is_mapping
        self.start = start
        self.children: list[Node] = []


class _Refused(Exception):
    """The text is not read any further; the report says why."""


def read_tree(source: Source, report: Report, advice: Advice = VOCABULARY) -> Node | None:
    """The tree of ``source``; None where it cannot be read or is empty, with the reason in ``report``."""
    text = source.text.removeprefix("\ufeff")
    reader = _Reader(source, report, len(source.text) - len(text), advice)
    try:
        reader.check_text(text)
        return reader.read(text)
    except _Refused:
        return None


class _Reader:
    def __init__(self, source: Source, report: Report, shift: int, advice: Advice) -> None:
        self._advice = advice
        self._source = source
        self._report = report
        self._shift = shift
        self._open: list[_Open] = []
        self._roots: list[Node] = []
        self._values = 0

    def check_text(self, text: str) -> None:
        if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            self._refuse(
                "too-large",
                0,
                0,
                f"the file is larger than {MAX_BYTES:,} bytes",
                self._advice.large,
            )

    def read(self, text: str) -> Node | None:
        try:
            self._take_events(yaml.parse(text, Loader=_LOADER))
        except (yaml.reader.ReaderError, UnicodeError):
            self._unreadable(text)
        except yaml.YAMLError as error:
            self._syntax_error(text, error)
        if not self._roots:
            self._refuse("yaml-syntax", 0, 0, "the file is empty", self._advice.empty)
        return self._roots[0]

    def _take_events(self, events: Iterable[yaml.Event]) -> None:
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                self._count(event)
                self._check_plainness(event)
            if isinstance(event, yaml.ScalarEvent):
                self._add(Scalar(event.value, not event.style, self._span(event)))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._enter(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._leave(event)
            elif isinstance(event, yaml.DocumentStartEvent) and self._roots:
                span = self._span(event)
                message = "a second document begins here"
                self._refuse_at("yaml-syntax", span, message, "remove the line `---`")

    def _count(self, event: yaml.NodeEvent) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            message = f"the file holds more than {MAX_VALUES:,} keys and values"
            self._refuse_at("too-large", self._span(event), message, self._advice.large)

    def _check_plainness(self, event: yaml.NodeEvent) -> None:
        span = self._span(event)
        if isinstance(event, yaml.AliasEvent):
            self._refuse_at(
                "yaml-reference", span, f"`*{event.anchor}` repeats another entry", "write the entry out"
            )
        if event.anchor is not None:
            message = f"`&{event.anchor}` names an entry to be repeated"
            self._refuse_at("yaml-reference", span, message, "write each entry out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            written = (self._source.text[span.start : span.end].split() or [tag])[0]
            self._refuse_at("yaml-reference", span, f"the tag `{written}` cannot be used here", "remove it")

    def _enter(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._open) >= MAX_DEPTH:
            message = f"lists and mappings are nested deeper than {MAX_DEPTH} levels"
            self._refuse_at("too-deep", self._span(event), message, self._advice.deep)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._open.append(_Open(is_mapping, self._span(event).start))

    def _leave(self, event: yaml.CollectionEndEvent) -> None:
        done = self._open.pop()
        span = self._clip(done.start, self._span(event).end)
        if not done.is_mapping:
            self._add(Listing(tuple(done.children), span))
            return
        keys, values = done.children[::2], done.children[1::2]
        self._add(Mapping(tuple(self._pairs(keys, values)), span))

    def _pairs(self, keys: list[Node], values: list[Node]) -> Iterable[tuple[Scalar, Node]]:
        for key, value in zip(keys, values, strict=True):
            if isinstance(key, Scalar):
                yield key, value
            else:
                hint = "put `:` after a single word"
                self._report.add("wrong-type", "a key has to be a word", self._source, key.span, hint=hint)

    def _add(self, node: Node) -> None:
        (self._open[-1].children if self._open else self._roots).append(node)

    def _span(self, event: yaml.Event) -> Span:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:  # pragma: no cover - the parsers always mark their events
            return Span(0, 0)
        return self._clip(start.index + self._shift, end.index + self._shift)

    def _clip(self, start: int, end: int) -> Span:
        """Where a node runs over several lines, only its first line is shown."""
        line_end = self._source.text.find("\n", start, end)
        return Span(start, end if line_end < 0 else line_end)

    def _refuse(self, code: str, start: int, end: int, message: str, hint: str) -> None:
        self._refuse_at(code, Span(start + self._shift, end + self._shift), message, hint)

    def _refuse_at(self, code: str, span: Span, message: str, hint: str) -> None:
        self._report.add(code, message, self._source, span, hint=hint)
        raise _Refused

    def _unreadable(self, text: str) -> None:
        readable = re.match(_READABLE, text)  # slow to compile, so only where it is needed
        at = readable.end() if readable else 0
        code = f"U+{ord(text[at]):04X}" if at < len(text) else "at the end"
        self._refuse("yaml-syntax", at, min(at + 1, len(text)), f"unreadable character {code}", "remove it")

    def _syntax_error(self, text: str, error: yaml.YAMLError) -> None:
        problem = getattr(error, "problem", None) or "the YAML cannot be read"
        mark = getattr(error, "problem_mark", None)
        opened = getattr(error, "context_mark", None)
        at = min(mark.index, len(text)) if mark is not None else 0
        if opened is not None and ("',' or" in problem or "end of stream" in problem):
            at = opened.index
        elif "unknown escape" in problem and text[at : at + 1] != "\\":
            at -= 1  # the pure parser marks the character after the backslash
        message, hint = _in_words(problem, text[at : at + 1])
        self._refuse("yaml-syntax", at, min(at + 1, len(text)), message, hint)


def _in_words(problem: str, char: str) -> tuple[str, str]:
    """libyaml's and PyYAML's own words for a fault, in the writer's (their wordings differ)."""
    if "cannot start any token" in problem:
        if char == "\t":
            return "a tab cannot indent", "use spaces"
        return f"`{char}` cannot begin a text", "put the text in quotes"
    if "mapping values are not allowed" in problem:
        return "a `:` cannot stand here", "check the indentation, or put a text that holds `: ` in quotes"
    if "end of stream" in problem:
        return "this quotation mark is never closed", "close it"
    if "',' or" in problem:
        return (
            f"`{char}` is never closed, or a comma is missing after it",
            "check the brackets; quote a text that holds `:` or `,`",
        )
    if "could not find expected ':'" in problem:
        return "a `:` is missing after a key", "write `name: value`"
    if "unknown escape" in problem:
        return "`\\` begins no known character here", "use single quotes, or write `\\\\`"
    if "expected" in problem and "document" not in problem:
        return "the entry does not fit here", "check the indentation and the brackets"
    if "expected" in problem:
        return "the file should have ended here", "check the indentation of the lines before"
    return f"the YAML cannot be read: {problem}", "check the punctuation"
