"""What a stop names is what its clause saw last, however long the conversation is."""

from __future__ import annotations

from pathlib import Path

import policy_engine as pe

ABUSE_IN_CRISIS = (
    pe.Message(pe.Role.USER, (pe.Label("sexual/minors"), pe.Label("self-harm"))),
    pe.Message(pe.Role.ASSISTANT, (pe.Label("refusal"), pe.Label("redirection"))),
)


def test_a_long_conversation_is_explained_by_its_latest_messages(root: Path) -> None:
    policy = pe.load(root / "policies" / "last_resort.policy")
    simulation = pe.simulate(policy, pe.Conversation("long", ABUSE_IN_CRISIS * 500, {"model": "opus-4"}))
    *_, last = simulation.moments
    assert {each.stop.rule for each in last.stopped} == {"persistent-harm"}
    for stopped in last.stopped:
        assert [(each.message, each.found.label) for each in stopped.evidence] == [(999, "self-harm")]
