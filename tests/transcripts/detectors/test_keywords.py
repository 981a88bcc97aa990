"""Keyword lists: what is found is detected, what is not found is unknown, and no pattern can hang."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound import POLICIES
from transcripts.detectors.linear import PIECES, is_linear
from transcripts.published import published

from policy_engine.diagnostics import Diagnostic, PolicyError
from policy_engine.reports.diagnostics_text import diagnostic_text
from policy_engine.reports.screen import Screen
from policy_engine.transcripts.detecting import apply, detectors_named
from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.detectors.keywords import MAX_KEYWORDS, MAX_PATTERNS
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.reading import read_conversations
from policy_engine.vocabulary.shipped import default_vocabulary
from policy_engine.vocabulary.yaml_tree import MAX_BYTES

WORDS = default_vocabulary()
SHIPPED = POLICIES / "keywords" / "demonstration.yaml"


def listed(folder: Path, text: str) -> Detector:
    path = folder / "list.yaml"
    path.write_text(text, encoding="utf-8")
    (detector,) = detectors_named([f"keywords:{path}"], WORDS)
    return detector


def found(detector: Detector, text: str | None, role: Role = Role.USER) -> list[str]:
    return [label.name for label in detector.detect(Message(role, content=text))]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("I built a bomb", True),
        ("A BOMB!", True),
        ("bomb", True),
        ("(bomb)", True),
        ("bombs and bombast", False),
        ("höllenbomb", False),
        ("bombé", False),
        ("a pipe\n  bomb", True),
        ("don’t tell Mum", True),
        ("DON'T TELL MUM.", True),
        ("don't tell mummy", False),
        ("grenade", True),
        ("Grenadier's", True),
        ("grenad", True),
        ("hand-grenades", True),
        ("C++ is fun", True),
        ("gr\u200benade", True),
        ("naïve", True),
        ("NAÏVE", True),
        ("the butler did it", True),
        ("butlers", False),
        ("who dies?", True),
        ("", False),
        (None, False),
        ("\ud800 bomb \udfff", True),
    ],
)
def test_a_word_is_found_whole_in_either_case_and_with_either_apostrophe(
    text: str | None, is_found: bool, tmp_path: Path
) -> None:
    words = '[bomb, "don\'t tell mum", grenad*, C++, naïve]'
    detector = listed(
        tmp_path,
        f"keywords: {{violence: {{words: {words}, patterns: ['the \\w+ did it', 'who (?:dies|killed \\w+)']}}}}\n",
    )
    assert found(detector, text) == (["violence"] if is_found else [])


def test_a_list_says_on_whose_messages(tmp_path: Path) -> None:
    detector = listed(
        tmp_path, "keywords: {violence: [bomb], hate: {on: user, words: bomb}, refusal: [bomb]}\n"
    )
    assert found(detector, "bomb", Role.USER) == ["violence", "hate"]
    assert found(detector, "bomb", Role.ASSISTANT) == ["violence", "refusal"]
    assert found(detector, "bomb", Role.SYSTEM) == []


def test_an_alias_is_the_same_label_and_the_source_says_keywords(tmp_path: Path) -> None:
    detector = listed(tmp_path, "keywords: {S11: [kill myself]}\n")
    said = detector.detect(Message(Role.USER, content="I will kill myself"))
    assert said == (Label("self-harm", True, "keywords (list.yaml)"),)


def test_what_is_not_found_is_unknown_and_never_absent(tmp_path: Path) -> None:
    chat = Conversation("a", (Message(Role.USER, content="I feel low."),), looked_for={})
    seen = apply(chat, [listed(tmp_path, "keywords: {self-harm: [kill myself]}\n")], WORDS)
    assert seen.messages == chat.messages
    assert seen.looked_for == {}


def test_what_was_recorded_is_never_overruled(tmp_path: Path) -> None:
    low = Message(Role.USER, (Label("S11", 0.02, "openai"),), "I will kill myself laughing")
    chat = Conversation("a", (low,), looked_for={})
    assert apply(chat, [listed(tmp_path, "keywords: {self-harm: [kill myself]}\n")], WORDS).messages == (low,)


FAULTS = """\
keywords:
  self-hram: [kill myself]
  violence:
    on: service
    words: ["", "...", 'a*b']
    patterns: ['(a', '(?=b)', 'a*']
    complete: true
  hate: {word: [x]}
  harassment: []
  violence: [again]
keyword: {}
"""


def test_every_fault_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as raised:
        listed(tmp_path, FAULTS)
    told = [
        (each.location.line, each.location.column, each.message, each.hint)
        for each in raised.value.diagnostics
        if each.location is not None
    ]
    assert told == [
        (2, 3, "unknown label `self-hram`", "did you mean `self-harm`?"),
        (4, 9, "`on` cannot be `service`", "write one of: user, assistant"),
        (5, 13, "an item of `words` has to be a text", None),
        (5, 17, "`...` holds no letter and no digit", "write a word or a phrase"),
        (5, 24, "in `a*b`, the star is not at the end", "write what varies within as a pattern"),
        (6, 16, "`(a` is no pattern of RE2: missing ): (a", None),
        (
            6, 22, "`(?=b)` is no pattern of RE2: invalid perl operator: (?=",
            "looking ahead or behind and references are not part of it",
        ),
        (6, 31, "`a*` matches where nothing stands", "ask for at least one letter"),
        (
            7, 5, "no list of keywords is complete: what is not found is unknown, not absent",
            "to read it as absent, say `when-unknown: absent` in the vocabulary",
        ),
        (8, 3, "`hate` has no keywords", "write `words: […]`"),
        (8, 10, "unknown key `word` in `hate`", "did you mean `words`?"),
        (9, 3, "`harassment` has no keywords", "write `words: […]`"),
        (10, 3, "`violence` is given twice", "it is given on line 3 already"),
        (11, 1, "unknown key `keyword`", "did you mean `keywords`?"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("{}\n", "the file has no `keywords`"),
        ("- bomb\n", "has to be a mapping"),
        ("keywords: [bomb]\n", "`keywords` has to be a mapping of labels"),
        ("keywords: {violence: [bomb]\n", "is never closed"),
        ("keywords: {violence: &a [bomb], hate: *a}\n", "names an entry to be repeated"),
        ("keywords: {violence: " + "[" * 30 + "]" * 30 + "}\n", "nested deeper"),
        ("keywords: {violence: [" + "x" * 300 + "]}\n", "is longer than 200 characters"),
        (
            "keywords: {violence: [" + ", ".join(f"w{n}" for n in range(MAX_KEYWORDS + 1)) + "]}\n",
            "more than 2,000 keywords",
        ),
        (
            "keywords: {violence: {patterns: [" + ", ".join(f"'{n}\\pL{{10}}'" for n in range(499)) + "]}}\n",
            "are too large together",
        ),
        ("keywords: {violence: {patterns: ['\\pL{900}']}}\n", "is no pattern of RE2: pattern too large"),
        (
            "keywords: {violence: {patterns: ["
            + ", ".join(f"w{n}" for n in range(MAX_PATTERNS + 2))
            + "]}}\n",
            "more than 500 patterns",
        ),
        ("#" * (MAX_BYTES + 1), "larger than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_list_is_told(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as raised:
        listed(tmp_path, text)
    assert any(told in each.message for each in raised.value.diagnostics), raised.value.diagnostics


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, told in (
        (tmp_path / "none.yaml", "no such file or directory"),
        (tmp_path, "is a directory"),
        (binary, "the file is not UTF-8 text"),
        ("a\0b", "embedded null byte"),
    ):
        with pytest.raises(PolicyError) as raised:
            detectors_named([f"keywords:{path}"], WORDS)
        assert [each.message for each in raised.value.diagnostics] == [told]


def test_without_the_package_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(ValueError, match=r"pip install 'policy-engine\[keywords\]'"):
        listed(tmp_path, "keywords: {violence: [bomb]}\n")


@pytest.mark.parametrize("piece", [*PIECES, "aaaaaaaaab", "bom", "gren", "x=", "don't "])
def test_a_text_takes_time_by_its_length_at_most(piece: str, tmp_path: Path) -> None:
    hostile = "['(?:a+)+b?c', '(?:a|aa)*d', '(?:.*){9}e', '(?:x+x+)+y', '(?:a?){60}a{60}z']"
    detector = listed(tmp_path, f"keywords: {{violence: {{words: [bomb, grenad*], patterns: {hostile}}}}}\n")
    assert is_linear(detector, Role.USER, piece)


@given(text=st.text())
def test_any_text_can_be_judged(text: str) -> None:
    (detector,) = detectors_named([f"keywords:{SHIPPED}"], WORDS)
    assert found(detector, f"{text} kill myself {text[::-1]}")[:1] == ["self-harm"]


@given(text=st.text(max_size=60))
def test_any_text_is_a_list_or_told_to_be_none(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    for written in (
        text,
        f"keywords: {{violence: ['{text}']}}",
        f"keywords:\n  violence:\n    patterns: ['{text}']\n",
    ):
        for each in faults_of(folder, written):
            told = diagnostic_text(each, Screen(io.StringIO())).splitlines()
            assert max(map(len, told)) <= 80 or str(folder) in "".join(told)


def faults_of(folder: Path, text: str) -> tuple[Diagnostic, ...]:
    try:
        detector = listed(folder, text)
    except PolicyError as fault:
        return fault.diagnostics
    found(detector, "a text of no kind")
    return ()


# --- The list that comes with the product -----------------------------------------------------


def test_the_shipped_list_is_one_and_validate_passes_it_over() -> None:
    (detector,) = detectors_named([f"keywords:{SHIPPED}"], WORDS)
    assert list(detector.finds) == ["self-harm", "imminent-harm", "terrorism", "harassment"]
    assert found(detector, "I’m going to kill   myself") == ["self-harm"]
    assert found(detector, "I feel low") == []
    done = subprocess.run(
        [sys.executable, "cli.py", "validate", str(SHIPPED.parent.parent)],
        cwd=POLICIES.parent, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "keywords" not in done.stdout


def test_keywords_do_not_find_a_crisis() -> None:
    """Every one of the chats is about the risk of suicide; the list is silent in most."""
    (detector,) = detectors_named([f"keywords:{SHIPPED}"], WORDS)
    chats = [
        each
        for each in read_conversations([published("vera-mh", "conversations")])
        if isinstance(each, Conversation)
    ]
    assert len(chats) == 105
    hit = sum(
        any(
            "self-harm" in found(detector, message.content)
            for message in chat.messages
            if message.role is Role.USER
        )
        for chat in chats
    )
    assert 105 - hit > 40
