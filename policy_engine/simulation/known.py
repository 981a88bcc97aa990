"""What was known of a label on each message: detected, absent, not to be checked, or looked for by nobody.

A policy reads the last two alike, as unknown; whoever has to mend that does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum
from types import MappingProxyType

from policy_engine.machine.encoder import ABSENT, DETECTED, Encoder
from policy_engine.model.model import Reading
from policy_engine.transcripts.message import Conversation, LookedFor, Role
from policy_engine.vocabulary.vocabulary import Vocabulary

_MOST_ENCODERS = 100
"""Sets of labels looked for whose encoders are kept."""

_Key = frozenset[tuple[str, frozenset[Role] | None]] | None


class Known(Enum):
    """What was known of a label on a message on which it can stand; the value is a fragment for people."""

    DETECTED = "detected"
    ABSENT = "absent"
    UNKNOWN = "recorded as unknown"
    NOBODY = "looked for by nobody"


class Knowledge:
    """Tells what was known of ``labels`` (canonical names), whatever the vocabulary reads an unknown as."""

    def __init__(self, vocabulary: Vocabulary, labels: Iterable[str]) -> None:
        plain = {name: replace(entry, when_unknown=None) for name, entry in vocabulary.labels.items()}
        self.labels = tuple(labels)
        self._roles = [vocabulary.labels[name].roles for name in self.labels]
        self._vocabulary = replace(vocabulary, labels=MappingProxyType(plain))
        self._readings = [Reading(name) for name in self.labels]
        self._everything = Encoder(self._vocabulary, self._readings)
        self._encoders: dict[_Key, Encoder] = {}

    def of(self, conversation: Conversation) -> Iterator[tuple[Role, tuple[Known | None, ...]]]:
        """For each message its role, and what was known of each label there; None where it cannot stand."""
        encoder, everything = self._encoder(conversation.looked_for), self._everything
        memo: dict[tuple[object, object], tuple[Known | None, ...]] = {}
        for mark in conversation.marks():
            # beside what was looked for, as if everything had been: the difference is what nobody looked for
            seen, alone = encoder.observe_mark(mark), everything.observe_mark(mark)
            key = (seen.symbol, alone.symbol)
            if key not in memo:
                memo[key] = self._known(seen.role, seen.values, alone.values)
            yield seen.role, memo[key]

    def _known(self, role: Role, values: tuple[int, ...], alone: tuple[int, ...]) -> tuple[Known | None, ...]:
        return tuple(
            _known(value, other) if role in roles else None
            for roles, value, other in zip(self._roles, values, alone, strict=True)
        )

    def _encoder(self, looked_for: LookedFor | None) -> Encoder:
        key = None if looked_for is None else frozenset(looked_for.items())
        if key not in self._encoders:
            if len(self._encoders) >= _MOST_ENCODERS:
                self._encoders.clear()
            self._encoders[key] = Encoder(self._vocabulary, self._readings, looked_for)
        return self._encoders[key]


def _known(value: int, alone: int) -> Known:
    if value == DETECTED:
        return Known.DETECTED
    if value == ABSENT:
        return Known.ABSENT
    return Known.NOBODY if alone == ABSENT else Known.UNKNOWN
