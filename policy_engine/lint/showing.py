"""What a finding by proof shows: the conversation, in a few lines."""

from __future__ import annotations

from policy_engine.findings.telling import told
from policy_engine.lint.rule import Subject
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.prover import Shown

PROVED = "proved for every conversation, of any length"


def shown_by(subject: Subject, shown: Shown) -> tuple[str, ...]:
    """The conversation of an answer."""
    return conversation_told(subject, shown.conversation, is_shortest=shown.is_shortest)


def conversation_told(
    subject: Subject, conversation: Conversation, *, is_shortest: bool = False
) -> tuple[str, ...]:
    """A heading, then the conversation under it."""
    assert subject.policy is not None
    heading = "the shortest conversation that shows it:" if is_shortest else "a conversation that shows it:"
    return (heading, *(f"  {line}" for line in told(subject.policy, conversation)))
