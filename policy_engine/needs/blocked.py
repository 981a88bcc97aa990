"""What can never happen in conversations that lack something, asked of the prover that goes through every state.

For every rule and ladder that asks for something that is lacking, three things are asked: whether it can ever act;
if not, whether it can ever be due; and which of its clauses stop it whenever it is. What cannot act even where
nothing is lacking is told apart: that is the policy's own doing (see ``lint``). The answers hold for conversations
of any length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from policy_engine.model.decision import Cause
from policy_engine.model.model import Ladder, Policy, Rule
from policy_engine.model.parts import action_names, parts_of
from policy_engine.needs.asked import asked_by
from policy_engine.verify.cone import cut
from policy_engine.verify.ladder import ladder
from policy_engine.verify.limited import Lack, can_be
from policy_engine.verify.prover import Budget, GaveUp, Shown
from policy_engine.verify.question import (
    Does,
    Fires,
    Formula,
    Negation,
    Or,
    Question,
    Stopped,
    both,
    own_view,
)
from policy_engine.verify.stops import stops_of


class Fate(Enum):
    """What becomes of a rule in such conversations."""

    NEVER_DUE = "it is never due"
    ALWAYS_STOPPED = "it is stopped whenever it is due"
    UNDECIDED = "it could not be told"


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause that stops a rule: an exception or a ``never`` by its number, as in a Stop."""

    cause: Cause
    number: int = 0


@dataclass(frozen=True, slots=True)
class Blocked:
    """A rule or ladder that can never act. ``clauses`` stop it each time, one by one; none of them does where only
    several together do. ``anyway``: it can never act in any conversation, whatever is supplied.
    """

    part: Rule | Ladder
    fate: Fate
    clauses: tuple[Clause, ...] = ()
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """``rules`` that can never act, and whether the chat is never ended though a rule asks for it (None: not told)."""

    rules: tuple[Blocked, ...]
    never_ends: bool | None


class Asking:
    """Asks what can never happen under a policy; ``seconds`` is the budget of each question."""

    def __init__(self, policy: Policy, seconds: float) -> None:
        self._policy = replace(policy, promises=())
        self._seconds = seconds
        self._anyway: dict[Formula, bool | None] = {}

    def blocked(self, lack: Lack) -> Answer:
        """What can never happen where conversations lack so much."""
        touched = [part for part in parts_of(self._policy) if self._is_touched(part, lack)]
        found = {part.name: self._of(part, lack) for part in touched}
        rules = tuple(each for each in found.values() if each is not None)
        return Answer(rules, False if self._surely_ends(found) else self._never_ends(lack))

    def _surely_ends(self, touched: Mapping[str, Blocked | None]) -> bool:
        """Whether no rule asks for the ending, or one can act that lacks nothing, or that asks for nothing else."""
        ending = [part for part in parts_of(self._policy) if self._asks_to_end(part)]
        return not ending or any(
            part.name not in touched or (touched[part.name] is None and len(action_names(part)) == 1)
            for part in ending
        )

    def _is_touched(self, part: Rule | Ladder, lack: Lack) -> bool:
        """Whether the rule, or what bears on it, asks for anything that is lacking."""
        (policy,) = cut(self._question(Fires(0, part.name))).policies
        asked = asked_by(policy)
        return (
            any((need.entry.name, role) in lack.limits for need in asked.labels for role in need.roles)
            or any(not need.entry.roles & lack.roles for need in asked.labels)
            or any(need.entry.name in lack.attributes for need in asked.attributes)
        )

    def _asks_to_end(self, part: Rule | Ladder) -> bool:
        is_trial = isinstance(part, Rule) and part.trial
        entries = self._policy.vocabulary.actions
        return not is_trial and any(entries[name].ends for name in action_names(part))

    def _of(self, part: Rule | Ladder, lack: Lack) -> Blocked | None:
        acts = self._can(Fires(0, part.name), lack)
        if acts is True:
            return None
        if acts is None:
            return Blocked(part, Fate.UNDECIDED)
        anyway = self._can_anyway(Fires(0, part.name)) is False
        clauses = tuple(_clauses(self._policy, part))
        due = Or((Fires(0, part.name), *(_stopped(part, each) for each in clauses)))
        if self._can(due, lack) is False:
            return Blocked(part, Fate.NEVER_DUE, anyway=anyway)
        always = tuple(
            each for each in clauses if self._can(both(due, Negation(_stopped(part, each))), lack) is False
        )
        return Blocked(part, Fate.ALWAYS_STOPPED, always, anyway)

    def _never_ends(self, lack: Lack) -> bool | None:
        ends = (name for name, entry in self._policy.vocabulary.actions.items() if entry.ends)
        can = self._can(Or(tuple(Does(0, name) for name in ends)), lack)
        return None if can is None else not can

    def _can(self, formula: Formula, lack: Lack) -> bool | None:
        return can_be(self._question(formula), lack, Budget(self._seconds))

    def _can_anyway(self, formula: Formula) -> bool | None:
        """Whether it can become true where nothing is lacking; asked once."""
        if formula not in self._anyway:
            found = ladder().answer(self._question(formula), Budget(self._seconds))
            self._anyway[formula] = None if isinstance(found, GaveUp) else isinstance(found, Shown)
        return self._anyway[formula]

    def _question(self, formula: Formula) -> Question:
        policies = (self._policy,)
        return Question(policies, (own_view(policies),), formula)


def _stopped(part: Rule | Ladder, clause: Clause) -> Stopped:
    return Stopped(0, part.name, clause.cause, clause.number)


def _clauses(policy: Policy, part: Rule | Ladder) -> Iterator[Clause]:
    """Everything that may stop it; what overrides it comes last."""
    stops = sorted(stops_of(policy, part), key=lambda each: each.cause is Cause.OVERRIDES)
    return (Clause(each.cause, each.clause) for each in stops)
