"""Which recorded labels a policy saw on a message: what it read as detected, and on whose word.

This is for people: the machine decides by its encoder alone, and what is found here is shown beside
what it decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policy_engine.model.model import Reading
from policy_engine.transcripts.detector import KEYWORDS, TEXT_PATTERN
from policy_engine.transcripts.message import Label, Message, Score
from policy_engine.vocabulary.vocabulary import Vocabulary

_READ_OFF = {TEXT_PATTERN: "text", KEYWORDS: "keywords"}
"""How the sources of labels begin that were read off a text, and how people are told so: by this."""


@dataclass(frozen=True, slots=True)
class Found:
    """A label on a message. ``label`` is its canonical name, or that of the label that it was read as.

    ``recorded`` is the name as recorded (None: nobody looked for the label), ``score`` None where none
    was given, ``source`` who recorded it. ``unknown`` says that nobody could say whether it holds.
    """

    label: str
    recorded: str | None
    score: float | None = None
    source: str | None = None
    unknown: bool = False

    @property
    def read_by(self) -> str | None:
        """By what it was read off the text: ``text`` (a pattern) or ``keywords``; None where it was not."""
        return read_by(self.source)


def read_by(source: str | None) -> str | None:
    """By what a label of that source was read off the text, as in :attr:`Found.read_by`."""
    return next((by for begins, by in _READ_OFF.items() if (source or "").startswith(begins)), None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A label on a message of the conversation; ``message`` counts from 1, ``turn`` is the message's."""

    message: int
    turn: int
    found: Found


class Finder:
    """Finds the labels behind what a policy read."""

    def __init__(self, vocabulary: Vocabulary, readings: Iterable[Reading]) -> None:
        self._vocabulary = vocabulary
        self._families: dict[str, tuple[str, ...]] = {}
        self._lowest: dict[str, float] = {}
        """By label: the lowest score at which a rule of the policy reads it, if one names a score."""
        self._read: set[str] = set()
        """The labels that the policy reads, and those that imply them."""
        for reading in readings:
            self._read.update(self._family(reading.label))
            if reading.at is not None:
                for name in self._family(reading.label):
                    self._lowest[name] = min(reading.at, self._lowest.get(name, 1.0))

    def shown(self, message: Message) -> tuple[Found, ...]:
        """The labels that hold on the message, or may if the policy reads them: each once, as they were recorded."""
        best: dict[str, tuple[int, Found]] = {}
        for label in message.labels:
            name = self._vocabulary.canonical(label.name)
            if name is None or message.role not in self._vocabulary.labels[name].roles:
                continue
            weight = self._weight(name, label.value)
            if weight == 1 and name not in self._read:
                continue  # a classifier may know many names of which it said nothing
            if weight and (name not in best or weight > best[name][0]):
                best[name] = (weight, _found(name, label))
        return tuple(found for _, found in best.values())

    def behind(self, message: Message, reading: Reading) -> Found | None:
        """The record for which ``reading`` is detected or unknown on the message: the strongest one.

        Only to be asked where the machine read it so; None where nobody recorded anything.
        """
        family = self._family(reading.label)
        candidates = [
            (self._strength(reading, name, label), -number, label)
            for number, label in enumerate(message.labels)
            if (name := self._vocabulary.canonical(label.name)) in family
            and message.role in self._vocabulary.labels[name or ""].roles
            and label.value is not False
        ]
        if not candidates:
            return None
        return _found(reading.label, max(candidates, key=lambda each: each[:2])[2])

    def _strength(self, reading: Reading, name: str | None, label: Label) -> tuple[int, float, bool]:
        threshold = self._vocabulary.labels[name or ""].threshold if reading.at is None else reading.at
        score = 1.0 if label.value is True else label.value
        if score is None or not 0.0 <= score <= 1.0:
            return (1, 0.0, name == reading.label)
        return (2 if score >= threshold else 0, float(score), name == reading.label)

    def _weight(self, name: str, value: Score) -> int:
        """2 where the label holds for somebody, 1 where it may, 0 where it does not."""
        if isinstance(value, bool):
            return 2 if value else 0
        if value is None or not 0.0 <= value <= 1.0:
            return 1
        threshold = self._vocabulary.labels[name].threshold
        return 2 if value >= min(threshold, self._lowest.get(name, threshold)) else 0

    def _family(self, name: str) -> tuple[str, ...]:
        """The label and every label that implies it, directly or not."""
        if name not in self._families:
            family = {name: None}
            queue = [name]
            while queue:
                below = queue.pop()
                for other, entry in self._vocabulary.labels.items():
                    if below in entry.implies and other not in family:
                        family[other] = None
                        queue.append(other)
            self._families[name] = tuple(family)
        return self._families[name]


def _found(name: str, label: Label) -> Found:
    value = label.value
    if isinstance(value, bool) or value is None:
        return Found(name, label.name, None, label.source, value is None)
    is_sound = 0.0 <= value <= 1.0
    return Found(name, label.name, float(value) if is_sound else None, label.source, not is_sound)
