"""Promises as questions: each form of ``docs/language.md`` section 5, and the formula that breaks it."""

from __future__ import annotations

from policy_engine.model.model import (
    Answered,
    Claim,
    DoneAfter,
    DoneAtMost,
    DoneBefore,
    DoneEvery,
    NeverDone,
    OnlyAfter,
    OnlyWhen,
    Policy,
    Promise,
    Sometimes,
    Standard,
    When,
)
from policy_engine.verify.question import (
    And,
    Does,
    Earlier,
    Ended,
    Formula,
    Happens,
    HeldOnce,
    Holds,
    MoreOften,
    Negation,
    Overdue,
    Question,
    Reached,
    ReachedNow,
    Unanswered,
    View,
    both,
    ever,
    neither,
    own_view,
)


def question_of(policy: Policy, promise: Promise, standard: Standard | None = None) -> Question:
    """What breaks a promise of a policy, or of a ``standard`` that it is held against.

    For ``in some conversation …`` it is the other way round: what is asked for is what shows it. Such a
    promise is broken where that can never be.
    """
    views: tuple[View, ...] = (own_view((policy,)),)
    if standard is not None:
        views += (View(standard.vocabulary, 0, names_for(policy, standard)),)
    assumed = [Holds(0, policy.applies)] if policy.applies is not None else []
    if promise.only_if is not None:
        assumed.append(Holds(len(views) - 1, promise.only_if))
    breaking = _Breaking(views[-1], len(views) - 1)
    return Question(
        (policy,), views, breaking.bad(promise.claim), tuple(assumed), breaking.occasion(promise.claim)
    )


def names_for(policy: Policy, standard: Standard) -> tuple[tuple[str, str | None], ...]:
    """What a standard calls the policy's actions.

    "A standard's ending action and the policy's are the same action, whatever they are called." All others are
    the same if their names are; an action that only has the name of the ending is another.
    """
    (ending,) = (entry.name for entry in standard.vocabulary.actions.values() if entry.ends)
    names: dict[str, str | None] = {}
    for entry in policy.vocabulary.actions.values():
        if entry.ends:
            names[entry.name] = ending
        elif entry.name == ending:
            names[entry.name] = None
    return tuple(sorted(names.items()))


class _Breaking:
    """The forms of promise, read by one view. Each function quotes the table of section 5."""

    def __init__(self, view: View, number: int) -> None:
        self.view = view
        self.number = number

    def done(self, action: str) -> Does:
        """A is done."""
        return Does(self.number, action)

    def happens(self, event: When | None) -> Formula | None:
        """E is at this message."""
        return None if event is None else Happens(self.number, event)

    def looked_at(self, action: str) -> Formula:
        """ "Nothing after the end is looked at, except by promises about actions marked `even-after-end`." """
        if self.view.vocabulary.actions[action].even_after_end:
            return And(())
        return Negation(Ended(self.view.policy))

    def occasion(self, claim: Claim) -> Formula | None:
        """ "the action never happens, or `when E` never occurs"."""
        match claim:
            case NeverDone(action=action) | OnlyWhen(action=action) | OnlyAfter(action=action):
                return both(self.looked_at(action), self.done(action))
            case DoneBefore(before=action) | DoneAtMost(action=action):
                return both(self.looked_at(action), self.done(action))
            case Answered(event=event, action=action):
                return both(self.looked_at(action), Happens(self.number, event))
            case DoneAfter():
                return self.asked(claim)
            case DoneEvery():
                return self.over(claim)
            case Sometimes():
                return None

    def bad(self, claim: Claim) -> Formula:
        """What breaks the claim (of ``in some conversation …``: what shows it)."""
        match claim:
            case NeverDone(action, condition, once, unless):
                held = HeldOnce(self.number, condition) if once else Holds(self.number, condition, False)
                return self._at_done(action, held, neither(self.happens(unless)))
            case OnlyWhen(action, condition, or_when):
                uncertain = Negation(Holds(self.number, condition))
                return self._at_done(action, uncertain, neither(self.happens(or_when)))
            case OnlyAfter(action, counts, or_when):
                reached = And(tuple(Reached(self.number, each) for each in counts))
                return self._at_done(action, Negation(reached), neither(self.happens(or_when)))
            case DoneBefore(action, before, unless):
                not_before = Negation(Earlier(self.done(action)))
                return self._at_done(before, not_before, neither(self.happens(unless)))
            case DoneAtMost(action, times, window):
                return self._at_done(action, MoreOften(self.number, action, times, window))
            case DoneAfter():
                return both(self.asked(claim), Negation(ever(self.done(claim.action))))
            case DoneEvery():
                return both(self.over(claim), Negation(self.done(claim.action)))
            case Answered(event, action, turns):
                asked = both(self.looked_at(action), Happens(self.number, event))
                return Unanswered(self.view.policy, asked, self.done(action), turns)
            case Sometimes(action, without):
                looked_at = self.looked_at(action)
                never = () if without is None else (both(looked_at, Happens(self.number, without)),)
                return self._at_done(action, *(Negation(ever(each)) for each in never))

    def _at_done(self, action: str, *more: Formula) -> Formula:
        """At a message that is looked at, at which A is done."""
        return both(self.looked_at(action), self.done(action), *more)

    def asked(self, claim: DoneAfter) -> Formula:
        """ "the count is certainly reached at a message, C is certainly false"."""
        possible = None if claim.unless is None else Holds(self.number, claim.unless, False)
        return both(self.looked_at(claim.action), ReachedNow(self.number, claim.counts), neither(possible))

    def over(self, claim: DoneEvery) -> Formula:
        """ "a message finds D gone since the first message or the last A"."""
        return both(self.looked_at(claim.action), Overdue(self.number, claim.action, claim.period))
