"""Promises: whether one conversation breaks a `check` or a `require`, and at which message.

The judge of what a prover claims: a counterexample is replayed here before anybody is shown it, and a
proof that a drawn conversation contradicts is no proof. Every function quotes the sentence of
``docs/language.md``, section 5, that it carries out, and reads the whole record anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from policy_engine.model.decision import Decision, Done
from policy_engine.model.model import (
    Answered,
    Claim,
    Condition,
    Count,
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
from policy_engine.model.timing import is_promise_timed
from policy_engine.model.truth import Truth
from policy_engine.reference.conditions import evaluate
from policy_engine.reference.counts import additions_of, adds_now, begin_since, certain_value, row_so_far
from policy_engine.reference.history import History
from policy_engine.reference.interpreter import check_times
from policy_engine.transcripts.message import SECOND, Conversation
from policy_engine.vocabulary.vocabulary import Vocabulary


class Outcome(Enum):
    """What one conversation says about a promise."""

    BROKEN = "broken"
    """It does not hold: this conversation is a counterexample."""
    KEPT = "kept"
    VACUOUS = "vacuous"
    """Kept without occasion: where all conversations are so, the promise is vacuous."""
    NOT_SPOKEN_OF = "not spoken of"
    """The policy does not apply to the conversation, or the promise's own `only if` does not."""
    WITNESS = "witness"
    """Of `in some conversation …`: this is one."""
    NO_WITNESS = "no witness"
    """Of `in some conversation …`: this is none, which by itself breaks nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome, and the message that shows it: its index from 0, for broken and witness alone."""

    outcome: Outcome
    at: int | None = None


def judge(
    policy: Policy,
    promise: Promise,
    conversation: Conversation,
    decisions: Sequence[Decision],
    standard: Standard | None = None,
) -> Verdict:
    """What a conversation says about a promise, given what the policy decided at each of its messages.

    ``standard`` is the standard that the promise stands in; None where it is a `check` of the policy.
    ValueError where there is not one decision a message; MissingTime and OutOfOrder where the promise
    has a duration and the times are not as they must be.
    """
    if len(decisions) != len(conversation.messages):
        raise ValueError("there must be one decision for each message")
    vocabulary = policy.vocabulary if standard is None else standard.vocabulary
    if not _is_spoken_of(policy, promise, vocabulary, conversation):
        return Verdict(Outcome.NOT_SPOKEN_OF)
    if is_promise_timed(promise, vocabulary):
        check_times(conversation)
    known = decisions if standard is None else _as_named_by(standard, policy, decisions)
    return _Record(vocabulary, conversation, known).verdict(promise.claim)


def _is_spoken_of(
    policy: Policy, promise: Promise, vocabulary: Vocabulary, conversation: Conversation
) -> bool:
    """Whether the promise is about this conversation at all.

    "Each may end in `, only if CONDITION`, on attributes. With `applies when`, a promise speaks of the
    conversations that the policy applies to." Both are read as in a rule: unknown is not enough.
    """
    asked = ((policy.applies, policy.vocabulary), (promise.only_if, vocabulary))
    return all(
        condition is None or evaluate(History(words, conversation), condition, 0) is Truth.TRUE
        for condition, words in asked
    )


def _as_named_by(standard: Standard, policy: Policy, decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions of a policy in the names of a standard's vocabulary.

    "A standard's ending action and the policy's are the same action, whatever they are called." All
    others are the same if their names are; an action that only has the name of the ending is another.
    """
    (ending,) = (entry.name for entry in standard.vocabulary.actions.values() if entry.ends)
    taken = policy.vocabulary.actions

    def named(done: Done) -> Done | None:
        if taken[done.action].ends:
            return replace(done, action=ending)
        return None if done.action == ending else done

    return [
        replace(each, actions=tuple(done for done in map(named, each.actions) if done is not None))
        for each in decisions
    ]


class _AsRemembered(History):
    """The record as it is remembered at a later message, ``present``: of unknowns, less and less."""

    def __init__(self, vocabulary: Vocabulary, conversation: Conversation, present: int) -> None:
        super().__init__(vocabulary, conversation)
        self._present = present

    def is_remembered(self, label: str, index: int, now: int) -> bool:
        """Whether an unknown of that message still counts at the present one."""
        return super().is_remembered(label, index, max(now, self._present))


class _Record:
    """A conversation with all decisions on it, and what each form of promise asks of it.

    Every form is told by two functions: the messages at which it has an occasion to be broken, and
    those at which it is.
    """

    def __init__(
        self, vocabulary: Vocabulary, conversation: Conversation, decisions: Sequence[Decision]
    ) -> None:
        self.vocabulary = vocabulary
        self.conversation = conversation
        self.history = History(vocabulary, conversation)
        self.history.decisions = list(decisions)
        self.end = next((index for index, decision in enumerate(decisions) if decision.ends), None)

    # --- what all forms ask ---

    def looked_at(self, action: str) -> range:
        """The messages at which a promise about an action is looked at.

        "Nothing after the end is looked at, except by promises about actions marked `even-after-end`."
        """
        if self.end is None or self.vocabulary.actions[action].even_after_end:
            return range(len(self.conversation.messages))
        return range(self.end + 1)

    def is_done(self, action: str, index: int) -> bool:
        """Whether the policy takes the action at a message; what a trial rule would do is not seen."""
        return self.history.is_taken(action, index)

    def done(self, action: str) -> list[int]:
        """The messages, of those looked at, at which the action is done."""
        return [index for index in self.looked_at(action) if self.is_done(action, index)]

    def happens(self, event: When | None, index: int) -> bool:
        """Whether E is certain at a message: "E is read as a trigger"; no E is at no message.

        "`when X is first detected`: once, at the first such message".
        """
        if event is None or not self.history.is_detected_at(event.detected, index):
            return False
        return not (
            event.first and any(self.history.is_detected_at(event.detected, each) for each in range(index))
        )

    def may_hold(self, condition: Condition, index: int) -> bool:
        """ "C holds or may hold"; "C is read as a rule's condition is, scopes and forgotten unknowns included"."""
        return evaluate(self.history, condition, index) is not Truth.FALSE

    def may_have_held(self, condition: Condition, index: int) -> bool:
        """ "(`once`: held or may have held there or earlier)".

        What held for certain is never forgotten. What only may have held is forgotten when the unknown
        that it rests on is.
        """
        remembered = _AsRemembered(self.vocabulary, self.conversation, index)
        remembered.decisions = self.history.decisions
        for earlier in range(index + 1):
            value = evaluate(self.history, condition, earlier)
            if value is Truth.UNKNOWN:
                value = Truth(min(value, evaluate(remembered, condition, earlier)))
            if value is not Truth.FALSE:
                return True
        return False

    def is_reached(self, count: Count, index: int) -> bool:
        """Whether "the count, with that message", is "certainly reached", as a condition counts it.

        "`in a row` in a condition: the current turn may still be without one; the row then ends at the
        turn before."
        """
        if count.in_a_row:
            turns = self.history.turns
            rows = [{turns[each.index] for each in own} for own in additions_of(self.history, count, index)]
            return max(row_so_far(row, turns[index]) for row in rows) >= count.need
        begin = begin_since(self.history, count.since, index)
        return certain_value(self.history, count, begin, index) >= count.need

    def is_due(self, counts: tuple[Count, ...], index: int) -> bool:
        """Whether `after COUNT` is so at a message, as in a rule.

        "at a message that adds to its count, if the count holds there"; "when both counts are reached,
        at a message that adds to either".
        """
        begins = [begin_since(self.history, count.since, index) for count in counts]
        paired = list(zip(counts, begins, strict=True))
        return any(adds_now(self.history, count, begin, index) for count, begin in paired) and all(
            certain_value(self.history, count, begin, index) >= count.need for count, begin in paired
        )

    # --- the verdict ---

    def verdict(self, claim: Claim) -> Verdict:
        """What the record says about a claim."""
        if isinstance(claim, Sometimes):
            witnesses = self.witnesses(claim)
            return Verdict(Outcome.WITNESS, witnesses[0]) if witnesses else Verdict(Outcome.NO_WITNESS)
        occasions, broken = self.findings(claim)
        if broken:
            return Verdict(Outcome.BROKEN, min(broken))
        return Verdict(Outcome.KEPT if occasions else Outcome.VACUOUS)

    def findings(self, claim: Claim) -> tuple[list[int], list[int]]:
        """The messages at which a claim had an occasion to be broken, and those at which it is broken.

        "A promise can be proved and *vacuous*: the action never happens, or `when E` never occurs."
        """
        match claim:
            case NeverDone():
                occasions = self.done(claim.action)
                return occasions, [each for each in occasions if self.breaks_never_done(claim, each)]
            case OnlyWhen():
                occasions = self.done(claim.action)
                return occasions, [each for each in occasions if self.breaks_only_when(claim, each)]
            case OnlyAfter():
                occasions = self.done(claim.action)
                return occasions, [each for each in occasions if self.breaks_only_after(claim, each)]
            case DoneBefore():
                occasions = self.done(claim.before)
                return occasions, [each for each in occasions if self.breaks_done_before(claim, each)]
            case DoneAtMost():
                occasions = self.done(claim.action)
                return occasions, [each for each in occasions if self.breaks_done_at_most(claim, each)]
            case DoneAfter():
                occasions = self.asking(claim)
                return occasions, [each for each in occasions if not self.is_done_by(claim.action, each)]
            case DoneEvery():
                occasions = self.periods_over(claim)
                return occasions, [each for each in occasions if not self.is_done(claim.action, each)]
            case Answered():
                occasions = [each for each in self.looked_at(claim.action) if self.happens(claim.event, each)]
                unanswered = (self.unanswered_at(claim, each) for each in occasions)
                return occasions, [each for each in unanswered if each is not None]
            case Sometimes():
                raise ValueError("a promise that something happens is broken by no single conversation")

    # --- form by form ---

    def breaks_never_done(self, claim: NeverDone, index: int) -> bool:
        """`A is never done when C`, `… once C` `[, unless E]`.

        "A is done at a message at which C holds or may hold (`once`: held or may have held there or
        earlier), and E is not at that message".
        """
        held = self.may_have_held if claim.once else self.may_hold
        return held(claim.condition, index) and not self.happens(claim.unless, index)

    def breaks_only_when(self, claim: OnlyWhen, index: int) -> bool:
        """`A is done only when C [, or when E]`.

        "A is done at a message at which C is not certain (with that message's labels) and E is not".
        """
        is_certain = evaluate(self.history, claim.condition, index) is Truth.TRUE
        return not is_certain and not self.happens(claim.or_when, index)

    def breaks_only_after(self, claim: OnlyAfter, index: int) -> bool:
        """`A is done only after COUNT, or when E`.

        "A is done and the count, with that message, is not certainly reached, and E is not at that
        message".
        """
        is_reached = all(self.is_reached(count, index) for count in claim.counts)
        return not is_reached and not self.happens(claim.or_when, index)

    def breaks_done_before(self, claim: DoneBefore, index: int) -> bool:
        """`A is done before B, unless E`.

        "B is done, E is not at that message, and A was not done at an earlier message".
        """
        was_done = any(self.is_done(claim.action, earlier) for earlier in range(index))
        return not was_done and not self.happens(claim.unless, index)

    def breaks_done_at_most(self, claim: DoneAtMost, index: int) -> bool:
        """`A is done at most N times within W`: "it is done more often".

        "the window holds the current turn and the 9 before it; both ends of a duration count". Two
        texts at one message are two times: only "equal action and text are one action".
        """
        times = sum(
            done.action == claim.action
            for earlier in range(index + 1)
            if self.history.in_window(claim.window, earlier, index)
            for done in self.history.decisions[earlier].actions
        )
        return times > claim.times

    def asking(self, claim: DoneAfter) -> list[int]:
        """`after COUNT, A is done, unless C`.

        The messages at which "the count is certainly reached at a message, C is certainly false".
        """
        return [
            index
            for index in self.looked_at(claim.action)
            if self.is_due(claim.counts, index)
            and (claim.unless is None or evaluate(self.history, claim.unless, index) is Truth.FALSE)
        ]

    def is_done_by(self, action: str, index: int) -> bool:
        """Not: "A was not done there or before"."""
        return any(self.is_done(action, earlier) for earlier in range(index + 1))

    def periods_over(self, claim: DoneEvery) -> list[int]:
        """`A is done at least every D`.

        The messages at which "a message finds D gone since the first message or the last A". As for
        the trigger `every`, turns are counted from turn 1: what was done before it was done in time for it.
        """
        return [index for index in self.looked_at(claim.action) if self.is_period_over(claim, index)]

    def is_period_over(self, claim: DoneEvery, index: int) -> bool:
        """Whether D is gone at a message."""
        earlier = [each for each in range(index) if self.is_done(claim.action, each)]
        if claim.period.turns is not None:
            since = max(1, self.history.turns[earlier[-1]] if earlier else 1)
            return self.history.turns[index] >= since + claim.period.turns
        assert claim.period.seconds is not None
        begun = self.history.time(earlier[-1] if earlier else 0)
        return self.history.time(index) >= begun + claim.period.seconds * SECOND

    def unanswered_at(self, claim: Answered, index: int) -> int | None:
        """`when E, A is done in the same turn`, `… within N turns`; E is certain at ``index``.

        "the turn (or the N-1 turns after it) is over, or the chat is ended, without A at any message of
        it. A transcript that merely stops breaks nothing". The message that finds it so, or None.
        """
        turns = self.history.turns
        first, last = turns[index], turns[index] + claim.turns - 1
        for now in range(index, len(turns)):
            is_over = turns[now] > last
            if not is_over and now != self.end:
                continue
            asked = [each for each in range(now + 1) if first <= turns[each] <= last]
            return None if any(self.is_done(claim.action, each) for each in asked) else now
        return None

    def witnesses(self, claim: Sometimes) -> list[int]:
        """`in some conversation [in which E never happens,] A is done`: where it is done, in such a one."""
        if any(self.happens(claim.without, each) for each in self.looked_at(claim.action)):
            return []
        return self.done(claim.action)
