"""What lint finds in a file as the command looks at it: the one way in which tests ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType

from policy_engine.commands.surroundings import Around
from policy_engine.diagnostics import Diagnostic
from policy_engine.lint.linting import Linted, chosen, lint
from policy_engine.lint.rule import Rule, Subject, Value
from policy_engine.model.loading import Loaded, load_policy, read_file
from policy_engine.source import Source

DAY = date(2026, 11, 25)
QUICK = chosen(proofs=False)
"""All rules that ask no prover."""
NOTHING_SET: Mapping[tuple[str, str], Value] = MappingProxyType({})


def loaded_as(path: Path, text: Source | None = None) -> Loaded:
    """The policy of a file, or of a text in its place."""
    return load_policy(path, lambda each: text if text is not None and each == str(path) else read_file(each))


def linted(
    path: Path,
    asked: Sequence[Rule] = QUICK,
    text: Source | None = None,
    settings: Mapping[tuple[str, str], Value] = NOTHING_SET,
) -> Linted:
    """What the rules find in a file that has no fault, or in a text in its place."""
    loaded = loaded_as(path, text)
    assert loaded.policy or loaded.standard, loaded.diagnostics
    around = Around(DAY).of(path)
    subject = Subject(loaded.files[0], loaded.policy, loaded.standard, around, settings, loaded.files[1:])
    return lint(subject, asked)


def look_at(
    path: Path,
    text: Source,
    asked: Sequence[Rule] = QUICK,
    settings: Mapping[tuple[str, str], Value] = NOTHING_SET,
) -> tuple[bool, tuple[Diagnostic, ...]]:
    """The same as the fixer asks for it: whether the text can be read, and what is found in it."""
    loaded = loaded_as(path, text)
    if loaded.policy is None and loaded.standard is None:
        return False, loaded.diagnostics
    return True, linted(path, asked, text, settings).findings
