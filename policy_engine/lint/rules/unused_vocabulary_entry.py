"""A word of the policy's own vocabulary that no policy says.

A category that nobody asks for is left over, or the rule that should ask for it was forgotten. What the default
vocabulary brings along is not meant, nor what implies a word that is used. A vocabulary is shared: the other policies
and standards of the folder, and of folders in it, are looked at as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from policy_engine.language.statements import understood
from policy_engine.language.tree import UseLine
from policy_engine.lint.contents import words_in
from policy_engine.lint.rule import EXAMPLE_DAY, Example, Finding, Rule, Subject, Surroundings, lines_of
from policy_engine.source import Location
from policy_engine.vocabulary.phrases import perfect
from policy_engine.vocabulary.shipped import default_vocabulary
from policy_engine.vocabulary.vocabulary import Vocabulary

_MOST_NAMED = 3
"""Words that one finding names."""


def find(subject: Subject) -> Iterator[Finding]:
    """The lines that use a vocabulary with such words."""
    uses = [each for each in lines_of(subject, UseLine) if isinstance(each, UseLine)]
    uses = [each for each in uses if each.path.endswith((".yaml", ".yml"))]
    beside = subject.surroundings.words_beside() if uses else None
    if beside is None:
        return
    said = beside.union(*(words_in(understood(each.source.text)) for each in subject.files))
    folder = os.path.dirname(subject.source.name)
    for line in uses:
        file = os.path.normpath(os.path.join(folder, line.path))
        unsaid = [name for name, location, words in _entries(subject.vocabulary)
                  if location is not None and location.name == file and not words & said]  # fmt: skip
        unsaid = [name for name in unsaid if not _implies(subject.vocabulary, name, said)]
        if unsaid:
            more = f" and {len(unsaid) - _MOST_NAMED} more" if len(unsaid) > _MOST_NAMED else ""
            names = ", ".join(f"`{each}`" for each in unsaid[:_MOST_NAMED])
            yield Finding(
                line.span,
                f"no policy here says {names}{more}, which this vocabulary brings",
                "use it in a rule, or take it out of the vocabulary",
            )


def _entries(vocabulary: Vocabulary) -> Iterator[tuple[str, Location | None, frozenset[str]]]:
    """What the vocabulary has beyond the default one: its name, its place, and any of the words that would say it."""
    usual = default_vocabulary()
    for label in vocabulary.labels.values():
        if label.name not in usual.labels:
            words = frozenset((label.name, *label.aliases, *((label.plural,) if label.plural else ())))
            yield label.name, label.location, words if label.phrase is None else _sentence(label.phrase)
    for attribute in vocabulary.attributes.values():
        if attribute.name not in usual.attributes:
            yield attribute.name, attribute.location, frozenset((attribute.name,))
    for action in vocabulary.actions.values():
        if action.name not in usual.actions:
            yield action.name, action.location, _sentence(action.phrase) | _sentence(action.past)
    for notice in vocabulary.notices.values():
        if notice.name not in usual.notices:
            yield notice.name, notice.location, frozenset((notice.name,))


def _sentence(phrase: str) -> frozenset[str]:
    """The words of a sentence that tell it: any of them is taken for it, since sentences are said in several forms."""
    return frozenset(each for each in (*phrase.split(), *perfect(phrase).split()) if len(each) > len("the"))


def _implies(vocabulary: Vocabulary, name: str, said: frozenset[str]) -> bool:
    """Whether the label is detected as one that somebody asks for."""
    met: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        entry = vocabulary.labels.get(each)
        if entry is None or each in met:
            continue
        met.add(each)
        if each != name and said & {each, *entry.aliases}:
            return True
        waiting += entry.implies
    return False


_WORDS = "extends: default\ncategories:\n  spoilers: {title: Endings of films}\n  gossip: {title: Gossip}\n"
_IMPLYING = _WORDS.replace("films}", "films, implies: [gossip]}")
_POLICY = 'use "words.yaml"\nrule r\n  when {} is detected, add a strike\n'

_ALONE = Surroundings(EXAMPLE_DAY, words_beside=frozenset)

RULE = Rule(
    "unused-vocabulary-entry", "PE213", find,
    valid=(
        Example(_POLICY.format("spoilers or gossip"), vocabulary=_WORDS, around=_ALONE),
        Example(_POLICY.format("gossip"), vocabulary=_IMPLYING, around=_ALONE),
    ),
    invalid=(Example(_POLICY.format("spoilers"), 'use "words.yaml"', vocabulary=_WORDS, around=_ALONE),),
)  # fmt: skip
