"""CSV tables: what a column is, what a row says, and what is wrong with one; XSTest and PyRIT as they are."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.published import published

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.reader import Head, Log, Origin, Read, Settings
from policy_engine.transcripts.readers import csv_table
from policy_engine.transcripts.readers.csv_table import DELIMITERS, READER
from policy_engine.transcripts.reading import read_conversations
from policy_engine.transcripts.table import SOURCE

ORIGIN = Origin("log.csv", "log")


def read(
    text: str | bytes, columns: Mapping[str, str] | None = None, **more: Mapping[str, Role]
) -> list[Read]:
    raw = text if isinstance(text, bytes) else text.encode()
    return list(READER.read(Log(io.BytesIO(raw), ORIGIN, Settings(columns=columns or {}, **more))))


def sound(text: str | bytes, columns: Mapping[str, str] | None = None) -> list[Conversation]:
    found = read(text, columns)
    assert all(isinstance(each, Conversation) for each in found), found
    return [each for each in found if isinstance(each, Conversation)]


def faults(found: list[Read]) -> list[tuple[str | None, str]]:
    return [(each.subject, each.message) for each in found if isinstance(each, Diagnostic)]


def test_a_row_is_a_message() -> None:
    (one, two) = sound(
        "thread,Speaker,Message,Timestamp,label:refusal\nb,user,hi,2025-01-01,\na,human,x,,\nb,bot,no,2025-01-02,1\n"
    )
    assert one.id == "b"
    assert one.origin == "log.csv:2"
    assert [message.role for message in one.messages] == [Role.USER, Role.ASSISTANT]
    assert one.messages[1].labels == (Label("refusal", True, SOURCE),)
    assert one.messages[0].labels == ()
    assert one.looked_for == {"refusal": frozenset({Role.ASSISTANT})}
    assert one.messages[0].time == 1735689600_000000
    assert two == Conversation("a", (Message(Role.USER, (), "x"),), {}, {"refusal": frozenset()}, "log.csv:3")


def test_messages_are_in_the_order_of_their_times_where_all_have_one() -> None:
    head = "conversation,role,text,time\n"
    (timed,) = sound(head + "a,assistant,2,2025-01-02\na,user,1,2025-01-01\n")
    assert [message.content for message in timed.messages] == ["1", "2"]
    (untimed,) = sound(head + "a,assistant,2,\na,user,1,2025-01-01\n")
    assert [message.content for message in untimed.messages] == ["2", "1"]


def test_a_table_without_a_column_of_conversations_is_one() -> None:
    (found,) = sound("role,text\nuser,a\nassistant,b\n")
    assert (found.id, len(found.messages)) == ("log", 2)


def test_a_row_is_a_prompt_and_its_reply() -> None:
    (found,) = sound(
        "id,system_prompt,prompt,completion,label:refusal,prompt-label:self-harm,attribute:model,attribute:user.minor\n"
        'x,be kind,"a\nb",c,0.7,true,opus,false\n'
    )
    assert found.id == "log:x"
    assert found.messages == (
        Message(Role.SYSTEM, (), "be kind"),
        Message(Role.USER, (Label("self-harm", True, SOURCE),), "a\nb"),
        Message(Role.ASSISTANT, (Label("refusal", 0.7, SOURCE),), "c"),
    )
    assert found.looked_for == {"refusal": {Role.ASSISTANT}, "self-harm": {Role.USER}}
    assert found.attributes == {"model": "opus", "user.minor": False}


def test_rows_of_prompts_and_replies_are_turns_of_the_conversation_that_they_name() -> None:
    head = "session_id,system,prompt,response,timestamp,label:refusal\n"
    (one, two) = sound(head + "a,s,p2,r2,2025-01-02,1\nb,,p,r,2025-01-01,\na,s,p1,r1,2025-01-01,\n")
    assert [(each.role.value, each.content) for each in one.messages] == [
        ("system", "s"),
        ("user", "p1"),
        ("assistant", "r1"),
        ("user", "p2"),
        ("assistant", "r2"),
    ]
    assert [each.labels for each in one.messages if each.role is Role.ASSISTANT] == [
        (Label("refusal", None, SOURCE),),
        (Label("refusal", True, SOURCE),),
    ]
    assert one.looked_for == {"refusal": {Role.ASSISTANT}}
    assert (two.id, two.looked_for) == ("b", {"refusal": frozenset()})
    assert faults(read(head + ",s,p,r,,\n")) == [("log.csv:2", "the row names no conversation")]


def test_a_column_called_after_a_label_of_the_default_vocabulary_is_one() -> None:
    (found,) = sound("role,text,self_harm,S11,tokens\nuser,a,0.25,,900\n")
    assert found.messages[0].labels == (Label("self_harm", 0.25, SOURCE),)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("true", True),
        ("YES", True),
        ("1", True),
        ("0", False),
        ("f", False),
        ("0.5", 0.5),
        ("1.0", 1.0),
        ("7", 7.0),
        (" 1e-3 ", 0.001),
    ],
)
def test_values_of_labels(cell: str, value: object) -> None:
    (found,) = sound(f"role,text,label:x\nuser,a,{cell}\n")
    ((label,),) = (message.labels for message in found.messages)
    assert label.value == value
    assert type(label.value) is type(value)


@pytest.mark.parametrize("cell", ["", "unknown", "NaN", "null", "N/A"])
def test_an_empty_cell_is_unknown(cell: str) -> None:
    (found,) = sound(f"role,text,label:x\nuser,a,{cell}\nuser,b,1\nassistant,c,\n")
    assert found.messages[0].labels == (Label("x", None, SOURCE),)
    assert found.messages[2].labels == ()
    assert found.looked_for == {"x": {Role.USER}}


def test_words_become_a_label_where_it_is_said_which() -> None:
    text = "prompt,reply,verdict\na,b,full\nc,d,none at all\ne,f,part\ng,h,\n"
    found = sound(text, {"label:refusal": "verdict:full|part"})
    assert [each.messages[1].labels[0].value for each in found] == [True, False, True, None]
    (bad, *_) = faults(read(text, {"label:refusal": "verdict"}))
    assert bad == ("log.csv:2", "the label `refusal` has the value `full`")


def test_columns_can_be_named() -> None:
    text = "who;what;where\nkim;hello;1\n"
    settings = {"role": "who", "text": "what", "conversation": "where"}
    (found,) = read(text, settings, speakers={"kim": Role.USER})
    assert isinstance(found, Conversation)
    assert (found.id, found.messages) == ("1", (Message(Role.USER, (), "hello"),))
    assert faults(read(text, settings)) == [("log.csv:2", "unknown role `kim`")]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"speaker": "who"}, "a table has no field `speaker`"),
        ({"role": "whom"}, "the table has no column `whom`"),
        ({"label:x": "whom:a"}, "the table has no column `whom:a`"),
        ({"label:": "who"}, "the column `who` names no label"),
        ({"role": "who"}, "the table has no columns of messages"),
        ({"prompt": "twice"}, "there are two columns `twice`"),
    ],
)
def test_columns_that_cannot_be(columns: dict[str, str], message: str) -> None:
    assert faults(
        read(
            "who,what,twice,twice\nuser,a,b,c\n",
            {"prompt": "who"} | columns if "role" not in columns else columns,
        )
    ) == [("log.csv:1", message)]


@pytest.mark.parametrize(
    ("columns", "is_claimed"),
    [
        ({}, False),
        ({"prompt": "what"}, True),
        ({"role": "who", "text": "what"}, True),
        ({"prompt": "none"}, False),
    ],
)
def test_a_table_is_known_by_the_columns_that_are_named(columns: dict[str, str], is_claimed: bool) -> None:
    assert READER.claims(Head(b"who;what\nuser;a\n", "x", Settings(columns=columns))) is is_claimed


def test_times_with_and_without_a_zone_are_not_put_in_order() -> None:
    found = read("role,text,time\nuser,a,2025-01-01T10:00\nuser,b,2025-01-01T10:00Z\n")
    assert faults(found) == [("log.csv:2", "some times of the conversation have a zone, and some have none")]


def test_a_line_that_is_too_long_costs_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MAX_LINE", 50)
    bad, found = read("prompt,reply\na," + "x" * 3_000 + "\nc,d\n")
    assert isinstance(bad, Diagnostic)
    assert (bad.subject, bad.message) == ("log.csv:2", "the line is longer than 50 bytes")
    assert isinstance(found, Conversation)
    assert found.origin == "log.csv:3"


def test_a_stream_that_breaks_off_is_told_once() -> None:
    raw = gzip.compress(b"prompt,reply\n" + b"".join(b"a%d,b%d\n" % (each, each) for each in range(9_000)))
    found = list(read_conversations(["-"], stdin=io.BytesIO(raw[:-2_000])))
    (fault,) = [each for each in found if isinstance(each, Diagnostic)]
    assert fault.message == "the compressed file is damaged or ends too early"
    assert len(found) > 1_000


def test_comments_and_a_mark_stand_before_the_names() -> None:
    raw = '\ufeff# one\n# two\n\nprompt\treply\na\t"b\n\nc"\n'.encode()
    assert READER.claims(Head(raw))
    (found,) = sound(raw)
    assert found.messages[1].content == "b\n\nc"
    assert found.origin == "log.csv:5"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("x,y,z\n", "the row has 3 cells, and the table has 2 columns"),
        ("x\n", "the row has 1 cell, and the table has 2 columns"),
        ('"x"z,y\n', "the row is not CSV: ',' expected after '\"'"),
        ("\udcff,y\n", "the text is not UTF-8"),
    ],
)
def test_a_row_that_is_wrong_leaves_the_others_alone(rows: str, message: str) -> None:
    raw = f"prompt,reply\n{rows}a,b\n".encode("utf-8", "surrogateescape")
    bad, found = read(raw)
    assert isinstance(bad, Diagnostic)
    assert (bad.subject, bad.message) == ("log.csv:2", message)
    assert isinstance(found, Conversation)


def test_a_quote_that_is_never_closed() -> None:
    found, bad = read('prompt,reply\na,b\nc,"d\ne,f\n')
    assert isinstance(found, Conversation)
    assert isinstance(bad, Diagnostic)
    assert (bad.subject, bad.message) == ("log.csv:3", "the row is not CSV: unexpected end of data")


def test_a_table_of_nothing() -> None:
    assert read("role,text\n") == []
    assert faults(read("")) == [("log.csv:1", "the table has no columns of messages")]


def test_a_fault_in_a_message_is_told_with_its_row_and_costs_its_conversation() -> None:
    head = "conversation,role,text,time\n"
    found = read(head + "a,user,x,\nb,user,x,\na,assistant,x,soon\n")
    assert faults(found) == [("log.csv:4", "the time `soon` is not a time")]
    assert [each.id for each in found if isinstance(each, Conversation)] == ["b"]


@pytest.mark.parametrize(
    "text", ["", "hello, you\n", "user: a, b\nagent: c", '{"role": 1, "text": 2}', "role\nuser"]
)
def test_what_is_no_table_is_not_claimed(text: str) -> None:
    assert not READER.claims(Head(text.encode(), "log.csv"))


CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\0"), max_size=8)
SAID = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["user", "assistant"]),
    CELL,
    st.none() | st.booleans() | st.floats(0, 1),
)


@given(st.lists(SAID, min_size=1), st.sampled_from(DELIMITERS))
def test_random_tables_are_read_as_they_were_written(
    said: list[tuple[str, str, str, object]], delimiter: str
) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["conversation", "role", "text", "label:x"])
    writer.writerows(
        [name, role, text, "" if value is None else str(value)] for name, role, text, value in said
    )
    raw = written.getvalue().encode()
    assert READER.claims(Head(raw))
    found = {each.id: each for each in sound(raw)}
    for name in {name for name, *_ in said}:
        own = [each for each in said if each[0] == name]
        assert [(each.role.value, each.content) for each in found[name].messages] == [
            each[1:3] for each in own
        ]
        sought = (found[name].looked_for or {})["x"] or frozenset()
        assert {role.value for role in sought} == {role for _, role, _, value in own if value is not None}
        for message, (_, role, _, value) in zip(found[name].messages, own, strict=True):
            expected = (Label("x", value, SOURCE),) if Role(role) in sought else ()  # type: ignore[arg-type]
            assert message.labels == expected


def values(found: list[Read]) -> Counter[object]:
    assert all(isinstance(each, Conversation) for each in found)
    return Counter(each.messages[-1].labels[0].value for each in found if isinstance(each, Conversation))


def test_xstest_comes_in_whole() -> None:
    path = published("xstest", "model_completions")
    words = ("2_full_refusal", "3_partial_refusal", "1_full_compliance")
    for word, number in zip(words, (983, 176, 1_091), strict=True):
        settings = Settings(columns={"label:refusal": f"final_label:{word}"})
        assert values(list(read_conversations([path], settings=settings))) == {
            True: number,
            False: 2_250 - number,
        }


def test_pyrit_comes_in_whole() -> None:
    paths = [published("pyrit-refusal", name) for name in ("refusal.csv", "refusal_extra.csv")]
    found = list(read_conversations(paths, settings=Settings(columns={"label:refusal": "human_score"})))
    assert values(found).total() == len(found) == 169


@pytest.mark.parametrize(
    ("header", "row", "supposed"),
    [
        ("role,txt", "user,Hello.", "role=role,text=txt"),
        ("wer;was;wann", "user;Hello.;3", "role=wer,text=was"),
        ("# a comment\nid,prompt,type", "1,Hello.,x", "prompt=prompt"),
    ],
)
def test_what_is_called_a_table_is_told_how_it_could_be_read(
    header: str, row: str, supposed: str, tmp_path: Path
) -> None:
    (tmp_path / "log.csv").write_text(f"{header}\n{row}\n")
    (fault,) = read_conversations([tmp_path / "log.csv"])
    assert isinstance(fault, Diagnostic)
    told = (
        f'if this is a table of conversations, say what holds what: --columns "{supposed}"; else: looked for'
    )
    assert (fault.hint or "").startswith(told)
    settings = Settings(columns=dict(pair.split("=") for pair in supposed.split(",")))
    (found,) = read_conversations([tmp_path / "log.csv"], settings=settings)
    assert isinstance(found, Conversation)
    assert found.messages[0].content == "Hello."
    (tmp_path / "notes.txt").write_text(f"{header}\n{row}\n")
    (fault,) = read_conversations([tmp_path / "notes.txt"])
    assert isinstance(fault, Diagnostic)
    assert (fault.hint or "").startswith("looked for")
