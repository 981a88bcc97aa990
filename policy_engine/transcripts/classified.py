"""What classifiers said of the messages of a log, as labels: of every message that they read, and of no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TypeGuard

from policy_engine.transcripts.classifier import Classifier
from policy_engine.transcripts.message import Label, LookedFor, Message, Role, Score
from policy_engine.transcripts.reader import Malformed, Settings

NOTHING: LookedFor = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A classifier of which nobody says what its names mean: they are kept as they are, after its own.

    A policy knows none of them, so each is reported and none is looked for.
    """

    name: str

    @property
    def looks_for(self) -> Mapping[str, frozenset[Role] | None]:
        """Nothing that a vocabulary knows."""
        return MappingProxyType({})

    def labels(self, output: object) -> tuple[Label, ...]:
        """The scores, else the yes and no, of a moderation result; the category of a refusal; else what there is."""
        if not isinstance(output, dict):
            raise ValueError("is not an object")
        if isinstance(output.get("category"), str):
            return (self._label(output["category"], True),)
        named = next((each for key in _NAMED if isinstance(each := output.get(key), dict)), output)
        return tuple(self._label(name, value) for name, value in named.items() if _is_score(value))

    def _label(self, name: str, value: Score) -> Label:
        return Label(f"{self.name}:{name}", value, self.name)


_NAMED = ("category_scores", "categories")


def classifier_of(settings: Settings, name: str) -> Classifier:
    """The classifier of that name, as the person who has the log read has it; else one that maps nothing."""
    return settings.classifiers.get(name) or Unmapped(name)


def labels_said(classifier: Classifier, output: object) -> tuple[Label, ...]:
    """The labels of one output; Malformed where it is not of the classifier's form."""
    try:
        return classifier.labels(output)
    except ValueError as fault:
        raise Malformed(f"what `{classifier.name}` said {fault}") from None


def classified(
    messages: Sequence[Message], outputs: Sequence[Sequence[object]], classifier: Classifier
) -> tuple[tuple[Message, ...], LookedFor]:
    """The messages with the labels of what was said of each (nothing: it was not read), and what was looked for.

    What the classifier can tell was looked for on the roles of which it read a message. A message of such a
    role that it did not read is unknown: each label is recorded as that. Malformed where an output is not of
    the classifier's form.
    """
    read = frozenset(message.role for message, said in zip(messages, outputs, strict=True) if said)
    looked_for = {
        name: read if roles is None else read & roles
        for name, roles in classifier.looks_for.items()
        if (read if roles is None else read & roles)
    }
    labelled = []
    for number, (message, said) in enumerate(zip(messages, outputs, strict=True), 1):
        try:
            labels = _said(classifier, said, message) if said else _unread(message, looked_for, classifier)
        except Malformed as fault:
            raise Malformed(f"message {number}: {fault.message}", fault.hint) from None
        labelled.append(message.with_labels(message.labels + labels) if labels else message)
    return tuple(labelled), MappingProxyType(looked_for)


def together(*looked_for: LookedFor) -> LookedFor:
    """What several looked for: what any of them did."""
    found: dict[str, frozenset[Role] | None] = {}
    for each in looked_for:
        for name, roles in each.items():
            known = found.get(name, frozenset())
            found[name] = None if known is None or roles is None else known | roles
    return MappingProxyType(found)


def _said(classifier: Classifier, outputs: Sequence[object], message: Message) -> tuple[Label, ...]:
    """The labels, but for those that the classifier does not tell of such a role."""
    looks_for = classifier.looks_for
    said = tuple(chain.from_iterable([labels_said(classifier, output) for output in outputs]))
    if None in looks_for.values() and len(set(looks_for.values())) == 1:
        return said
    return tuple(
        label for label in said if (roles := looks_for.get(label.name)) is None or message.role in roles
    )


def _unread(
    message: Message, looked_for: Mapping[str, frozenset[Role]], classifier: Classifier
) -> tuple[Label, ...]:
    names = (name for name, roles in looked_for.items() if message.role in roles)
    return tuple(Label(name, None, classifier.name) for name in names)


def _is_score(value: object) -> TypeGuard[Score]:
    return value is None or isinstance(value, bool | int | float)
