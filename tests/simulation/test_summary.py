"""What a log adds up to, against what the reference decides in each of its conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, is_timed, policies, random_conversation, random_policy
from scale import sources

from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.model import Every, Policy, Reading
from policy_engine.model.truth import Truth
from policy_engine.reference.history import Labels
from policy_engine.reference.interpreter import interpret
from policy_engine.simulation.simulation import run
from policy_engine.simulation.summary import Summary
from policy_engine.transcripts.message import Conversation, Message


@dataclass
class Doubts:
    """The figures of doubt and of the end, as a summary has them."""

    ended: int = 0
    ended_if_absent: int = 0
    held_open: int = 0
    shown_after_end: int = 0
    only_in_doubt: Counter[str] = field(default_factory=Counter)


@contextmanager
def unknown_read_as_absent() -> Iterator[None]:
    """The reference, reading every label that it would read as unknown as absent."""
    read = Labels.read

    def certain(self: Labels, message: Message, reading: Reading) -> Truth:
        found = read(self, message, reading)
        return Truth.FALSE if found is Truth.UNKNOWN else found

    with patch.object(Labels, "read", certain):
        yield


def end_of(decisions: Sequence[Decision]) -> int | None:
    return next((number for number, each in enumerate(decisions) if each.ends), None)


def actions_of(decisions: Sequence[Decision]) -> set[str]:
    return {done.action for each in decisions for done in each.actions}


def doubts_of(policy: Policy, log: Sequence[Conversation]) -> Doubts:
    """The same figures by brute force: each conversation twice through the reference."""
    found = Doubts()
    for conversation in log:
        decisions = interpret(policy, conversation)
        with unknown_read_as_absent():
            if_absent = interpret(policy, conversation)
        end = end_of(decisions)
        found.ended += end is not None
        found.ended_if_absent += end_of(if_absent) is not None
        found.held_open += end is None and end_of(if_absent) is not None
        found.only_in_doubt.update(actions_of(decisions) - actions_of(if_absent))
        if end is not None:
            after = actions_of(decisions[end + 1 :])
            found.shown_after_end += any(policy.vocabulary.actions[each].even_after_end for each in after)
    return found


def summary_of(policy: Policy, log: Sequence[Conversation]) -> Summary:
    machine, summary = compile_policy(policy), Summary(policy)
    for each in log:
        summary.add(run(machine, each))
    return summary


def shown(summary: Summary) -> Doubts:
    return Doubts(
        summary.ended, summary.ended_if_absent, summary.held_open, summary.shown_after_end, summary.only_in_doubt
    )  # fmt: skip


@given(st.data())
def test_figures_of_doubt_are_what_the_reference_finds(data: st.DataObject) -> None:
    policy = data.draw(policies())
    log = data.draw(st.lists(conversations(is_timed(policy)), min_size=1, max_size=4))
    assert shown(summary_of(policy, log)) == doubts_of(policy, log)


@pytest.mark.seeds
def test_figures_of_doubt_hold_and_are_all_met() -> None:
    met = Doubts()
    for source in sources(11, 400):
        policy = random_policy(source)
        log = [random_conversation(source, policy.timed) for _ in range(3)]
        found = shown(summary_of(policy, log))
        assert found == doubts_of(policy, log)
        met.held_open += found.held_open
        met.shown_after_end += found.shown_after_end
        met.ended_if_absent += found.ended_if_absent != found.ended
        met.only_in_doubt += found.only_in_doubt
    assert all((met.held_open, met.shown_after_end, met.ended_if_absent, met.only_in_doubt))


@pytest.mark.seeds
def test_every_reach_counts_every_conversation_and_a_stop_is_counted_where_it_begins() -> None:
    merged = 0
    for source in sources(12, 300):
        policy = random_policy(source)
        log = [random_conversation(source, policy.timed) for _ in range(2)]
        summary = summary_of(policy, log)
        assert all(sum(each.covered.values()) == len(log) for each in summary.reaches)
        every = {rule.name for rule in policy.rules if isinstance(rule.trigger, Every)}
        expected: Counter[str] = Counter()
        for conversation in log:
            before: dict[str, list[object]] = {}
            for decision in interpret(policy, conversation):
                now: dict[str, list[object]] = {}
                for stop in decision.stopped:
                    now.setdefault(stop.rule, []).append(stop)
                expected.update(
                    name for name, stops in now.items() if name not in every or before.get(name) != stops
                )
                before = now
        counted = Counter({name: tally.occasions for name, tally in summary.rules.items()})
        assert +counted == +expected
        merged += sum(tally.stopped.times - tally.occasions for tally in summary.rules.values())
    assert merged
