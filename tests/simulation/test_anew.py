"""A counter that starts over is told where it does: at the event, or at the turn that ends the quiet stretch."""

from __future__ import annotations

import pytest
from sound import policy_of

from policy_engine.machine.machine import compile_policy
from policy_engine.reports.account import remarks
from policy_engine.simulation.simulation import run
from policy_engine.transcripts.message import Conversation, Label, Message, Role

ASKED = Message(Role.USER, (Label("hate"),))
REFUSED = Message(Role.ASSISTANT, (Label("refusal"),))
CALM = (Message(Role.USER), Message(Role.ASSISTANT))
APPEALED = Message(Role.SERVICE, (Label("appeal"),))
LADDER = 'ladder one on hate after 1 refusal, warn the user "a" after 2 more refusals, add a strike'


@pytest.mark.parametrize(
    ("text", "messages", "told"),
    [
        (
            "rule one after 3 refusals, starting over when an appeal is granted, add a strike",
            (ASKED, REFUSED, APPEALED, *CALM),
            {3: "one starts over, 0 of 3 refusals"},
        ),
        (
            "rule one after 3 refusals, starting over after 2 turns without one, add a strike",
            (ASKED, REFUSED, *CALM, *CALM, *CALM, *CALM),
            {7: "one starts over, 0 of 3 refusals"},
        ),
        (
            "rule one after 3 refusals since an appeal is granted, add a strike",
            (APPEALED, ASKED, REFUSED, APPEALED, APPEALED),
            {4: "one starts over, 0 of 3 refusals"},
        ),
        (
            f"{LADDER} start over when an appeal is granted",
            (ASKED, REFUSED, *CALM, APPEALED, *CALM),
            {5: "one starts over, step 1: 0 of 1 refusal"},
        ),
        (
            f"{LADDER} start over when an appeal is granted",
            (ASKED, REFUSED, APPEALED, APPEALED),
            {3: "one starts over, step 1: 0 of 1 refusal"},
        ),
        ("rule one after every 1 refusal, add a strike", (ASKED, REFUSED, *CALM), {}),
        ("rule one after 3 refusals within 2 turns, add a strike", (ASKED, REFUSED, *CALM, *CALM), {}),
        (LADDER, (ASKED, REFUSED, *CALM), {}),
    ],
)
def test_it_is_told_once_and_there(text: str, messages: tuple[Message, ...], told: dict[int, str]) -> None:
    policy = policy_of(text)
    found = {
        moment.number: "".join(map(str, remark.says))
        for moment in run(compile_policy(policy), Conversation("chat", messages)).moments
        for remark in remarks(moment, policy, False)
        if "starts over" in "".join(map(str, remark.says))
    }
    assert found == told
