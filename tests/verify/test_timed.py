"""Counts within a duration in a condition: proved, or shown by as few messages as trying every time shows it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from random_policies import VOCABULARIES
from scale import SCALE, sources
from sound import policy_of

from policy_engine.model.model import (
    Act,
    Condition,
    Count,
    CountReached,
    Detected,
    Guards,
    Lasting,
    NeverDone,
    Not,
    OnlyWhen,
    Policy,
    Promise,
    Reading,
    Rule,
    Scope,
    When,
)
from policy_engine.transcripts.message import SECOND, Conversation, Label, Message, Role
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.product import Product
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Budget, GaveUp, Never, Shown
from policy_engine.verify.replay import is_shown
from policy_engine.verify.timed import TimedSearch
from policy_engine.verify.witness import Found

PROMISED = """
rule ended
  {rule}
check that {promise}
"""
AFTER = "after 3 refusals on hate within 10 minutes, end the chat"
WHEN = "when violence is detected, end the chat, only if there have been at least 2 refusals on hate within 10 minutes"
EXCEPT = "after 2 refusals, end the chat, except when there have been fewer than 2 redirections within 1 hour"


@pytest.mark.parametrize(
    ("rule", "promise", "messages"),
    [
        (AFTER, "the chat is ended only when there have been at least 3 refusals on hate within 10 minutes", None),
        (AFTER, "the chat is ended only when there have been at least 3 refusals on hate within 9 minutes", 5),
        (AFTER, "the chat is never ended when there have been fewer than 3 refusals within 10 minutes", 6),
        (AFTER, "the chat is never ended when there have been at least 4 refusals on hate within 10 minutes", 7),
        (WHEN, "the chat is never ended when there have been fewer than 2 refusals on hate within 10 minutes", None),
        (WHEN, "the chat is never ended when there have been fewer than 3 refusals on hate within 10 minutes", 3),
        (WHEN, "the chat is never ended once there have been at least 3 refusals on hate within 10 minutes", 5),
        (EXCEPT, "the chat is ended only when there have been at least 2 redirections within 1 hour", None),
        (EXCEPT, "the chat is ended only when there have been at least 2 redirections within 59 minutes", 3),
        (EXCEPT, "after 2 refusals within 1 hour, the chat is ended, unless there have been fewer than 2 redirections"
         " within 90 minutes", 4),
    ],
)  # fmt: skip
def test_a_count_within_a_duration_is_no_reason_to_give_up(
    rule: str, promise: str, messages: int | None
) -> None:
    policy = policy_of(PROMISED.format(rule=rule, promise=promise))
    question = question_of(policy, policy.promises[0])
    found = Explicit().answer(question, Budget(60))
    if messages is None:
        assert isinstance(found, Never)
    else:
        assert isinstance(found, Shown)
        assert len(found.conversation.messages) == messages
        assert is_shown(question, found.conversation)


# --- against every conversation with some representative times --------------------------------

MOST = 3
LENGTHS = (5, 10)
"""Seconds that the policies below name; steps around them stand for all others."""
STEPS = (0, 5 * SECOND, 5 * SECOND + 1, 10 * SECOND + 1)
MESSAGES = (
    Message(Role.USER, ()),
    Message(Role.ASSISTANT, (Label("refusal", True),)),
    Message(Role.ASSISTANT, (Label("refusal", None),)),
    Message(Role.ASSISTANT, (Label("redirection", True),)),
    Message(Role.ASSISTANT, (Label("redirection", None),)),
    Message(Role.ASSISTANT, (Label("refusal", True), Label("redirection", True))),
    Message(Role.ASSISTANT, (Label("refusal", None), Label("redirection", True))),
    Message(Role.ASSISTANT, (Label("refusal", True), Label("redirection", None))),
)


def count(source: random.Random) -> Condition:
    """Whether up to 2 acts have been within a duration, or fewer."""
    act, need = source.choice(("refusal", "refusal", "redirection")), source.randint(1, 2)
    reached = CountReached(Count(act, need, within=Lasting(seconds=source.choice(LENGTHS))))
    return Not(reached) if source.random() < 0.4 else reached


def shortest(policy: Policy, promise: Promise) -> int | None:
    """How many messages break it, by trying all of up to :data:`MOST`; None where none do."""
    question = question_of(policy, promise)
    whole = Product(question, is_cut=False, is_merged=False)
    for length in range(1, MOST + 1):
        for messages in product(MESSAGES, repeat=length):
            if messages[-1].role is Role.USER:
                continue  # the rule acts on messages of the assistant
            for steps in product(STEPS, repeat=length - 1):
                times = [sum(steps[:number]) for number in range(length)]
                timed = tuple(
                    replace(message, time=time) for message, time in zip(messages, times, strict=True)
                )
                if whole.first_true(whole.begun({}), Conversation("tried", timed, {})) is not None:
                    return length
    return None


def test_it_agrees_with_every_conversation_of_some_times() -> None:
    met: Counter[int | None] = Counter()
    vocabulary = VOCABULARIES[3]  # an unknown refusal is forgotten after 5 seconds
    for source in sources(77, 25):
        here = Scope(this_message=True)
        rule = Rule(
            "ended",
            When(Detected((Reading(source.choice(("refusal", "redirection"))),), scope=here)),
            (Act("review"),),
            Guards(only_if=count(source)) if source.random() < 0.7 else Guards(),
        )
        policy = replace(
            policy_of("rule one\n  after 1 refusal, end the chat\n"),
            vocabulary=vocabulary, rules=(rule,), timed=True,
        )  # fmt: skip
        claim = (
            OnlyWhen("review", count(source))
            if source.random() < 0.5
            else NeverDone("review", count(source), source.random() < 0.4)
        )
        promise = Promise(claim, "as drawn")
        tried = shortest(policy, promise)
        found = Explicit().answer(question_of(policy, promise), Budget(20.0))
        assert not isinstance(found, GaveUp)
        if isinstance(found, Shown):
            assert is_shown(question_of(policy, promise), found.conversation)
            length = len(found.conversation.messages)
            assert tried == length or (tried is None and length > MOST)
        else:
            assert tried is None
        met[tried] += 1
    assert met[None] >= 2 * SCALE
    assert len(met) >= 3


# --- where zones were widened too far ----------------------------------------------------------


@pytest.mark.parametrize("within", [10, 9])
def test_a_path_that_no_times_fit_is_looked_for_anew_in_wider_zones(within: int) -> None:
    promise = f"the chat is ended only when there have been at least 2 refusals within {within} minutes"
    policy = policy_of(
        PROMISED.format(rule="after 2 refusals within 10 minutes, end the chat", promise=promise)
    )
    search = TimedSearch(Product(question_of(policy, policy.promises[0])), Budget(60))
    search.widest = 60 * SECOND  # of ten minutes, it takes a minute for long
    assert isinstance(search.found(), Never if within == 10 else Found)
    assert (search.widest > search.longest) == (within == 10)
