"""Reasons say the names of groups, where the policy that they are told by has them."""

from __future__ import annotations

import pytest
from sound import policy_of

from policy_engine.machine.machine import compile_policy
from policy_engine.reports.account import remarks
from policy_engine.reports.groups import with_group_names
from policy_engine.simulation.simulation import run
from policy_engine.transcripts.message import Conversation, Label, Message, Role

REFUSED = (Message(Role.USER, (Label("hate"),)), Message(Role.ASSISTANT, (Label("refusal"),)))
GROUP = "group cruel = hate or violence\n"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "rule one after 1 refusal, add a strike, only if cruel has been detected in this message",
            "only if cruel is detected in this message, which does not hold (one: only if)",
        ),
        (
            "rule one after 1 refusal, add a strike, except when there have been at least 1 refusal on cruel",
            "there have been at least 1 refusal on cruel (one: except)",
        ),
        (
            "rule one after 1 refusal on cruel and 2 refusals on terrorism, add a strike",
            "not done (one): 1 of 1 refusal on cruel, 0 of 2 refusals on terrorism",
        ),
    ],
)
def test_a_group_is_said_by_its_name(rule: str, said: str) -> None:
    policy = policy_of(GROUP + rule)
    *_, moment = run(compile_policy(policy), Conversation("hate", REFUSED)).moments
    for told, words in (
        (with_group_names(policy), said),
        (policy, said.replace("cruel", "hate or violence")),
    ):
        lines = ["".join(line) for each in remarks(moment, told, True) for line in (each.says, *each.details)]
        assert words in lines
