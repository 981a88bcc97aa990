"""Policies with slips of every kind in them: never a crash, never a token's name, every fault at a place."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.model.loading import load_text
from policy_engine.reports.diagnostics_text import diagnostic_text
from policy_engine.reports.screen import Screen

ROOT = Path(__file__).parents[2]
FILES = sorted(
    [*(ROOT / "policies").glob("*.policy"), *(ROOT / "tests" / "corpus" / "mistakes").glob("*.policy")]
)
TEXTS = [
    *(path.read_text(encoding="utf-8") for path in FILES),
    *re.findall(
        r"```policy[^\n]*\n(.*?)```", (ROOT / "docs" / "language.md").read_text(encoding="utf-8"), re.DOTALL
    ),
]
WORDS = sorted(
    {word for text in TEXTS for word in text.split()}
    | {" ", "\n", "\t", "(", ")", '"', "#", "“", "\u00a0", "é", "规"}
)
TERMINAL = re.compile(r"\b(?:[A-Z]+_[A-Z_]+|NAME|COMMA|STRING|NUMBER|UNIT|LPAR|RPAR|EQUALS)\b|\$END")
SCREEN = Screen(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A sound or a faulty policy in which words were left out, put in, swapped or cut."""
    parts = re.findall(r"\s+|\S+", draw(st.sampled_from(TEXTS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(parts) - 1)))
        match draw(st.sampled_from(("out", "in", "swap", "cut"))):
            case "out":
                del parts[at : at + 1]
            case "in":
                parts.insert(at, draw(st.sampled_from(WORDS)) + draw(st.sampled_from(("", " "))))
            case "swap" if parts:
                other = draw(st.integers(0, len(parts) - 1))
                parts[at], parts[other] = parts[other], parts[at]
            case "cut" if parts:
                parts[at] = parts[at][: draw(st.integers(0, len(parts[at])))]
    return "".join(parts)


@given(mutated())
def test_a_slip_is_told_in_the_writers_words_or_means_something_else(text: str) -> None:
    loaded = load_text(text)
    assert loaded.policy or loaded.standard or loaded.diagnostics
    for each in loaded.diagnostics:
        assert each.location is not None
        assert 0 <= each.location.span.start <= len(text)
        assert "\n" in diagnostic_text(each, SCREEN)
        said = TERMINAL.search(f"{each.message} {each.hint}")
        assert said is None or said[0] in text


@pytest.mark.parametrize(
    "text",
    [
        "rule x1 after 3 refusals, end the chat, unless",
        "rule x1 after 1 if",
        "require that support is offered unless",
    ],
)
def test_a_sentence_that_stops_at_a_word_of_its_own_is_told(text: str) -> None:
    assert [each.code for each in load_text(text).diagnostics] == ["syntax"]
