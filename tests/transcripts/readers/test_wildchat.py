"""Rows of WildChat's three editions, which are made here after their cards."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.readers.chats import fault, one, said, scores, texts

from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.message import Role
from policy_engine.transcripts.reader import Head, Settings
from policy_engine.transcripts.readers.wildchat import READER

SLASHED = ("harassment/threatening", "hate/threatening", "self-harm", "self-harm/intent", "sexual/minors")
DETOXIFY = (
    "identity_attack",
    "insult",
    "obscene",
    "severe_toxicity",
    "sexual_explicit",
    "threat",
    "toxicity",
)

moments = st.datetimes(datetime(2023, 1, 1), datetime(2025, 1, 1)).map(
    lambda each: each.replace(microsecond=0)
)


def underscored(name: str) -> str:
    return name.replace("/", "_").replace("-", "_")


@st.composite
def rows(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, float]], list[datetime]]:
    """A row of the 1M set: turns of a user and a reply, each with its moderation, in one spelling or in both."""
    conversation, moderation, detoxify, told, times = [], [], [], [], []
    for turn in range(draw(st.integers(1, 3))):
        moment = draw(moments)
        times.append(moment)
        for role in ("user", "assistant"):
            of_user = {"country": "France", "hashed_ip": "ab", "state": None, "header": {"user-agent": "x"}}
            conversation.append(
                {
                    "role": role,
                    "content": draw(texts),
                    "language": "French",
                    "toxic": False,
                    "redacted": False,
                }
                | {
                    "turn_identifier": turn,
                    "timestamp": f"{moment:%Y-%m-%d %H:%M:%S}" if role == "assistant" else None,
                }
                | (of_user if role == "user" else {"country": None, "hashed_ip": None})
            )
            named = dict(zip(SLASHED, draw(st.tuples(*[scores] * len(SLASHED))), strict=True))
            told.append(named)
            spelling = draw(st.sampled_from(("slash", "underscore", "both")))
            slashed = {name: score if spelling != "underscore" else None for name, score in named.items()}
            others = {
                underscored(name): score if spelling != "slash" else None for name, score in named.items()
            }
            scored = slashed | others
            verdicts = {name: None if score is None else score >= 0.5 for name, score in scored.items()}
            moderation.append({"categories": verdicts, "category_scores": scored, "flagged": False})
            detoxify.append(dict.fromkeys(DETOXIFY, 0.25))
    row = {
        "conversation_hash": "h1",
        "model": "gpt-4",
        "timestamp": f"{times[-1]:%Y-%m-%d %H:%M:%S}",
        "conversation": conversation,
        "turn": len(times),
        "language": "French",
        "openai_moderation": moderation,
        "detoxify_moderation": detoxify,
        "toxic": False,
        "redacted": False,
        "country": "France",
        "state": None,
        "hashed_ip": "ab",
        "header": {},
    }
    return row, told, times


@given(rows())
def test_rows_are_read_back(made: Any) -> None:
    row, told, times = made
    found = one(READER, row, Settings(classifiers=shipped_classifiers()))
    assert said(found) == [(Role(each["role"]), each["content"]) for each in row["conversation"]]
    assert found.id == "h1"
    assert found.attributes == {"model": "gpt-4"}
    stamps = [int(each.replace(tzinfo=UTC).timestamp()) * 1_000_000 for each in times]
    assert [message.time for message in found.messages] == [stamp for stamp in stamps for _ in range(2)]
    for message, named in zip(found.messages, told, strict=True):
        scored = [
            (label.name, label.value) for label in message.labels if label.source == "openai-moderation"
        ]
        assert all((name, score) in scored for name, score in named.items())
        # a spelling that is null says nothing against the other
        assert all(value is not None for name, value in scored if name in named)
        toxic = {label.name: label.value for label in message.labels if label.source == "detoxify"}
        assert toxic["toxicity"] == 0.25
    # none of the two looks for what it cannot tell
    assert found.looked_for is not None
    assert "refusal" not in found.looked_for
    assert found.looked_for["self-harm"] == frozenset({Role.USER, Role.ASSISTANT})
    assert READER.claims(Head(json.dumps(row, indent=2).encode()))


def test_the_first_set_has_no_times_of_messages() -> None:
    row = {
        "conversation_id": "c1",
        "timestamp": "2023-04-09 00:02:53",
        "conversation": [
            {"role": "user", "content": "a", "toxic": False},
            {"role": "assistant", "content": "b"},
        ],
        "detoxify_moderation": [{"toxicity": 0.75}, {"toxicity": 0.25}],
    }
    found = one(READER, row)
    assert found.id == "c1"
    assert [message.time for message in found.messages] == [None, None]
    labelled = [(label.name, label.value) for message in found.messages for label in message.labels]
    assert labelled == [("detoxify:toxicity", 0.75), ("detoxify:toxicity", 0.25)]


def test_a_turn_without_a_time_leaves_all_without() -> None:
    turns = [
        {"role": "user", "content": "a", "turn_identifier": 1, "timestamp": None},
        {"role": "assistant", "content": "b", "turn_identifier": 1, "timestamp": "2023-04-09T00:02:53"},
        {"role": "user", "content": "c", "turn_identifier": 2, "timestamp": None},
    ]
    assert {message.time for message in one(READER, {"toxic": False, "conversation": turns}).messages} == {
        None
    }
    assert None not in {
        message.time for message in one(READER, {"toxic": False, "conversation": turns[:2]}).messages
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conversation": None}, "the row has no list of messages in `conversation`"),
        (
            {"conversation": [{"role": "user", "timestamp": "soon"}]},
            "message 1: the time `soon` is not a time",
        ),
        ({"detoxify_moderation": [1]}, "message 1: what `detoxify` said is not an object"),
    ],
)
def test_faults(change: dict[str, object], message: str) -> None:
    assert (
        fault(READER, {"conversation": [{"role": "user", "content": "a"}], "toxic": False} | change)
        == message
    )
