"""Joining labels to conversations: against a plain join, and what is told of what joined nothing."""

from __future__ import annotations

import io
import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.machine.encoder import ABSENT, DETECTED, UNKNOWN, Encoder
from policy_engine.model.model import Reading
from policy_engine.reference.history import Labels
from policy_engine.source import Source
from policy_engine.transcripts import joining
from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.joining import UNTOLD, Joining, JoiningError, Tally
from policy_engine.transcripts.label_file import LabelLine, label_lines
from policy_engine.transcripts.mapping_loader import load_mapping
from policy_engine.transcripts.message import Conversation, Label, LookedFor, Message, Role
from policy_engine.transcripts.reader import Origin
from policy_engine.vocabulary.shipped import default_vocabulary

NOTHING: LookedFor = MappingProxyType({})
U, A = Role.USER, Role.ASSISTANT


def chat(*roles: Role, name: str = "c1", looked_for: LookedFor | None = NOTHING) -> Conversation:
    messages = tuple(Message(role, id=f"m{number}") for number, role in enumerate(roles, 1))
    return Conversation(name, messages, looked_for=looked_for)


def of(*rows: dict[str, object]) -> Joining:
    """The joining of a file of these lines, which have no fault."""
    found = Joining(default_vocabulary(), shipped_classifiers())
    raw = "\n".join(json.dumps(row) for row in rows).encode()
    lines = label_lines(io.BytesIO(raw), Origin("labels.jsonl", "labels"), shipped_classifiers())
    assert list(found.add(lines)) == []
    return found


def values(message: Message, name: str) -> list[object]:
    return [label.value for label in message.labels if label.name == name]


def test_labels_come_to_their_messages_by_number_or_id() -> None:
    labels = of(
        {"conversation": "c1", "message": 1, "labels": ["hate"]},
        {"conversation": "c1", "message": "m2", "labels": ["refusal"], "source": "us"},
        {"conversation": "c1", "message": "3", "labels": {"hate": 0.2}},
    )
    first, second, third, fourth = labels.joined(chat(U, A, U, A)).messages
    assert first.labels == (Label("hate", True, "labels.jsonl"),)
    assert second.labels == (Label("refusal", True, "us"),)
    assert third.labels == (Label("hate", 0.2, "labels.jsonl"),)
    assert fourth.labels == ()
    assert labels.tally == Tally(lines=3, joined=3, labelled=3, unlabelled=1)


def test_an_id_made_of_digits_comes_before_a_number() -> None:
    labels = of({"conversation": "c1", "message": "2", "labels": ["hate"]})
    conversation = Conversation("c1", (Message(U, id="2"), Message(A, id="1")))
    assert [len(each.labels) for each in labels.joined(conversation).messages] == [1, 0]


def test_an_id_that_several_messages_have_names_none_of_them() -> None:
    labels = of(
        {"conversation": "c1", "message": "a", "labels": ["refusal"]},
        {"conversation": "c1", "message": "b", "labels": ["refusal"]},
        {"conversation": "c1", "message": 3, "labels": ["hate"]},
    )
    conversation = Conversation("c1", (Message(A, id="a"), Message(A, id="b"), Message(A, id="a")))
    assert [len(each.labels) for each in labels.joined(conversation).messages] == [0, 1, 1]
    assert labels.tally.no_message == 1
    assert labels.tally.first_no_message == "`c1`, message a (several are called so)"


def test_what_is_said_of_the_whole_conversation_is_said_of_each_message_that_can_have_it() -> None:
    labels = of({"conversation": "c1", "labels": {"hate": True, "refusal": False, "new": True}})
    system, user, assistant = labels.joined(chat(Role.SYSTEM, U, A)).messages
    assert system.labels == ()
    assert [label.name for label in user.labels] == ["hate", "new"]
    assert [label.name for label in assistant.labels] == ["hate", "refusal", "new"]


def test_what_was_recorded_stays_and_sources_that_differ_are_counted() -> None:
    labels = of(
        {"conversation": "c1", "message": 1, "labels": {"self-harm": True}},
        {"conversation": "c1", "message": 2, "labels": {"S11": 0.1, "hate": "unknown"}},
    )
    recorded = Label("self_harm", False, "log")
    conversation = Conversation(
        "c1", (Message(U, (recorded,)), Message(A, (Label("self-harm", 0.9), Label("hate", True))))
    )
    first = labels.joined(conversation).messages[0]
    assert first.labels == (recorded, Label("self-harm", True, "labels.jsonl"))
    assert labels.tally.differing == {"self-harm": 2}


def test_what_joins_nothing_is_counted() -> None:
    labels = of(
        {"conversation": "c1", "message": 9, "labels": ["hate"]},
        {"conversation": "c1", "message": "m9", "labels": ["hate"]},
        {"conversation": "c1", "message": 0, "labels": ["hate"]},
        {"conversation": "c1", "message": -(10**30), "labels": ["hate"]},
        {"conversation": "c9", "message": 1, "labels": ["hate"]},
        {"conversation": "c9", "message": 2, "labels": ["hate"]},
        {"conversation": "c1", "message": 1, "labels": ["hate"]},
        {"conversation": "c1", "message": 1, "labels": ["hate"]},
        {"conversation": "c2", "message": 1, "labels": ["hate"]},
    )
    labels.joined(chat(U, A))
    labels.pass_over("c2")
    labels.joined(chat(U, A))
    tally = labels.tally
    assert (tally.lines, tally.no_message, tally.first_no_message) == (9, 8, "`c1`, message 9 (it has 2)")
    assert (tally.joined, tally.repeated, tally.met_again) == (4, 2, 1)
    assert labels.unmet == (2, 1, "c9")


def test_a_message_of_which_the_files_say_nothing_is_unknown_and_never_absent() -> None:
    """The log does not say what was looked for, so all of the vocabulary would count as looked for."""
    labels = of({"conversation": "c1", "message": 1, "classifier": "llama-guard-3", "output": "safe"})
    done = labels.completed(labels.joined(chat(U, A, U, looked_for=None)))
    read = Encoder(default_vocabulary(), [Reading("self-harm"), Reading("hate"), Reading("harassment")])
    assert [read.observe(each).values for each in done.messages] == [
        (ABSENT, ABSENT, ABSENT), (UNKNOWN, UNKNOWN, ABSENT), (UNKNOWN, UNKNOWN, ABSENT)
    ]  # fmt: skip
    other = labels.completed(labels.joined(chat(U, name="another", looked_for=None)))
    assert Label("self-harm", None, UNTOLD) in other.messages[0].labels


def test_a_classifier_that_reads_users_alone_says_nothing_of_replies() -> None:
    mapping, faults = load_mapping(
        Source("ours.yaml", "classifier: ours\nreads: [user]\noutput: {verdicts: '*'}\nlabels: {a: hate}\n"),
        {},
    )
    assert mapping is not None, faults
    found = Joining(default_vocabulary(), {"ours": mapping})
    raw = b'{"conversation": "c1", "message": 1, "classifier": "ours", "output": {"a": false}}'
    assert list(found.add(label_lines(io.BytesIO(raw), Origin("x", "x"), {"ours": mapping}))) == []
    done = found.completed(found.joined(chat(U, A, U, looked_for=None)))
    assert [values(each, "hate") for each in done.messages] == [[False], [], [None]]


def test_a_log_that_says_what_was_looked_for_needs_no_such_labels() -> None:
    labels = of({"conversation": "c1", "message": 1, "labels": ["hate"]})
    done = labels.completed(labels.joined(chat(U, A)))
    assert done.messages[1].labels == ()


def test_a_case_of_what_is_absent_is_not_unknown() -> None:
    """Else one classifier that knows intent would undo what another says of self-harm."""
    labels = of(
        {"conversation": "c1", "message": 1, "classifier": "openai-moderation",
         "output": {"categories": {"self-harm": False, "self-harm/intent": False}}},
        {"conversation": "c1", "message": 2, "classifier": "llama-guard-3", "output": "safe"},
        {"conversation": "c1", "message": 3, "classifier": "llama-guard-3", "output": "unsafe\nS11"},
    )  # fmt: skip
    done = labels.completed(labels.joined(chat(U, A, U, looked_for=None)))
    assert values(done.messages[1], "self-harm/intent") == []
    assert values(done.messages[2], "self-harm/intent") == [None]
    read = Encoder(default_vocabulary(), [Reading("self-harm")])
    assert [read.observe(each).values for each in done.messages] == [(ABSENT,), (ABSENT,), (DETECTED,)]


def test_an_output_that_could_not_be_read_is_unknown() -> None:
    found = Joining(default_vocabulary(), shipped_classifiers())
    raw = b'{"conversation": "c1", "message": 1, "classifier": "llama-guard-3", "output": 3}'
    faults = list(found.add(label_lines(io.BytesIO(raw), Origin("x", "x"), shipped_classifiers())))
    assert len(faults) == 1
    (message,) = found.joined(chat(U)).messages
    assert values(message, "self-harm") == [None]


READ = st.sampled_from((True, False, None, 0.2, 0.5, 0.9, 1.5))
ORDER = {True: 2, False: 0, None: 1, 0.2: 0, 0.5: 2, 0.9: 2, 1.5: 1}


@given(st.lists(READ, min_size=1, max_size=5))
def test_of_several_records_of_a_label_detected_beats_unknown_and_unknown_beats_absent(
    found: list[object],
) -> None:
    """As for aliases: in the machine and in its oracle."""
    names = ("harassment", "hate", "S10", "Hate", "hte")
    labels = tuple(
        Label(names[1 + number % 4], value, f"source {number}") for number, value in enumerate(found)
    )  # type: ignore[arg-type]
    expected = max(ORDER[value] for value in found)  # type: ignore[index]
    message = Message(U, labels)
    encoder = Encoder(default_vocabulary(), [Reading("hate")], NOTHING)
    assert encoder.observe(message).values == (expected,)
    assert Labels(default_vocabulary(), NOTHING).read(message, Reading("hate")).value == expected


IDS = st.sampled_from(("c1", "c2", "c3", "\ud800", "'); --"))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "conversation": IDS,
            "message": st.none() | st.integers(-1, 4) | st.sampled_from(("m1", "m2", "3", "x")),
            "labels": st.dictionaries(
                st.sampled_from(("hate", "self-harm", "refusal", "new")), st.booleans(), min_size=1
            ),
            "source": st.sampled_from(("a", "b")),
        }
    ),
    max_size=12,
)


CHATS = st.tuples(IDS, st.lists(st.sampled_from((U, A, Role.TOOL)), min_size=1, max_size=3))


def place(row: dict[str, object]) -> object:
    """The number of the message that a row is about; None for all."""
    at = row["message"]
    return {"m1": 1, "m2": 2, "3": 3, "x": 0}[at] if isinstance(at, str) else at


@given(ROWS, st.lists(CHATS, max_size=4))
def test_the_same_as_a_plain_join(rows: list[dict[str, object]], chats: list[tuple[str, list[Role]]]) -> None:
    labels = of(*rows)
    joined = 0
    known = default_vocabulary().labels
    for name, roles in chats:
        ours = [row for row in rows if row["conversation"] == name]
        found = labels.joined(chat(*roles, name=name))
        for number, message in enumerate(found.messages, 1):
            expected = [
                Label(label, value, str(row["source"]))
                for row in ours
                for label, value in row["labels"].items()  # type: ignore[attr-defined]
                if place(row) == number
                or (place(row) is None and message.role in (known[label].roles if label in known else (U, A)))
            ]
            assert message.labels == tuple(dict.fromkeys(expected))
        joined += sum(place(row) in (None, *range(1, len(roles) + 1)) for row in ours)
    assert labels.tally.joined == joined
    there = {name for name, _ in chats}
    assert labels.unmet.lines == sum(row["conversation"] not in there for row in rows)


def test_there_are_limits_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def lines(number: int, message: int | None = 1) -> list[LabelLine]:
        return [LabelLine(each, "c1", message, f"s{each}", (Label(f"n{each}"),)) for each in range(number)]

    monkeypatch.setattr(joining, "MAX_LINES", 5)
    monkeypatch.setattr(joining, "MAX_WHOLES", 2)
    monkeypatch.setattr(joining, "MAX_NAMES", 8)
    found = Joining(default_vocabulary(), {})
    list(found.add(lines(6)))
    with pytest.raises(JoiningError, match="more than 5 lines of labels for `c1`"):
        found.joined(chat(U))
    found = Joining(default_vocabulary(), {})
    list(found.add(lines(3, None)))
    with pytest.raises(JoiningError, match="more than 2 lines are about the whole of `c1`"):
        found.joined(chat(U))
    with pytest.raises(JoiningError, match="more than 8 different labels"):
        list(Joining(default_vocabulary(), {}).add(lines(9)))
    monkeypatch.setattr(joining, "MAX_COPIED", 10)
    with pytest.raises(JoiningError, match="more than 10 bytes"):
        list(Joining(default_vocabulary(), {}).add(lines(2)))
