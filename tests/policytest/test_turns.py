"""The short form of turns: what each sentence comes to, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from policy_engine.diagnostics import Report
from policy_engine.model.model import Reading as PolicyReading
from policy_engine.model.names import Names
from policy_engine.policytest.sentence import Sentence
from policy_engine.policytest.turns import MAX_MESSAGES, Spoken, Turn, TurnReader
from policy_engine.source import Source, Span
from policy_engine.transcripts.message import SECOND, Label, Role
from policy_engine.vocabulary.fields import Reading
from policy_engine.vocabulary.shipped import default_vocabulary

NAMES = Names(
    default_vocabulary(),
    {
        "extreme": (PolicyReading("terrorism"), PolicyReading("hate")),
        "certain": (PolicyReading("hate", 0.8),),
    },
)
USER, ASSISTANT, SERVICE = Role.USER, Role.ASSISTANT, Role.SERVICE


def read(text: str) -> tuple[Turn | None, Report]:
    """The turn that a text writes, and what is wrong with it."""
    report, source = Report(), Source("a.test.yaml", text)
    return TurnReader(NAMES, Reading(source, report)).read(Sentence(text, source, Span(0, len(text)))), report


def spoken(text: str) -> list[Spoken]:
    """The messages of a sentence without a fault."""
    turn, report = read(text)
    assert not report.diagnostics
    assert turn is not None
    return list(turn.messages)


def said(role: Role, *labels: str, wait: int = 0) -> Spoken:
    """A message with these labels, each detected."""
    return Spoken(role, tuple(Label(name) for name in labels), wait)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("refusal on terrorism", [said(USER, "terrorism"), said(ASSISTANT, "refusal")]),
        ("refusals on the category terrorism", [said(USER, "terrorism"), said(ASSISTANT, "refusal")]),
        ("refusal on extreme", [said(USER, "terrorism"), said(ASSISTANT, "refusal")]),
        (
            "refusal and redirection on hate and terrorism",
            [said(USER, "hate", "terrorism"), said(ASSISTANT, "refusal", "redirection")],
        ),
        (
            "refusal on hate and redirection",
            [said(USER, "hate"), said(ASSISTANT, "refusal", "redirection")],
        ),
        ("refusal", [said(USER), said(ASSISTANT, "refusal")]),
        ("hate", [said(USER, "hate"), said(ASSISTANT)]),
        ("hate, self-harm", [said(USER, "hate", "self-harm"), said(ASSISTANT)]),
        ("the user shows hate", [said(USER, "hate")]),
        ("user hate", [said(USER, "hate")]),
        ("assistant gives refusal", [said(ASSISTANT, "refusal")]),
        ("user", [said(USER)]),
        ("service shows nothing", [said(SERVICE)]),
        ("the user asks to end", [said(USER, "end-request")]),
        ("an appeal is granted", [said(SERVICE, "appeal")]),
        ("end-request and refusal", [said(USER, "end-request"), said(ASSISTANT, "refusal")]),
        ("user shows hate; assistant shows refusal", [said(USER, "hate"), said(ASSISTANT, "refusal")]),
        ("user shows hate, then assistant shows refusal", [said(USER, "hate"), said(ASSISTANT, "refusal")]),
        ("user shows hate, and then assistant", [said(USER, "hate"), said(ASSISTANT)]),
        ("user shows hate, self-harm, assistant", [said(USER, "hate", "self-harm"), said(ASSISTANT)]),
        ("refusal on hate, 2 times", [said(USER, "hate"), said(ASSISTANT, "refusal")] * 2),
        ("quiet turn", [said(USER), said(ASSISTANT)]),
        ("3 quiet turns", [said(USER), said(ASSISTANT)] * 3),
        ("after 2 turns, user shows hate", [*([said(USER), said(ASSISTANT)] * 2), said(USER, "hate")]),
        ("after 15 minutes, user shows hate", [said(USER, "hate", wait=900 * SECOND)]),
        ("after 1 hour and 1 second, hate", [said(USER, "hate", wait=3601 * SECOND), said(ASSISTANT)]),
        ("after 1 second 2 milliseconds 3 microseconds, user", [said(USER, wait=1_002_003)]),
        (
            "user, after 2 days 3 hours, user",
            [said(USER), said(USER, wait=(2 * 86_400 + 3 * 3_600) * SECOND)],
        ),
    ],
)
def test_sentence_is_these_messages(text: str, messages: list[Spoken]) -> None:
    assert spoken(text) == messages


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("user shows hate 0.4", Label("hate", 0.4)),
        ("user shows hate 1", Label("hate", 1.0)),
        ("user shows hate unknown", Label("hate", None)),
        ("user shows no hate", Label("hate", False)),
        ("user shows certain", Label("hate", 0.8)),
        ("user shows certain 0.3", Label("hate", 0.3)),
        ("user shows S11", Label("self-harm")),
    ],
)
def test_label_has_this_value(text: str, value: Label) -> None:
    assert spoken(text) == [Spoken(USER, (value,))]


def test_what_is_expected_is_expected_at_the_last_time() -> None:
    assert read("refusal on hate, 3 times")[0] == Turn(
        (said(USER, "hate"), said(ASSISTANT, "refusal")) * 3, 2
    )


def test_what_is_expected_of_quiet_turns_is_expected_of_the_last_of_them() -> None:
    turn, _ = read("5 quiet turns")
    assert turn is not None
    assert (len(turn.messages), turn.expected) == (10, 2)


def test_what_is_expected_after_quiet_turns_covers_one_of_those_and_the_rest() -> None:
    turn, _ = read("after 5 turns, user shows hate")
    assert turn is not None
    assert (len(turn.messages), turn.expected) == (11, 3)


def test_time_that_passes_at_the_end_is_kept_for_the_next_message() -> None:
    assert read("user, after 2 minutes")[0] == Turn((said(USER),), 1, wait=120 * SECOND)


@pytest.mark.parametrize(
    ("text", "message", "hint", "column"),
    [
        ("refusal on terorism", "unknown label `terorism`", "did you mean `terrorism`?", 12),
        ("user shows refusal", "`refusal` is not looked for on messages of the user",
         "it is looked for on messages of the assistant", 12),
        ("assistant shows end-request", "`end-request` is not looked for on messages of the assistant",
         "it is looked for on messages of the user", 17),
        ("hate or self-harm", "unexpected `or` in a turn", "write one test for each, or `and`", 6),
        ("hate self-harm", "unexpected `self-harm` in a turn", "labels are joined by `and` or `on`", 6),
        ("refusal on", "nothing follows `on`", None, 9),
        ("hate, 0 times", "`0` is not a whole number from 1 to 5,000", None, 7),
        ("hate, 99999 times", "`99999` is not a whole number from 1 to 5,000", None, 7),
        ("after 15 minuets, hate", "`minuets` is not a length of time",
         "turns, seconds, minutes, hours, days or weeks", 10),
        ("after, hate", "`after` names no length", None, 1),
        ("after 900 weeks, hate", "at most 366 days pass between two messages", None, 1),
        ("quiet people", "`people` is unexpected after `quiet`", "for example `5 quiet turns`", 7),
        ("hate (mission)", "unexpected `(` in a turn", None, 6),
        ('user shows "hate"', 'unexpected `"hate"` in a turn', None, 12),
        ("", "no turn is written here", None, 1),
        (",", "no turn is written here", None, 1),
        ("3 times", "no turn is written here", None, 1),
    ],
)  # fmt: skip
def test_wrong_sentence_is_told(text: str, message: str, hint: str | None, column: int) -> None:
    turn, report = read(text)
    assert turn is None
    (fault,) = report.diagnostics
    assert fault.message == message
    assert fault.location is not None
    assert fault.location.column == column
    assert hint is None or fault.hint == hint


@pytest.mark.parametrize(
    "text", ["x" * 5_000, f"{MAX_MESSAGES} quiet turns, 2 times", "after 5000 turns, 2 quiet turns"]
)
def test_a_sentence_is_bounded(text: str) -> None:
    turn, report = read(text)
    assert turn is None
    assert len(report.diagnostics) == 1
