"""Unknown labels taken for a yes or a no: as if the vocabulary said so of every label."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, is_timed, policies

from policy_engine.machine.machine import compile_policy
from policy_engine.model.model import Policy
from policy_engine.simulation.simulation import run


def read_as(policy: Policy, when_unknown: str | None) -> Policy:
    labels = {
        name: replace(entry, when_unknown=when_unknown) for name, entry in policy.vocabulary.labels.items()
    }
    return replace(policy, vocabulary=replace(policy.vocabulary, labels=MappingProxyType(labels)))


@pytest.mark.parametrize(("taken", "when_unknown"), [("if_absent", "absent"), ("if_detected", "detected")])
@given(data=st.data())
def test_it_is_what_when_unknown_would_do_on_every_label(
    data: st.DataObject, taken: str, when_unknown: str
) -> None:
    policy = read_as(data.draw(policies()), None)
    conversation = data.draw(conversations(is_timed(policy)))
    supposed = getattr(run(compile_policy(policy), conversation), taken)
    read = run(compile_policy(read_as(policy, when_unknown)), conversation)
    assert supposed.observations == read.observations
    assert supposed.decisions == read.decisions
