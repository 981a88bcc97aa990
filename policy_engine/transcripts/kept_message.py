"""A message of a conversation that somebody kept: as requests hold it, or as the answer came from its provider.

Who appends answers to a list of messages as they come keeps in them how they ended, in either provider's words.
"""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.transcripts.anthropic_answer import stopped
from policy_engine.transcripts.chat_message import Said
from policy_engine.transcripts.message import Role
from policy_engine.transcripts.openai_exchange import chat_said
from policy_engine.transcripts.reader import Settings


def kept_said(value: object, settings: Settings) -> Sequence[Said]:
    """The message, after what tools answered in it; Malformed where it is none."""
    said = chat_said(value)
    if (
        not isinstance(value, dict)
        or "stop_reason" not in value
        or said[-1].message.role is not Role.ASSISTANT
    ):
        return said
    return stopped(said, value, settings)
