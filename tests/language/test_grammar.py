"""The grammar: no conflict is resolved in silence, and it names nothing that a vocabulary brings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import lark
import pytest

from policy_engine.language.grammar import OPTIONS, grammar, grammar_path
from policy_engine.vocabulary.shipped import default_vocabulary

TEXT = grammar_path().read_text(encoding="utf-8")


def test_the_grammar_has_no_conflicts_and_no_two_words_that_match_the_same_text() -> None:
    assert lark.Lark(TEXT, **OPTIONS, strict=True)


def test_the_grammar_knows_no_label_and_no_action_by_name() -> None:
    words = set(re.findall(r"[a-z][a-z/-]+", re.sub(r"//.*", "", TEXT)))
    vocabulary = default_vocabulary()
    assert not words & {*vocabulary.labels, *vocabulary.aliases, *vocabulary.actions, *vocabulary.notices}
    assert not words & {entry.plural for entry in vocabulary.labels.values()}
    assert not words & {entry.noun for entry in vocabulary.actions.values()}


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """As at the start of a run: nothing in memory, and no word of where the table is to be kept."""
    for name in ("POLICY_ENGINE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    grammar.cache_clear()
    yield monkeypatch
    grammar.cache_clear()


def test_the_table_is_kept_and_a_torn_one_costs_only_time(fresh: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fresh.setenv("POLICY_ENGINE_CACHE", str(tmp_path))
    terminals = grammar().terminals
    (kept,) = (tmp_path / "policy-engine").iterdir()
    kept.write_text(kept.read_text(encoding="utf-8")[:1_000], encoding="utf-8")
    grammar.cache_clear()
    assert [each.name for each in grammar().terminals] == [each.name for each in terminals]


def test_a_user_without_a_home_does_without_a_kept_table(fresh: pytest.MonkeyPatch) -> None:
    def nowhere(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    fresh.setattr(Path, "expanduser", nowhere)
    assert grammar().terminals
