"""Random pairs: the verdict agrees with drawn conversations, and a policy is alike to itself under other names."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from decided import decided
from drawn_conversations import random_conversation_over
from random_policies import random_policy
from scale import sources

from policy_engine.difference.difference import Finding, changes, finding_of
from policy_engine.difference.direction import Asked, Direction, is_so
from policy_engine.difference.ladder import ladder
from policy_engine.model.model import Policy

pytestmark = pytest.mark.slow


def renamed(policy: Policy) -> Policy:
    """The same, its rules called otherwise and in another order."""
    names = {part.name: f"z{number}" for number, part in enumerate((*policy.rules, *policy.ladders))}
    return replace(
        policy,
        rules=tuple(replace(each, name=names[each.name]) for each in reversed(policy.rules)),
        ladders=tuple(replace(each, name=names[each.name]) for each in reversed(policy.ladders)),
        overrides=tuple(
            replace(each, winner=names[each.winner], loser=names[each.loser]) for each in policy.overrides
        ),
    )


@pytest.mark.seeds
def test_a_policy_is_alike_to_itself_by_other_names() -> None:
    for source in sources(81, 100):
        policy = random_policy(source, core_only=False, seconds=source.random() < 0.3)
        found = tuple(changes((policy, renamed(policy)), ladder(), 1.0))
        assert finding_of(found) is Finding.ALIKE


@pytest.mark.seeds
def test_verdicts_agree_with_drawn_conversations() -> None:
    met: Counter[Finding] = Counter()
    for source in sources(82, 25):
        old = random_policy(source, core_only=True, seconds=False)
        new = replace(random_policy(source, core_only=True, seconds=False), vocabulary=old.vocabulary)
        if source.random() < 0.6 and len(old.rules) > 1:
            new = replace(old, rules=old.rules[1:], overrides=())
        found = tuple(changes((old, new), ladder(), 0.5))
        met[finding_of(found)] += 1
        for _ in range(40):
            both = replace(old, rules=(*old.rules, *new.rules), ladders=(*old.ladders, *new.ladders))
            conversation = random_conversation_over(source, both)
            runs = decided(old, conversation), decided(new, conversation)
            for change in found:
                for length in range(1, len(runs[0]) + 1):
                    short = runs[0][:length], runs[1][:length]
                    sooner, slower = (
                        is_so((old, new), change.deed, asked, short) for asked in (Asked.SOONER, Asked.SLOWER)
                    )
                    if change.finding is Finding.ALIKE:
                        assert not is_so((old, new), change.deed, Asked.APART, short)
                    if change.left_open:
                        continue
                    if change.direction in (Direction.MORE, Direction.EARLIER, Direction.WORDING):
                        assert not slower
                    if change.direction in (Direction.LESS, Direction.LATER, Direction.WORDING):
                        assert not sooner
    assert met[Finding.DIFFERENT] >= 5
