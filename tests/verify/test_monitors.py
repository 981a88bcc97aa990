"""A question's monitor says of every conversation what the judge of promises says of it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_policies import (
    VOCABULARIES,
    conversations,
    policies,
    promises,
    random_conversation,
    random_policy,
    random_promise,
)
from scale import SCALE, sources

from policy_engine.model.model import (
    Act,
    All,
    Any,
    Condition,
    Detected,
    Doubt,
    NeverDone,
    Not,
    Policy,
    Promise,
    Reading,
    Rule,
    Scope,
    Sometimes,
    When,
)
from policy_engine.model.timing import is_promise_timed
from policy_engine.reference.promises import Outcome
from policy_engine.transcripts.message import SECOND, Conversation, Label, Message, Role
from policy_engine.verify.promised import question_of
from policy_engine.verify.replay import first_true, judged
from policy_engine.vocabulary.vocabulary import Lasting, Vocabulary


def assert_agree(policy: Policy, promise: Promise, conversation: Conversation) -> None:
    found = first_true(question_of(policy, promise), conversation)
    if isinstance(promise.claim, Sometimes) and found is not None:
        # What follows may break the condition on the whole conversation; up to there, it is a witness.
        conversation = replace(conversation, messages=conversation.messages[: found + 1])
    verdict = judged(policy, promise, conversation)
    assert found == verdict.at
    assert (verdict.at is not None) == (verdict.outcome in (Outcome.BROKEN, Outcome.WITNESS))


@given(data=st.data())
def test_the_monitor_and_the_judge_agree(data: st.DataObject) -> None:
    policy = data.draw(policies())
    promise = data.draw(promises(policy))
    is_timed = policy.timed or is_promise_timed(promise, policy.vocabulary)
    assert_agree(policy, promise, data.draw(conversations(is_timed)))


@pytest.mark.seeds
def test_they_agree_on_many() -> None:
    for source in sources(71, 600):
        policy = random_policy(source, core_only=source.random() < 0.5)
        promise = random_promise(source, policy)
        is_timed = policy.timed or is_promise_timed(promise, policy.vocabulary)
        assert_agree(policy, promise, random_conversation(source, is_timed))


ACTS_AT_THE_END = Rule("last", When(Detected((Reading("appeal"),))), (Act("review"),))


FORGOTTEN = VOCABULARIES[1:]
"""In each of them some unknowns are forgotten."""


def doubtful_condition(source: random.Random, promise: Promise, vocabulary: Vocabulary) -> Condition:
    """What was drawn, and detections of labels whose unknowns are forgotten, together; some within `not`."""
    assert isinstance(promise.claim, NeverDone)
    labels = [each.name for each in vocabulary.labels.values() if each.unknown_lasts is not None]
    parts: list[Condition] = [promise.claim.condition]
    for _ in range(source.randint(0, 2)):
        readings = tuple(Reading(each) for each in source.sample(labels, source.randint(1, len(labels))))
        window = source.choice((None, Lasting(turns=1), Lasting(turns=3), Lasting(seconds=10)))
        scope = Scope(this_message=True) if source.random() < 0.2 else Scope(window=window)
        part = Detected(readings, source.choice((None, Role.ASSISTANT)), source.choice(list(Doubt)), scope)
        parts.append(Not(part) if source.random() < 0.5 else part)
    whole = source.choice((All, Any))(tuple(source.sample(parts, len(parts))))
    return Not(whole) if source.random() < 0.3 else whole


def with_end(source: random.Random, conversation: Conversation) -> Conversation:
    """Some of its messages, with more unknowns, and one at which :data:`ACTS_AT_THE_END` acts for the first time."""
    messages = [
        replace(
            message,
            labels=tuple(
                Label(each.name, each.value if source.random() < 0.6 else None)
                for each in message.labels
                if each.name != "appeal"
            ),
        )
        for message in conversation.messages[: source.randint(1, len(conversation.messages))]
    ]
    last = messages[-1].time
    time = None if last is None else last + source.choice((0, 1, 5, 10)) * SECOND
    end = Message(Role.SERVICE, (Label("appeal", True),), time=time)
    return replace(conversation, messages=(*messages, end))


@pytest.mark.seeds
def test_they_agree_on_how_long_once_remembers() -> None:
    """Doubts within `not`, of counts and of what could not be checked are forgotten as the language says."""
    broken = Counter[bool]()
    for source in sources(76, 3_000):
        drawn = random_policy(source)
        vocabulary = source.choice(FORGOTTEN)
        policy = replace(
            drawn,
            vocabulary=vocabulary,
            rules=(ACTS_AT_THE_END,),
            ladders=(),
            nevers=(),
            overrides=(),
            timed=False,
        )
        promise = random_promise(source, drawn, NeverDone)
        condition = doubtful_condition(source, promise, vocabulary)
        promise = Promise(NeverDone("review", condition, once=True), "as drawn")
        is_timed = is_promise_timed(promise, vocabulary)
        conversation = with_end(source, random_conversation(source, is_timed))
        assert_agree(policy, promise, conversation)
        broken[first_true(question_of(policy, promise), conversation) is not None] += 1
    assert min(broken.values()) >= 300 * SCALE


@pytest.mark.parametrize(("turns", "is_broken"), [(1, True), (2, False), (3, False), (4, True), (6, True)])
def test_a_doubt_may_come_back(turns: int, is_broken: bool) -> None:
    """Of abuse, an unknown is forgotten after a turn; of a redirection, after three: from then on it was checked."""
    vocabulary = VOCABULARIES[2]
    unchecked = Detected((Reading("redirection"),), None, Doubt.UNCHECKED)
    here = Detected((Reading("refusal"),), scope=Scope(this_message=True))
    condition = Any((All((here, Not(unchecked))), Detected((Reading("abuse"),))))
    policy = replace(
        random_policy(random.Random(1), seconds=False), vocabulary=vocabulary, rules=(ACTS_AT_THE_END,), ladders=(),
        nevers=(), overrides=(),
    )  # fmt: skip
    unknown = tuple(Label(each, None) for each in ("abuse", "redirection"))
    first = (Message(Role.USER, ()), Message(Role.ASSISTANT, (Label("refusal", True), *unknown)))
    quiet = (Message(Role.USER, ()), Message(Role.ASSISTANT, ()))
    end = Message(Role.SERVICE, (Label("appeal", True),))
    conversation = Conversation("back", (*first, *quiet * (turns - 1), end), {})
    promise = Promise(NeverDone("review", condition, once=True), "as written")
    assert_agree(policy, promise, conversation)
    assert (first_true(question_of(policy, promise), conversation) is not None) == is_broken
