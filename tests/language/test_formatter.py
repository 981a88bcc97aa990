"""The canonical form: it means the same, formatting it again changes nothing, and no comment is lost."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from lark import Token
from policy_text import files_of, sayable
from random_policies import random_policy
from scale import sources

from policy_engine.language.formatter import WIDTH, formatted
from policy_engine.language.grammar import grammar
from policy_engine.language.parser import parse
from policy_engine.language.statements import OPENERS, statements, understood
from policy_engine.language.tree import PolicyFile
from policy_engine.source import Source, Span

ROOT = Path(__file__).resolve().parent.parent.parent
SHIPPED = sorted(
    each for folder in ("policies", "examples", "policy_engine/starter") for ending in ("policy", "standard")
    for each in (ROOT / folder).rglob(f"*.{ending}")
)  # fmt: skip


def form(text: str) -> str:
    """The canonical form of a text that can be parsed."""
    found, faults = formatted(Source("x.policy", text))
    assert found is not None, [each.message for each in faults]
    return found


def meaning(text: str) -> list[Any]:
    """The trees of a text without the places of their words, and without the layout of a promise as written."""
    tree, faults = parse(Source("x.policy", text))
    assert not faults, [each.message for each in faults]
    return [_placeless(line) for line in PolicyFile(tree.source, tree.lines).lines]


def _placeless(value: Any) -> Any:
    if isinstance(value, Span):
        return None
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        named = zip(fields, value, strict=True) if fields else ((None, each) for each in value)
        found = [_placeless(each) for name, each in named if not (name == "text" and hasattr(value, "form"))]
        return (type(value).__name__, *found)
    return value


def comments(text: str) -> list[str]:
    """The comments of a text, in alphabetical order."""
    bare = re.sub(r'"[^"\n]*"', "", understood(text))
    return sorted(each.strip() for each in re.findall(r"#[^\n]*", bare))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_shipped_is_in_the_canonical_form(path: Path) -> None:
    assert form(path.read_text(encoding="utf-8")) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("rule a,when x is detected,end the chat", "rule a\n  when x is detected, end the chat\n"),
        (
            'rule a when x is detected, warn the user \u201cit\u2019s off\u201d reason "r"',
            'rule a\n  when x is detected, warn the user "it\u2019s off"\n  reason "r"\n',
        ),
        (
            "rule a # one\n when x is detected, # two\n # three\n end the chat # four\n # five",
            "rule a                 # one\n  when x is detected,  # two\n  # three\n  end the chat  # four\n  # five\n",
        ),
        (
            "rule a\n  when x # inside\n is detected, end the chat",
            "rule a\n  # inside\n  when x is detected,\n  end the chat\n",
        ),
        (
            "ladder l on x after 2 refusals, a b\nafter 10 more refusals, c d, only if x has been detected",
            "ladder l on x\n"
            "  after 2 refusals,       a b\n  after 10 more refusals, c d\n  only if x has been detected\n",
        ),
        (
            'policy "p"   version "1" effective   from 2025-01-01\n\n\n\nlanguage 1',
            'policy "p" version "1"\n  effective from 2025-01-01\n\nlanguage 1\n',
        ),
        (
            'use "a"  # one\nuse "longer" # two\n\nuse "x"# three',
            'use "a"       # one\nuse "longer"  # two\n\nuse "x"  # three\n',
        ),
        ("group g = a or\n b\n  or c", "group g = a or b or c\n"),
        ("never end the chat when ( x is detected or y is detected )",
         "never end the chat when (x is detected or y is detected)\n"),
        ("check that the chat is never ended once x has been detected , unless the user confirms",
         "check that the chat is never ended once x has been detected, unless the user confirms\n"),
        ("rule a, when x is detected from user, b c, at most once",
         "rule a\n  when x is detected from the user, b c, at most once\n"),
        ("rule a when x is detected, b c and check the age",
         "rule a\n  when x is detected, b c and check the age\n"),
    ],
)  # fmt: skip
def test_the_canonical_form(written: str, expected: str) -> None:
    assert form(written) == expected
    assert form(expected) == expected
    assert meaning(written) == meaning(expected)


def test_a_part_that_would_open_a_statement_stays_on_the_line_before() -> None:
    long = " or ".join(f"category-{number}" for number in range(8))
    text = (
        f"rule a when {long} is detected, check the age, except when x has been detected in the last 5 turns"
    )
    assert meaning(form(text)) == meaning(text)
    assert form(form(text)) == form(text)


def test_what_cannot_be_parsed_is_left_alone() -> None:
    found, faults = formatted(Source("x.policy", "rule a\n  when x is detected end the chat"))
    assert found is None
    assert faults


def _tokens(chunk: str) -> list[Token]:
    return [each for each in grammar().lex(chunk) if isinstance(each, Token)]


def laid_out(choose: random.Random, text: str) -> tuple[str, int]:
    """The same words in another layout, with comments strewn in, and how many these are."""
    put = 0
    pieces: list[str] = []
    for span in statements(text):
        tokens = _tokens(text[span.start : span.end])
        for number, token in enumerate(tokens):
            pieces.append(str(token))
            following = tokens[number + 1] if number + 1 < len(tokens) else None
            opens = following is not None and str(following).split()[0].lower() in OPENERS
            in_points = {"POINTS", "PER"} & {each.type for each in tokens[max(0, number - 1) : number + 1]}
            choice = 5 if opens or in_points else choose.randint(0, 5)
            if choice == 0:
                put += 1
                pieces.append(f" # note {put}\n" + " " * choose.randint(0, 4))
            elif choice == 1:
                put += 1
                pieces.append(f"\n\n   # alone {put}\n")
            elif choice == 2:
                pieces.append("\n")
            elif following is not None:
                pieces.append(" ")
        pieces.append("\n")
    return "".join(pieces), put


@pytest.mark.seeds
def test_any_layout_of_a_random_policy_means_what_its_form_means() -> None:
    for choose in sources(6, 300):
        for name, text in files_of(sayable(random_policy(choose))).items():
            if not name.endswith(".policy"):
                continue
            written, put = laid_out(choose, text)
            once = form(written)
            assert meaning(once) == meaning(written) == meaning(text)
            assert form(once) == once
            assert len(comments(once)) == put


def test_a_line_is_no_longer_than_it_must_be() -> None:
    names = " or ".join(f"a-long-category-of-number-{number}" for number in range(30))
    text = f"group g = {names}\nrule r when {names} is detected, end the chat, except when {names} has been detected"
    lines = form(text).splitlines()
    assert len(lines) > 12
    assert max(map(len, lines)) <= WIDTH
    assert meaning(form(text)) == meaning(text)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "rule a\n  when x is detected or could # why\n not be checked, end the chat\n",
            "rule a\n  # why\n  when x is detected or could not be checked,\n  end the chat\n",
        ),
        (
            "check # first\n that a is b at most 1 time within 5 turns\n",
            "# first\ncheck that a is b at most 1 time within 5 turns\n",
        ),
        (
            "never end the chat when x is detected in this # last\n turn  # behind\n",
            "# last\nnever end the chat when x is detected in this turn  # behind\n",
        ),
    ],
)
def test_a_comment_inside_a_turn_of_phrase_goes_above_it(written: str, expected: str) -> None:
    assert formatted(Source("x.policy", written)) == (expected, ())
    assert formatted(Source("x.policy", expected)) == (expected, ())
