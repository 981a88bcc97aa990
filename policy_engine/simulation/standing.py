"""Stops that merely go on: an `every` rule that is stopped is due, and stopped, at every later message.

Each of them is a decision. To a reader, the first is news; the others say again what has been said.
"""

from __future__ import annotations

from policy_engine.model.decision import Decision, Stop
from policy_engine.model.model import Every, Policy

_NONE: frozenset[str] = frozenset()


def every_rules(policy: Policy) -> frozenset[str]:
    """The rules of a policy that say `every`, by name."""
    return frozenset(rule.name for rule in policy.rules if isinstance(rule.trigger, Every))


class Standing:
    """Follows the decisions of one conversation, in order. ``rules`` are those that say `every`."""

    def __init__(self, rules: frozenset[str]) -> None:
        self._rules = rules
        self._before: dict[str, tuple[Stop, ...]] = {}

    def after(self, decision: Decision) -> frozenset[str]:
        """The rules that the same clauses stop at this message as at the message before."""
        if not self._rules:
            return _NONE
        now: dict[str, tuple[Stop, ...]] = {}
        for stop in decision.stopped:
            if stop.rule in self._rules:
                now[stop.rule] = (*now.get(stop.rule, ()), stop)
        before, self._before = self._before, now
        return frozenset(rule for rule, stops in now.items() if before.get(rule) == stops)
