"""The grammar: no conflict is resolved in silence, and it names nothing that a vocabulary brings."""

from __future__ import annotations

import re

import lark

from policy_engine.language.grammar import OPTIONS, grammar_path
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
