"""Where labels come from: which known classifiers and detectors give one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policy_engine.transcripts.classifying import givers
from policy_engine.transcripts.detecting import detectors
from policy_engine.transcripts.detector import DetectorOf
from policy_engine.transcripts.mapping import ANY_NAME, ClassifierMapping
from policy_engine.transcripts.message import Role


@dataclass(frozen=True, slots=True)
class Supplier:
    """A classifier that gives a label: ``native`` is its own name of it (empty where it has one verdict alone).

    ``roles`` are those whose messages it reads (None: everybody's). Without ``also_absent`` it never says that the
    label is not there, so that it stays unknown where it is not found.
    """

    classifier: str
    native: str
    roles: frozenset[Role] | None
    also_absent: bool


def suppliers(label: str, known: Mapping[str, ClassifierMapping]) -> tuple[Supplier, ...]:
    """The classifiers that give a label, by name."""
    return tuple(
        Supplier(each.classifier.name, _native(each.classifier, label), each.roles, each.also_absent)
        for each in givers(label, known)
    )


def _native(classifier: ClassifierMapping, label: str) -> str:
    name = next(each.names[0] for each in classifier.entries if each.label == label)
    return "" if name == ANY_NAME else name


def detectors_of(label: str) -> tuple[str, ...]:
    """The detectors that come with the product and read a label off the text, by name."""
    return tuple(
        each.name for each in detectors() if not isinstance(each, DetectorOf) and label in each.finds
    )
