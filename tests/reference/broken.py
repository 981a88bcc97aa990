"""Whether one conversation breaks a promise: a stand-in until the package says so itself.

It knows the forms that the shipped files use, by the table of docs/language.md, and asks the machine what was
done. The tests ask only :func:`breaks`.
"""

from __future__ import annotations

from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.model import (
    Answered,
    Condition,
    CountReached,
    DoneBefore,
    DoneEvery,
    NeverDone,
    OnlyAfter,
    Policy,
    Promise,
    Sometimes,
    When,
)
from policy_engine.model.truth import Truth
from policy_engine.reference.conditions import evaluate
from policy_engine.reference.history import MICROSECONDS, History
from policy_engine.transcripts.message import Conversation


def decided(machine: Machine, conversation: Conversation) -> list[Decision]:
    """What the machine decides at each message."""
    encoder = machine.encoder(conversation.looked_for)
    state, decisions = machine.initial(conversation.attributes), []
    for message in conversation.messages:
        state, decision = machine.step(state, encoder.observe(message))
        decisions.append(decision)
    return decisions


def breaks(promises: tuple[Promise, ...], policy: Policy, conversation: Conversation) -> list[str]:
    """The promises that the conversation breaks, as they are written."""
    chat = _Chat(policy, conversation)
    return [promise.text for promise in promises if chat.breaks(promise)]


class _Chat:
    """A conversation with what the policy did in it."""

    def __init__(self, policy: Policy, conversation: Conversation) -> None:
        self.history = History(policy.vocabulary, conversation)
        self.history.decisions.extend(decided(compile_policy(policy), conversation))
        ends = [now for now, decision in enumerate(self.history.decisions) if decision.ends]
        self.end = ends[0] if ends else None

    def looked_at(self, action: str) -> range:
        """Nothing after the end is looked at, except for actions that are done even then."""
        is_whole = self.end is None or self.history.vocabulary.actions[action].even_after_end
        return range(len(self.history.decisions) if is_whole else (self.end or 0) + 1)

    def done(self, action: str, now: int) -> bool:
        return any(each.action == action for each in self.history.decisions[now].actions)

    def happens(self, event: When | None, now: int) -> bool:
        return event is not None and self.history.is_detected_at(event.detected, now)

    def holds(self, condition: Condition, now: int) -> Truth:
        return evaluate(self.history, condition, now)

    def breaks(self, promise: Promise) -> bool:
        if promise.only_if is not None and self.holds(promise.only_if, 0) is Truth.FALSE:
            return False
        match promise.claim:
            case NeverDone(action, condition, once, unless):
                return any(
                    self.done(action, now)
                    and self._may_hold(condition, now, once)
                    and not self.happens(unless, now)
                    for now in self.looked_at(action)
                )
            case OnlyAfter(action, counts, or_when):
                return any(
                    self.done(action, now)
                    and not self.happens(or_when, now)
                    and any(self.holds(CountReached(count), now) is not Truth.TRUE for count in counts)
                    for now in self.looked_at(action)
                )
            case DoneBefore(action, before, unless):
                return any(
                    self.done(before, now)
                    and not self.happens(unless, now)
                    and not any(self.done(action, earlier) for earlier in range(now))
                    for now in self.looked_at(before)
                )
            case Answered(turns=1):
                return self._is_unanswered(promise.claim)
            case DoneEvery():
                return self._is_overdue(promise.claim)
            case Sometimes():
                return False  # it speaks of all conversations: no single one breaks it
            case other:
                raise NotImplementedError(other)

    def _may_hold(self, condition: Condition, now: int, once: bool) -> bool:
        """Here, or, with ``once``, for certain at an earlier message: doubt is forgotten as in a rule."""
        earlier = range(now) if once else ()
        return self.holds(condition, now) is not Truth.FALSE or any(
            self.holds(condition, each) is Truth.TRUE for each in earlier
        )

    def _is_unanswered(self, claim: Answered) -> bool:
        turns = self.history.turns
        answered = {turns[now] for now in range(len(turns)) if self.done(claim.action, now)}
        ended = -1 if self.end is None else turns[self.end]
        return any(
            self.happens(claim.event, now)
            and turns[now] not in answered
            and (turns[now] < turns[-1] or turns[now] == ended)
            for now in self.looked_at(claim.action)
        )

    def _is_overdue(self, claim: DoneEvery) -> bool:
        assert claim.period.seconds is not None
        since = self.history.time(0)
        for now in self.looked_at(claim.action):
            at = self.history.time(now)
            if self.done(claim.action, now):
                since = at
            elif at - since >= claim.period.seconds * MICROSECONDS:
                return True
        return False
