"""A mapping file to a classifier, with every fault of it. Nothing here opens a file.

A file that extends another says what differs: each key that it writes takes the place of the other's, and its
labels are added to the other's, by the classifier's names for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Named
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from policy_engine.diagnostics import Diagnostic, Report
from policy_engine.source import Source, Span
from policy_engine.transcripts.mapping import (
    ANY_NAME,
    ClassifierMapping,
    Entry,
    Kind,
    Layout,
    Path,
    level_key,
)
from policy_engine.transcripts.message import Role, Score
from policy_engine.vocabulary.fields import Fields, Reading, Word, quoted
from policy_engine.vocabulary.yaml_tree import Advice, Mapping, Node, Scalar, read_tree

_KEYS = (
    "classifier",
    "title",
    "extends",
    "reads",
    "output",
    "levels",
    "when-missing",
    "labels",
    "passes-over",
)
_OUTPUT = ("inside", "list", "name", "names", "scores", "levels", "verdicts", "applied", "text")
_ENTRY = ("label", "aliases", "within", "levels", "when-missing")
_MEANINGS: dict[str, Score] = {"detected": True, "absent": False, "unknown": None}
_ROLES = tuple(role.value for role in Role)
_FORMS: dict[str, bool] = {"verdict and names": True}
_EXAMPLE = "write `classifier: NAME`, then `output:` and `labels:`"
_ADVICE = Advice(_EXAMPLE, "a classifier has at most some hundred names", "a mapping file needs four levels")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def load_mapping(
    source: Source, known: Named[str, ClassifierMapping]
) -> tuple[ClassifierMapping | None, tuple[Diagnostic, ...]]:
    """The classifier that ``source`` describes, and everything wrong with it.

    The classifier is None where there is an error. It may extend those that are ``known``, by name. Never raises on
    any text.
    """
    report = Report()
    reading = Reading(source, report)
    tree = read_tree(source, report, _ADVICE)
    if tree is not None and not isinstance(tree, Mapping):
        reading.wrong_type("a mapping file", "a mapping", tree.span, _EXAMPLE)
    mapping = _Loading(reading, tree).mapping(known) if isinstance(tree, Mapping) else None
    return (None if report.has_errors else mapping), report.diagnostics


class _Loading:
    def __init__(self, reading: Reading, tree: Mapping) -> None:
        self._reading = reading
        self._tree = tree
        first = tree.pairs[0][0].span if tree.pairs else tree.span
        self._top = Fields(reading, Word("", first), tree, _KEYS)
        self._withins: list[Word] = []
        self._is_lost = False
        """Whether something of `output` could not be read: what follows from that is not told as well."""

    def mapping(self, known: Named[str, ClassifierMapping]) -> ClassifierMapping | None:
        top = self._top
        below = self._below(known)
        name = top.word("classifier")
        if name is None and below is None and top.node("classifier") is None:
            self._missing("classifier", "my-classifier")
        if name is not None:
            self._reading.name(Scalar(name.text, True, name.span))
        layout = self._layout(below)
        levels = self._levels(top) if top.node("levels") is not None else None
        entries = self._entries(below, layout)
        if layout is None:
            return None
        self._check_levels(layout, levels, below, entries)
        words = frozenset(word.text for word in top.words("passes-over"))
        found = ClassifierMapping(
            name=name.text if name else below.name if below else "",
            title=top.text("title") or (below.title if below else ""),
            layout=layout,
            entries=entries,
            levels=levels if levels is not None else below.levels if below else MappingProxyType({}),
            passed_over=words | (below.passed_over if below else frozenset()),
            reads=self._reads() if top.node("reads") is not None else below.reads if below else None,
            location=self._reading.location(name.span if name else top.owner.span),
        )
        return found

    def _missing(self, key: str, example: str) -> None:
        message = f"the file has no `{key}`"
        self._reading.error("missing-key", message, self._top.owner.span, f"add `{key}: {example}`")

    def _below(self, known: Named[str, ClassifierMapping]) -> ClassifierMapping | None:
        """What the file extends."""
        word = self._top.word("extends")
        if word is None:
            return None
        if word.text not in known:
            hint = self._reading.suggest(word.text, list(known)) or "name one that is shipped"
            message = f"there is no classifier {quoted(word.text)}"
            self._reading.error("unknown-name", message, word.span, hint)
            return None
        return known[word.text]

    def _reads(self) -> frozenset[Role]:
        top = self._top
        chosen = (top.chosen("reads", word, _ROLES) for word in top.words("reads", single=True))
        roles = frozenset(Role(name) for name in chosen if name is not None)
        node = top.node("reads")
        if node is not None and not getattr(node, "items", True):
            self._reading.error(
                "bad-value", "`reads` names nobody", node.span, f"write one or more of: {', '.join(_ROLES)}"
            )
        return roles

    # --- where things stand ---

    def _layout(self, below: ClassifierMapping | None) -> Layout | None:
        node = self._top.node("output")
        if node is None:
            if below is None:
                self._missing("output", '{scores: "*"}')
            return below.layout if below else None
        span = self._top.span("output")
        fields = Fields(self._reading, Word("output", span), node, _OUTPUT)
        form = fields.choice("text", tuple(_FORMS))
        kinds = {kind: self._paths(fields, kind.value) for kind in Kind}
        layout = Layout(
            inside=self._paths(fields, "inside"),
            entries=self._paths(fields, "list"),
            name=self._paths(fields, "name"),
            names=self._paths(fields, "names"),
            applied=self._paths(fields, "applied"),
            values=MappingProxyType({kind: paths for kind, paths in kinds.items() if paths}),
            is_text=form is not None,
        )
        if self._is_lost or not isinstance(node, Mapping):
            return None
        return layout if self._is_sound(fields, layout) else None

    def _paths(self, fields: Fields, key: str) -> tuple[Path, ...]:
        found = []
        for word in fields.words(key, single=True):
            steps = word.text.split(".")
            if not all(steps) or steps.count(ANY_NAME) > 1 or (ANY_NAME in steps and key not in _STARRED):
                hint = "write fields joined by dots, for example `category_scores.*`"
                self._reading.error("bad-value", f"`{key}` cannot be {quoted(word.text)}", word.span, hint)
                self._is_lost = True
            else:
                found.append(tuple(_spellings(step) for step in steps))
        return tuple(found)

    def _is_sound(self, fields: Fields, layout: Layout) -> bool:
        """Whether the fields of `output` go together; the first that does not is reported."""

        def fault(key: str, message: str, hint: str) -> bool:
            self._reading.error("bad-value", message, fields.span(key), hint)
            return False

        paths = [path for each in layout.values.values() for path in each]
        starred = [(ANY_NAME,) in path for path in paths]
        applied = [(ANY_NAME,) in path for path in layout.applied]
        if layout.is_text and (paths or layout.names or layout.entries):
            return fault("text", "a text has no fields", "leave the other keys of `output` out")
        if layout.entries and layout.names:
            return fault("names", "`list` and `names` are two forms of an output", "keep one of them")
        if layout.entries and not layout.name:
            return fault("list", "the entries of `list` need a `name`", "add `name: category`")
        if layout.name and not layout.entries:
            return fault(
                "name", "`name` is a field of the entries of `list`", "add `list:`, or write `names:`"
            )
        if not (layout.is_text or paths or layout.names):
            return fault("text", "`output` does not say where the values are", 'for example `scores: "*"`')
        if any(starred) and (layout.entries or layout.names or not all(starred)):
            return fault("scores", "`*` stands for the classifier's names: they cannot stand elsewhere, too",
                  "write `*` in every path, or in none")  # fmt: skip
        if applied and not (all(applied) and all(starred)):
            return fault("applied", "`applied` goes with values that stand under the classifier's names",
                  "for example `applied: category_applied_input_types.*`")  # fmt: skip
        return True

    # --- what values mean ---

    def _levels(self, fields: Fields) -> MappingProxyType[str, Score]:
        node = fields.node("levels")
        levels: dict[str, Score] = {}
        if not isinstance(node, Mapping):
            self._reading.wrong_type(
                "`levels`", "a mapping", fields.span("levels"), "for example `{0: absent, 4: detected}`"
            )
            return MappingProxyType(levels)
        for key, value in node.pairs:
            written = level_key(None if key.is_null else key.text)
            if written is None or written in levels:
                what = "is too long" if written is None else "is given twice"
                self._reading.error(
                    "duplicate-key", f"the level {quoted(key.text)} {what}", key.span, "remove it"
                )
            else:
                levels[written] = self._meaning(key, value)
        return MappingProxyType(levels)

    def _meaning(self, key: Scalar, node: Node) -> Score:
        if isinstance(node, Scalar) and node.text in _MEANINGS:
            return _MEANINGS[node.text]
        if isinstance(node, Scalar) and (score := _score(node)) is not None:
            return score
        message = f"the level {quoted(key.text)} means neither `detected`, `absent`, `unknown` nor a score"
        near = self._reading.suggest(node.text, tuple(_MEANINGS)) if isinstance(node, Scalar) else None
        self._reading.error("bad-value", message, node.span, near or "a score is a number from 0 to 1")
        return None

    def _check_levels(
        self, layout: Layout, levels: Any, below: ClassifierMapping | None, entries: tuple[Entry, ...]
    ) -> None:
        needs = layout.is_text or Kind.LEVEL in layout.values
        has = bool(levels) or bool(below and below.levels) or all(each.levels for each in entries)
        if needs and not has and self._top.node("levels") is None:
            self._missing("levels", "{low: absent, high: detected}")
        if levels and not needs:
            message = "`output` names no field of `levels`: this table is never read"
            self._reading.error(
                "bad-value", message, self._top.span("levels"), "remove it, or add `levels:` to `output`"
            )

    # --- labels ---

    def _entries(self, below: ClassifierMapping | None, layout: Layout | None) -> tuple[Entry, ...]:
        node = self._top.node("labels")
        inherited = self._inherited(below)
        if node is None:
            if below is None:
                self._missing("labels", "{SelfHarm: self-harm}")
            own: tuple[Entry, ...] = ()
        elif isinstance(node, Mapping):
            own = tuple(_replacing(each, inherited) for each in self._own_entries(node, layout))
        else:
            hint = "for example `{SelfHarm: self-harm}`"
            self._reading.wrong_type("`labels`", "a mapping", node.span, hint)
            return ()
        taken = {name for each in own for name in each.names}
        kept = [each for each in inherited if not taken & set(each.names)]
        for each in kept[:1]:
            self._check_names(Scalar(each.names[0], True, self._top.span("output")), each, layout)
        found = (*kept, *own)
        for word in self._withins:
            self._check_within(word, found)
        return found

    def _inherited(self, below: ClassifierMapping | None) -> tuple[Entry, ...]:
        if below is None or self._top.node("when-missing") is None:
            return below.entries if below else ()
        return tuple(
            replace(each, missing=self._missing_means(self._top, each.missing)) for each in below.entries
        )

    def _own_entries(self, node: Mapping, layout: Layout | None) -> list[Entry]:
        own: list[Entry] = []
        seen: dict[str, Span] = {}
        for key, value in node.pairs:
            entry = self._entry(key, value, layout)
            self._check_names(key, entry, layout)
            for name in entry.names:
                if name in seen:
                    line = self._reading.location(seen[name]).line
                    message = f"{quoted(name)} is named twice in `labels`"
                    hint = f"it is named on line {line} already"
                    self._reading.error("duplicate-name", message, key.span, hint)
                seen[name] = key.span
            own.append(entry)
        return own

    def _check_names(self, key: Scalar, entry: Entry, layout: Layout | None) -> None:
        """Report a label that no output can ever name."""
        if layout is None:
            return
        is_any = ANY_NAME in entry.names
        if is_any and not layout.is_of_verdicts:
            hint = "name what your classifier calls it"
            self._reading.error("bad-value", "`*` stands for one verdict, and there are many", key.span, hint)
        elif not is_any and layout.is_of_verdicts and not (layout.is_text or layout.names):
            hint = "write `*` for the verdict itself, or add `names:` to `output`"
            self._reading.error(
                "bad-value", f"`output` says nowhere what is {quoted(key.text)}", key.span, hint
            )

    def _check_within(self, word: Word, entries: tuple[Entry, ...]) -> None:
        above = [each for each in entries if word.text in each.names]
        names = [name for each in entries for name in each.names]
        if not above:
            hint = self._reading.suggest(word.text, names)
            message = f"`within` names {quoted(word.text)}, which `labels` does not have"
            self._reading.error("unknown-name", message, word.span, hint)
        elif above[0].within is not None:
            message = f"{quoted(word.text)} is itself within another name"
            self._reading.error("bad-value", message, word.span, f"write `within: {above[0].within}`")

    def _entry(self, key: Scalar, node: Node, layout: Layout | None) -> Entry:
        missing = self._missing_means(self._top, False if layout and layout.is_of_verdicts else None)
        if isinstance(node, Scalar):
            return Entry(self._label(Word(node.text, node.span)), (key.text,), None, missing)
        fields = Fields(self._reading, Word(key.text, key.span), node, _ENTRY)
        label = fields.word("label") if fields.required("label", "self-harm") else None
        aliases = tuple(word.text for word in fields.words("aliases") if word.text != key.text)
        levels = self._levels(fields) if fields.node("levels") is not None else None
        within = fields.word("within")
        self._withins += [within] if within else []
        return Entry(
            self._label(label) if label else "",
            (key.text, *aliases),
            levels,
            self._missing_means(fields, missing),
            within.text if within else None,
        )

    def _missing_means(self, fields: Fields, otherwise: Score) -> Score:
        word = fields.choice("when-missing", ("absent", "unknown"))
        return otherwise if word is None else _MEANINGS[word]

    def _label(self, word: Word) -> str:
        return self._reading.name(Scalar(word.text, True, word.span))


def _replacing(entry: Entry, inherited: tuple[Entry, ...]) -> Entry:
    """An entry that takes the place of inherited ones: their spellings are its own, too."""
    before = [each for each in inherited if set(each.names) & set(entry.names)]
    names = dict.fromkeys((*entry.names, *(name for each in before for name in each.names)))
    within = entry.within or next((each.within for each in before if each.within), None)
    return replace(entry, names=tuple(names), within=within)


_STARRED = (*(kind.value for kind in Kind), "applied")
_DECIMAL = re.compile(r"[01]|[01]?\.[0-9]{1,15}")


def _score(node: Scalar) -> float | None:
    if not node.plain or _DECIMAL.fullmatch(node.text) is None:
        return None
    score = float(node.text)
    return score if score <= 1 else None


def _spellings(step: str) -> tuple[str, ...]:
    """A field as it is written, and as the other of ``probabilityScore`` and ``probability_score``."""
    snake = _HUMP.sub("_", step).lower()
    first, *rest = step.split("_")
    camel = first + "".join(part[:1].upper() + part[1:] for part in rest)
    return tuple(dict.fromkeys((step, snake, camel)))
