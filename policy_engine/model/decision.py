"""What a policy decides at one message: the value that the machine and the reference both give."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Cause(Enum):
    """Which kind of clause stopped a rule, or took an action from it."""

    APPLIES = "applies when"
    ONLY_IF = "only if"
    EXCEPT = "except"
    COOLDOWN = "cooldown"
    OVERRIDES = "overrides"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Done:
    """An action that the policy takes; ``rules`` names every rule and ladder that asked for it, sorted.

    ``text`` is the text of the action, or the name of its notice; None where it takes none. ``reasons`` are those
    that the rules give, each once, in the order of the rules.
    """

    action: str
    text: str | None
    rules: tuple[str, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A rule (or one action of it) that was due and did not act.

    ``action`` is the action that a ``never`` removed; None where a clause stopped the whole rule.
    ``clause`` counts clauses of that cause from 0: the exception of the rule, the ``never`` of the
    policy (in the policy's order), the overriding rule (in the policy's list of overrides).
    ``unknown`` says that the clause stopped it because its condition was unknown.
    """

    rule: str
    cause: Cause
    clause: int = 0
    action: str | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that the policy does at one message.

    ``actions`` strongest first, then by text. ``trial`` is what trial rules would have done, alone.
    ``stopped`` is in the order of rules (by name), then causes as listed in :class:`Cause`, then clauses.
    ``ends`` says that the chat is ended at this message; ``after_end``, that it was ended before.
    """

    actions: tuple[Done, ...] = ()
    trial: tuple[Done, ...] = ()
    stopped: tuple[Stop, ...] = ()
    ends: bool = False
    after_end: bool = False
