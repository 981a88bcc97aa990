"""A log that is summed up in parts: whatever the parts, the sum is the same."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, is_timed, policies

from policy_engine.machine.machine import compile_policy
from policy_engine.model.model import Policy
from policy_engine.reports.decisions_json import summary_json
from policy_engine.simulation.simulation import run
from policy_engine.simulation.summary import Summary
from policy_engine.transcripts.message import Conversation
from policy_engine.vocabulary.vocabulary import Lasting


def summed(policy: Policy, log: Sequence[Conversation]) -> Summary:
    machine, summary = compile_policy(policy), Summary(policy)
    for each in log:
        summary.add(run(machine, each))
    return summary


def shown(summary: Summary) -> tuple[object, ...]:
    """Everything that was counted, in the order in which it is kept."""
    return summary_json(summary), repr(summary.amounts())


@given(st.data())
def test_any_parts_come_to_the_same(data: st.DataObject) -> None:
    policy = data.draw(policies())
    log = data.draw(st.lists(conversations(is_timed(policy)), min_size=1, max_size=6))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=4)))
    whole, parts = summed(policy, log), Summary(policy)
    for start, end in zip([0, *cuts], [*cuts, len(log)], strict=True):
        parts.take(pickle.loads(pickle.dumps(summed(policy, log[start:end]).amounts())))
    assert shown(parts) == shown(whole)


@given(policies(), st.integers(0, 9), st.integers(0, 9))
def test_what_commands_count_is_added_up_too(policy: Policy, one: int, other: int) -> None:
    first, second = Summary(policy), Summary(policy)
    for summary, number in ((first, one), (second, other)):
        summary.malformed = summary.out_of_order = summary.repeated = summary.paced = number
        summary.faults["broken"] = number
    second.pace = Lasting(seconds=60)
    first.take(second.amounts())
    assert (first.malformed, first.out_of_order, first.repeated, first.paced) == (one + other,) * 4
    assert (first.faults["broken"], first.pace) == (one + other, second.pace)
