"""Why a rule that a message counted for did nothing."""

from __future__ import annotations

import pytest

from policy_engine.machine.machine import compile_policy
from policy_engine.model.loading import load_text
from policy_engine.reports.reasons import not_done_words
from policy_engine.simulation.simulation import run
from policy_engine.transcripts.message import Conversation, Label, Message, Role

REFUSED = (Message(Role.USER), Message(Role.ASSISTANT, (Label("refusal"),)))
APPEALED = Message(Role.SERVICE, (Label("appeal"),))


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("after 1 refusal", "and fires once"),
        ("after 1 refusal, starting over when an appeal is granted", "and fires once until its count starts over"),
        ("after 1 refusal since an appeal is granted", "and fires once until its count starts over"),
    ],
)  # fmt: skip
def test_how_often_a_rule_that_has_fired_may_fire_is_told(clause: str, said: str) -> None:
    policy = load_text(f"rule one\n  {clause}, add a strike").policy
    assert policy is not None
    conversation = Conversation("one", (APPEALED, *REFUSED, *REFUSED))
    *_, last = run(compile_policy(policy), conversation).moments
    (idle,) = last.not_done
    assert not_done_words(idle, policy) == f"it fired at message 3 (turn 1), {said}"
