"""Policies and standards without a fault, from a text or a file: the one way in which tests get them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from policy_engine.model.loading import Loaded, load_policy, load_text
from policy_engine.model.model import Policy, Standard
from policy_engine.vocabulary.vocabulary import Vocabulary

POLICIES = Path(__file__).resolve().parents[1] / "policies"


def policy_of(text: str, vocabulary: Vocabulary | None = None) -> Policy:
    """The policy that a text writes."""
    return _policy(load_text(text, vocabulary=vocabulary))


@cache
def policy_at(path: Path) -> Policy:
    """The policy of a file that does not change while the tests run."""
    return _policy(load_policy(path))


@cache
def standard_at(path: Path) -> Standard:
    """The standard of a file that does not change while the tests run."""
    loaded = load_policy(path)
    assert not loaded.diagnostics
    assert loaded.standard is not None
    return loaded.standard


def _policy(loaded: Loaded) -> Policy:
    assert not loaded.diagnostics
    assert loaded.policy is not None
    return loaded.policy
