"""Several vocabularies that one policy uses, as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from policy_engine.vocabulary.phrases import perfect, telling_words
from policy_engine.vocabulary.vocabulary import Vocabulary

_PARTS = ("labels", "attributes", "actions", "notices", "aliases")


def join(
    vocabularies: Sequence[Vocabulary], inherited: Vocabulary
) -> tuple[Vocabulary, tuple[tuple[int, str], ...]]:
    """Everything that they say, and each conflict: the number of the later vocabulary (from 0) and what is wrong.

    Where one of two only has what both may extend, which is ``inherited``, the other's own word counts.
    Actions keep their rank; of two with one rank the first by name is stronger, so that nothing depends on
    which vocabulary comes first.
    """
    conflicts: list[tuple[int, str]] = []
    joined = vocabularies[0]
    for number, other in enumerate(vocabularies[1:], 1):
        joined, found = _both(joined, other, inherited)
        conflicts += [(number, each) for each in found]
    ranked = sorted(joined.actions.items(), key=lambda each: (each[1].rank, each[0]))
    actions = {name: replace(entry, rank=rank) for rank, (name, entry) in enumerate(ranked)}
    return replace(joined, actions=MappingProxyType(actions)), tuple(conflicts)


def _both(one: Vocabulary, other: Vocabulary, inherited: Vocabulary) -> tuple[Vocabulary, list[str]]:
    conflicts: list[str] = []
    parts: dict[str, Any] = {}
    for part in _PARTS:
        mine, theirs, common = (getattr(each, part) for each in (one, other, inherited))
        said = {**mine, **theirs}
        for name in sorted(mine.keys() & theirs.keys()):
            if theirs[name] == common.get(name):
                said[name] = mine[name]
            elif mine[name] not in (theirs[name], common.get(name)):
                conflicts.append(f"two vocabularies say different things of `{name}`")
        parts[part] = MappingProxyType(said)
    joined = Vocabulary(**parts)
    return joined, conflicts or list(_said_twice(joined))


def _said_twice(joined: Vocabulary) -> Iterator[str]:
    for name in sorted(joined.labels.keys() & joined.aliases.keys()):
        yield f"`{name}` is a label, and in another vocabulary another name of `{joined.aliases[name]}`"
    ends = sorted(name for name, entry in joined.actions.items() if entry.ends)
    if len(ends) > 1:
        yield f"two vocabularies end the chat by different actions: `{ends[0]}` and `{ends[1]}`"
    owners: dict[tuple[str, str], str] = {}
    for kind, words, owner in sorted(_words(joined)):
        first = owners.setdefault((kind, words), owner)
        if first != owner:
            yield f"`{words}` belongs to `{first}` and, in another vocabulary, to `{owner}`"


def _words(joined: Vocabulary) -> Iterator[tuple[str, str, str]]:
    """Every sentence and word that finds an entry: of which kind, what it says, and whose it is."""
    for label in joined.labels.values():
        if label.phrase:
            for form in {label.phrase, perfect(label.phrase)}:
                yield "sentence", telling_words(form), label.name
        if label.plural:
            yield "plural", label.plural, label.name
    for action in joined.actions.values():
        for form in {action.phrase, action.past, perfect(action.past)}:
            yield "sentence", telling_words(form), action.name
        if action.noun:
            yield "noun", action.noun, action.name
