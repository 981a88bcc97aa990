"""ShareGPT's form, in every layout that it is found in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.readers.chats import fault, one, read, said, texts

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.message import Conversation, Role
from policy_engine.transcripts.reader import Head
from policy_engine.transcripts.readers.sharegpt import READER

SPEAKERS = {"human": Role.USER, "gpt": Role.ASSISTANT, "system": Role.SYSTEM, "tool": Role.TOOL}
chats = st.lists(
    st.lists(st.tuples(st.sampled_from(sorted(SPEAKERS)), texts), min_size=1, max_size=4), min_size=1
)


@given(chats, st.sampled_from((None, 0, 2)), st.sampled_from((("from", "value"), ("role", "content"))))
def test_an_array_and_lines_are_read_back(
    written: list[list[tuple[str, str]]], indent: int | None, keys: tuple[str, str]
) -> None:
    who, what = keys
    rows = [
        {"id": f"c{number}", "conversations": [{who: speaker, what: text} for speaker, text in chat]}
        for number, chat in enumerate(written)
    ]
    assert READER.claims(Head(json.dumps(rows).encode()))
    lines = "\n".join(map(json.dumps, rows))
    for text in (json.dumps(rows, indent=indent), lines):
        found = [each for each in read(READER, text) if isinstance(each, Conversation)]
        assert [each.id for each in found] == [row["id"] for row in rows]
        assert [said(each) for each in found] == [
            [(SPEAKERS[speaker], text) for speaker, text in chat] for chat in written
        ]
        assert all(each.looked_for == {} for each in found)


def test_a_system_prompt_beside_comes_first() -> None:
    found = one(READER, {"system": "s", "conversations": [{"from": "human", "value": "a"}]})
    assert said(found) == [(Role.SYSTEM, "s"), (Role.USER, "a")]
    assert found.id == "log:1"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"conversations": []}, "the conversation has no messages"),
        ({"conversations": {}}, "`conversations` is not a list"),
        ({"messages": []}, "there is no list of `conversations`"),
        ({"conversations": [{"from": "narrator", "value": "a"}]}, "message 1: unknown role `narrator`"),
        ({"conversations": [{"from": "human", "value": 1}]}, "message 1: `value` is not a text"),
        ({"conversations": ["a"]}, "message 1: a message is not an object"),
    ],
)
def test_faults(value: object, message: str) -> None:
    assert fault(READER, value) == message


def test_half_an_object_costs_only_itself() -> None:
    row = json.dumps({"conversations": [{"from": "human", "value": "a"}]}, indent=2)
    half = row[: row.rindex("]")]
    first, bad, last = read(READER, f"[\n{row},\n{half},\n{row}\n]")
    assert isinstance(first, Conversation)
    assert isinstance(bad, Diagnostic)
    assert isinstance(last, Conversation)
