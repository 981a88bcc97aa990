"""The names of groups are put back where all of their labels are asked for together."""

from __future__ import annotations

import pytest
from sound import policy_of

from policy_engine.model.model import Policy
from policy_engine.reports.english import trigger_words
from policy_engine.reports.groups import with_group_names

GROUPS = """
group crisis = self-harm or imminent-harm
group bad = hate or violence or crisis
group alone = terrorism
"""


def policy(text: str) -> Policy:
    return policy_of(GROUPS + text)


@pytest.mark.parametrize(
    ("trigger", "told"),
    [
        ("when crisis is detected", "when crisis is detected"),
        ("when imminent-harm or self-harm is detected", "when crisis is detected"),
        ("when self-harm is detected", "when self-harm is detected"),
        ("when spam or crisis or terrorism is detected", "when spam, crisis or terrorism is detected"),
        ("when crisis at 0.8 is detected", "when crisis at 0.8 is detected"),
        (
            "when self-harm at 0.8 or imminent-harm is detected",
            "when self-harm at 0.8 or imminent-harm is detected",
        ),
        ("when bad is detected", "when bad is detected"),
        ("when alone is detected", "when terrorism is detected"),
        ("after 2 refusals on crisis", "after 2 refusals on crisis"),
        ("after 2 refusals on the same category of bad", "after 2 refusals on the same category of bad"),
    ],
)
def test_a_group_is_told_by_its_name(trigger: str, told: str) -> None:
    named = with_group_names(policy(f"rule one\n  {trigger}, add a strike".replace("spam", "sexual")))
    assert trigger_words(named.rules[0].trigger, named.vocabulary) == told.replace("spam", "sexual")


def test_a_policy_without_groups_is_itself() -> None:
    plain = policy_of("rule one\n  when hate is detected, add a strike")
    assert with_group_names(plain) is plain
