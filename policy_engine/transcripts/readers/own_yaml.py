"""The project's own YAML: one conversation a file, several documents, or a list of conversations.

Only the plain part of YAML is read. Anchors, aliases and tags are refused (a few lines of aliases
can stand for gigabytes), and size, depth and number of values are bounded. Documents are told apart
by their ``---`` before anything is parsed, so that a fault in one leaves the others alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.json_values import beginnings, broken_off, is_a_value_a_line
from policy_engine.transcripts.lines import whole_text
from policy_engine.transcripts.own_form import CONVERSATION_KEYS, ROLES, Placed, Plain, read_conversation
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader, quoted
from policy_engine.transcripts.readers.own_jsonl import is_own

MAX_BYTES = 16_000_000
"""Largest file that is read, in bytes; beyond it, JSON Lines are the form to use."""
MAX_DEPTH = 20
"""Deepest nesting of lists and mappings."""
MAX_VALUES = 1_000_000
"""Most keys and values of one document."""

_VOCABULARY_KEYS = frozenset(("extends", "categories", "acts", "events", "actions", "notices"))
_DOCUMENT = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_EMPTY = re.compile(r"(?:---|\.\.\.|%.*|[ \t]*#.*|[ \t]*)")
_FIRST_KEY = re.compile(rf"(?:-[ \t]+)?[\"']?(?:{'|'.join(CONVERSATION_KEYS)})[\"']?[ \t]*:(?:\s|\Z)")
_ANY_KEY = re.compile(r"(?:-[ \t]+)?[\w.\"'-]+[ \t]*:(?:\s|\Z)")


class OwnYaml:
    """Claims what begins with a key of the form, and what is named ``.yaml`` and begins with any key."""

    name = "own-yaml"
    gives = "everything"
    form = "YAML of `id`, `attributes`, `messages`"

    def claims(self, head: Head) -> bool:
        """By the first line that says anything."""
        lines = (line.removeprefix("---").strip() for line in head.text.splitlines())
        first = next((line for line in lines if line and not line.startswith(("#", "%"))), "")
        if first[:1] in ("{", "[") and not is_a_value_a_line(
            head.raw
        ):  # JSON over several lines, or an array
            is_ours = any(map(_is_own, beginnings(head)[:1]))
            if is_ours or first in ("{", "[", "[{"):
                return is_ours
        named = head.name.endswith((".yaml", ".yml"))
        return bool(_FIRST_KEY.match(first) or (named and (_ANY_KEY.match(first) or first[:1] in "{[-")))

    def read(self, log: Log) -> Iterator[Read]:
        """Every conversation of every document."""
        origin = log.origin
        text = whole_text(log.stream, origin, MAX_BYTES)
        if isinstance(text, Diagnostic):
            yield text
            return
        documents = [each for each in _documents(text) if not _says_nothing(each[1])]
        if not documents:
            yield Malformed("the file is empty", "write `id:` and `messages:`").diagnostic(origin, 1)
        several = len(documents) > 1
        for number, (line, document) in enumerate(documents, 1):
            try:
                roots = _values(document, line)
            except Malformed as fault:
                yield fault.diagnostic(origin, line)
                continue
            for root in roots:
                yield from _conversations(root, origin, f"{origin.stem}:{number}" if several else origin.stem)


def _conversations(root: object, origin: Origin, name: str) -> Iterator[Read]:
    listed = root if isinstance(root, list) else [root]
    if not listed:
        yield Malformed("the list is empty").diagnostic(origin, 1)
    if isinstance(root, Placed) and "messages" not in root and _VOCABULARY_KEYS & root.keys():
        fault = Malformed("this is a vocabulary, not a conversation", "name the folder of the conversations")
        yield fault.diagnostic(origin, root.line)
        return
    first = root[0] if isinstance(root, list) and root else None
    if isinstance(first, Placed) and {"role", *ROLES} & first.keys():
        fault = Malformed("this is a list of messages, not of conversations", "write it under `messages:`")
        yield fault.diagnostic(origin, first.line)
        return
    for number, each in enumerate(listed, 1):
        line = each.line if isinstance(each, Placed) else 1
        default = f"{name}:{number}" if isinstance(root, list) else name
        try:
            yield read_conversation(each, origin, line, default, short_form=True)
        except Malformed as fault:
            yield fault.diagnostic(origin, line)


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Every document with the line that it begins on, from 1."""
    starts = [0, *(found.start() for found in _DOCUMENT.finditer(text))]
    line = 1
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield line, text[start:end]
        line += text.count("\n", start, end)


def _says_nothing(document: str) -> bool:
    return all(_EMPTY.fullmatch(line.rstrip()) for line in document.split("\n"))


def _is_own(value: dict[str, object]) -> bool:
    listed = value.get("messages")
    short = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return "messages" in value and (is_own(value) or any(ROLES.keys() & each.keys() for each in short))


class _Open:
    """A list or mapping whose end has not been seen."""

    def __init__(self, is_mapping: bool, line: int) -> None:
        self.is_mapping = is_mapping
        self.line = line
        self.children: list[object] = []

    def closed(self) -> object:
        return self._mapping() if self.is_mapping else self.children

    def _mapping(self) -> Placed:
        pairs: dict[str, object] = {}
        for key, value in zip(self.children[::2], self.children[1::2], strict=True):
            if not isinstance(key, str):
                raise Malformed("a key has to be a word", "put `:` after a single word", self.line)
            if key in pairs:
                raise Malformed(f"{quoted(key)} is written twice", "keep one of them", self.line)
            pairs[str(key)] = value
        return Placed(pairs.items(), self.line)


def _values(document: str, first_line: int) -> list[object]:
    """The values of a text; Malformed where it is no plain YAML. Nothing recurses."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    top = _Open(False, first_line)
    stack = [top]
    count = 0
    line = first_line
    try:
        for event in yaml.parse(document, Loader=loader):
            line = first_line + (event.start_mark.line if event.start_mark else 0)
            if isinstance(event, yaml.NodeEvent):
                count += 1
                _check(event, count, len(stack), line)
            if isinstance(event, yaml.ScalarEvent):
                stack[-1].children.append(event.value if event.style else Plain(event.value))
            elif isinstance(event, yaml.CollectionStartEvent):
                stack.append(_Open(isinstance(event, yaml.MappingStartEvent), line))
            elif isinstance(event, yaml.CollectionEndEvent):
                done = stack.pop()
                stack[-1].children.append(done.closed())
    except yaml.YAMLError as error:
        mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
        if mark is not None and mark.index >= len(document.rstrip()) > 0:
            end = first_line + document.rstrip().count("\n")
            raise broken_off(first_line + (begun.line if begun else 0), end) from None
        at = first_line + mark.line if mark is not None else line
        problem = getattr(error, "problem", None) or "a character that YAML cannot hold"
        hint = "check the indentation, and put texts that hold `: ` or ` #` in quotes"
        raise Malformed(f"this is not YAML: {problem}", hint, at) from None
    except (RecursionError, UnicodeError):
        raise Malformed("this is not YAML", line=line) from None
    return top.children


def _check(event: object, count: int, depth: int, line: int) -> None:
    import yaml

    if isinstance(event, yaml.AliasEvent):
        raise Malformed(f"`*{event.anchor}` repeats another value", "write the value out", line)
    if getattr(event, "anchor", None) is not None:
        raise Malformed(
            f"{quoted('&' + str(getattr(event, 'anchor', '')))} names a value to be repeated",
            "write each out",
            line,
        )
    if getattr(event, "tag", None) is not None:
        raise Malformed(f"the tag {quoted(getattr(event, 'tag', ''))} cannot be used here", "remove it", line)
    if depth > MAX_DEPTH:
        raise Malformed(f"lists and mappings are nested deeper than {MAX_DEPTH} levels", line=line)
    if count > MAX_VALUES:
        raise Malformed(f"the document holds more than {MAX_VALUES:,} values", "split it", line)


READER: Reader = OwnYaml()
