"""A prover and the interpreters do not agree: a fault of this program, and nothing is said of the policies."""

from __future__ import annotations

from policy_engine.commands.standard_error import say
from policy_engine.verify.replay import Disagreement


def tell_disagreement(fault: Disagreement) -> None:
    """Say that two policies cannot be compared for it, on standard error."""
    say(f"error: this is a fault of policy-engine, not of the policies: {fault}",
        "please report it, with both policies; nothing is said of them")  # fmt: skip
