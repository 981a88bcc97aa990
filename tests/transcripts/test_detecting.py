"""Detectors add to what was recorded, and never overrule it."""

from __future__ import annotations

import pytest

from policy_engine.transcripts.detecting import apply, detector_named, detectors
from policy_engine.transcripts.detectors.refusal import DETECTOR, SOURCE
from policy_engine.transcripts.message import Conversation, Label, Message, Role

REPLY = "I can't help with that."


def test_detectors_are_found_by_name() -> None:
    assert [detector.name for detector in detectors()] == ["refusal"]
    assert detector_named("refusal") is DETECTOR
    with pytest.raises(ValueError, match="did you mean `refusal`"):
        detector_named("refusals")


def test_a_detector_adds_labels_and_says_that_it_looked() -> None:
    user, reply = Message(Role.USER, content=REPLY), Message(Role.ASSISTANT, content=REPLY)
    found = apply(Conversation("a", (user, reply), looked_for={"violence": None}), [DETECTOR])
    assert found.messages == (user, Message(Role.ASSISTANT, (Label("refusal", True, SOURCE),), REPLY))
    assert found.looked_for == {"violence": None, "refusal": frozenset({Role.ASSISTANT})}


@pytest.mark.parametrize("value", [True, False, None, 0.3])
def test_what_was_recorded_stays(value: float | bool | None) -> None:
    message = Message(Role.ASSISTANT, (Label("refusal", value, "human"),), REPLY)
    assert apply(Conversation("a", (message,)), [DETECTOR]).messages == (message,)


def test_what_was_looked_for_only_grows() -> None:
    message = Message(Role.USER)
    for before in (None, {"refusal": None}):
        assert apply(Conversation("a", (message,), looked_for=before), [DETECTOR]).looked_for == before
    found = apply(Conversation("a", (message,), looked_for={"refusal": frozenset({Role.USER})}), [DETECTOR])
    assert found.looked_for == {"refusal": frozenset({Role.USER, Role.ASSISTANT})}
    assert apply(found, []) is found
