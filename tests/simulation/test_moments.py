"""Moments: every decision has a reason, what is asked for is explained, assumptions are named where they matter."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

import pytest
from random_policies import random_conversation, random_policy
from scale import sources

from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.loading import load_text
from policy_engine.model.model import Policy
from policy_engine.reference.interpreter import interpret
from policy_engine.reports.account import Kind, remarks
from policy_engine.reports.screen import Screen
from policy_engine.reports.timeline import Shown, timeline
from policy_engine.simulation.moments import Cited, _Teller
from policy_engine.simulation.simulation import Simulation, run
from policy_engine.transcripts.message import AttributeValue, Conversation, Label, Message, Role

SCREEN = Screen(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))


def simulations(seed: int, number: int) -> Iterator[Simulation]:
    for source in sources(seed, number):
        policy = random_policy(source)
        yield run(compile_policy(policy), random_conversation(source, policy.timed))


def does_something(decision: Decision) -> bool:
    return bool(decision.actions or decision.trial or decision.stopped)


@pytest.mark.seeds
def test_moments_of_some_messages_are_those_of_all() -> None:
    for simulation in simulations(21, 200):
        expected = [each for each in simulation.moments if does_something(each.decision)]
        assert list(simulation.moments_at(does_something)) == expected


@pytest.mark.seeds
def test_every_decision_has_a_reason() -> None:
    for simulation in simulations(22, 300):
        for moment in simulation.moments:
            told = list(remarks(moment, simulation.policy, why=True))
            for remark in told:
                lines = ["".join(line) for line in remark.details]
                if remark.kind is Kind.DONE:
                    assert any(line.startswith("because") for line in lines), remark
                if remark.kind is Kind.STOPPED:
                    assert lines, remark
            assert sum(each.kind is Kind.DONE for each in told) == len(moment.cited)


@pytest.mark.seeds
def test_what_is_counted_is_what_moved() -> None:
    for simulation in simulations(23, 200):
        moved = {view.owner for moment in simulation.moments for view in moment.moved}
        assert simulation.counted == moved


def test_no_more_is_remembered_of_a_long_conversation_than_its_counts_need() -> None:
    policy = policy_of(
        "rule x1\n  after 3 refusals on hate, warn the user 'Stop.'\n"
        "rule x2\n  after every 50 points of abuse, add a strike\n"
        "points abuse = 1 per hate, 5 per violence\n"
        "ladder x3 on hate\n  after 2 refusals, add a strike\n  after 4 more refusals, end the chat\n".replace("'", '"')
    )  # fmt: skip
    turn = (
        Message(Role.USER, (Label("hate"), Label("violence"))),
        Message(Role.ASSISTANT, (Label("refusal"),)),
    )
    teller = _Teller(run(compile_policy(policy), Conversation("long", turn * 2_000)))
    assert sum(1 for _ in teller.tell(None)) == 4_000
    assert max(len(each) for each in teller.additions.values()) <= 55
    assert sum(map(len, teller.additions.values())) <= 3 + 55 + 4


# --- Assumptions ----------------------------------------------------------------------


def policy_of(text: str) -> Policy:
    loaded = load_text(text)
    assert loaded.policy is not None, loaded.diagnostics
    return loaded.policy


def cited_in(text: str, **assumed: AttributeValue) -> list[Cited]:
    given = {name.replace("_", "."): value for name, value in assumed.items()}
    chat = Conversation("chat", (Message(Role.USER, (Label("hate"),)),))
    simulation = run(compile_policy(policy_of(text)), chat, given)
    return [cited for moment in simulation.moments for cited in moment.cited]


MINORS = "rule minors\n  when hate is detected, add a strike, only if user.minor is true\n"


def test_an_assumption_is_named_only_where_the_action_hangs_on_it() -> None:
    assert [each.assumed for each in cited_in(MINORS)] == [("user.minor",)]
    everybody = MINORS + "rule everybody\n  when hate is detected, add a strike\n"
    assert [(each.done.rules, each.assumed) for each in cited_in(everybody)] == [
        (("everybody", "minors"), ())
    ]


def test_an_assumption_that_lifts_a_never_is_named() -> None:
    text = (
        "rule all-users\n  when hate is detected, end the chat\nnever end the chat when user.minor is true\n"
    )
    assert [each.assumed for each in cited_in(text, user_minor=False)] == [("user.minor",)]


def test_of_assumptions_each_of_which_would_do_all_are_named() -> None:
    either = MINORS + "rule models\n  when hate is detected, add a strike, only if model is opus-4\n"
    assert [each.assumed for each in cited_in(either, model="opus-4")] == [("model", "user.minor")]
    both = (
        "rule both\n  when hate is detected, add a strike, only if user.minor is true and model is opus-4\n"
    )
    assert [each.assumed for each in cited_in(both, model="opus-4")] == [("model", "user.minor")]


def assuming_nothing(policy: Policy) -> Policy:
    attributes = {name: replace(each, assume=None) for name, each in policy.vocabulary.attributes.items()}
    return replace(policy, vocabulary=replace(policy.vocabulary, attributes=MappingProxyType(attributes)))


@pytest.mark.seeds
def test_the_first_action_hangs_on_assumptions_as_the_reference_finds() -> None:
    """Until something was done, a conversation stands the same with and without what is assumed."""
    met = {False: 0, True: 0}
    for source in sources(24, 600):
        policy = random_policy(source)
        conversation = replace(random_conversation(source, policy.timed), attributes=MappingProxyType({}))
        simulation = run(compile_policy(policy), conversation)
        without = interpret(assuming_nothing(policy), conversation)
        acting = [moment for moment in simulation.moments if moment.decision.actions or moment.decision.trial]
        if not acting or any(each.actions or each.trial for each in without[: acting[0].number - 1]):
            continue
        bare = without[acting[0].number - 1]
        for cited in acting[0].cited:
            several = bare.trial if cited.trial else bare.actions
            is_free = any(
                (each.action, each.text) == (cited.done.action, cited.done.text) for each in several
            )
            assert (not cited.assumed) == is_free
            met[is_free] += 1
    assert all(met.values())


# --- Stops that go on -----------------------------------------------------------------


def test_a_stop_that_goes_on_is_told_where_it_begins_and_at_each_message_with_why() -> None:
    policy = policy_of(
        'rule pause\n  every 2 turns, remind the user "?", except when hate is detected in this turn\n'
    )
    labels = ["", "", "hate", "hate", "hate", "", "hate", "hate"]
    messages = tuple(
        Message(role, (Label(label),) if label and role is Role.USER else ())
        for label in labels
        for role in (Role.USER, Role.ASSISTANT)
    )
    simulation = run(compile_policy(policy), Conversation("chat", messages))
    assert [each.number for each in simulation.moments for stop in each.stopped if not stop.goes_on] == [
        5,
        15,
    ]
    for why, times in ((False, 2), (True, 8)):
        lines = "\n".join(timeline(simulation, SCREEN, Shown(why=why)))
        assert lines.count("would remind the user") == times
        assert lines.count("and so at every message") == 2
        assert "Stopped twice, by `except`: remind the user." in lines
