"""The names and sentences that a policy may use: the vocabulary's, its groups' and its points'."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from policy_engine.diagnostics import Report, nearest
from policy_engine.language.tree import LabelRef, Phrase
from policy_engine.model.model import Reading
from policy_engine.source import Source, Span
from policy_engine.vocabulary.phrases import perfect, telling_words
from policy_engine.vocabulary.reserved import RESERVED
from policy_engine.vocabulary.vocabulary import Kind, Vocabulary

MOST_SUGGESTIONS = 100
"""Unknown names of one file for which the nearest known one is looked up: it takes time."""


@dataclass
class Names:
    """What may be named. ``groups`` and ``points`` are filled while the files are read."""

    vocabulary: Vocabulary
    groups: dict[str, tuple[Reading, ...]] = field(default_factory=dict)
    points: dict[str, tuple[tuple[Reading, int], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        labels, actions = self.vocabulary.labels.values(), self.vocabulary.actions.values()
        self.events = _sentences((entry.phrase, entry.name) for entry in labels if entry.phrase)
        self.pasts = _sentences((entry.past, entry.name) for entry in actions)
        self.orders = {telling_words(entry.phrase): entry.name for entry in actions}
        self.nouns = {entry.noun or entry.name: entry.name for entry in actions}
        acts = [entry for entry in labels if entry.kind is Kind.ACT]
        self.acts = {
            each: entry.name for entry in acts for each in (entry.name, entry.plural or f"{entry.name}s")
        }

    @property
    def labels(self) -> list[str]:
        """Every name that a label or group goes by."""
        return [*self.vocabulary.labels, *self.vocabulary.aliases, *self.groups]

    def readings(self, name: str) -> tuple[Reading, ...] | None:
        """What a name stands for: a label, or the members of a group."""
        if name in self.groups:
            return self.groups[name]
        canonical = self.vocabulary.canonical(name)
        return None if canonical is None else (Reading(canonical),)

    def kind(self, reading: Reading) -> Kind:
        """The kind of a reading's label."""
        return self.vocabulary.labels[reading.label].kind


def _sentences(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for phrase, name in pairs:
        found[telling_words(phrase)] = name
        found[telling_words(perfect(phrase))] = name
    return found


class NameBinder:
    """Looks up the names of one file and reports those that are not known."""

    def __init__(self, names: Names, source: Source, report: Report) -> None:
        self.names = names
        self.source = source
        self.report = report
        self._unknown = 0

    def fault(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Report a fault of this file."""
        self.report.add(code, message, self.source, span, hint=hint)

    def unknown(self, kind: str, phrase: Phrase, known: Iterable[str]) -> None:
        """Report a name that nothing goes by, with the one most like it."""
        self._unknown += 1
        like = nearest(phrase.text, known) if self._unknown <= MOST_SUGGESTIONS else None
        hint = f"did you mean `{like}`?" if like else None
        self.fault("unknown-name", f"unknown {kind} `{phrase.text}`", phrase.span, hint)

    def labels(self, refs: Iterable[LabelRef], kind: str = "category") -> tuple[Reading, ...] | None:
        """The readings that the names stand for, each once; None where one is not known."""
        found: list[Reading] = []
        is_sound = True
        for ref in refs:
            readings = self._label(ref, kind)
            is_sound = is_sound and readings is not None
            found.extend(readings or ())
        return tuple(dict.fromkeys(found)) if is_sound else None

    def _label(self, ref: LabelRef, kind: str) -> tuple[Reading, ...] | None:
        phrase = ref.phrase.without_noise()
        readings = self.names.readings(phrase.text) if len(phrase.words) == 1 else None
        if readings is None:
            self.unknown(kind, phrase, self.names.labels)
            return None
        if ref.at is None:
            return readings
        if not 0 <= ref.at <= 1:
            self.fault("beyond-limit", "a score lies between 0 and 1", ref.span)
            return None
        return tuple(Reading(each.label, ref.at) for each in readings)

    def new_name(self, phrase: Phrase, what: str) -> str | None:
        """A name that the policy gives: one lower-case word that is not taken by the language."""
        message, hint = None, None
        if len(phrase.words) > 1:
            message, hint = (
                f"the name of a {what} is one word",
                f"join the words with `-`: `{'-'.join(phrase.words)}`",
            )
        elif phrase.text in RESERVED:
            message, hint = f"`{phrase.text}` is a word of the language, not a name", "choose another name"
        elif phrase.text != phrase.text.lower():
            message, hint = f"names are lower-case, not `{phrase.text}`", f"write `{phrase.text.lower()}`"
        if message is not None:
            self.fault("bad-name", message, phrase.span, hint)
            return None
        return phrase.text
