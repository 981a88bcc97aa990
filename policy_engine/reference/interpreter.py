"""The plain interpreter: what a policy means, clause by clause, as slowly as it reads.

The oracle of the tests. It keeps the whole conversation and, at every message, works everything
out again from the start; the only memory is the list of past decisions and of past firings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policy_engine.model.decision import Cause, Decision, Done, Stop
from policy_engine.model.model import (
    Act,
    After,
    Begins,
    Every,
    Guards,
    Ladder,
    Policy,
    Rule,
    When,
)
from policy_engine.model.truth import Truth
from policy_engine.reference.conditions import evaluate
from policy_engine.reference.counts import (
    act_additions,
    additions_of,
    adds_now,
    begin_since,
    begin_stretch,
    certain_value,
)
from policy_engine.reference.history import History
from policy_engine.transcripts.message import SECOND, Conversation
from policy_engine.vocabulary.vocabulary import ActionEntry


class OutOfOrder(ValueError):
    """A message is earlier than the one before it."""

    def __init__(self, index: int) -> None:
        super().__init__(f"message {index} is earlier than the message before it")
        self.index = index


class MissingTime(ValueError):
    """The policy uses durations, and a message has no time."""

    def __init__(self, index: int) -> None:
        super().__init__(f"message {index} has no time")
        self.index = index


def interpret(policy: Policy, conversation: Conversation) -> list[Decision]:
    """What the policy decides at each message.

    "A policy is evaluated after **every** message, in order".
    """
    if policy.timed:
        check_times(conversation)
    history = History(policy.vocabulary, conversation)
    for now in range(len(conversation.messages)):
        decision, fired = _decide(policy, history, now)
        history.decisions.append(decision)
        for name in fired:
            history.firings.setdefault(name, []).append(now)
    return history.decisions


def check_times(conversation: Conversation) -> None:
    """Refuse times that cannot be.

    "A policy that uses durations needs a time on every message; equal is fine, earlier is an error".
    """
    before: int | None = None
    for index, message in enumerate(conversation.messages):
        if message.time is None:
            raise MissingTime(index)
        if before is not None and message.time < before:
            raise OutOfOrder(index)
        before = message.time


# --- Triggers -------------------------------------------------------------------------


def _is_due(history: History, rule: Rule, now: int) -> bool:
    """Whether the trigger of a rule fires, were nothing to stop it."""
    match rule.trigger:
        case When(detected, first):
            # "`when X is first detected`: once, at the first such message at which nothing stops it"
            return history.is_detected_at(detected, now) and not (first and history.firings.get(rule.name))
        case Begins():
            # "`when the chat begins`: [...] at the first message"
            return now == 0
        case After():
            return _is_count_due(history, rule.name, rule.trigger, now)
        case Every():
            return _is_period_over(history, rule.name, rule.trigger, now)


def _is_count_due(history: History, name: str, trigger: After, now: int) -> bool:
    """Whether an `after` rule is due.

    "An `after` rule fires at a message that adds to its count, if the count holds there and nothing
    stops it, once in a conversation (with `since` or `starting over`: once in each stretch).
    Stopped, it *stays due*: it fires at the next message that adds to the count, at which the count
    still holds and nothing stops it." "`after 3 refusals on X and 2 redirections on X`: when both
    counts are reached, at a message that adds to either". "`after every 3 refusals`: again and
    again: when it fires, its count starts anew".
    """
    firings = history.firings.get(name, [])
    added = sorted(a.index for c in trigger.counts for own in additions_of(history, c, now) for a in own)
    stretch = begin_stretch(history, trigger.start_over, added, now)
    anew = firings[-1] + 1 if trigger.repeat and firings else 0
    begins = [max(begin_since(history, count.since, now), stretch, anew) for count in trigger.counts]
    if not trigger.repeat and any(fired >= max(begins) for fired in firings):
        return False
    return any(
        adds_now(history, count, begin, now) for count, begin in zip(trigger.counts, begins, strict=True)
    ) and all(
        certain_value(history, count, begin, now) >= count.need
        for count, begin in zip(trigger.counts, begins, strict=True)
    )


def _is_period_over(history: History, name: str, trigger: Every, now: int) -> bool:
    """Whether an `every` rule is due.

    "`every 3 hours`, `every 20 turns`: at the first message once that much has passed since the first
    message (since turn 1) or since it last fired; stopped, it fires at the next message at which
    nothing stops it".
    """
    if now == 0:
        return False
    firings = history.firings.get(name, [])
    if trigger.period.turns is not None:
        anchor_turn = history.turns[firings[-1]] if firings else 1
        return history.turns[now] >= anchor_turn + trigger.period.turns
    assert trigger.period.seconds is not None
    anchor = history.time(firings[-1] if firings else 0)
    return history.time(now) >= anchor + trigger.period.seconds * SECOND


def _ladder_step(history: History, ladder: Ladder, now: int) -> tuple[Act, ...] | None:
    """The actions of the step that is due; None where none is.

    "Ladders count one act on their categories, climb one step a turn, never skip one, and count each
    step from the step before. [...] A stopped step stays due; what happens while it is stopped does
    not count for the next. `without a refusal` means one that it counts. On the last step a ladder
    rests until it starts over."
    """
    added = [addition.index for addition in act_additions(history, ladder.act, ladder.on, now)]
    begin = begin_stretch(history, ladder.start_over, added, now)
    climbs = [fired for fired in history.firings.get(ladder.name, []) if fired >= begin]
    if len(climbs) == len(ladder.steps):
        return None
    step = ladder.steps[len(climbs)]
    counted = [index for index in added if index >= begin and (not climbs or index > climbs[-1])]
    return step.actions if now in counted and len(counted) >= step.need else None


# --- What stops a rule ----------------------------------------------------------------


def _guard_stops(history: History, name: str, guards: Guards, now: int) -> list[Stop]:
    """The clauses of the rule itself that stop it.

    "What stops a rule: an `only if` that is not true, an exception that is not false, `at most once
    in 10 turns` (the current turn and the 9 before it), `… in 24 hours`, `at most once`".
    "`applies when C` is `only if C` on every rule and ladder of its own file".
    """
    stops = []
    if guards.applies is not None:
        value = evaluate(history, guards.applies, now)
        if value is not Truth.TRUE:
            stops.append(Stop(name, Cause.APPLIES, unknown=value is Truth.UNKNOWN))
    if guards.only_if is not None:
        value = evaluate(history, guards.only_if, now)
        if value is not Truth.TRUE:
            stops.append(Stop(name, Cause.ONLY_IF, unknown=value is Truth.UNKNOWN))
    for clause, exception in enumerate(guards.excepts):
        value = evaluate(history, exception, now)
        if value is not Truth.FALSE:
            stops.append(Stop(name, Cause.EXCEPT, clause, unknown=value is Truth.UNKNOWN))
    if guards.at_most is not None:
        window = guards.at_most.window
        if any(history.in_window(window, fired, now) for fired in history.firings.get(name, [])):
            stops.append(Stop(name, Cause.COOLDOWN))
    return stops


def _never_stops(
    policy: Policy, history: History, name: str, actions: tuple[Act, ...], now: int
) -> list[Stop]:
    """The actions that are taken from the rule, each told once, whatever its texts.

    "`never A when C` removes A from every rule and ladder"; "a `never` stops the action unless it is
    false".
    """
    asked = {act.action for act in actions}
    stops = []
    for clause, never in enumerate(policy.nevers):
        if never.action in asked:
            value = evaluate(history, never.when, now)
            if value is not Truth.FALSE:
                unknown = value is Truth.UNKNOWN
                stops.append(Stop(name, Cause.NEVER, clause, never.action, unknown))
    return stops


# --- One message ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one rule or ladder at one message: fired with ``actions``, or not."""

    is_fired: bool = False
    actions: tuple[Act, ...] = ()
    stops: tuple[Stop, ...] = ()


class _Moment:
    """All rules and ladders at one message.

    "All rules see the same state"; "Nothing depends on the order of rules".
    """

    def __init__(self, policy: Policy, history: History, now: int) -> None:
        self.policy = policy
        self.history = history
        self.now = now
        # "After the ending only actions marked `even-after-end` are done"
        self.is_after_end = any(decision.ends for decision in history.decisions)
        self._parts: dict[str, Rule | Ladder] = {rule.name: rule for rule in policy.rules}
        self._parts |= {ladder.name: ladder for ladder in policy.ladders}
        self._outcomes: dict[str, _Outcome] = {}

    def outcome(self, name: str) -> _Outcome:
        """What becomes of a rule or ladder."""
        if name not in self._outcomes:
            self._outcomes[name] = self._work_out(self._parts[name])
        return self._outcomes[name]

    def _due_actions(self, part: Rule | Ladder) -> tuple[Act, ...]:
        if isinstance(part, Ladder):
            actions = _ladder_step(self.history, part, self.now) or ()
        else:
            actions = part.actions if _is_due(self.history, part, self.now) else ()
        if self.is_after_end:
            return tuple(act for act in actions if self._entry(act.action).even_after_end)
        return actions

    def _work_out(self, part: Rule | Ladder) -> _Outcome:
        """ "A rule with no action left is stopped; one that keeps some has fired."."""
        applies = part.guards.applies
        if applies is not None and evaluate(self.history, applies, self.now) is Truth.FALSE:
            return _Outcome()
        actions = self._due_actions(part)
        if not actions:
            return _Outcome()
        whole = _guard_stops(self.history, part.name, part.guards, self.now) + self._override_stops(part.name)
        nevers = _never_stops(self.policy, self.history, part.name, actions, self.now)
        removed = {stop.action for stop in nevers}
        left = tuple(act for act in actions if act.action not in removed)
        is_fired = not whole and bool(left)
        return _Outcome(is_fired, left if is_fired else (), (*whole, *nevers))

    def _override_stops(self, name: str) -> list[Stop]:
        """The rules that override this one.

        "`rule a overrides rule b` (or `ladder b`): from the message at which a fires to the end of
        that turn, b is stopped; a rule that is itself stopped overrides nobody". "A `trial rule` is
        evaluated and reported, never acts, and no other rule, count or check sees it."
        """
        return [
            Stop(name, Cause.OVERRIDES, clause)
            for clause, override in enumerate(self.policy.overrides)
            if override.loser == name and self._has_fired_in_this_turn(override.winner)
        ]

    def _has_fired_in_this_turn(self, name: str) -> bool:
        if self._is_trial(name):
            return False
        turns = self.history.turns
        earlier = self.history.firings.get(name, [])
        return self.outcome(name).is_fired or any(turns[fired] == turns[self.now] for fired in earlier)

    def _is_trial(self, name: str) -> bool:
        part = self._parts[name]
        return isinstance(part, Rule) and part.trial

    def _entry(self, action: str) -> ActionEntry:
        return self.policy.vocabulary.actions[action]

    def _together(self, names: Iterable[str]) -> tuple[Done, ...]:
        """What the rules do, together.

        "What remains is done together, strongest action first, then by text; equal action and text
        are one action with all its rules."
        """
        asked: dict[tuple[str, str | None], set[str]] = {}
        for name in names:
            for act in self.outcome(name).actions:
                asked.setdefault((act.action, act.text), set()).add(name)
        done = [
            Done(action, text, tuple(sorted(rules)), self._reasons(sorted(rules)))
            for (action, text), rules in asked.items()
        ]
        return tuple(sorted(done, key=lambda each: (self._entry(each.action).rank, each.text or "")))

    def _reasons(self, names: list[str]) -> tuple[str, ...]:
        """What the rules give as their reasons.

        "`reason "…"` goes with every action of the rule. Where several rules ask for one action, each reason is
        given once, in the order of the rules' names."
        """
        found: list[str] = []
        for name in names:
            reason = self._parts[name].reason
            if reason is not None and reason not in found:
                found.append(reason)
        return tuple(found)

    def decide(self) -> tuple[Decision, list[str]]:
        """The decision, and the names of what fired."""
        names = sorted(self._parts)
        actions = self._together(name for name in names if not self._is_trial(name))
        decision = Decision(
            actions=actions,
            trial=self._together(name for name in names if self._is_trial(name)),
            stopped=tuple(stop for name in names for stop in self.outcome(name).stops),
            ends=any(self._entry(done.action).ends for done in actions),
            after_end=self.is_after_end,
        )
        return decision, [name for name in names if self.outcome(name).is_fired]


def _decide(policy: Policy, history: History, now: int) -> tuple[Decision, list[str]]:
    """What the policy decides at one message, from everything up to it."""
    return _Moment(policy, history, now).decide()
