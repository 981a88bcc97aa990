"""Checked reading of one entry: which keys it may have, and what each may hold.

Every reader returns a usable value whatever was written, and reports what is wrong, so that one
run finds all the faults of a file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from policy_engine.diagnostics import Report, nearest
from policy_engine.source import Location, Source, Span
from policy_engine.vocabulary.reserved import RESERVED
from policy_engine.vocabulary.vocabulary import MAX_DAYS, UNIT_SECONDS, Lasting
from policy_engine.vocabulary.yaml_tree import Listing, Mapping, Node, Scalar

MAX_TURNS = 1000
"""Longest length in turns."""

_NAME = re.compile(r"[a-z0-9]+(?:[-._/][a-z0-9]+)*")
_ALIAS = re.compile(r"[A-Za-z0-9]+(?:[-._/][A-Za-z0-9]+)*")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_LENGTH = re.compile(r"([0-9]{1,12}) +([a-z]+)")
_MOST_HINTS = 100
_MOST_KNOWN = 2000


class Word(NamedTuple):
    """A text and where it stands."""

    text: str
    span: Span


def quoted(text: str) -> str:
    """The author's own words in backticks, on one line and at most 60 characters of them."""
    flat = " ".join(text.split())
    return f"`{flat[:59]}…`" if len(flat) > 60 else f"`{flat}`"


class Reading:
    """One source being read: where faults are noted, and what its names may look like."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source = source
        self._report = report
        self._hints = 0
        self.noted: set[str] = set()
        """The codes of the faults so far: what follows from one of them is not told as well."""

    def error(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Note a fault at ``span``."""
        self.noted.add(code)
        self._report.add(code, message, self.source, span, hint=hint)

    def location(self, span: Span) -> Location:
        """A place in this source."""
        return Location(self.source, span)

    def suggest(self, name: str, known: Collection[str]) -> str | None:
        """A hint with the known name nearest to ``name``; None where none is near.

        Looking for it costs time in proportion to ``known``, so a huge vocabulary gets no hints, and a
        file full of faults gets them for the first hundred only.
        """
        self._hints += 1
        if self._hints > _MOST_HINTS or len(known) > _MOST_KNOWN or len(name) > 100:
            return None
        found = nearest(name, known)
        return f"did you mean `{found}`?" if found else None

    def name(self, key: Scalar) -> str:
        """The name that a key gives; a name that cannot be one is reported."""
        if _NAME.fullmatch(key.text) is None:
            hint = (
                f"write `{_repaired(key.text)}`" if _repaired(key.text) else "for example `self-harm/intent`"
            )
            message = f"{quoted(key.text)} is not a name: lower-case words joined by `-`, `.`, `/` or `_`"
            self.error("bad-name", message, key.span, hint)
        elif re.search("[a-z]", key.text) is None:
            message = f"{quoted(key.text)} is not a name: a policy would read a number"
            self.error("bad-name", message, key.span, "a name holds a letter, for example `s1`")
        else:
            self.check_reserved(Word(key.text, key.span))
        return key.text

    def check_alias(self, alias: Word) -> None:
        """Report an alias that cannot be written in a policy."""
        if _ALIAS.fullmatch(alias.text) is None:
            message = f"{quoted(alias.text)} is not a name: words joined by `-`, `.`, `/` or `_`"
            self.error("bad-name", message, alias.span, "for example `S11`")
        else:
            self.check_reserved(alias)

    def check_reserved(self, word: Word) -> None:
        """Report a name that is a word of the language."""
        if word.text.lower() in RESERVED:
            message = f"{quoted(word.text)} is a word of the policy language"
            self.error("reserved-word", message, word.span, "choose another name")

    def wrong_type(self, what: str, expected: str, span: Span, hint: str | None = None) -> None:
        """Report a value of the wrong type."""
        self.error("wrong-type", f"{what} has to be {expected}", span, hint)


def _repaired(text: str) -> str | None:
    attempt = re.sub(r"[\s,;:]+", "-", text.strip().lower())
    return attempt if _NAME.fullmatch(attempt) and attempt not in RESERVED else None


class Fields:
    """The keys of one entry called ``owner`` (nameless: the whole file); only ``known`` keys are allowed."""

    def __init__(self, reading: Reading, owner: Word, node: Node, known: tuple[str, ...]) -> None:
        self.reading = reading
        self.owner = owner
        self._within = f" in {quoted(owner.text)}" if owner.text else ""
        self._given: dict[str, tuple[Scalar, Node]] = {}
        if isinstance(node, Mapping):
            self._take(node, known)
        elif not (isinstance(node, Scalar) and node.is_null):
            hint = f"for example `{owner.text}: {{{known[0]}: …}}`" if len(owner.text) <= 60 else None
            reading.wrong_type(quoted(owner.text), "a mapping", node.span, hint)

    def _take(self, node: Mapping, known: tuple[str, ...]) -> None:
        for key, value in node.pairs:
            if key.text not in known:
                hint = self.reading.suggest(key.text, known) or f"the keys are: {', '.join(known)}"
                message = f"unknown key {quoted(key.text)}{self._within}"
                self.reading.error("unknown-key", message, key.span, hint)
            elif key.text in self._given:
                self._twice(key)
            else:
                self._given[key.text] = (key, value)

    def _twice(self, key: Scalar) -> None:
        first = self.reading.location(self._given[key.text][0].span)
        message = f"{quoted(key.text)} is given twice{self._within}"
        self.reading.error("duplicate-key", message, key.span, f"it is given on line {first.line} already")

    def node(self, key: str) -> Node | None:
        """What was written for ``key``; None where nothing was."""
        given = self._given.get(key)
        if given is None or (isinstance(given[1], Scalar) and given[1].is_null):
            return None
        return given[1]

    def span(self, key: str) -> Span:
        """Where the value of ``key`` stands, else the owner's own place."""
        node = self.node(key)
        return self.owner.span if node is None else node.span

    def required(self, key: str, example: str) -> bool:
        """Whether ``key`` has a value; its absence is reported."""
        if self.node(key) is not None:
            return True
        message = f"{quoted(self.owner.text)} has no `{key}`"
        self.reading.error("missing-key", message, self.owner.span, f"add `{key}: {example}`")
        return False

    def word(self, key: str) -> Word | None:
        """The text of ``key``, with its place."""
        node = self.node(key)
        return None if node is None else self._word(node, f"`{key}`")

    def text(self, key: str) -> str:
        """The text of ``key``, or nothing."""
        word = self.word(key)
        return word.text if word else ""

    def _word(self, node: Node, what: str) -> Word | None:
        if isinstance(node, Scalar) and node.text.strip() and not node.is_null:
            return Word(node.text, node.span)
        self.reading.wrong_type(what, "a text", node.span)
        return None

    def words(self, key: str, *, single: bool = False) -> tuple[Word, ...]:
        """The list of texts of ``key`` (one text will do where ``single``); a repeated one is reported."""
        node = self.node(key)
        if node is None:
            return ()
        if single and isinstance(node, Scalar):
            node = Listing((node,), node.span)
        if not isinstance(node, Listing):
            self.reading.wrong_type(f"`{key}`", "a list", node.span, f"write `{key}: […]`")
            return ()
        return tuple(self._distinct(key, (self._word(item, f"an item of `{key}`") for item in node.items)))

    def _distinct(self, key: str, words: Iterable[Word | None]) -> Iterable[Word]:
        seen: set[str] = set()
        for word in words:
            if word is not None and word.text in seen:
                message = f"{quoted(word.text)} is listed twice in `{key}`"
                self.reading.error("duplicate-name", message, word.span, "remove one of them")
            elif word is not None:
                seen.add(word.text)
                yield word

    def flag(self, key: str) -> bool:
        """Whether ``key`` is true; absent is false."""
        node = self.node(key)
        return False if node is None else bool(self.truth(key, node))

    def truth(self, key: str, node: Node) -> bool | None:
        """``true`` or ``false``; None, reported, where it is neither."""
        if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
            return node.text == "true"
        self.reading.wrong_type(f"`{key}`", "true or false", node.span, "write `true` or `false`")
        return None

    def number(self, key: str, node: Node) -> int | float | None:
        """A decimal number; None, reported, where it is none."""
        if isinstance(node, Scalar) and node.plain and _NUMBER.fullmatch(node.text):
            return float(node.text) if "." in node.text else int(node.text)
        self.reading.wrong_type(f"`{key}`", "a number", node.span, "for example 18 or 0.5")
        return None

    def share(self, key: str, otherwise: float) -> float:
        """A number from 0 to 1."""
        node = self.node(key)
        number = None if node is None else self.number(key, node)
        if number is None:
            return otherwise
        if 0 <= number <= 1:
            return float(number)
        message = f"`{key}` {number} is not between 0 and 1"
        self.reading.error("bad-value", message, self.span(key), "for example 0.5")
        return otherwise

    def choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        """One of ``choices``; None where nothing was written, or, reported, something else."""
        word = self.word(key)
        return None if word is None else self.chosen(key, word, choices)

    def chosen(self, key: str, word: Word, choices: tuple[str, ...]) -> str | None:
        """``word`` if it is one of ``choices``; else None, reported."""
        if word.text in choices:
            return word.text
        hint = self.reading.suggest(word.text, choices) or f"write one of: {', '.join(choices)}"
        self.reading.error("bad-value", f"`{key}` cannot be {quoted(word.text)}", word.span, hint)
        return None

    def length(self, key: str) -> Lasting | None:
        """A length such as ``5 turns`` or ``10 minutes``: 1 to 1000 turns, or a duration to 366 days."""
        word = self.word(key)
        if word is None:
            return None
        match = _LENGTH.fullmatch(word.text)
        unit = match.group(2).removesuffix("s") if match else ""
        if match is None or (unit != "turn" and unit not in UNIT_SECONDS):
            hint = "write a whole number and a unit: turns, seconds, minutes, hours, days or weeks"
            self.reading.error("bad-value", f"`{key}` cannot be {quoted(word.text)}", word.span, hint)
            return None
        return self._within_limits(key, word, int(match.group(1)), unit)

    def _within_limits(self, key: str, word: Word, count: int, unit: str) -> Lasting | None:
        hint = None
        if count == 0:
            hint = "write at least 1"
        elif unit == "turn" and count > MAX_TURNS:
            hint = f"at most {MAX_TURNS} turns"
        elif unit != "turn" and count * UNIT_SECONDS[unit] > MAX_DAYS * UNIT_SECONDS["day"]:
            hint = f"at most {MAX_DAYS} days"
        if hint is not None:
            self.reading.error("bad-value", f"`{key}` {quoted(word.text)} is out of range", word.span, hint)
            return None
        return Lasting(turns=count) if unit == "turn" else Lasting(seconds=count * UNIT_SECONDS[unit])
