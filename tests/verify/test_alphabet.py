"""The symbols of a question are all that messages can be to it, and no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_policies import (
    conversations,
    policies,
    promises,
    random_conversation,
    random_policy,
    random_promise,
)
from scale import sources
from sound import POLICIES, policy_at, policy_of, standard_at

from policy_engine.model.model import Policy, Promise
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.verify.alphabet import letters
from policy_engine.verify.product import Product
from policy_engine.verify.promised import question_of


def kind(role: Role) -> Role | None:
    """Whoever is neither user nor assistant is like any other of them."""
    return role if role in (Role.USER, Role.ASSISTANT) else None


def assert_all_there(policy: Policy, promise: Promise, conversation: Conversation) -> None:
    product = Product(question_of(policy, promise))
    known = {(kind(each.role), each.values) for each in letters(product.readers)}
    for message in conversation.messages:
        seen = product.letter(message, conversation.looked_for)
        assert (kind(seen.role), seen.values) in known


def assert_each_can_be(policy: Policy, promise: Promise) -> None:
    product = Product(question_of(policy, promise))
    for each in letters(product.readers):
        names = [*policy.vocabulary.labels, *policy.vocabulary.aliases]
        canonical = policy.vocabulary.canonical
        unsought = {canonical(name) for name in each.unsought}
        looked_for = {name: None for name in names if canonical(name) not in unsought}
        seen = product.letter(Message(each.role, each.labels), looked_for if each.unsought else None)
        assert seen.values == each.values
        for label in each.labels:
            name = canonical(label.name)
            assert name is not None
            assert each.role in policy.vocabulary.labels[name].roles


@given(data=st.data())
def test_no_message_is_left_out(data: st.DataObject) -> None:
    policy = data.draw(policies())
    assert_all_there(policy, data.draw(promises(policy)), data.draw(conversations(True)))


@given(data=st.data())
def test_every_symbol_is_that_of_its_record(data: st.DataObject) -> None:
    policy = data.draw(policies())
    assert_each_can_be(policy, data.draw(promises(policy)))


@pytest.mark.seeds
def test_both_hold_of_many() -> None:
    for source in sources(73, 150):
        policy = random_policy(source)
        promise = random_promise(source, policy)
        assert_all_there(policy, promise, random_conversation(source, True))
        assert_each_can_be(policy, promise)


def test_a_group_of_many_labels_is_few_symbols() -> None:
    policy = policy_at(POLICIES / "usage_policy_2025_09.policy")
    product = Product(question_of(policy, policy.promises[0]))
    assert len(letters(product.readers)) < 20


def test_labels_are_told_by_the_names_that_the_policy_has() -> None:
    policy = policy_at(POLICIES / "last_resort.policy")
    standard = standard_at(POLICIES / "standards" / "crisis_safety.standard")
    product = Product(question_of(policy, standard.promises[0], standard))
    names = {label.name for each in letters(product.readers) for label in each.labels}
    assert names <= set(policy.vocabulary.labels)


def assert_plainest(policy: Policy, promise: Promise) -> None:
    """No symbol that one or two labels give takes more."""
    product = Product(question_of(policy, promise))
    weights = {(kind(each.role), each.values): each.weight for each in letters(product.readers)}
    for role in Role:
        records = [
            Label(name, value)
            for name, entry in policy.vocabulary.labels.items()
            if role in entry.roles
            for value in (True, None, 0.0, entry.threshold)
        ]
        for one in records:
            assert weights[kind(role), product.letter(Message(role, (one,)), None).values] <= 1
            for other in records:
                seen = product.letter(Message(role, (one, other)), None)
                assert one.name == other.name or weights[kind(role), seen.values] <= 2


@pytest.mark.seeds
def test_no_symbol_takes_more_labels_than_it_must() -> None:
    for source in sources(86, 25):
        policy = random_policy(source)
        assert_plainest(policy, random_promise(source, policy))


def test_what_takes_two_labels_of_a_group_is_there() -> None:
    """One of a low score and one unknown: no label alone is detected, and unknown at the higher threshold.

    The first two in the alphabet are taken; that one implies the other adds nothing to its record.
    """
    policy = policy_of(
        "rule low\n  when hate or harassment is detected or could not be checked, add a strike\n"
        "rule high\n  when hate at 0.8 or harassment at 0.8 is detected or could not be checked, add a strike\n"
        "check that a strike is added at most 1 time within 3 turns"
    )
    product = Product(question_of(policy, policy.promises[0]))
    found = {each.values: each for each in letters(product.readers) if each.role is Role.USER}
    together = product.letter(Message(Role.USER, (Label("harassment", 0.5), Label("hate", None))), None)
    assert {(each.name, each.value) for each in found[together.values].labels} == {
        ("harassment", 0.5),
        ("harassment/threatening", None),
    }
