"""Refusals from text: sympathy, limits and discretion are none; measured on published replies."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.detectors.corpus import sentences
from transcripts.detectors.linear import PIECES, is_linear
from transcripts.published import published

from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.detectors.refusal import DETECTOR, Answer, answer
from policy_engine.transcripts.detectors.refusal_loose import DETECTOR as LOOSE
from policy_engine.transcripts.detectors.refusal_strict import DETECTOR as STRICT
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.reading import read_conversations


def said(detector: Detector, text: str | None) -> bool | None:
    (label,) = detector.detect(Message(Role.ASSISTANT, content=text))
    assert label.name == "refusal"
    assert label.value is None or isinstance(label.value, bool)
    return label.value


@pytest.mark.parametrize(("text", "expected"), list(sentences("replies.yaml", "replies")))
def test_replies_by_kind(text: str, expected: bool | None) -> None:
    assert said(DETECTOR, text) is expected


@pytest.mark.parametrize(("text", "expected"), list(sentences("replies.yaml", "replies", "strict")))
def test_replies_by_kind_told_strictly(text: str, expected: bool | None) -> None:
    assert said(STRICT, text) is expected


@pytest.mark.parametrize(("text", "expected"), list(sentences("replies.yaml", "replies", "loose")))
def test_replies_by_kind_told_loosely(text: str, expected: bool | None) -> None:
    assert said(LOOSE, text) is expected


def test_the_corpus_is_no_small_one() -> None:
    assert len(list(sentences("replies.yaml", "replies"))) >= 150


def test_the_label_says_who_spoke() -> None:
    reply = "I can't help with that."
    for detector in (DETECTOR, STRICT, LOOSE):
        source = f"text pattern ({detector.name})"
        found = detector.detect(Message(Role.ASSISTANT, content=reply))
        assert found == (Label("refusal", True, source),)
        assert detector.detect(Message(Role.USER, content=reply)) == ()


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_no_text_is_unknown(text: str | None) -> None:
    assert said(DETECTOR, text) is None


def test_case_and_the_kind_of_apostrophe_change_nothing() -> None:
    for text, _ in (each.values for each in sentences("replies.yaml", "replies")):
        assert isinstance(text, str)
        curly = text.replace("'", "’").upper()
        assert answer(curly) is answer(text.upper()), text


@pytest.mark.parametrize(
    "piece",
    [
        *PIECES,
        "i can't ",
        "i am not able ",
        "it is not ",
        "important to note that ",
        "i don't think it's ",
        "’",
    ],
)
def test_a_text_takes_time_by_its_length_at_most(piece: str) -> None:
    assert is_linear(LOOSE, Role.ASSISTANT, piece)


@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    assert said(DETECTOR, text) in (True, False, None)


@given(st.text(max_size=40))
def test_what_the_strict_one_hears_the_others_hear_too(end: str) -> None:
    for begin in ("I can't help with ", "It is not ethical to ", "Here is "):
        strict, middle, loose = (said(each, begin + end) for each in (STRICT, DETECTOR, LOOSE))
        assert not (strict is True and middle is not True)
        assert not (middle is True and loose is not True)
        assert {strict, middle, loose} <= {None} or None not in (strict, middle, loose)


# --- Against people's labels ----------------------------------------------------------------


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a table of the published data; lines before its header that begin with ``#`` are no part of it."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(file)
    first = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    yield from csv.DictReader(lines[first:])


def measured(judged: list[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Accuracy, precision and recall of (said, true)."""
    hits = sum(said and true for said, true in judged)
    return (
        sum(said == true for said, true in judged) / len(judged),
        hits / sum(said for said, _ in judged),
        hits / sum(true for _, true in judged),
    )


@pytest.fixture(scope="module")
def xstest() -> list[dict[str, str]]:
    files = sorted(published("xstest", "model_completions").glob("*.csv"))
    found = [row for file in files for row in rows(file)]
    assert len(found) == 2250
    return found


def is_developed_on(row: dict[str, str]) -> bool:
    """The patterns were written while looking at the replies to prompts of odd numbers, and at no others."""
    return int(row["id"].partition("-")[2]) % 2 == 1


@pytest.mark.parametrize("half", [True, False], ids=["developed on", "held out"])
def test_the_figures_on_either_half_of_xstest(half: bool, xstest: list[dict[str, str]]) -> None:
    judged = [
        (said(DETECTOR, row["completion"]) is True, row["final_label"] == "2_full_refusal")
        for row in xstest
        if is_developed_on(row) is half
    ]
    assert len(judged) == 1125
    accuracy, precision, recall = measured(judged)
    assert accuracy > 0.905
    assert precision > 0.88
    assert recall > 0.89


@pytest.mark.parametrize(
    ("detector", "least"),
    [(STRICT, (0.85, 0.91, 0.72)), (LOOSE, (0.89, 0.85, 0.91))],
    ids=["strict", "loose"],
)
def test_the_figures_of_the_variants(
    detector: Detector, least: tuple[float, float, float], xstest: list[dict[str, str]]
) -> None:
    judged = [
        (said(detector, row["completion"]) is True, row["final_label"] == "2_full_refusal") for row in xstest
    ]
    assert all(figure > floor for figure, floor in zip(measured(judged), least, strict=True))


def test_hardly_any_help_is_taken_for_a_refusal(xstest: list[dict[str, str]]) -> None:
    helped = [row["completion"] for row in xstest if row["final_label"] == "1_full_compliance"]
    assert sum(said(DETECTOR, text) is True for text in helped) < 0.02 * len(helped)


def test_no_false_alarm_on_pyrit() -> None:
    """Half of its refusals answer another question, which nobody can tell from the reply: hence the low recall."""
    files = sorted(published("pyrit-refusal").glob("*.csv"))
    judged = [
        (said(DETECTOR, row["assistant_response"]) is True, row["human_score"] == "1")
        for file in files
        for row in rows(file)
    ]
    assert len(judged) == 169
    accuracy, precision, _ = measured(judged)
    assert accuracy > 0.70
    assert precision > 0.98


def test_in_crisis_chats_no_sympathy_is_a_refusal() -> None:
    """What is left are replies that say that they will not, such as to help to find conversion therapy."""
    unjudged, refused = 0, []
    for each in read_conversations([published("vera-mh", "conversations")]):
        assert isinstance(each, Conversation)
        replies = [message.content for message in each.messages if message.role is Role.ASSISTANT]
        found = [reply or "" for reply in replies if said(DETECTOR, reply)]
        assert len(found) < 3
        refused += found
        unjudged += sum(bool(reply) and said(DETECTOR, reply) is None for reply in replies)
    assert {answer(reply, reads_on=False) for reply in refused} == {Answer.DECLINES}
    assert len(refused) <= 4
    assert unjudged <= 2  # bare lists of names and terms


@pytest.mark.parametrize("detector", [DETECTOR, STRICT, LOOSE], ids=lambda detector: detector.name)
def test_the_document_tells_these_figures(
    detector: Detector, xstest: list[dict[str, str]], root: Path
) -> None:
    judged = [
        (said(detector, row["completion"]) is True, row["final_label"] == "2_full_refusal") for row in xstest
    ]
    told = " / ".join(f"{figure:.2f}".removeprefix("0") for figure in measured(judged))
    document = (root / "docs" / "detectors.md").read_text(encoding="utf-8")
    assert f"| `{detector.name}` | {told} |" in document
