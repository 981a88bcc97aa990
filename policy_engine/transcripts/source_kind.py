"""Who a label's source is: a provider's own signal, a classifier, a person, or something that read the text.

A source is a text that a reader, a mapping, a label file or a detector wrote on a label. What those write that come
with the product is told apart here; whatever else there is was written by whoever made the log, and is told by
its own name.
"""

from __future__ import annotations

from collections.abc import Container
from enum import Enum

from policy_engine.transcripts.detector import KEYWORDS, TEXT_PATTERN

PROVIDER_SIGNALS = frozenset(
    {
        "anthropic stop_reason refusal",
        "inspect refusal part",
        "inspect stop_reason content_filter",
        "openai error content_filter",
        "openai finish_reason content_filter",
        "openai incomplete_details content_filter",
        "openai refusal field",
        "otel error content_filter",
        "otel finish_reason content_filter",
        "otel finish_reason refusal",
        "otel refusal field",
        "otel refusal part",
    }
)
"""What the readers write on a label for a field by which the provider of a model says that it refused."""

_PEOPLE = frozenset({"langfuse annotation", "langsmith app", "mlflow human"})
"""Judgements that people gave in a tool that records calls to models."""
_JUDGES = ("langfuse ", "langsmith ", "mlflow ", "otel gen_ai.evaluation")
"""How the sources of other judgements begin that such a tool recorded."""
_DETECTOR = "detector ("


class SourceKind(Enum):
    """Who gave a label, in the order in which they are told; the value is a fragment for people."""

    PROVIDER = "provider's signal"
    CLASSIFIER = "classifier or judge"
    PERSON = "person"
    RECORDED = "recorded"
    """With the log or in a file of labels; its name says who, where there is one."""
    DETECTOR = "detector"
    PATTERNS = "by text"
    KEYWORDS = "by keywords"


def kind_of_source(source: str | None, classifiers: Container[str]) -> SourceKind:
    """The kind of a label's source; ``classifiers`` are the names of those that are known."""
    if source is None:
        return SourceKind.RECORDED
    if source in PROVIDER_SIGNALS:
        return SourceKind.PROVIDER
    if source in _PEOPLE:
        return SourceKind.PERSON
    if source.startswith(TEXT_PATTERN):
        return SourceKind.PATTERNS
    if source.startswith(KEYWORDS):
        return SourceKind.KEYWORDS
    if source.startswith(_DETECTOR):
        return SourceKind.DETECTOR
    if source in classifiers or source.startswith(_JUDGES):
        return SourceKind.CLASSIFIER
    return SourceKind.RECORDED
