"""JSON with conversations somewhere in it."""

from __future__ import annotations

import io
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.published import published

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.message import Conversation, Message, Role
from policy_engine.transcripts.reader import Head, Log, Origin, Read
from policy_engine.transcripts.readers.transcript import READER, ROLES
from policy_engine.transcripts.reading import read_conversations

CHAT = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


def read(text: str) -> list[Read]:
    return list(READER.read(Log(io.BytesIO(text.encode()), Origin("log", "log"))))


def ids(found: list[Read]) -> list[str]:
    return [each.id for each in found if isinstance(each, Conversation)]


def test_conversations_are_found_wherever_they_lie_in_the_order_of_the_file() -> None:
    found = read(
        json.dumps(
            {
                "__meta__": {"transcript": "none"},
                "z": {
                    "file.json": {
                        "p": [{"transcript": CHAT, "judge": {"transcript": CHAT}}],
                        "q": [{"transcript": CHAT}] * 2,
                    }
                },
                "a": [[{"transcript": CHAT, "id": "own", "model": "m"}]],
                "scoring_summary": [{"pushback": 1}],
            }
        )
    )
    assert ids(found) == [
        "log:z/file.json/p", "log:z/file.json/p/judge", "log:z/file.json/q/1", "log:z/file.json/q/2", "own",
    ]  # fmt: skip
    last = found[-1]
    assert isinstance(last, Conversation)
    assert dict(last.attributes) == {"model": "m"}
    assert last.messages == (Message(Role.USER, content="a"), Message(Role.ASSISTANT, content="b"))
    assert last.looked_for == {}


def test_long_lines_are_lines_all_the_same() -> None:
    long = {"transcript": [{"role": "user", "content": "a" * 200_000}]}
    assert ids(read(json.dumps(long) + "\n" + json.dumps(long) + "\n")) == ["log:1", "log:2"]


def test_one_on_each_line() -> None:
    found = read("".join(json.dumps({"transcript": CHAT}) + "\n" for _ in range(3)) + '{"a": 1}\n{\n')
    assert ids(found) == ["log:1", "log:2", "log:3"]
    assert [each.subject for each in found if isinstance(each, Diagnostic)] == ["log:4", "log:5"]
    assert ids(read(json.dumps({"transcript": CHAT}))) == ["log"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"transcript": []}, "the conversation has no messages"),
        ({"transcript": [{"role": "usr"}]}, "message 1: unknown role `usr`"),
        ({"transcript": [{"role": 1}]}, "message 1: unknown role `1`"),
        ({"transcript": ["a"]}, "message 1 is not an object"),
        ({"transcript": [{"role": "user", "content": [1]}]}, "message 1: the content is not a text"),
        ({"x": {"transcript": [{"role": "bot"}]}}, "x: message 1: unknown role `bot`"),
        ({"x": 1}, "there is no `transcript` in it"),
    ],
)
def test_faults(value: object, message: str) -> None:
    (fault,) = read(json.dumps(value))
    assert isinstance(fault, Diagnostic)
    assert (fault.message, fault.subject) == (message, "log:1")


def test_a_fault_is_told_at_its_line() -> None:
    text = json.dumps(
        [
            {"transcript": CHAT},
            {"transcript": [{"role": "bot", "content": '"transcript": ['}]},
            {"transcript": []},
        ],
        indent=1,
    )
    _, one, two = read(text)
    lines = text.split("\n")
    for fault in (one, two):
        assert isinstance(fault, Diagnostic)
        assert '"transcript"' in lines[int((fault.subject or "").split(":")[1]) - 1]


def test_what_is_cut_short_is_told() -> None:
    (fault,) = read(json.dumps({"a": {"transcript": CHAT}}, indent=1)[:-5])
    assert isinstance(fault, Diagnostic)
    assert fault.message == "what was begun on line 1 does not end"


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(sorted(ROLES)), st.text() | st.none()), min_size=1), min_size=1
    ),
    st.booleans(),
)
def test_what_is_written_is_read_back(written: list[list[tuple[str, str | None]]], indented: bool) -> None:
    value = [{"transcript": [{"role": role, "content": said} for role, said in chat]} for chat in written]
    text = json.dumps(value, indent=2 if indented else None)
    found = read(text)
    assert [
        [(each.role, each.content) for each in one.messages] for one in found if isinstance(one, Conversation)
    ] == [[(ROLES[role], said) for role, said in chat] for chat in written]
    assert READER.claims(Head(text.encode()))


def test_spiral_bench_is_read_whole() -> None:
    found = list(read_conversations([published("spiral-bench", "res_v0.2")]))
    chats = [each for each in found if isinstance(each, Conversation)]
    assert len(chats) == len(found) == 120
    assert {len(each.messages) for each in chats} == {41}
    assert len({each.id for each in chats}) == 120
    assert Counter(each.attributes["model"] for each in chats).most_common()[0][1] == 30
    assert sum(each.role is Role.ASSISTANT for each in chats[0].messages) == 20
