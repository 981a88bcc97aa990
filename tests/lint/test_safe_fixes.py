"""A safe fix changes no decision: the policies before and after it, side by side in drawn conversations.

They are those with a planted fault, and the examples of the rules. ``make fuzz`` draws many more conversations.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from decided import decided
from drawn_conversations import random_conversation_over
from lint.examples import INVALID, look
from lint.planted import PLANTED, Planted, plant
from linted import QUICK, loaded_as, look_at
from scale import sources

from policy_engine.lint.fixing import mended
from policy_engine.lint.rule import Example, Rule
from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.loading import load_policy, read_file
from policy_engine.model.model import Policy
from policy_engine.source import Source

pytestmark = pytest.mark.slow

CONVERSATIONS = 200
RULES = {rule.name: rule for rule in QUICK}


def assert_alike(one: Policy, other: Policy) -> None:
    """Both take the same actions with the same texts, on trial as well, at every message."""
    before, after = compile_policy(one), compile_policy(other)
    for seed, source in enumerate(sources(4, CONVERSATIONS)):
        conversation = random_conversation_over(source, one)
        for mine, theirs in zip(decided(before, conversation), decided(after, conversation), strict=True):
            assert deeds(mine) == deeds(theirs), f"conversation {seed}"


def deeds(decision: Decision) -> object:
    """What is done at a message, whoever asked for it."""
    return tuple((each.action, each.text) for each in decision.actions), frozenset(
        (each.action, each.text) for each in decision.trial
    )


def examples() -> list[tuple[Rule, Example]]:
    """The examples of rules whose policy has a fix."""
    return (
        (rule, example) for rule, example in INVALID if example.fixed is not None and not example.standard
    )


@pytest.mark.seeds
@pytest.mark.parametrize(("rule", "example"), examples(), ids=lambda given: getattr(given, "name", None))
def test_the_examples_do_the_same_after_a_safe_fix(rule: Rule, example: Example) -> None:
    _, found = look(rule, example)
    assert found[0].location is not None
    before = found[0].location.source
    after, done = mended(before, lambda text: look(rule, example, text), unsafe=False)
    if not done:
        assert not any(each.fix is not None and each.fix.safe for each in found)
        return
    assert_alike(policy_of(example, before), policy_of(example, after))


def policy_of(example: Example, text: Source) -> Policy:
    """The policy of an example whose main file has this text."""
    files = {"words.yaml": example.vocabulary or "", **dict(example.files), text.name: text.text}
    loaded = load_policy(text.name, lambda path: Source(path, files[path]))
    assert loaded.policy is not None
    return loaded.policy


@pytest.mark.seeds
@pytest.mark.parametrize(
    "planted", [each for each in PLANTED if RULES[each.rule].fixes], ids=lambda planted: planted.rule
)
def test_shipped_policies_do_the_same_after_a_safe_fix(policies: Path, planted: Planted) -> None:
    path = plant(policies, planted)
    before = read_file(str(path))
    after, done = mended(before, lambda text: look_at(path, text, [RULES[planted.rule]]), unsafe=False)
    if not done:
        found = look_at(path, before, [RULES[planted.rule]])[1]
        assert not any(each.fix is not None and each.fix.safe for each in found)
        return
    one, other = loaded_as(path).policy, loaded_as(path, after).policy
    assert one is not None
    assert other is not None
    assert_alike(one, other)
