"""What is proved way by way is so, and each rule's own way is told from the others'."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from scale import sources

from policy_engine.model.loading import load_text
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Budget
from policy_engine.verify.symbolic.bounded import Bounded
from policy_engine.verify.symbolic.cone import cone_of
from policy_engine.verify.symbolic.problem import Problem, written
from policy_engine.verify.symbolic.prover import DEPTHS
from policy_engine.verify.symbolic.ways import is_no_way, ways_of

LENGTHS = 6
"""Messages up to which conversations are gone through."""

EXCEPT = ", except when self-harm has been detected"
RULES = """\
rule one
  after 3 refusals on hate, end the chat
rule two
  after 4 refusals on violence, end the chat, only if a warning has been given
rule warning
  after {need} refusals on hate or violence, warn the user "First."
check that the chat is ended only after {need} refusals on hate or violence
"""


def problem_of(text: str) -> Problem:
    policy = load_text(text).policy
    assert policy is not None
    return written(question_of(policy, policy.promises[0]))


def test_each_rule_that_may_do_it_is_a_way() -> None:
    problem = problem_of(RULES.format(need=2))
    assert len(ways_of(problem.system.circuit, problem.bad)) == 2


@pytest.mark.parametrize(("need", "is_kept"), [(3, True), (4, False)])
def test_a_promise_is_kept_where_each_rule_keeps_it(need: int, is_kept: bool) -> None:
    assert is_no_way(problem_of(RULES.format(need=need)), DEPTHS, Budget(60)) is is_kept


@pytest.mark.seeds
def test_what_is_no_way_is_in_no_conversation() -> None:
    met: Counter[bool] = Counter()
    for source in sources(35, 20):
        problem = problem_of(drawn(source))
        is_none = is_no_way(problem, DEPTHS, Budget(60))
        met[is_none] += 1
        bounded = Bounded(problem, cone_of(problem.system, [problem.bad]))
        assert not is_none or all(bounded.longer(Budget(60)) is None for _ in range(LENGTHS))
    assert all(met[each] >= 3 for each in (True, False))


def drawn(source: Random) -> str:
    """Rules that end the chat after some refusals, and a promise of how many it takes."""
    rules = [
        f"rule r{number}\n  after {source.randint(2, 4)} refusals on {source.choice(('hate', 'violence'))}"
        f"{source.choice(('', ' within 6 turns'))}, end the chat{source.choice(('', EXCEPT))}\n"
        for number in range(source.randint(2, 4))
    ]
    promise = f"check that the chat is ended only after {source.randint(1, 3)} refusals on hate or violence\n"
    return "".join(rules) + promise
