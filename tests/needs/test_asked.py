"""What a policy asks for is what its machine reads, and is told of whoever asks."""

from __future__ import annotations

from hypothesis import given
from random_policies import policies
from sound import policy_of

from policy_engine.machine.machine import compile_policy
from policy_engine.model.model import Policy
from policy_engine.model.parts import parts_of
from policy_engine.model.timing import is_timed
from policy_engine.needs.asked import asked_by
from policy_engine.transcripts.message import Role

POLICY = """
applies when model is opus-4
rule ending
  after 2 refusals on terrorism within 10 minutes, end the chat, except when self-harm has been detected from the user
rule support
  when self-harm is detected from the user or could not be checked, offer support crisis-line
never end the chat when violence has been detected
"""


@given(policies())
def test_it_is_what_the_machine_reads(policy: Policy) -> None:
    asked, machine = asked_by(policy), compile_policy(policy)
    assert [each.entry.name for each in asked.labels] == sorted({each.label for each in machine.readings})
    assert {each.entry.name for each in asked.attributes} == machine.asked
    assert bool(asked.timed) == is_timed(policy)
    for need in asked.labels:
        assert need.uses
        assert need.roles <= need.entry.roles
    parts = {part.name for part in parts_of(policy)}
    for each in (*asked.labels, *asked.attributes):
        assert all(use.name in parts or use.name.startswith("never ") for use in each.uses)


def test_who_asks_and_of_whom() -> None:
    asked = asked_by(policy_of(POLICY))
    told = {each.entry.name: ([use.name for use in each.uses], each.roles) for each in asked.labels}
    both = frozenset({Role.USER, Role.ASSISTANT})
    assert told == {
        "refusal": (["ending"], frozenset({Role.ASSISTANT})),
        "self-harm": (["ending", "support"], frozenset({Role.USER})),
        "terrorism": (["ending"], both),
        "violence": (["never end the chat"], both),
    }
    assert [each.entry.name for each in asked.labels if each.is_doubt_read] == ["self-harm"]
    assert [use.name for use in asked.timed] == ["ending"]
    (model,) = asked.attributes
    assert [use.name for use in model.uses] == ["ending", "support"]
    lines = [use.location.line for use in asked.labels[0].uses if use.location is not None]
    assert lines == [3]
