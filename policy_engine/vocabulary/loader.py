"""A vocabulary file to a vocabulary, with every fault of it.

A file has the sections `categories`, `acts`, `events`, `attributes`, `actions` and `notices`, each
optional, and may begin with `extends`. A file that extends another

- replaces an entry of the other file whole by writing one of the same name and kind (nothing of the
  old one stays, its aliases included);
- adds its new actions after (weaker than) all actions of the other file, in its own order; an
  action that it replaces keeps its rank;
- is checked together with the other: labels share one set of names and aliases, phrases are
  unique, implications form no cycle, and exactly one action ends the chat.

What a label implies has to be looked for wherever the label is: a category (user and assistant
messages) cannot imply an act (assistant messages only), while an act can imply a category. An act
without a `plural` takes its name with an `s`.

Nothing here opens a file: the caller's ``resolve`` does. It is given the reference relative to the
folder of the file that is being loaded, or `default`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from policy_engine.diagnostics import Diagnostic, Report, nearest
from policy_engine.source import Source, Span
from policy_engine.vocabulary.consistency import check_actions, resolve_labels
from policy_engine.vocabulary.entries import (
    ActionDraft,
    LabelDraft,
    read_action,
    read_attribute,
    read_label,
    read_notice,
)
from policy_engine.vocabulary.fields import Fields, Reading, Word, quoted
from policy_engine.vocabulary.vocabulary import ActionEntry, AttributeEntry, Kind, NoticeEntry, Vocabulary
from policy_engine.vocabulary.yaml_tree import Mapping, Node, Scalar, read_tree

Resolve = Callable[[str], Source | None]
"""Finds what `extends` names: `default`, or a path relative to the file that is loaded. None: not there."""

MAX_EXTENDS = 20
"""Most files in a chain of `extends`."""

_KINDS = {"categories": Kind.CATEGORY, "acts": Kind.ACT, "events": Kind.EVENT}
_SECTIONS = ("extends", *_KINDS, "attributes", "actions", "notices")


def load_vocabulary(source: Source, resolve: Resolve) -> tuple[Vocabulary | None, tuple[Diagnostic, ...]]:
    """The vocabulary that ``source`` describes, and everything wrong with it and with what it extends.

    The vocabulary is None where there is an error. Never raises on any text.
    """
    report = Report()
    vocabulary = _Loading(resolve, report).load(source, None, ())
    return (None if report.has_errors else vocabulary), report.diagnostics


class _Drafts:
    """What one file itself says, by name."""

    def __init__(self) -> None:
        self.labels: dict[str, LabelDraft] = {}
        self.attributes: dict[str, AttributeEntry] = {}
        self.actions: dict[str, ActionDraft] = {}
        self.notices: dict[str, NoticeEntry] = {}


class _Link(NamedTuple):
    """A file in the chain of those that extend one another."""

    source: Source
    reference: str | None


class _Loading:
    def __init__(self, resolve: Resolve, report: Report) -> None:
        self._resolve = resolve
        self._report = report

    def load(self, source: Source, reference: str | None, above: tuple[_Link, ...]) -> Vocabulary | None:
        """As much of the vocabulary as can be read; None where it cannot even be looked at.

        ``above`` are the files that extend this one.
        """
        tree = read_tree(source, self._report)
        reading = Reading(source, self._report)
        if tree is None:
            return None
        if not isinstance(tree, Mapping):
            reading.wrong_type("a vocabulary", "a mapping", tree.span, "begin with `categories:`")
            return None
        first_key = tree.pairs[0][0].span if tree.pairs else tree.span
        top = Fields(reading, Word("", first_key), tree, _SECTIONS)
        drafts = _read_drafts(reading, top)
        base = self._base(top, (*above, _Link(source, reference)))
        if base is None:  # what the entries refer to is not known: no follow-on faults
            return None
        return _merge(reading, base, drafts, top.span("actions"))

    def _base(self, top: Fields, chain: tuple[_Link, ...]) -> Vocabulary | None:
        """What the file extends: empty where it extends nothing, None where that is unreadable."""
        word = top.word("extends")
        if word is None:
            return Vocabulary() if top.node("extends") is None else None
        reference = _relative_to(chain[-1].reference, word.text)
        found = self._resolve(reference)
        problem = _extends_problem(word, reference, found, chain)
        if problem is not None:
            code, message, hint = problem
            top.reading.error(code, message, word.span, hint)
        if problem is not None or found is None:
            return None
        return self.load(found, reference, chain)


def _relative_to(parent: str | None, reference: str) -> str:
    """``reference``, as written in the file that was found as ``parent``, seen from the first file."""
    if reference == "default" or parent in (None, "default"):
        return reference
    return posixpath.normpath(posixpath.join(posixpath.dirname(parent or ""), reference))


def _extends_problem(
    word: Word, reference: str, found: Source | None, chain: tuple[_Link, ...]
) -> tuple[str, str, str] | None:
    if found is None:
        is_like = nearest(word.text, ("default",)) is not None
        hint = "did you mean `default`?" if is_like else "write `default`, or a path relative to this file"
        return "missing-file", f"there is no vocabulary {quoted(word.text)}", hint
    if any(link.reference == reference or link.source == found for link in chain):
        names = " extends ".join(quoted(link.source.name) for link in (*chain, _Link(found, None)))
        return "extends-cycle", f"{quoted(word.text)} extends this file in turn", names
    if len(chain) >= MAX_EXTENDS:
        return "too-deep", f"more than {MAX_EXTENDS} files extend one another", "join some of them"
    return None


def _read_drafts(reading: Reading, top: Fields) -> _Drafts:
    drafts = _Drafts()
    for section, kind in _KINDS.items():
        for key, node in _entries(reading, top, section, drafts.labels):
            drafts.labels[key.text] = read_label(reading, kind, key, node)
    for key, node in _entries(reading, top, "attributes", drafts.attributes):
        drafts.attributes[key.text] = read_attribute(reading, key, node)
    for key, node in _entries(reading, top, "actions", drafts.actions):
        drafts.actions[key.text] = read_action(reading, key, node)
    for key, node in _entries(reading, top, "notices", drafts.notices):
        drafts.notices[key.text] = read_notice(reading, key, node)
    return drafts


def _entries(
    reading: Reading,
    top: Fields,
    section: str,
    taken: dict[str, LabelDraft]
    | dict[str, AttributeEntry]
    | dict[str, ActionDraft]
    | dict[str, NoticeEntry],
) -> Iterator[tuple[Scalar, Node]]:
    """The entries of a section; a name that was taken before is reported and passed over."""
    section_node = top.node(section)
    if section_node is None:
        return
    if not isinstance(section_node, Mapping):
        reading.wrong_type(f"`{section}`", "a mapping of names to entries", section_node.span)
        return
    first: dict[str, Span] = {}
    for key, node in section_node.pairs:
        if key.text in taken:
            before = first.get(key.text)
            where = f" on line {reading.location(before).line}" if before else " in another section"
            message = f"{quoted(key.text)} is named twice"
            reading.error("duplicate-name", message, key.span, f"it is named{where} already")
        else:
            first[key.text] = key.span
            yield key, node


def _merge(reading: Reading, below: Vocabulary, drafts: _Drafts, actions_at: Span) -> Vocabulary:
    labels, aliases = resolve_labels(reading, below, drafts.labels)
    actions = _ranked(below, drafts.actions)
    check_actions(reading, below, drafts.labels, drafts.actions, actions, actions_at)
    return Vocabulary(
        labels=MappingProxyType(labels),
        attributes=MappingProxyType({**below.attributes, **drafts.attributes}),
        actions=MappingProxyType(actions),
        notices=MappingProxyType({**below.notices, **drafts.notices}),
        aliases=MappingProxyType(aliases),
    )


def _ranked(below: Vocabulary, drafts: dict[str, ActionDraft]) -> dict[str, ActionEntry]:
    """All actions, strongest first: those of the base keep their places, new ones follow."""
    entries = {**below.actions, **{name: draft.entry for name, draft in drafts.items()}}
    return {name: replace(entry, rank=rank) for rank, (name, entry) in enumerate(entries.items())}
