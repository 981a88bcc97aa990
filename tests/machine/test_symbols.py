"""Label sets that an encoder takes for alike are alike to the policy."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from policy_engine.machine.encoder import Encoder
from policy_engine.model.model import Reading
from policy_engine.source import Source
from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.vocabulary.loader import load_vocabulary

WORDS = """
categories:
  high:       {threshold: 0.7, aliases: [H1]}
  high/part:  {threshold: 0.3, implies: [high]}
  high/doubt: {implies: [high/part], when-unknown: detected}
  other:      {threshold: 0.0, when-unknown: absent}
  unread:     {}
acts:
  refusal:    {plural: refusals}
actions:
  end-chat:   {phrase: end the chat, past: the chat is ended, ends: true}
"""
VOCABULARY, FAULTS = load_vocabulary(Source("words.yaml", WORDS), lambda _: None)
READINGS = (
    Reading("high"),
    Reading("high", 0.5),
    Reading("high/part", 0.3),
    Reading("other"),
    Reading("refusal"),
)
SCORES = (
    0, 1, True, False, None, 0.0, 0.29, 0.3, math.nextafter(0.3, 0), 0.5, 0.6, 0.7, 1.0, -0.1, 1.1, math.nan, math.inf
)  # fmt: skip
NAMES = ("high", "H1", "high/part", "high/doubt", "other", "unread", "nobody-knows", "refusal")
LABELS = st.lists(st.builds(Label, st.sampled_from(NAMES), st.sampled_from(SCORES)), max_size=5).map(tuple)
MESSAGES = st.lists(st.builds(Message, st.sampled_from(Role), LABELS), min_size=1, max_size=30)
SOUGHT = st.sampled_from((None, {}, {"high": None, "other": frozenset({Role.USER})}))


@given(MESSAGES, SOUGHT)
def test_a_remembered_symbol_is_that_of_a_fresh_encoder(
    messages: list[Message], sought: dict[str, frozenset[Role] | None] | None
) -> None:
    assert VOCABULARY is not None, FAULTS
    encoder = Encoder(VOCABULARY, READINGS, sought)
    for message in messages:
        assert encoder.observe(message) == Encoder(VOCABULARY, READINGS, sought).observe(message)


def test_scores_that_reach_the_same_thresholds_are_worked_out_once() -> None:
    assert VOCABULARY is not None, FAULTS
    encoder = Encoder(VOCABULARY, READINGS)
    for number in range(1_000):
        encoder.symbol(Role.USER, (Label("high", number / 1_000), Label("unread", number / 1_000)))
    assert len(encoder._memo) == 3  # below 0.5, below 0.7, and from there on
