"""What two policies do differently, deed by deed: proved alike, shown to differ, or not decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from policy_engine.difference.clauses import clause_questions, unstopped_question
from policy_engine.difference.continuing import Continued, continued
from policy_engine.difference.deed import Deed, Pair, deeds_of, own_name
from policy_engine.difference.direction import (
    Asked,
    Direction,
    direction_of,
    is_so,
    question,
)
from policy_engine.difference.sameness import METHOD, are_same
from policy_engine.model.decision import Decision
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.changed import Changed
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Prover, Shown
from policy_engine.verify.question import Differ, Question, own_view
from policy_engine.verify.replay import Disagreement, decisions_in, is_shown

_SECONDS = re.compile(r"after [0-9.e-]+ seconds")


class Finding(Enum):
    """What is found of two policies, or of one deed."""

    ALIKE = "alike"
    DIFFERENT = "different"
    NOT_DECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A conversation that shows what was ``asked``, at its last message.

    ``is_shortest``: no conversation with fewer messages shows it. ``catches_up`` is the same conversation gone on
    until the other policy does it as well, at the last message; None where it never does, however long that goes on,
    unless ``unsettled`` says after how many messages this was given up (0: it was not).
    """

    asked: Asked
    conversation: Conversation
    is_shortest: bool = True
    catches_up: Conversation | None = None
    unsettled: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """A question that was given up on. No conversation of up to ``covered`` messages shows what it asks for."""

    asked: Asked
    reason: str
    covered: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is found of one deed.

    ``direction`` follows from the ``evidence``, as far as no ``left_open`` question says otherwise; None where
    nothing was shown. ``clauses`` show what single clauses make of it that only one policy has; no more is said
    of those that nothing was found for. ``method`` is how it was proved, where both policies are alike in it.
    """

    deed: Deed
    direction: Direction | None
    evidence: tuple[Evidence, ...] = ()
    left_open: tuple[Open, ...] = ()
    clauses: tuple[Evidence, ...] = ()
    method: str = ""

    @property
    def finding(self) -> Finding:
        """Alike where all is proved and nothing was shown."""
        if self.direction is not None:
            return Finding.DIFFERENT
        return Finding.NOT_DECIDED if self.left_open else Finding.ALIKE

    @property
    def telling(self) -> tuple[Evidence, ...]:
        """The conversations that tell the change: the shortest each way; how they differ goes with that they do."""
        first = (Asked.SOONER, Asked.SLOWER)
        again = (Asked.THERE, Asked.GONE)
        for group in (first, again, (Asked.APART,)):
            told = tuple(each for asked in group for each in self.evidence if each.asked is asked)
            if told:
                return told
        return ()

    @property
    def besides(self) -> Evidence | None:
        """Where it is more or less: a conversation in which it is only earlier or later, if there is one."""
        if self.direction not in (Direction.MORE, Direction.LESS):
            return None
        return next((each for each in self.evidence if each.asked in (Asked.CAUGHT, Asked.TRAILED)), None)


def changes(policies: Pair, prover: Prover, seconds: float) -> Iterator[Change]:
    """What is found of each deed, as it comes; the old policy is the first of ``policies``.

    ``seconds`` is the budget of each question. Raises Disagreement where a conversation does not show what it
    should: that is a fault of this software.
    """
    together: str | None = None
    is_asked = False
    for deed in deeds_of(policies):
        if are_same(question(policies, deed, Asked.APART)):
            yield Change(deed, None, method=METHOD)
            continue
        if not is_asked:
            together, is_asked = _alike_together(policies, seconds), True
        if together is not None and not deed.on_trial:
            yield Change(deed, None, method=together)
        else:
            yield _Deciding(policies, deed, prover, seconds).change()


def _alike_together(policies: Pair, seconds: float) -> str | None:
    """How it was proved that both do the same in all but what is on trial; None where it was not.

    That the two did the same in everything up to a message is more to go by than that they did so in one deed.
    """
    both = Question(policies, tuple(own_view(policies, number) for number in (0, 1)), Differ(0, 1))
    found = Changed().answer(both, Budget(seconds))
    return found.method if isinstance(found, Never) else None


def finding_of(found: tuple[Change, ...]) -> Finding:
    """What is found of the policies: alike only where every deed is."""
    findings = {each.finding for each in found}
    if Finding.DIFFERENT in findings:
        return Finding.DIFFERENT
    return Finding.NOT_DECIDED if Finding.NOT_DECIDED in findings else Finding.ALIKE


class _Deciding:
    """The questions about one deed, asked as far as they are needed."""

    def __init__(self, policies: Pair, deed: Deed, prover: Prover, seconds: float) -> None:
        self.policies = policies
        self.deed = deed
        self.prover = prover
        self.seconds = seconds
        self.shown: dict[Asked, Evidence] = {}
        self.open: dict[Asked, Open] = {}

    def change(self) -> Change:
        method = self._alike()
        if method is not None:
            return Change(self.deed, None, method=method)
        self._ask(Asked.SOONER)
        self._ask(Asked.SLOWER)
        sooner, slower = (each in self.shown for each in (Asked.SOONER, Asked.SLOWER))
        if sooner != slower:
            self._ask_of_catching_up(Asked.SOONER if sooner else Asked.SLOWER)
        elif not sooner and Asked.APART not in self.open:
            self._ask(Asked.THERE)
            self._ask(Asked.GONE)
        first = self.shown.get(Asked.SOONER) or self.shown.get(Asked.SLOWER)
        is_caught_up = first is not None and first.catches_up is not None
        direction = direction_of(self.shown, is_caught_up)
        clauses = self._clauses() if direction is not None else ()
        return Change(self.deed, direction, tuple(self.shown.values()), self._left_open(direction), clauses)

    def _clauses(self) -> tuple[Evidence, ...]:
        """What each clause does that only one policy has, where what was shown does not show it already."""
        told = {each.conversation.messages for each in self.shown.values()}
        found = []
        by_clause: dict[Asked, None] = {}
        for asked, each in clause_questions(self.policies, self.deed):
            way = Asked.SOONER if asked is Asked.FREED else Asked.SLOWER
            first = self.shown.get(way)
            if first is None:
                continue
            if is_shown(each, first.conversation):
                by_clause[way] = None
                continue
            answer = self.prover.answer(each, Budget(self.seconds))
            if isinstance(answer, Shown) and answer.conversation.messages not in told:
                self._confirm(asked, answer.conversation)
                told.add(answer.conversation.messages)
                found.append(Evidence(asked, answer.conversation, answer.is_shortest))
        return (*self._besides_clauses(by_clause), *found)

    def _besides_clauses(self, ways: Iterable[Asked]) -> Iterator[Evidence]:
        """What changed besides a clause, where the shortest conversation shows the clause."""
        for asked in ways:
            each = unstopped_question(self.policies, self.deed, asked)
            answer = None if each is None else self.prover.answer(each, Budget(self.seconds))
            if isinstance(answer, Shown):
                self._confirm(asked, answer.conversation)
                yield self._evidence(asked, answer.conversation, answer.is_shortest)

    def _alike(self) -> str | None:
        """How it was proved that they are alike in it. A conversation in which they differ is kept."""
        match self._answer(Asked.APART):
            case Never(method):
                return method
            case Shown(conversation, _, is_shortest):
                self._keep(conversation, is_shortest)
            case GaveUp() as left:
                self._give_up(Asked.APART, left)
        return None

    def _keep(self, conversation: Conversation, is_shortest: bool) -> None:
        """Keep a shortest conversation in which they differ, as what it shows besides that.

        A shortest one that shows anything more is a shortest that shows that: it differs at no message before.
        """
        runs = self._runs(conversation)
        for asked in (Asked.SOONER, Asked.SLOWER):
            if is_so(self.policies, self.deed, asked, runs):
                self._shows(asked, conversation, is_shortest)
        if not self.shown:
            self.shown[Asked.APART] = Evidence(Asked.APART, conversation, is_shortest)

    def _ask(self, asked: Asked) -> bool:
        """Whether it was proved that no conversation shows it."""
        if asked in self.shown:
            return False
        if asked in (Asked.CAUGHT, Asked.TRAILED):
            first = self.shown[Asked.SOONER if asked is Asked.CAUGHT else Asked.SLOWER]
            if first.catches_up is not None:
                self._confirm(asked, first.catches_up)
                self.shown[asked] = Evidence(asked, first.catches_up, is_shortest=False)
                return False
        match self._answer(asked):
            case Shown(conversation, _, is_shortest):
                self._shows(asked, conversation, is_shortest)
            case GaveUp() as left:
                self._give_up(asked, left)
            case Never():
                return True
        return False

    def _ask_of_catching_up(self, first: Asked) -> None:
        """Whether the other policy ever comes to do it. That it never does also settles what was gone on with."""
        asked = Asked.CAUGHT if first is Asked.SOONER else Asked.TRAILED
        unsettled = self.shown[first].unsettled
        if not self._ask(asked) and unsettled and asked not in self.open:
            self.open[asked] = Open(asked, f"gone on as it was, after {unsettled:,} messages", 0)

    def _give_up(self, asked: Asked, left: GaveUp) -> None:
        """Keep why; of a prover's share of the time, what all had is said."""
        reason = _SECONDS.sub(f"after {self.seconds:g} seconds", left.reason)
        self.open[asked] = Open(asked, reason, left.covered)

    def _answer(self, asked: Asked) -> Answer:
        found = self.prover.answer(question(self.policies, self.deed, asked), Budget(self.seconds))
        if isinstance(found, Shown):
            self._confirm(asked, found.conversation)
        return found

    def _confirm(self, asked: Asked, conversation: Conversation) -> None:
        """Run it again in both policies, by the machine and by the reference."""
        if not is_so(self.policies, self.deed, asked, self._runs(conversation)):
            raise Disagreement(
                f"the prover says of `{self.deed.action}` that {asked.value} at message "
                f"{len(conversation.messages)}; run again, that is not so"
            )

    def _shows(self, asked: Asked, conversation: Conversation, is_shortest: bool) -> None:
        self.shown[asked] = self._evidence(asked, conversation, is_shortest)

    def _evidence(self, asked: Asked, conversation: Conversation, is_shortest: bool) -> Evidence:
        """The evidence, with what comes of the conversation gone on as it was."""
        gone_on = Continued()
        if asked in (Asked.SOONER, Asked.SLOWER):
            other = 0 if asked is Asked.SOONER else 1
            gone_on = continued(
                self.policies[other], conversation, self.deed, own_name(self.policies, other, self.deed)
            )
        return Evidence(asked, conversation, is_shortest, gone_on.conversation, gone_on.left_open)

    def _runs(self, conversation: Conversation) -> tuple[tuple[Decision, ...], tuple[Decision, ...]]:
        old, new = (decisions_in(policy, conversation) for policy in self.policies)
        return old, new

    def _left_open(self, direction: Direction | None) -> tuple[Open, ...]:
        """The questions that could still change what is said."""
        left = dict(self.open)
        if direction is not None:
            left.pop(Asked.APART, None)
        return tuple(left.values())
