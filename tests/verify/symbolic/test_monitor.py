"""The equations of a promise are true where the judge of promises says that it is broken, and nowhere before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from decided import decided
from docs.doc_blocks import read_example
from docs.test_examples import Told, loaded, told
from random_policies import VOCABULARIES, random_conversation, random_policy, random_promise
from scale import sources

from policy_engine.model.model import Policy, Promise, Standard
from policy_engine.model.timing import is_promise_timed
from policy_engine.reference.promises import Outcome, judge
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.promised import question_of
from policy_engine.verify.symbolic.circuit import Signal
from policy_engine.verify.symbolic.cone import cone_of
from policy_engine.verify.symbolic.problem import Problem, inputs_of, written
from policy_engine.verify.symbolic.stepping import Stepping


def first(problem: Problem, signal: Signal, conversation: Conversation) -> int | None:
    """The first message at which a signal is true; None where it never is, or is not spoken of."""
    system = problem.system
    watched = [signal, system.valid]
    stepping = Stepping(cone_of(system, watched), watched)
    for index, true in enumerate(inputs_of(problem, conversation)):
        seen = stepping.step(dict.fromkeys(true, 1), [conversation.messages[index].time or 0])
        assert seen.of(system.valid)
        if seen.of(signal) and seen.of(system.start):
            return index
    return None


def judged(
    policy: Policy, promise: Promise, conversation: Conversation, standard: Standard | None = None
) -> int | None:
    """The first message at which the promise is broken, or shown by the conversation so far."""
    decisions = decided(policy, conversation)
    for index in range(len(conversation.messages)):
        so_far = replace(conversation, messages=conversation.messages[: index + 1])
        verdict = judge(policy, promise, so_far, decisions[: index + 1], standard)
        if verdict.outcome in (Outcome.BROKEN, Outcome.WITNESS):
            assert verdict.at == index
            return index
    return None


def assert_agree(problem: Problem, conversation: Conversation, expected: int | None) -> None:
    """Where doubts are followed for too long, it is true no later; of what is sure, no earlier."""
    found = first(problem, problem.bad, conversation)
    surely = first(problem, problem.surely, conversation)
    if problem.is_exact:
        assert found == surely == expected
    else:
        assert expected is None or (found is not None and found <= expected)
        assert surely is None or (expected is not None and expected <= surely)


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(10))
def test_a_formula_is_true_where_its_promise_is_broken(seed: int) -> None:
    for source in sources(seed, 60):
        policy = random_policy(source)
        promise = random_promise(source, policy)
        timed = policy.timed or is_promise_timed(promise, policy.vocabulary)
        problem = written(question_of(policy, promise))
        for _ in range(3):
            conversation = random_conversation(source, timed)
            assert_agree(problem, conversation, judged(policy, promise, conversation))


@pytest.mark.seeds
def test_a_standard_reads_with_its_own_vocabulary() -> None:
    for source in sources(11, 300):
        policy = random_policy(source)
        vocabulary = source.choice(VOCABULARIES)
        # A standard's promise is drawn as one of a policy in the standard's vocabulary.
        promise = random_promise(source, replace(policy, vocabulary=vocabulary))
        standard = Standard("drawn", vocabulary, (promise,))
        timed = policy.timed or is_promise_timed(promise, vocabulary)
        conversation = random_conversation(source, timed)
        expected = judged(policy, promise, conversation, standard)
        assert_agree(written(question_of(policy, promise, standard)), conversation, expected)


@pytest.mark.parametrize("example", list(told("conversation")))
def test_every_example_of_the_documents(example: Told, tmp_path: Path) -> None:
    policy = loaded(example, tmp_path)
    conversation = read_example(example.block.text).conversation
    for promise in policy.promises:
        assert_agree(
            written(question_of(policy, promise)), conversation, judged(policy, promise, conversation)
        )
