"""Each clause is one sentence, as a policy would say it."""

from __future__ import annotations

from sound import policy_of

from policy_engine.reports.sentences import sentences


def test_a_policy_is_told_clause_by_clause() -> None:
    policy = policy_of(
        "rule two\n  after every 2 refusals, add a strike and ask a person to review, at most once in 10 turns\n"
        "trial rule one\n  when hate is detected, end the chat, only if user.minor is false,\n"
        "  except when self-harm has been detected\n"
        "ladder climb on hate\n  after 2 refusals, add a strike\n  after 1 more refusal, end the chat\n"
        "  start over after 20 turns without a refusal\n"
        "never end the chat when self-harm has been detected\n"
        "rule two overrides ladder climb"
    )
    assert list(sentences(policy)) == [
        "ladder climb: counts refusals on hate; after 2 refusals, add a strike; then after 1 more refusal, "
        "end the chat; starts over after 20 turns without one.",
        "trial rule one: when hate is detected, end the chat, only if user.minor is false, "
        "except when self-harm has been detected.",
        "rule two: after every 2 refusals, add a strike and ask a person to review, at most once in 10 turns.",
        "never end the chat when self-harm has been detected.",
        "two overrides climb.",
    ]
