"""What a log lacks, and what can therefore never happen in how many of its conversations."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from policy_engine.needs.blocked import Asking, Blocked, Fate
from policy_engine.needs.lacking import Lacking

_MOST_KINDS = 8
"""Kinds of conversation of which it is asked; the most frequent ones."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``rules`` that can never act, with in how many conversations, by name; ``never_ended`` are those in which the
    chat can never be ended. ``of`` is how many conversations that was asked of.
    """

    rules: tuple[tuple[Blocked, int], ...]
    undecided: tuple[tuple[Blocked, int], ...]
    never_ended: int
    of: int

    def is_lacking(self, total: int) -> bool:
        """Whether a rule can act in none of ``total`` conversations, though it could where nothing is lacking."""
        dead: Counter[str] = Counter()
        for each, number in self.rules:
            if not each.anyway:
                dead[each.part.name] += number
        return total > 0 and any(number == total for number in dead.values())


def verdict(lacking: Lacking, seconds: float) -> Verdict:
    """What can never happen; ``seconds`` is the budget of each question to the prover."""
    rules: Counter[Blocked] = Counter()
    never_ended = of = 0
    kinds = sorted(
        lacking.kinds.items(),
        key=lambda each: (
            -each[1],
            sorted((name, role.value) for name, role in each[0].labels),
            sorted(each[0].attributes),
        ),
    )
    asking = Asking(lacking.policy, seconds)
    for kind, number in kinds[:_MOST_KINDS]:
        answer = asking.blocked(lacking.lack(kind))
        of += number
        never_ended += number * (answer.never_ends is True)
        for each in answer.rules:
            rules[each] += number
    ordered = sorted(rules.items(), key=lambda each: (each[0].part.name, -each[1], each[0].fate.value))
    told = tuple(each for each in ordered if each[0].fate is not Fate.UNDECIDED)
    return Verdict(told, tuple(each for each in ordered if each not in told), never_ended, of)
