"""Rows of LMSYS-Chat-1M, which are made here: that set may not be passed on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.readers.chats import faked, fault, one, said, scores, texts

from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.message import Label, Role
from policy_engine.transcripts.reader import Head, Settings
from policy_engine.transcripts.readers.lmsys import READER

NAMES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "self-harm", "self-harm/instructions",
    "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    chat = draw(
        st.lists(st.tuples(st.sampled_from(("user", "assistant", "system")), texts), min_size=1, max_size=4)
    )
    moderation = [dict(zip(NAMES, draw(st.tuples(*[scores] * 11)), strict=True)) for _ in chat]
    return {
        "conversation_id": "c1",
        "model": "vicuna-13b",
        "conversation": [{"content": text, "role": role} for role, text in chat],
        "turn": 1,
        "language": "English",
        "openai_moderation": [
            {"categories": dict.fromkeys(NAMES, False), "category_scores": each, "flagged": False}
            for each in moderation
        ],
        "redacted": False,
    }


@given(rows())
def test_rows_are_read_back(row: dict[str, Any]) -> None:
    found = one(READER, row, Settings(classifiers=shipped_classifiers()))
    assert said(found) == [(Role(each["role"]), each["content"]) for each in row["conversation"]]
    assert found.id == "c1"
    assert found.attributes == {"model": "vicuna-13b"}
    spoke = frozenset(message.role for message in found.messages)
    assert {name: found.looked_for[name] for name in NAMES} == dict.fromkeys(NAMES, spoke)  # type: ignore[index]
    assert "refusal" not in (found.looked_for or {})
    for message, entry in zip(found.messages, row["openai_moderation"], strict=True):
        scored = {label.name: label.value for label in message.labels}
        assert {name: scored[name] for name in NAMES} == entry["category_scores"]
        # the models of that time did not know this name: it is unknown, not absent
        assert scored["illicit"] is None
    assert READER.claims(Head(json.dumps(row).encode()))


def test_a_message_without_an_entry_is_unknown() -> None:
    user = {"role": "user", "content": "a"}
    row = {"conversation": [user, user], "openai_moderation": [{"category_scores": {"hate": 0.9}}, None]}
    found = one(READER, row, faked("openai-moderation"))
    assert found.messages[0].labels == (Label("hate", 0.9, "openai-moderation"),)
    assert [label.value for label in found.messages[1].labels] == [None, None]
    assert found.looked_for == {"self-harm": frozenset({Role.USER}), "hate": frozenset({Role.USER})}
    assert one(READER, row | {"openai_moderation": None}).looked_for == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conversation": []}, "the row has no list of messages in `conversation`"),
        ({"toxic": False}, "this is a row of WildChat"),
        ({"conversation": ["a"]}, "a message of the row is not an object"),
        ({"conversation": [{"role": "bot"}]}, "message 1: unknown role `bot`"),
        ({"openai_moderation": {}}, "`openai_moderation` is not a list"),
        ({"openai_moderation": []}, "`openai_moderation` has 0 entries for 1 messages"),
        ({"openai_moderation": ["safe"]}, "message 1: what `openai-moderation` said is not an object"),
    ],
)
def test_faults(change: dict[str, object], message: str) -> None:
    row = {"conversation": [{"role": "user", "content": "a"}], "openai_moderation": [None]} | change
    assert fault(READER, row) == message
