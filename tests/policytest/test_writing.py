"""What is written of a conversation is read back as the same conversation, and passes as a test."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from drawn_conversations import conversations_over
from hypothesis import given
from hypothesis import strategies as st
from policies.shipped import NAMES, machine_named, policy_named
from sound import POLICIES

from policy_engine.diagnostics import Report
from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.loading import read_file
from policy_engine.policytest.reading import read_suite
from policy_engine.policytest.running import run_suite
from policy_engine.policytest.writing import scalar, written_test
from policy_engine.simulation.coverage import is_proper
from policy_engine.simulation.simulation import Simulator
from policy_engine.source import Source
from policy_engine.transcripts.message import Conversation
from policy_engine.vocabulary.yaml_tree import Listing, Scalar, read_tree

PATH = POLICIES / "drawn.test.yaml"


def proper(conversation: Conversation, name: str) -> Conversation:
    """The conversation with the attributes that a test may have."""
    known = policy_named(name).vocabulary.attributes
    attributes = {
        key: value
        for key, value in conversation.attributes.items()
        if key in known and is_proper(known[key], value)
    }
    return replace(conversation, attributes=attributes)


def passed(conversation: Conversation) -> list[int]:
    """The microseconds from message to message, where there are times."""
    times = [message.time or 0 for message in conversation.messages]
    return [later - time for time, later in pairwise(times)]


@pytest.mark.parametrize("name", [each for each in NAMES if "laws" not in each])
@given(data=st.data())
def test_a_written_test_is_read_as_the_same_and_passes(name: str, data: st.DataObject) -> None:
    conversation = proper(data.draw(conversations_over(policy_named(name))), name)
    if not conversation.messages:
        return
    try:
        simulation = Simulator(machine_named(name)).run(conversation)
    except TimeOrderError:
        return
    text = f"policy: {name}.policy\ntests:\n{written_test(simulation, 'drawn')}"
    suite, faults = read_suite(
        PATH, lambda path: Source(path, text) if path == str(PATH) else read_file(path)
    )
    assert [(each.message, text) for each in faults] == []
    assert suite is not None
    (result,) = run_suite(suite).cases
    assert result.failures == (), text
    again = result.simulation
    assert again is not None
    assert [each.symbol for each in again.observations] == [each.symbol for each in simulation.observations]
    assert again.decisions == simulation.decisions
    assert passed(again.conversation) == passed(simulation.conversation)


@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40))
def test_a_scalar_is_read_back_as_it_was(text: str) -> None:
    report = Report()
    tree = read_tree(Source("a.yaml", f"- {scalar(text)}\n"), report)
    if report.diagnostics:  # what YAML cannot hold at all, such as U+FFFE
        return
    assert isinstance(tree, Listing)
    (item,) = tree.items
    assert isinstance(item, Scalar)
    assert item.text == text
