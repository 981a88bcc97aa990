"""Files of labels: what a line says, as JSON Lines or CSV, and what is wrong with it."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.label_file import LabelLine, label_lines
from policy_engine.transcripts.message import Label
from policy_engine.transcripts.reader import Origin


def read(text: str | bytes) -> list[LabelLine | Diagnostic]:
    raw = text.encode() if isinstance(text, str) else text
    return list(label_lines(io.BytesIO(raw), Origin("labels.jsonl", "labels"), shipped_classifiers()))


def said(text: str) -> list[tuple[str, int | str | None, str, tuple[Label, ...]]]:
    """What the lines say, without a fault."""
    found = []
    for each in read(text):
        assert isinstance(each, LabelLine), each
        found.append((each.conversation, each.message, each.source, each.labels))
    return found


def faults(text: str | bytes) -> list[str]:
    return [f"{each.subject}: {each.message}" for each in read(text) if isinstance(each, Diagnostic)]


def test_labels_by_people_have_a_source_of_their_own_or_are_called_after_the_file() -> None:
    text = '{"conversation": "c1", "message": 2, "labels": {"refusal": true, "hate": 0.4, "self-harm": "unknown"}}\n'
    text += '{"conversation": 7, "message": "m-1", "labels": ["refusal"], "source": "reviewers"}\n'
    ours = "labels.jsonl"
    assert said(text) == [
        (
            "c1",
            2,
            ours,
            (Label("refusal", True, ours), Label("hate", 0.4, ours), Label("self-harm", None, ours)),
        ),
        ("7", "m-1", "reviewers", (Label("refusal", True, "reviewers"),)),
    ]


def test_an_output_is_read_by_its_classifier() -> None:
    row = {"conversation": "c1", "message": 1, "classifier": "azure-content-safety",
           "output": {"categoriesAnalysis": [{"category": "SelfHarm", "severity": 4}]}}  # fmt: skip
    ((_, message, source, labels),) = said(json.dumps(row))
    assert (message, source) == (1, "azure-content-safety")
    assert Label("self-harm", True, source) in labels
    assert Label("hate", None, source) in labels


def test_outputs_are_one_for_each_message_and_null_says_nothing() -> None:
    row = {"conversation": "c1", "classifier": "llama-guard-3", "outputs": ["safe", None, "unsafe\nS11"]}
    found = said(json.dumps(row))
    assert [each[1] for each in found] == [1, 3]
    assert Label("self-harm", True, "llama-guard-3") in found[1][3]


def test_one_line_can_hold_an_output_and_labels() -> None:
    row = {
        "conversation": "c1",
        "message": 1,
        "classifier": "llama-guard-3",
        "output": "safe",
        "labels": ["hate"],
    }
    assert [each[2] for each in said(json.dumps(row))] == ["llama-guard-3", "labels.jsonl"]


CSV = """\
conversation;message;refusal;self-harm;classifier;output;source
c1;2;true;0.25;;;reviewers
c1;;;unknown;llama-guard-3;"unsafe
S11";

c2;m-7;false;;openai-moderation;"{""categories"": {""hate"": true}}";
c3;1;;;;;
"""


def test_a_csv_has_a_column_for_each_label() -> None:
    found = said(CSV)
    labels = (Label("refusal", True, "reviewers"), Label("self-harm", 0.25, "reviewers"))
    assert found[0] == (
        "c1",
        "2",
        "reviewers",
        labels,
    )
    assert [each[:3] for each in found[1:]] == [
        ("c1", None, "llama-guard-3"),
        ("c1", None, "labels.jsonl"),
        ("c2", "m-7", "openai-moderation"),
        ("c2", "m-7", "labels.jsonl"),
    ]
    assert Label("self-harm", True, "llama-guard-3") in found[1][3]
    assert Label("hate", True, "openai-moderation") in found[3][3]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"message": 1, "labels": ["hate"]}, "the line names no `conversation`"),
        ({"conversation": "c1", "message": 1}, "the line says nothing"),
        ({"conversation": "c1", "message": [1], "labels": ["hate"]}, "`message` cannot be `…`"),
        ({"conversation": "c1", "mesage": 1, "labels": ["hate"]}, "unknown key `mesage`"),
        ({"conversation": "c1", "labels": {"hate": "yes"}}, "the label `hate` has the value `yes`"),
        ({"conversation": "c1", "labels": "hate"}, "the labels are neither a list nor a mapping"),
        ({"conversation": "c1", "labels": ["hate"], "source": 3}, "the source is not a text"),
        ({"conversation": "c1", "output": "safe"}, "the output has no `classifier`"),
        (
            {"conversation": "c1", "classifier": "llama-guard-3"},
            "the line names a classifier and has no `output`",
        ),
        (
            {"conversation": "c1", "classifier": "lama-guard-3", "output": "safe"},
            "unknown classifier `lama-guard-3` (did you mean `llama-guard-3`?)",
        ),
        (
            {"conversation": "c1", "classifier": "llama-guard-3", "outputs": "safe"},
            "`outputs` lists the outputs of all messages",
        ),
        (
            {"conversation": "c1", "classifier": "llama-guard-3", "output": "safe", "outputs": ["safe"]},
            "the line has `output` and `outputs`",
        ),
        (
            {"conversation": "c" * 2000, "labels": ["hate"]},
            "the id of the conversation is longer than",
        ),
    ],
)
def test_a_line_that_is_none_is_named(row: dict[str, object], fault: str) -> None:
    text = '{"conversation": "c1", "labels": ["hate"]}\n' + json.dumps(row) + "\n"
    (found,) = faults(text)
    assert found.startswith(f"labels.jsonl:2: {fault}")
    assert len(read(text)) == 2


def test_an_output_that_cannot_be_read_is_named_and_stays_to_be_unknown() -> None:
    text = '{"conversation": "c1", "message": 1, "classifier": "llama-guard-3", "output": {"a": 1}}'
    fault, line = read(text)
    assert isinstance(fault, Diagnostic)
    assert (fault.code, fault.message) == ("bad-labels", "the output of `llama-guard-3` is not a text")
    assert isinstance(line, LabelLine)
    assert line.is_unreadable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hate,refusal\n1,2\n", ["1: these are no labels: the first line names no column `conversation`"]),
        ("conversation,hate,hate\n", ["1: there are two columns `hate`"]),
        ("conversation,labels\nc1,hate\n", ["1: a CSV has a column for each label, and one `output`"]),
        ("conversation,hate\nc1\nc2,true\n", ["2: the table has 2 columns, and the row fills 1"]),
        ("conversation,hate\nc1,perhaps\n", ["2: the label `hate` has the value `perhaps`"]),
        ('conversation,hate\nc1,"a"b\nc2,true\n', ["2: the row is not CSV: ',' expected after '\"'"]),
        (b"conversation,hate\nc1,true\nc2,\xff\n", ["3: the text is not UTF-8"]),
        ("[1]\n", ["1: these are no labels: the first line names no column `conversation`"]),
        ('{"conversation": "c1", "labels": ["hate"]}\n[1]\n', ["2: the line is not an object"]),
    ],
)
def test_a_file_that_is_none_is_named(text: str | bytes, expected: list[str]) -> None:
    assert faults(text) == [f"labels.jsonl:{each}" for each in expected]


@given(st.text() | st.binary())
def test_no_file_breaks_the_reader(text: str | bytes) -> None:
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
    for prefix in (b"", b'{"conversation": "c1", "labels": ["hate"]}\n', b"conversation,hate\n"):
        assert all(isinstance(each, LabelLine | Diagnostic) for each in read(prefix + raw))


CELLS = st.sampled_from(
    ("", "c1", "1", "true", "0.5", "llama-guard-3", "safe", '"', "{", '{"a": 1}', "unsafe\nS1", "\x00", ",")
)


@given(st.lists(st.lists(CELLS, min_size=4, max_size=6), max_size=6))
def test_no_row_breaks_the_reader(rows: list[list[str]]) -> None:
    read("conversation,message,classifier,output\n" + "\n".join(",".join(row) for row in rows))
