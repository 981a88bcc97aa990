"""Escalation rules for AI chats that can be read, proved and run.

    import policy_engine as pe

    policy = pe.load("policies/last_resort.policy")
    session = policy.session(attributes={"model": "opus-4"})
    decision = session.observe(pe.Message(pe.Role.USER, (pe.Label("self-harm", 0.9),)))

Everything public is here; names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policy_engine.diagnostics import Diagnostic, PolicyError
    from policy_engine.machine.walk import TimeOrderError
    from policy_engine.model.decision import Decision
    from policy_engine.runtime.policy import Policy, load
    from policy_engine.runtime.session import Session
    from policy_engine.simulation.simulation import simulate
    from policy_engine.transcripts.message import Conversation, Label, Message, Role

__version__ = "0.1.0"

_HOMES = {
    "Conversation": "policy_engine.transcripts.message",
    "Decision": "policy_engine.model.decision",
    "Diagnostic": "policy_engine.diagnostics",
    "Label": "policy_engine.transcripts.message",
    "Message": "policy_engine.transcripts.message",
    "Policy": "policy_engine.runtime.policy",
    "PolicyError": "policy_engine.diagnostics",
    "Role": "policy_engine.transcripts.message",
    "Session": "policy_engine.runtime.session",
    "TimeOrderError": "policy_engine.machine.walk",
    "load": "policy_engine.runtime.policy",
    "simulate": "policy_engine.simulation.simulation",
}

__all__ = [
    "Conversation", "Decision", "Diagnostic", "Label", "Message", "Policy", "PolicyError", "Role", "Session",
    "TimeOrderError", "load", "simulate",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
