"""Adding labels to conversations by detectors. What was recorded comes first.

The detectors are the modules of ``detectors/``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.message import Conversation, LookedFor, Message, Role
from policy_engine.transcripts.plugins import plugin_named, plugins_of


@cache
def detectors() -> tuple[Detector, ...]:
    """Every detector, by name."""
    from policy_engine.transcripts import detectors as package

    found: list[Detector] = list(plugins_of(package, "DETECTOR"))
    return tuple(sorted(found, key=lambda detector: detector.name))


def detector_named(name: str) -> Detector:
    """The detector of that name; ValueError, with a fragment to show, where there is none."""
    return plugin_named(detectors(), name, "detector")


def apply(conversation: Conversation, chosen: Iterable[Detector]) -> Conversation:
    """The conversation with the detectors' labels, and with what they look for counted as looked for.

    A label that a message already has, under the same name, stays as it is, whatever a detector
    would say. Of two detectors for one label, the first speaks.
    """
    asked = tuple(chosen)
    if not asked:
        return conversation
    return replace(
        conversation,
        messages=tuple(_labelled(message, asked) for message in conversation.messages),
        looked_for=_extended(conversation.looked_for, asked),
    )


def _labelled(message: Message, asked: tuple[Detector, ...]) -> Message:
    labels = message.labels
    for detector in asked:
        if any(message.role in roles for roles in detector.looks_for.values()):
            recorded = {label.name for label in labels}
            labels += tuple(label for label in detector.detect(message) if label.name not in recorded)
    return message if labels is message.labels else replace(message, labels=labels)


def _extended(looked_for: LookedFor | None, asked: tuple[Detector, ...]) -> LookedFor | None:
    if looked_for is None:
        return None
    extended: dict[str, frozenset[Role] | None] = dict(looked_for)
    for detector in asked:
        for name, roles in detector.looks_for.items():
            extended[name] = _both(extended, name, roles)
    return MappingProxyType(extended)


def _both(
    looked_for: Mapping[str, frozenset[Role] | None], name: str, roles: frozenset[Role]
) -> frozenset[Role] | None:
    known = looked_for.get(name, frozenset())
    return None if known is None else known | roles
