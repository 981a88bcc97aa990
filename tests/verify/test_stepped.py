"""Steps by blocks of inputs lead where the product leads by each input, and a limit leaves out no plainer path."""

from __future__ import annotations

import random

import pytest
from random_policies import random_policy, random_promise
from scale import sources

from policy_engine.model.model import Policy, Promise
from policy_engine.verify.alphabet import TooWide
from policy_engine.verify.explicit import search
from policy_engine.verify.product import Product, State
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Budget
from policy_engine.verify.stepped import TRUE, Stepped
from policy_engine.verify.untimed import Limit
from policy_engine.verify.watch import Outcome
from policy_engine.verify.witness import Found

STATES = 25
MOST_INPUTS = 300


def untimed(source: random.Random) -> Product | None:
    """A product of a few inputs in which no time passes."""
    policy = random_policy(source, seconds=False)
    return product_of(policy, random_promise(source, policy))


def product_of(policy: Policy, promise: Promise) -> Product | None:
    product = Product(question_of(policy, promise))
    try:
        return None if product.is_timed or len(product.inputs) > MOST_INPUTS else product
    except TooWide:
        return None


def led_to(product: Product, stepped: Stepped, state: State, order: list[int]) -> dict[int, int]:
    """Where a state leads to by each input, one by one: the states after it, each by the first input in the order."""
    found: dict[int, int] = {}
    for number in order:
        after, outcome = product.step(state, product.inputs[number], 0)
        if outcome is Outcome.TRUE:
            found.setdefault(TRUE, number)
        elif outcome is Outcome.GOES_ON and not product.watch.is_hopeless(after.memory):
            found.setdefault(stepped.placed(after), number)
    return found


def assert_alike(product: Product, source: random.Random) -> int:
    """Both ways of stepping lead to the same from the first states. How many inputs are in a block with others."""
    order = source.sample(range(len(product.inputs)), len(product.inputs))
    stepped, left = Stepped(product, [order]), [state for _, state in product.initial()]
    met = set(left)
    together = 0
    while left and len(met) < STATES:
        state = left.pop(0)
        steps = list(stepped.steps(stepped.placed(state), 0))
        firsts: dict[int, int] = {}
        for after, number in steps:
            firsts.setdefault(after, number)
        one_by_one = led_to(product, stepped, state, order)
        # What settles a gauge for good may be left out by blocks: from there the formula is never true.
        assert firsts.items() <= one_by_one.items()
        assert firsts.get(TRUE) == one_by_one.get(TRUE)
        if not product.watch.settling:
            assert firsts == one_by_one
        together += len(order) - len(steps)
        for number in one_by_one.values():
            after, outcome = product.step(state, product.inputs[number], 0)
            if outcome is Outcome.GOES_ON and after not in met:
                met.add(after)
                left.append(after)
    return together


@pytest.mark.seeds
def test_blocks_lead_where_each_input_leads() -> None:
    together = 0
    for source in sources(84, 40):
        product = untimed(source)
        if product is not None:
            together += assert_alike(product, source)
    assert together > 1_000


@pytest.mark.seeds
def test_a_limit_finds_what_is_found_without() -> None:
    shown = 0
    for source in sources(85, 120):
        product = untimed(source)
        if product is None:
            continue
        found = search(product, Budget(5.0, 3_000))
        if not isinstance(found, Found):
            continue
        length, labels = len(found.path), sum(each.letter.weight for each in found.path)
        for limit in (Limit(length, labels), Limit(length), Limit(length + 1, 0)):
            assert search(product, Budget(5.0, 3_000), limit) == found
        for limit in (Limit(length - 1), Limit(length, labels - 1)):
            assert not isinstance(search(product, Budget(5.0, 3_000), limit), Found)
        shown += 1
    assert shown > 20
