"""Keyword lists: a label is detected where a word or phrase of somebody's list stands in the text.

    keywords:
      weapons: [bomb, pipe bomb, grenad*]
      spoilers:
        on: user
        words: ["the butler did it"]
        patterns: ['who (?:dies|killed \\w+)']

A word is found whole, in either case and with either apostrophe; one that ends in a star begins with what
stands before it. A pattern is a regular expression of RE2, which takes linear time on any text, whatever the
pattern; it, too, begins and ends where a word does.

What is found is detected. **What is not found is unknown, never absent**: keywords do not find a crisis (a list of
18 explicit phrases hits a quarter of the chats that clinicians rated High or Imminent), so their silence says
nothing, and an exception that rests on them stays in doubt. Who wants that read as absent writes
`when-unknown: absent` into the vocabulary, where a reviewer sees it and `explain` prints it.

RE2: https://github.com/google/re2 ; its Python package is `google-re2` (the extra `keywords`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from policy_engine.diagnostics import Diagnostic, PolicyError, Report, nearest
from policy_engine.source import Source, Span
from policy_engine.transcripts.detector import KEYWORDS, Detector, DetectorOf
from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.transcripts.wording import levelled
from policy_engine.vocabulary.fields import Fields, Reading, Word, quoted
from policy_engine.vocabulary.vocabulary import LabelEntry, Vocabulary
from policy_engine.vocabulary.yaml_tree import MAX_BYTES, Listing, Node, Scalar, read_tree
from policy_engine.vocabulary.yaml_tree import Mapping as Entries

if TYPE_CHECKING:
    import re2

MAX_KEYWORDS = 2_000
"""Most words and patterns of a list."""
MAX_PATTERNS = 500
"""Most patterns among them."""
MAX_LENGTH = 200
"""Longest word or pattern, in characters."""
MAX_MEMORY = 16_000_000
"""Most memory that the keywords of one label may take when they are compiled, in bytes."""
MAX_PATTERN_MEMORY = 300_000
"""The same for one pattern, by itself: compiling it takes a few milliseconds at most."""

_EXAMPLE = "keywords: {self-harm: [end my life]}"
_SECTION = "keywords"
_FIELDS = ("on", "words", "patterns")
_BEFORE, _AFTER = r"(?:^|[^\pL\pN_])", r"(?:$|[^\pL\pN_])"
"""The edges of a word, of letters of all alphabets: RE2's own `\\b` knows those of English only."""


@dataclass(frozen=True)
class KeywordList:
    """The patterns of one label, compiled into one, and on whose messages they are looked for."""

    label: str
    roles: frozenset[Role]
    pattern: re2._Regexp


class KeywordDetector:
    """The labels of a keyword list, where a keyword of theirs stands."""

    gives = "labels whose words are on the list"
    looks_for: Mapping[str, frozenset[Role]] = MappingProxyType({})
    """Nothing: what no keyword finds is unknown."""

    def __init__(self, file: str, lists: tuple[KeywordList, ...]) -> None:
        self.name = f"{KEYWORDS}:{file}"
        self.finds: Mapping[str, frozenset[Role]] = MappingProxyType(
            {each.label: each.roles for each in lists}
        )
        self._lists = lists
        self._source = f"{KEYWORDS} ({PurePath(file).name})"

    def detect(self, message: Message) -> tuple[Label, ...]:
        """A label for every list of which a keyword stands in the text; of the others nothing is said."""
        if not message.content:
            return ()
        text = levelled(message.content).encode("utf-8", "replace")
        return tuple(
            Label(each.label, True, self._source)
            for each in self._lists
            if message.role in each.roles and each.pattern.search(text) is not None
        )


class Keywords:
    """Makes the detector of a list: ``keywords:FILE.yaml``."""

    name = KEYWORDS
    gives = "labels whose words are on a list of yours"
    takes = "FILE.yaml"

    def told(self, what: str, vocabulary: Vocabulary) -> Detector:
        """The detector of the list in the file ``what``; its labels are those of ``vocabulary``.

        Raises ValueError where the package `google-re2` is missing, PolicyError where the file cannot be
        read or is no such list, with every fault of it.
        """
        try:
            import re2  # noqa: F401 - whether there is one
        except ImportError:
            raise ValueError(
                "keyword lists need the package google-re2; install it: pip install 'policy-engine[keywords]'"
            ) from None
        source = _read(what)
        report = Report()
        lists = _Loading(source, vocabulary, report).lists()
        if report.has_errors:
            raise PolicyError(report.diagnostics)
        return KeywordDetector(what, lists)


def _read(path: str) -> Source:
    """The text of a file. Raises PolicyError where it cannot be read, is too large, or is no text."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise PolicyError([Diagnostic("unreadable", words.lower(), subject=path)]) from None
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES:,} bytes"
        raise PolicyError(
            [Diagnostic("too-large", message, hint="spread it over several lists", subject=path)]
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PolicyError([Diagnostic("not-text", "the file is not UTF-8 text", subject=path)]) from None
    return Source(path, text.replace("\r\n", "\n").replace("\r", "\n"))


class _Loading:
    """One file being read: every fault of it is reported, each at its place."""

    def __init__(self, source: Source, vocabulary: Vocabulary, report: Report) -> None:
        self._source = source
        self._vocabulary = vocabulary
        self._report = report
        self._reading = Reading(source, report)
        self._seen: dict[str, Span] = {}
        self._words = 0
        self._patterns = 0

    def lists(self) -> tuple[KeywordList, ...]:
        if not self._source.text.strip():
            self._reading.error("yaml-syntax", "the file is empty", Span(0, 0), f"for example `{_EXAMPLE}`")
            return ()
        tree = read_tree(self._source, self._report)
        if tree is None:
            return ()
        root = Fields(self._reading, Word("", Span(0, 1)), tree, (_SECTION,))
        section = root.node(_SECTION)
        if section is None and not self._report.has_errors:
            self._reading.error(
                "missing-key", "the file has no `keywords`", Span(0, 1), f"for example `{_EXAMPLE}`"
            )
        if section is None:
            return ()
        if not isinstance(section, Entries):
            self._reading.wrong_type(
                "`keywords`", "a mapping of labels", section.span, f"for example `{_EXAMPLE}`"
            )
            return ()
        found = [self._list(key, node) for key, node in section.pairs]
        return tuple(each for each in found if each is not None)

    def _list(self, key: Scalar, node: Node) -> KeywordList | None:
        entry = self._label(key)
        if isinstance(node, Listing | Scalar) and not (isinstance(node, Scalar) and node.is_null):
            listed = Scalar("words", True, key.span)
            node = Entries(((listed, node),), node.span)
        fields = Fields(self._reading, Word(key.text, key.span), self._allowed(node), _FIELDS)
        parts = [
            *(self._word(each) for each in fields.words("words", single=True)),
            *(self._pattern(each) for each in fields.words("patterns", single=True)),
        ]
        roles = self._roles(fields, entry)
        if not parts:
            message = f"{quoted(key.text)} has no keywords"
            self._reading.error("missing-key", message, key.span, "write `words: […]`")
        if entry is None or not roles or not all(parts) or not parts:
            return None
        whole = _compiled("|".join(str(each) for each in parts))
        if isinstance(whole, str):
            message = f"the keywords of {quoted(key.text)} are too large together"
            self._reading.error("too-large", message, key.span, "spread them over several lists")
            return None
        return KeywordList(entry.name, roles, whole)

    def _allowed(self, node: Node) -> Node:
        """The entry without `complete`: why there is no such key is told where somebody writes it."""
        if not isinstance(node, Entries):
            return node
        for key, _ in node.pairs:
            if key.text == "complete":
                self._reading.error(
                    "unknown-key",
                    "no list of keywords is complete: what is not found is unknown, not absent",
                    key.span,
                    "to read it as absent, say `when-unknown: absent` in the vocabulary",
                )
        return Entries(tuple(pair for pair in node.pairs if pair[0].text != "complete"), node.span)

    def _label(self, key: Scalar) -> LabelEntry | None:
        name = self._vocabulary.canonical(key.text)
        if name is None:
            known = (*self._vocabulary.labels, *self._vocabulary.aliases)
            near = nearest(key.text, known) if len(key.text) <= MAX_LENGTH else None
            hint = f"did you mean `{near}`?" if near else "name a label of the vocabulary"
            self._reading.error("unknown-name", f"unknown label {quoted(key.text)}", key.span, hint)
            return None
        if name in self._seen:
            line = self._reading.location(self._seen[name]).line
            message = f"{quoted(key.text)} is given twice"
            self._reading.error("duplicate-key", message, key.span, f"it is given on line {line} already")
        self._seen.setdefault(name, key.span)
        return self._vocabulary.labels[name]

    def _roles(self, fields: Fields, entry: LabelEntry | None) -> frozenset[Role]:
        allowed = {role.value: role for role in Role if entry is None or role in entry.roles}
        written = fields.words("on", single=True)
        chosen = [fields.chosen("on", word, tuple(allowed)) for word in written]
        return frozenset(allowed[name] for name in (chosen if written else allowed) if name is not None)

    def _word(self, word: Word) -> str | None:
        text = levelled(word.text)
        stem = text.removesuffix("*")
        if not any(char.isalnum() for char in stem):
            message = f"{quoted(word.text)} holds no letter and no digit"
            self._reading.error("bad-value", message, word.span, "write a word or a phrase")
            return None
        if "*" in stem:
            message = f"in {quoted(word.text)}, the star is not at the end"
            self._reading.error("bad-value", message, word.span, "write what varies within as a pattern")
            return None
        return self._counted(word, _escaped(stem) + (r"[\pL\pN_'-]*" if stem != text else ""))

    def _pattern(self, word: Word) -> str | None:
        self._patterns += 1
        if self._patterns > MAX_PATTERNS:
            if self._patterns == MAX_PATTERNS + 1:
                self._too_many(word, f"{MAX_PATTERNS:,} patterns")
            return None
        pattern = f"(?:{levelled(word.text)})"
        fault = _compiled(levelled(word.text), bare=True)
        if isinstance(fault, str):
            message = f"{quoted(word.text)} is no pattern of RE2: {fault}"
            hint = (
                "looking ahead or behind and references are not part of it"
                if "perl operator" in fault
                else None
            )
            self._reading.error("bad-pattern", message, word.span, hint)
            return None
        if fault.search(b"") is not None:
            message = f"{quoted(word.text)} matches where nothing stands"
            self._reading.error("bad-pattern", message, word.span, "ask for at least one letter")
            return None
        return self._counted(word, pattern)

    def _counted(self, word: Word, pattern: str) -> str | None:
        self._words += 1
        if len(word.text) > MAX_LENGTH:
            message = f"{quoted(word.text)} is longer than {MAX_LENGTH} characters"
            self._reading.error("too-large", message, word.span, "shorten it")
            return None
        if self._words > MAX_KEYWORDS:
            if self._words == MAX_KEYWORDS + 1:
                self._too_many(word, f"{MAX_KEYWORDS:,} keywords")
            return None
        return pattern

    def _too_many(self, word: Word, most: str) -> None:
        message = f"the file holds more than {most}"
        self._reading.error("too-large", message, word.span, "spread them over several lists")


def _escaped(text: str) -> str:
    import re2

    return str(re2.escape(text))


def _compiled(pattern: str, bare: bool = False) -> Any:
    """The pattern between the edges of words (``bare``: by itself); a text says why where it cannot be compiled."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    options.max_mem = MAX_PATTERN_MEMORY if bare else MAX_MEMORY
    try:
        return re2.compile(pattern if bare else f"{_BEFORE}(?:{pattern}){_AFTER}", options)
    except re2.error as error:
        said = error.args[0] if error.args else "it cannot be read"
        return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


DETECTOR: DetectorOf = Keywords()
