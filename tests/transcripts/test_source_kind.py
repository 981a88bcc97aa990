"""Every source that the shipped readers write for a provider's refusal is known as that."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from policy_engine.transcripts.source_kind import PROVIDER_SIGNALS, SourceKind, kind_of_source

PACKAGE = Path(__file__).resolve().parents[2] / "policy_engine" / "transcripts"
SIGNS = (
    "stop_reason",
    "finish_reason",
    "incomplete_details",
    "refusal field",
    "refusal part",
    "error content_filter",
)


def written() -> set[str]:
    """The texts in the readers that tell of a provider's field."""
    found = set()
    for path in [*PACKAGE.glob("readers/*.py"), *PACKAGE.glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                name, text = node.targets[0], node.value.value
                is_constant = isinstance(name, ast.Name) and name.id.isupper()
                if is_constant and isinstance(text, str) and any(sign in text for sign in SIGNS):
                    found.add(text)
    return {text for text in found if " " in text}


def test_the_list_is_what_the_readers_write() -> None:
    assert written() == PROVIDER_SIGNALS


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (None, SourceKind.RECORDED),
        ("reviewers", SourceKind.RECORDED),
        ("openai refusal field", SourceKind.PROVIDER),
        ("openai-moderation", SourceKind.CLASSIFIER),
        ("otel gen_ai.evaluation.result", SourceKind.CLASSIFIER),
        ("langfuse annotation", SourceKind.PERSON),
        ("langfuse eval", SourceKind.CLASSIFIER),
        ("text pattern (refusal)", SourceKind.PATTERNS),
        ("keywords (words.yaml)", SourceKind.KEYWORDS),
        ("detector (service)", SourceKind.DETECTOR),
    ],
)
def test_kinds(source: str | None, kind: SourceKind) -> None:
    assert kind_of_source(source, {"openai-moderation"}) is kind
