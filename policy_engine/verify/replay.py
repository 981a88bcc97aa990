"""Running a witness again: by the ordinary machine, by the plain interpreter, and before the judge of promises.

What a prover says of a conversation is not believed. Here nothing is cut, merged or looked up: the conversation
goes through the machine that runs live ones and through the reference, which share no code, and what was claimed
is asked of both.
"""

from __future__ import annotations

from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy, Promise, Standard
from policy_engine.reference.interpreter import interpret
from policy_engine.reference.promises import Verdict, judge
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.product import Product
from policy_engine.verify.question import Question


class Disagreement(Exception):
    """Two that must agree do not: a fault of this software. The message says of what, for a report of the fault."""


def decisions_in(policy: Policy, conversation: Conversation) -> tuple[Decision, ...]:
    """What a policy decides at each message, by the machine and by the reference. Raises Disagreement."""
    machine = compile_policy(policy)
    encoder, walk = (
        machine.encoder(conversation.looked_for),
        machine.walk(machine.initial(conversation.attributes)),
    )
    decisions = tuple(walk.step(*encoder.observe(each)) for each in conversation.messages)
    if list(decisions) != interpret(policy, conversation):
        raise Disagreement("the machine and the reference interpreter decide differently")
    return decisions


def judged(
    policy: Policy, promise: Promise, conversation: Conversation, standard: Standard | None = None
) -> Verdict:
    """What a conversation says of a promise. Raises Disagreement."""
    return judge(policy, promise, conversation, decisions_in(policy, conversation), standard)


def first_true(question: Question, conversation: Conversation) -> int | None:
    """The first message, from 0, at which the question's formula is true; None where there is none.

    Policies are taken as they are, and messages as they are recorded. Raises Disagreement.
    """
    for policy in question.policies:
        decisions_in(policy, conversation)
    product, given = Product(question, is_cut=False, is_merged=False), dict(conversation.attributes)
    return product.first_true(product.begun(given), conversation) if product.speaks_of(given) else None


def is_shown(question: Question, conversation: Conversation) -> bool:
    """Whether the formula is true at the last message of a conversation, and at none before. Raises Disagreement."""
    return first_true(question, conversation) == len(conversation.messages) - 1
