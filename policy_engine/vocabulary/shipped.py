"""Where the files that come with the product are, and the vocabulary that is used when a policy names none.

The only place of this package that reads files.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from policy_engine.diagnostics import PolicyError
from policy_engine.source import Source
from policy_engine.vocabulary.loader import load_vocabulary
from policy_engine.vocabulary.vocabulary import Vocabulary

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_path(kind: str, name: str) -> Path:
    """The path of the shipped file ``name`` in the folder ``kind`` (``vocabularies``).

    An installation keeps the folder beside the package's modules (``policy_engine/policies``), a
    checkout and an editable installation at the repository's root. The file may not exist.
    """
    installed = _PACKAGE / "policies" / kind
    root = installed if installed.is_dir() else _PACKAGE.parent / "policies" / kind
    return root / name


@cache
def default_source() -> Source:
    """The text of the default vocabulary. Raises OSError where the installation lacks it."""
    path = shipped_path("vocabularies", "default.yaml")
    return Source(str(path), path.read_text(encoding="utf-8"))


@cache
def default_vocabulary() -> Vocabulary:
    """The vocabulary that is used when a policy names none.

    Raises PolicyError where the shipped file is faulty, OSError where it is missing: both are bugs
    of the installation.
    """
    vocabulary, diagnostics = load_vocabulary(default_source(), lambda _reference: None)
    if vocabulary is None:
        raise PolicyError(diagnostics)
    return vocabulary
