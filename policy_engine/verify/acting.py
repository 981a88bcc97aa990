"""What it takes for a rule to act, and what makes it act for certain, as formulas over its policy's own view.

Both leave out what the other rules do to it. ``may`` is true whenever the rule does an action, and perhaps
besides; wherever ``surely`` is true, the action has been done. So they bound what a policy does without stepping
its rules: what holds of everything within the bounds holds of the policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from policy_engine.model.model import (
    Act,
    After,
    Begins,
    Count,
    CountReached,
    Detected,
    Every,
    Ladder,
    Policy,
    Rule,
    Scope,
    Taken,
    When,
)
from policy_engine.model.parts import Single, action_names, parts_of, singles_of
from policy_engine.verify.question import (
    And,
    ChatBegins,
    Does,
    Earlier,
    Ended,
    Formula,
    Happens,
    Holds,
    Negation,
    Or,
    Overdue,
    ReachedNow,
    ever,
)
from policy_engine.verify.walking import atoms_of
from policy_engine.vocabulary.vocabulary import Lasting

_MOST = 10_000
"""A count that no step of a ladder reaches."""


class Acting:
    """What makes the rules of one policy act. ``view`` is the number of its own view, ``number`` its own."""

    def __init__(self, policy: Policy, view: int, number: int = 0) -> None:
        self.policy = policy
        self.view = view
        self.number = number
        self._doers: dict[str, list[Rule | Ladder]] = {}
        for part in parts_of(policy):
            if not (isinstance(part, Rule) and part.trial):
                for action in sorted(action_names(part)):
                    self._doers.setdefault(action, []).append(part)
        self._forbidden = {each.action for each in policy.nevers}
        self._losers = {each.loser for each in policy.overrides}

    def doers(self, action: str) -> tuple[Rule | Ladder, ...]:
        """The rules and ladders that may do an action, by name."""
        return tuple(self._doers.get(action, ()))

    def acts(self, action: str) -> tuple[Act, ...]:
        """The texts with which an action may be done."""
        found = {act: None for part in self.doers(action) for act in _acts_of(part) if act.action == action}
        return tuple(found)

    # --- bounds ---

    def may(self, part: Rule | Ladder, action: str) -> tuple[Formula, ...]:
        """What must all be true where the rule does the action: the cheapest to follow first."""
        found = [*self._guards(part), *self._not_forbidden(action), *self._before_end(action)]
        found += [*self._rests(part), *self._climbed(part, action)]
        due = self._due(part, action)
        return tuple(sorted(dict.fromkeys((*found, *_weaker(due), due)), key=size))

    def only_by(self, action: str) -> Formula:
        """The action is done only where a rule may do it."""
        ways = tuple(And(self.may(part, action)) for part in self.doers(action))
        return Or((Negation(Does(self.view, action)), *ways))

    def surely(self, part: Rule | Ladder, action: str) -> Formula | None:
        """Where the rule cannot but act, the action is done, or was; None where that cannot be told so."""
        if part.name in self._losers:
            return None
        told = self._told(part, action)
        if told is None:
            return None
        due, done = told
        so = And((due, *self._guards(part), *self._not_forbidden(action), *self._before_end(action)))
        return Or((Negation(so), done))

    def bounds(self, action: str) -> Iterator[Formula]:
        """All that is known of when an action is done."""
        yield self.only_by(action)
        yield from self.forced(action)

    def forced(self, action: str) -> Iterator[Formula]:
        """Where an action is done for certain, or was."""
        for part in self.doers(action):
            surely = self.surely(part, action)
            if surely is not None:
                yield surely

    # --- clauses ---

    def _guards(self, part: Rule | Ladder) -> Iterator[Formula]:
        for condition in (part.guards.applies, part.guards.only_if):
            if condition is not None:
                yield Holds(self.view, condition)
        for condition in part.guards.excepts:
            yield Negation(Holds(self.view, condition, False))

    def _not_forbidden(self, action: str) -> Iterator[Formula]:
        for never in self.policy.nevers:
            if never.action == action:
                yield Negation(Holds(self.view, never.when, False))

    def _before_end(self, action: str) -> Iterator[Formula]:
        if not self.policy.vocabulary.actions[action].even_after_end:
            yield Negation(Ended(self.number))

    def _rests(self, part: Rule | Ladder) -> Iterator[Formula]:
        """`at most once`: where nobody else does an action of the rule, that it was done says that the rule acted."""
        at_most = part.guards.at_most
        if at_most is None:
            return
        for action in sorted(action_names(part)):
            if self.doers(action) == (part,):
                yield Negation(Holds(self.view, Taken(action, Scope(window=at_most.window))))

    def _climbed(self, part: Rule | Ladder, action: str) -> Iterator[Formula]:
        """A ladder skips no step: what the steps before do was done."""
        if isinstance(part, Rule):
            return
        entries = self.policy.vocabulary.actions
        first = min(
            number
            for number, step in enumerate(part.steps)
            if any(act.action == action for act in step.actions)
        )
        for step in part.steps[:first]:
            for act in step.actions:
                is_dropped = entries[action].even_after_end and not entries[act.action].even_after_end
                if self._is_sure(act.action, step.actions) and not is_dropped:
                    yield Earlier(Does(self.view, act.action))

    def _due(self, part: Rule | Ladder, action: str) -> Formula:
        """When it may be due. Its firings are not followed: it could only be due less often by them."""
        if isinstance(part, Ladder):
            return ReachedNow(self.view, (_count(part, action),), part.start_over)
        match part.trigger:
            case When(detected):
                return Happens(self.view, When(detected))
            case Begins():
                return ChatBegins()
            case After(counts, _, start_over):
                return ReachedNow(self.view, counts, start_over)
            case Every():
                return Negation(ChatBegins())

    def _told(self, part: Rule | Ladder, action: str) -> tuple[Formula, Formula] | None:
        """When it is due for certain, if it has not acted before; and what has then been done, with this message.

        Where the action can be taken from it, or dropped after the end, that it acted before says nothing.
        """
        does = Does(self.view, action)
        together = part.actions if isinstance(part, Rule) else part.steps[0].actions
        done = ever(does) if self._is_sure(action, together) else None
        at_most = part.guards.at_most
        if at_most is not None:
            is_again = isinstance(part, Rule) and isinstance(part.trigger, When) and not part.trigger.first
            if done is not None and is_again and at_most.window is not None:
                done = Or((does, Holds(self.view, Taken(action, Scope(window=at_most.window)))))
        elif isinstance(part, Rule):
            match part.trigger:
                case When(detected, False):
                    return Happens(self.view, When(detected)), does
                case Begins():
                    return ChatBegins(), does
                case Every(period) if done is not None:
                    return Overdue(self.view, action, period), does
                case After((count,), True, start_over) if count.need == 1 and not count.weights:
                    return ReachedNow(self.view, (count,), start_over), does
        if done is None:
            return None
        return self._told_once(part, action, done)

    def _is_sure(self, action: str, actions: tuple[Act, ...]) -> bool:
        """Whether the action is done whenever these are asked for together, and any of them is done."""
        return action not in self._forbidden or all(act.action == action for act in actions)

    def _told_once(self, part: Rule | Ladder, action: str, done: Formula) -> tuple[Formula, Formula] | None:
        if isinstance(part, Ladder):
            step = part.steps[0]
            if not any(act.action == action for act in step.actions):
                return None
            count = Count(part.act, step.need, part.on)
            return ReachedNow(self.view, (count,), part.start_over), done
        match part.trigger:
            case When(detected):
                return Happens(self.view, When(detected)), done
            case Begins():
                return ChatBegins(), done
            case After(counts, _, start_over) if part.guards.at_most is None:
                return ReachedNow(self.view, counts, start_over), done
            case _:
                return None


def _acts_of(part: Rule | Ladder) -> tuple[Act, ...]:
    return (
        part.actions if isinstance(part, Rule) else tuple(act for step in part.steps for act in step.actions)
    )


def _count(ladder: Ladder, action: str) -> Count:
    """What a ladder has counted, at least, when it does the action: the needs of its steps together."""
    need, total = _MOST, 0
    for step in ladder.steps:
        total += step.need
        if any(act.action == action for act in step.actions):
            need = min(need, total)
    return Count(ladder.act, need, ladder.on)


def _weaker(due: Formula) -> Iterator[Formula]:
    """What is so where a count is reached, and is easier to follow: that the message adds to it."""
    if isinstance(due, ReachedNow):
        yield Or(
            tuple(
                ReachedNow(due.view, (replace(count, need=1, within=None, since=None, in_a_row=False),))
                for count in due.counts
            )
        )


def size(formula: Formula) -> int:
    """Roughly how many states it takes to follow a formula."""
    return prod(_states(each) for each in atoms_of(formula))


def _states(atom: Formula) -> int:
    match atom:
        case ReachedNow(_, counts):
            return 2 * prod((count.need + 1) * _length(count.within) for count in counts)
        case Does():
            return 20  # it may be done or not at every message, which doubles all
        case Holds(_, condition):
            return 1 + sum(_states_of(each) for each in singles_of(condition))
        case _:
            return 2


def _states_of(single: Single) -> int:
    match single:
        case Detected(readings, _, _, scope):
            return 1 if scope.this_message else 2 * len(readings) * _length(scope.window)
        case Taken(_, scope):
            return _length(scope.window)
        case CountReached(count):
            return 10 * count.need * _length(count.within)
        case _:
            return 1


def _length(lasting: Lasting | None) -> int:
    return 1 if lasting is None else lasting.turns or 10
