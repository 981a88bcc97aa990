"""What detectors added to conversations: how often each label, by who said so and what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from policy_engine.machine.encoder import ABSENT, DETECTED, UNKNOWN, value_of
from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.message import Conversation, Label, Role
from policy_engine.vocabulary.vocabulary import Kind, LabelEntry, Vocabulary


class AddedLabels:
    """Compares conversations before and after ``detectors`` spoke; ``vocabulary`` says what a score comes to."""

    def __init__(self, detectors: Sequence[Detector], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._found = {
            role: frozenset(
                self._canonical(name)
                for each in detectors
                for name, roles in each.finds.items()
                if role in roles
            )
            for role in Role
        }
        self.said: dict[tuple[str, str], Counter[int]] = {}
        """By source and label: on how many messages it is ABSENT, UNKNOWN and DETECTED."""
        self.recorded: Counter[str] = Counter()
        """By label that a detector could have found: messages on which it was recorded before, and stays."""

    def take(self, before: Conversation, after: Conversation) -> None:
        """One conversation. ``after`` has the labels of ``before``, and then those that were added."""
        for old, new in zip(before.messages, after.messages, strict=True):
            found = self._found[old.role]
            if found and old.labels:
                self.recorded.update(found & {self._canonical(label.name) for label in old.labels})
            for label in new.labels[len(old.labels) :]:
                name = self._canonical(label.name)
                self.said.setdefault((label.source or "", name), Counter())[self._value(name, label)] += 1

    def _canonical(self, name: str) -> str:
        return self._vocabulary.canonical(name) or name

    def _value(self, name: str, label: Label) -> int:
        entry = self._vocabulary.labels.get(name) or LabelEntry(name, Kind.CATEGORY, frozenset(Role))
        return value_of(entry, label.value)


VALUES = (DETECTED, ABSENT, UNKNOWN)
"""What a label may be, in the order in which people are told."""
