"""The same conversation with refusals found by another detector, by none, or told by the provider alone.

Refusals that were recorded (by a provider, a classifier, a person) stay whatever detector is supposed: one that reads
the text speaks only where nobody else did. So what is compared is how far an outcome rests on the reading of texts,
and, where only the provider's own signals are left, on anybody but the provider.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

from policy_engine.machine.encoder import all_implying
from policy_engine.simulation.known import Knowledge, Known
from policy_engine.transcripts.detecting import apply, detectors_named
from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.detectors.refusal import RefusalFromText
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.source_kind import SourceKind, kind_of_source
from policy_engine.vocabulary.vocabulary import Vocabulary

REFUSAL = "refusal"
"""The label that the detectors of refusals find."""
PROVIDER_ALONE = "provider"
"""The supposition that nobody tells of refusals but the provider's own signals."""
RECORDED_ALONE = "recorded"
"""The supposition that nothing reads refusals off the text."""
DETECTORS = ("refusal-strict", "refusal", "refusal-loose")
"""Those that are compared, from the one that finds the fewest."""
SUPPOSED = (PROVIDER_ALONE, RECORDED_ALONE, *DETECTORS)
"""Every supposition, in the order in which they are told."""


class Recorded(Enum):
    """What was recorded of a refusal on a reply, before any text was read; the value is a fragment for people."""

    BY_PROVIDER = "the provider's signal says so"
    BY_OTHERS = "others recorded one"
    NONE = "recorded that it is none"
    UNKNOWN = "recorded as unknown"
    NOBODY = "nobody looked"


Answer = bool | None
"""What the text says: a refusal, none, or that it cannot be judged."""


@dataclass
class Compared:
    """By detector: replies, by what was recorded of them and what the detector says of their text."""

    replies: Counter[tuple[str, Recorded, Answer]] = field(default_factory=Counter)

    def take(self, other: Compared) -> None:
        """What was counted of other replies."""
        self.replies.update(other.replies)

    def number(self, detector: str, recorded: Container[Recorded], answers: Container[Answer]) -> int:
        """How many replies there are of those."""
        return sum(
            number
            for (name, each, answer), number in self.replies.items()
            if name == detector and each in recorded and answer in answers
        )


class Refound:
    """Finds the refusals of conversations in other ways.

    ``chosen`` are the detectors that were asked for; of them those that read refusals off the text by the
    patterns here give way, and all others stay. ``classifiers`` are the names of those that are known.
    """

    def __init__(
        self, vocabulary: Vocabulary, chosen: Sequence[Detector], classifiers: Container[str]
    ) -> None:
        self._vocabulary = vocabulary
        self._classifiers = classifiers
        self._others = tuple(each for each in chosen if not isinstance(each, RefusalFromText))
        self._detectors = detectors_named(DETECTORS, vocabulary)
        self._knowledge = Knowledge(vocabulary, (REFUSAL,))
        self._telling = frozenset((REFUSAL, *all_implying(vocabulary)[REFUSAL]))
        """Labels by which a reply is a refusal."""

    def of(self, recorded: Conversation, as_it_is: Conversation) -> Iterator[tuple[str, Conversation]]:
        """The conversation, by how refusals are supposed to be found: the same one where that changes nothing in it.

        ``recorded`` is as it was before any detector, ``as_it_is`` as it is after those that were chosen.
        """
        base = self._without_text(recorded, as_it_is)
        yield PROVIDER_ALONE, self._told_by_provider(base)
        yield RECORDED_ALONE, base
        for detector in self._detectors:
            yield detector.name, apply(base, (detector,), self._vocabulary)

    def compared(self, found: Sequence[tuple[str, Conversation]]) -> Compared:
        """How what was recorded and what is read off the text differ; ``found`` is what :meth:`of` gives."""
        compared = Compared()
        base = dict(found)[RECORDED_ALONE]
        recorded = [self._recorded(message, known) for message, known in self._replies(base)]
        for detector in self._detectors:
            anew = dict(found)[detector.name]
            replies = (message for message in anew.messages if message.role is Role.ASSISTANT)
            for message, each in zip(replies, recorded, strict=True):
                compared.replies[detector.name, each, _answer(message, detector)] += 1
        return compared

    def _replies(self, base: Conversation) -> Iterator[tuple[Message, Known]]:
        for message, (role, (known,)) in zip(base.messages, self._knowledge.of(base), strict=True):
            if role is Role.ASSISTANT:
                yield message, known or Known.NOBODY

    def _recorded(self, message: Message, known: Known) -> Recorded:
        if known is not Known.DETECTED:
            return {Known.ABSENT: Recorded.NONE, Known.UNKNOWN: Recorded.UNKNOWN}.get(known, Recorded.NOBODY)
        kinds = {kind_of_source(each.source, self._classifiers) for each in self._refusals(message)}
        return Recorded.BY_PROVIDER if SourceKind.PROVIDER in kinds else Recorded.BY_OTHERS

    def _refusals(self, message: Message) -> Iterator[Label]:
        canonical = self._vocabulary.canonical
        return (each for each in message.labels if canonical(each.name) == REFUSAL and each.value)

    def _without_text(self, recorded: Conversation, as_it_is: Conversation) -> Conversation:
        """``as_it_is``, as it would be had no detector here read refusals off the text.

        Another detector of refusals that was asked for after one of these has had nothing left to say.
        """
        messages = tuple(_without(each, self._is_read_off) for each in as_it_is.messages)
        sought = apply(replace(recorded, messages=()), self._others, self._vocabulary).looked_for
        looked_for = None if sought is None else MappingProxyType(dict(sought))
        return replace(as_it_is, messages=messages, looked_for=looked_for)

    def _told_by_provider(self, base: Conversation) -> Conversation:
        """``base``, without what anybody but the provider said of refusals.

        What was looked for stays: where nobody said so but a classifier or a person, a reply without a signal is none.
        """
        messages = tuple(_without(each, self._is_of_others) for each in base.messages)
        is_same = all(new is old for new, old in zip(messages, base.messages, strict=True))
        return base if is_same else replace(base, messages=messages)

    def _is_of_others(self, label: Label) -> bool:
        kind = kind_of_source(label.source, self._classifiers)
        return kind is not SourceKind.PROVIDER and self._vocabulary.canonical(label.name) in self._telling

    def _is_read_off(self, label: Label) -> bool:
        kind = kind_of_source(label.source, self._classifiers)
        return kind is SourceKind.PATTERNS and self._vocabulary.canonical(label.name) == REFUSAL


def _without(message: Message, is_passed_over: Callable[[Label], bool]) -> Message:
    kept = tuple(label for label in message.labels if not is_passed_over(label))
    return message if len(kept) == len(message.labels) else replace(message, labels=kept)


def _answer(message: Message, detector: Detector) -> Answer:
    """What the text of a reply says: as it stands on the message, or, where something else was recorded, asked for."""
    said = next((each for each in message.labels if (each.source or "").endswith(f"({detector.name})")), None)
    said = said or next(iter(detector.detect(message)), None)
    return None if said is None or said.value is None else bool(said.value)
