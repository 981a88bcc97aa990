"""Whether two versions differ: the answer of the changed rules alone is that of both policies, and of conversations."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from decided import decided
from random_policies import random_conversation, random_policy
from scale import sources
from sound import POLICIES, policy_at, policy_of

from policy_engine.model.model import After, Policy
from policy_engine.model.timing import is_timed
from policy_engine.verify.changed import Changed
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import Differ, Question, own_view
from policy_engine.verify.replay import is_shown


def difference(one: Policy, other: Policy, action: str | None = None) -> Question:
    policies = (one, other)
    return Question(policies, tuple(own_view(policies, each) for each in (0, 1)), Differ(0, 1, action))


def mutated(source: random.Random, policy: Policy) -> Policy:
    """The policy with one thing changed."""
    kind = source.randrange(5)
    rules = list(policy.rules)
    at = source.randrange(len(rules)) if rules else 0
    if kind == 0 and policy.nevers:
        policy = replace(policy, nevers=policy.nevers[1:])
    elif kind == 1 and policy.overrides:
        policy = replace(policy, overrides=policy.overrides[1:])
    elif kind == 2 and rules:
        rules[at] = replace(rules[at], guards=replace(rules[at].guards, excepts=(), at_most=None))
    elif kind == 3 and rules and isinstance(rules[at].trigger, After):
        trigger = rules[at].trigger
        assert isinstance(trigger, After)
        counts = (replace(trigger.counts[0], need=trigger.counts[0].need + 1), *trigger.counts[1:])
        rules[at] = replace(rules[at], trigger=replace(trigger, counts=counts))
    elif rules:
        del rules[at]
    changed = replace(policy, rules=tuple(rules))
    names = {part.name for part in (*changed.rules, *changed.ladders)}
    overrides = tuple(each for each in changed.overrides if {each.winner, each.loser} <= names)
    changed = replace(changed, overrides=overrides)
    return replace(changed, timed=is_timed(changed))


def assert_no_conversation_contradicts(question: Question, answer: Answer, source: random.Random) -> None:
    one, other = question.policies
    covered = answer.covered if isinstance(answer, GaveUp) else 99
    for _ in range(20):
        conversation = random_conversation(source, one.timed or other.timed)
        both = zip(decided(one, conversation), decided(other, conversation), strict=True)
        for mine, theirs in list(both)[:covered]:
            assert {(each.action, each.text) for each in mine.actions} == {
                (each.action, each.text) for each in theirs.actions
            }


@pytest.mark.seeds
def test_the_changed_rules_tell_whether_policies_differ() -> None:
    met = {Never: 0, Shown: 0}
    for source in sources(78, 25):
        policy = random_policy(source, core_only=source.random() < 0.3)
        question = difference(policy, mutated(source, policy))
        answer = Changed().answer(question, Budget(0.3, 3_000))
        match answer:
            case Shown(conversation):
                met[Shown] += 1
                assert is_shown(question, conversation)
                whole = Explicit().answer(question, Budget(0.15, 2_000))
                if isinstance(whole, Shown):
                    assert len(whole.conversation.messages) == len(conversation.messages)
                else:
                    assert isinstance(whole, GaveUp)
                    assert whole.covered < len(conversation.messages)
            case _:
                met[Never] += isinstance(answer, Never)
                assert_no_conversation_contradicts(question, answer, source)
    assert min(met.values()) >= 2


@pytest.mark.parametrize(
    ("name", "old", "new", "length"),
    [
        ("last_resort.policy", "after 2 refusals on extreme within", "after 3 refusals on extreme within", 3),
        ("last_resort.policy", "within 10 turns, warn", "within 9 turns, warn", 19),
        ("last_resort.policy", "asked in the last 2 turns", "asked in the last 3 turns", 5),
        ("crisis.policy", "from the user or could not be checked", "from the user", 1),
    ],
)  # fmt: skip
def test_one_rule_of_a_large_policy_is_compared_by_itself(
    name: str, old: str, new: str, length: int, tmp_path: Path
) -> None:
    shutil.copytree(POLICIES, tmp_path / "policies")
    changed = tmp_path / "policies" / name
    text = changed.read_text(encoding="utf-8")
    assert text.count(old) == 1
    changed.write_text(text.replace(old, new), encoding="utf-8")
    one, other = (policy_at(folder / "last_resort.policy") for folder in (POLICIES, tmp_path / "policies"))
    answer = Changed().answer(difference(one, other), Budget(30.0))
    assert isinstance(answer, Shown)
    assert len(answer.conversation.messages) == length


def test_what_only_looks_different_is_none() -> None:
    text = "rule x\n  after 2 refusals on hate, end the chat, except when {} is detected\n"
    more = 'rule y\n  when harassment is detected, warn the user "Stop.", only if a strike has been added\n'
    one, other = (
        policy_of(text.format(words) + more) for words in ("harassment or hate", "hate or harassment")
    )
    assert isinstance(Changed().answer(difference(one, other), Budget(10.0)), Never)


def test_a_rule_that_another_makes_useless_makes_no_difference() -> None:
    text = "rule x\n  when hate is detected, add a strike\n"
    more = "rule y\n  when hate is detected from the user, add a strike\n"
    one, other = policy_of(text), policy_of(text + more)
    assert isinstance(Changed().answer(difference(one, other), Budget(10.0)), Never)
