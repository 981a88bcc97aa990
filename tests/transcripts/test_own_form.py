"""The project's own form, in both its clothes: what goes in, what comes out, what is refused."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.any_conversation import ANY, exactly

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.own_form import to_json
from policy_engine.transcripts.own_line import quick_conversations, written_line
from policy_engine.transcripts.reader import Head, Log, Origin, Read
from policy_engine.transcripts.readers import own_jsonl, own_yaml

ORIGIN = Origin("log", "log")


def read_yaml(text: str | bytes) -> list[Read]:
    raw = text.encode() if isinstance(text, str) else text
    return list(own_yaml.READER.read(Log(io.BytesIO(raw), ORIGIN)))


def read_lines(text: str | bytes) -> list[Read]:
    raw = text.encode() if isinstance(text, str) else text
    return list(own_jsonl.READER.read(Log(io.BytesIO(raw), ORIGIN)))


def conversation(text: str) -> Conversation:
    (found,) = read_yaml(text)
    assert isinstance(found, Conversation), found
    return found


def fault(found: list[Read]) -> Diagnostic:
    (only,) = found
    assert isinstance(only, Diagnostic), only
    assert only.code == "bad-conversation"
    return only


def test_everything_that_the_form_can_say() -> None:
    found = conversation(
        """
id: 007
attributes: {model: opus-4, user.minor: false, user.age: 17, share: 0.5}
looked-for: {self-harm: [user], refusal: all}
messages:
  - user: "no"
    labels: [harassment]
    time: 2025-08-15 12:00:00
  - role: assistant
    content: no
    labels: {refusal: 0.93, self-harm: unknown, a: true, b: false, c: .nan, d: 1}
    time: 1755259200.5
  - service:
"""
    )
    assert found.id == "007"
    assert dict(found.attributes) == {"model": "opus-4", "user.minor": False, "user.age": 17, "share": 0.5}
    assert found.looked_for == {"self-harm": frozenset({Role.USER}), "refusal": None}
    first, second, third = found.messages
    assert first == Message(Role.USER, (Label("harassment"),), "no", 1_755_259_200_000_000)
    assert second.content == "no"
    assert second.time == 1_755_259_200_500_000
    values = {label.name: label.value for label in second.labels}
    assert isinstance(values["c"], float)
    assert math.isnan(values.pop("c"))
    assert values == {"refusal": 0.93, "self-harm": None, "a": True, "b": False, "d": 1.0}
    assert third == Message(Role.SERVICE)


def test_nothing_said_about_what_was_looked_for_means_everything_was() -> None:
    assert conversation("messages: [{role: user}]").looked_for is None
    assert conversation("looked-for: []\nmessages: [{role: user}]").looked_for == {}


def test_a_fault_in_one_document_or_item_leaves_the_others_alone() -> None:
    text = (
        "---\nmessages: [user: a]\n---\n*boom\n---\n- messages: [{usr: a}]\n- id: x\n  messages: [user: b]\n"
    )
    first, bad, worse, last = read_yaml(text)
    assert isinstance(first, Conversation)
    assert isinstance(bad, Diagnostic)
    assert bad.subject == "log:4"
    assert isinstance(worse, Diagnostic)
    assert worse.subject == "log:6"
    assert worse.message == "message 1: unknown key `usr`"
    assert isinstance(last, Conversation)
    assert last.id == "x"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("mesages: []", "unknown key `mesages`", "did you mean `messages`?"),
        ("messages: []", "the conversation has no messages", None),
        ("messages: [{role: usr}]", "message 1: unknown role `usr`", "did you mean `user`?"),
        ("messages: [{role: user, lables: []}]", "message 1: unknown key `lables`", "did you mean `labels`?"),
        (
            "messages: [{role: user, labels: {a: maybe}}]",
            "message 1: the label `a` has the value `maybe`",
            None,
        ),
        ("messages: [{role: user, labels: {a: }}]", "message 1: the label `a` has the value `None`", None),
        ("messages: [{role: user, time: soon}]", "message 1: the time `soon` is not a time", None),
        ("id: [1]\nmessages: [user: a]", "the id is not a text", None),
        (
            "attributes: {user: {minor: true}}\nmessages: [user: a]",
            "the attribute `user` holds a mapping",
            None,
        ),
        ("id: a\nid: b\nmessages: [user: a]", "`id` is written twice", None),
        ("a: &x 1", "`&x` names a value to be repeated", None),
        ("messages: !!python/object:os.system [a]", None, "remove it"),
        ("", "the file is empty", None),
        ("looked-for: {a: usr}\nmessages: [user: a]", "`a` is looked for on `usr`", None),
    ],
)
def test_a_fault_says_what_and_what_to_do(text: str, message: str | None, hint: str | None) -> None:
    found = fault(read_yaml(text))
    assert message is None or found.message == message
    assert hint is None or found.hint == hint


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: [*a, *a]",
        "[" * 5000,
        "- " * 5000,
        "messages: [",
        "messages: [{role: user, labels: {a: " + "9" * 5000 + "}}]",
        b"\xff\xfe\x00",
        "messages: \x00",
        "? [a]\n: b",
        "- 1\n",
    ],
)
def test_hostile_yaml_is_one_fault(text: str | bytes) -> None:
    fault(read_yaml(text))


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "a", "messages": [',
        "[" * 200_000,
        '{"id": ' + "9" * 5000 + "}",
        b'{"id": "\xff"}',
        '{"id": "a", "id": "b", "messages": [{"role": "user"}]}',
        '{"messages": [{"user": "the short form is for YAML"}]}',
        "null",
        '"text"',
        '{"messages": {"role": "user"}}',
        '{"messages": [{"role": ["user"]}]}',
        '{"messages": [{"role": "user", "labels": [1]}]}',
    ],
)
def test_a_malformed_line_is_one_fault_and_the_rest_go_on(line: str | bytes) -> None:
    good = b'\n{"id": "good", "messages": [{"role": "user"}]}\n'
    bad, last = read_lines((line.encode() if isinstance(line, str) else line) + good)
    assert fault([bad]).subject == "log:1"
    assert isinstance(last, Conversation)
    assert last.origin == "log:2"


def test_scores_that_json_cannot_bound() -> None:
    line = '{"messages": [{"role": "user", "labels": {"a": NaN, "b": 1e999, "c": 1' + "0" * 400 + "}}]}"
    (found,) = read_lines(line)
    assert isinstance(found, Conversation)
    a, b, c = (label.value for label in found.messages[0].labels)
    assert a != a
    assert b == c == math.inf


@given(ANY)
def test_what_is_written_as_a_line_is_read_back(written: Conversation) -> None:
    (found,) = read_lines(written_line(written))
    assert isinstance(found, Conversation)
    assert exactly(found) == exactly(written)
    assert own_jsonl.READER.claims(Head(written_line(written)))


@given(ANY)
def test_what_is_written_is_valid_json(written: Conversation) -> None:
    assert json.loads(json.dumps(to_json(written), allow_nan=False)) == to_json(written)


def of(*labels: Label) -> Conversation:
    return Conversation("x", (Message(Role.USER, labels),))


def test_a_score_that_is_no_number_stays_one() -> None:
    labels = tuple(Label(name, float(name)) for name in ("nan", "inf", "-inf"))
    written = to_json(of(*labels))
    assert written["messages"] == [
        {"role": "user", "labels": {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}}
    ]
    (found,) = read_lines(written_line(of(*labels)))
    assert isinstance(found, Conversation)
    assert repr(found.messages[0].labels) == repr(labels)


def test_who_recorded_a_label_is_said_once_for_all_that_follow_one_another() -> None:
    labels = (
        Label("hate", 0.25, "openai-moderation"),
        Label("violence", None, "openai-moderation"),
        Label("refusal"),
        Label("spam", 0.5),
        Label("hate", True, "reviewers"),
        Label("hate", False, "reviewers"),
    )
    (message,) = to_json(of(*labels))["messages"]  # type: ignore[misc]
    assert message["labels"] == [
        {"by": "openai-moderation", "labels": {"hate": 0.25, "violence": "unknown"}},
        {"refusal": True, "spam": 0.5},
        {"by": "reviewers", "labels": [{"hate": True}, {"hate": False}]},
    ]
    (found,) = read_lines(written_line(of(*labels)))
    assert isinstance(found, Conversation)
    assert found.messages[0].labels == labels


def test_people_may_write_who_recorded_a_label() -> None:
    found = conversation(
        "messages:\n- user: a\n  labels:\n  - {by: reviewers, labels: {hate: 0.5, spam: unknown}}\n  - refusal\n"
    )
    assert found.messages[0].labels == (
        Label("hate", 0.5, "reviewers"), Label("spam", None, "reviewers"), Label("refusal"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "[{refusal: true, by: openai}]",
            "message 1: `by` is `openai`",
            "write `{by: reviewers, labels: {refusal: true}}` in a list",
        ),
        ("[{labels: [refusal]}]", "message 1: `labels` stand there without who recorded them", None),
        (
            "[{by: a, labels: [refusal], lables: []}]",
            "message 1: unknown key `lables`",
            "did you mean `labels`?",
        ),
        ("[{by: , labels: [refusal]}]", "message 1: `labels` stand there without who recorded them", None),
    ],
)
def test_a_source_in_the_wrong_place_is_a_fault(text: str, message: str, hint: str | None) -> None:
    found = fault(read_yaml(f"messages: [{{role: user, labels: {text}}}]"))
    assert found.message == message
    assert hint is None or found.hint == hint


def test_what_is_written_is_read_quickly() -> None:
    moderated = Label("hate", None, "openai-moderation"), Label("a:b", 0.5, "openai: v2"), Label("refusal")
    talk = Conversation("x:y", (Message(Role.USER, moderated, "é: x", 5_000_001, "m:1"),))
    assert quick_conversations(written_line(talk).rstrip(), ORIGIN, 1) == [replace(talk, origin="log:1")]


@pytest.mark.parametrize(
    ("conversation", "why"),
    [
        (Conversation("x", ()), "it has no messages"),
        (of(Label("")), "a label or an attribute has no name"),
        (replace(of(), attributes={"a": math.inf}), "the attribute `a` is not a finite number"),
        (Conversation("x", (Message(Role.USER, time=10**18),)), "is beyond the year 9999"),
    ],
)
def test_what_the_form_cannot_say_is_told(conversation: Conversation, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        to_json(conversation)


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    for read in (read_yaml, read_lines):
        assert all(isinstance(each, Conversation | Diagnostic) for each in read(raw))
