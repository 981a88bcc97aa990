"""How far a counter is: what explanations read off the machine."""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.model.model import Count


@dataclass(frozen=True, slots=True)
class CounterView:
    """A counter at a message, before a firing resets it.

    ``index`` says which count of the rule it is; ``added``, whether this message adds to it; ``step``, on
    which step of a ladder it is (from 0; None for a rule). A ladder that rests has ``need`` 0.
    """

    owner: str
    index: int
    value: int
    need: int
    added: bool
    count: Count
    step: int | None = None
