"""Every form of promise is told by what would break it."""

from __future__ import annotations

import pytest
from sound import policy_of

from policy_engine.reports.breaking import breaking_words

RULE = 'rule one when hate is detected, warn the user "Please stop." and end the chat\n'


@pytest.mark.parametrize(
    ("promise", "told"),
    [
        (
            "the chat is never ended when hate is detected in this turn",
            "by a message at which the chat is ended while hate has been detected in this turn, "
            "or while that may be so",
        ),
        (
            "the chat is never ended once hate has been detected, unless the user confirms",
            "by a message at which the chat is ended once hate has been detected, or once that may be so, "
            "unless the user confirms at that message",
        ),
        (
            "the chat is ended only when hate has been detected, or when the user confirms",
            "by a message at which the chat is ended while it is not certain that hate has been detected, "
            "unless the user confirms at that message",
        ),
        (
            "the chat is ended only after 3 refusals on hate",
            "by a message at which the chat is ended, if 3 refusals on hate are not certainly reached with it",
        ),
        (
            "when hate is detected from the user, a warning is given within 3 turns",
            "where hate is detected from the user, and the turn and the 2 turns after it end, "
            "or the chat is ended, before a warning is given",
        ),
        (
            "after 3 refusals on hate, the chat is ended, unless self-harm has been detected",
            "by a message with which 3 refusals on hate are certainly reached, if by then the chat was not ended, "
            "unless self-harm has been detected, or that may be so",
        ),
        (
            "a warning is given before the chat is ended",
            "by a message at which the chat is ended, with no earlier one at which a warning is given",
        ),
        (
            "a warning is given at most 2 times within 10 turns",
            "by a message with which a warning is given more than 2 times within 10 turns",
        ),
        (
            "a warning is given at least every 20 turns",
            "by a message that finds 20 turns gone since the first one, or since a warning was last given, "
            "and at which that does not happen",
        ),
        (
            "in some conversation the chat is ended",
            "where there is no such conversation: a policy that never acts cannot pass for safe",
        ),
    ],
)
def test_what_would_break_it_is_told(promise: str, told: str) -> None:
    policy = policy_of(f"{RULE}check that {promise}")
    assert next(breaking_words(policy.promises[0], policy.vocabulary)) == f"Broken {told}."


def test_of_which_conversations_it_speaks_is_told() -> None:
    policy = policy_of(f"{RULE}check that the chat is ended only after 1 refusal, only if user.minor is true")
    *_, last = breaking_words(policy.promises[0], policy.vocabulary)
    assert last == "It speaks only of conversations in which user.minor is true."
