"""The equations of a promise are true where the judge of promises says that it is broken, and nowhere before."""

from __future__ import annotations

from dataclasses import replace

from decided import decided
from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, policies, promises

from policy_engine.model.model import Policy, Promise
from policy_engine.model.timing import is_promise_timed
from policy_engine.reference.promises import Outcome, judge
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.promised import question_of
from policy_engine.verify.symbolic.cone import cone_of
from policy_engine.verify.symbolic.problem import Problem, inputs_of, written
from policy_engine.verify.symbolic.stepping import Stepping


def first_bad(problem: Problem, conversation: Conversation) -> int | None:
    """The first message at which the formula is true; None where it never is, or is not spoken of."""
    system = problem.system
    watched = [problem.bad, system.valid]
    stepping = Stepping(cone_of(system, watched), watched)
    for index, true in enumerate(inputs_of(problem, conversation)):
        seen = stepping.step(dict.fromkeys(true, 1), [conversation.messages[index].time or 0])
        assert seen.of(system.valid)
        if seen.of(problem.bad) and seen.of(system.start):
            return index
    return None


def judged(policy: Policy, promise: Promise, conversation: Conversation) -> int | None:
    """The first message at which the promise is broken, or shown by the conversation so far."""
    decisions = decided(policy, conversation)
    for index in range(len(conversation.messages)):
        so_far = replace(conversation, messages=conversation.messages[: index + 1])
        verdict = judge(policy, promise, so_far, decisions[: index + 1])
        if verdict.outcome in (Outcome.BROKEN, Outcome.WITNESS):
            assert verdict.at == index
            return index
    return None


@given(st.data())
def test_a_formula_is_true_where_its_promise_is_broken(data: st.DataObject) -> None:
    policy = data.draw(policies())
    promise = data.draw(promises(policy))
    timed = policy.timed or is_promise_timed(promise, policy.vocabulary)
    conversation = data.draw(conversations(timed))
    problem = written(question_of(policy, promise))
    found, expected = first_bad(problem, conversation), judged(policy, promise, conversation)
    if problem.is_exact:
        assert found == expected
    else:
        assert expected is None or (found is not None and found <= expected)
