"""What ``--pace`` says: how much time goes by between messages whose times nobody recorded."""

from __future__ import annotations

from policy_engine.commands.usage import Usage
from policy_engine.simulation.pacing import read_pace
from policy_engine.vocabulary.vocabulary import Lasting


def asked_pace(written: str | None) -> Lasting | None:
    """The pace as it was written; None where it was not. Raises Usage."""
    try:
        return None if written is None else read_pace(written)
    except ValueError as fault:
        raise Usage(str(fault)) from None
