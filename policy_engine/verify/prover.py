"""What a prover is: asked a question, within a budget, it says never, shows how, or gives up."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from policy_engine.transcripts.message import Conversation
from policy_engine.verify.question import Question


@dataclass(frozen=True, slots=True)
class Never:
    """No conversation of any length makes the question's formula true. ``method`` is what proved it, in words."""

    method: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A conversation whose last message makes it true.

    ``is_shortest`` says that no conversation has fewer messages.
    """

    conversation: Conversation
    method: str
    is_shortest: bool = True


@dataclass(frozen=True, slots=True)
class GaveUp:
    """Neither was found within the budget.

    ``reason`` is a fragment for people ("after 10 seconds"). ``covered`` is how far it got: it is not true in
    any conversation of so many messages or fewer (0: nothing is known).
    """

    reason: str
    covered: int = 0


Answer = Never | Shown | GaveUp


@dataclass(slots=True)
class Budget:
    """What a proof may cost: ``seconds`` from the budget's making, and ``states`` that are kept at a time.

    Seconds are of this process's own work, so that a busy computer does not change a verdict. A state of a usual
    policy takes about 1 kB.
    """

    seconds: float = 20.0
    states: int = 400_000
    started: float = field(default_factory=time.process_time)

    @property
    def left(self) -> float:
        """Seconds that are left, not below 0."""
        return max(0.0, self.started + self.seconds - time.process_time())

    def part(self, share: float, states: int | None = None) -> Budget:
        """A budget of a share of the time that is left, and at most so many states."""
        return Budget(self.left * share, self.states if states is None else min(states, self.states))

    @property
    def is_spent(self) -> bool:
        """Whether the time is over."""
        return self.left == 0.0


class Prover(Protocol):
    """A way to answer questions. It may give up, but what it says is so."""

    def answer(self, question: Question, budget: Budget) -> Answer:
        """Whether the question's formula can become true."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """A prover with a share of the time that is left, and at most so many states: the rest is for those after it."""

    prover: Prover
    share: float
    states: int | None = None

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The prover's answer within that."""
        return self.prover.answer(question, budget.part(self.share, self.states))


class Ladder:
    """Provers, one after the other: the first that does not give up has answered.

    ``missing`` are fragments on the rungs that cannot be taken here, with what would help; they are told where
    all others give up.
    """

    def __init__(self, rungs: tuple[Prover, ...], missing: tuple[str, ...] = ()) -> None:
        self.rungs = rungs
        self.missing = missing

    def answer(self, question: Question, budget: Budget) -> Answer:
        """The first answer. A conversation that may not be the shortest, where that is asked for, is kept until a
        later prover finds that.

        Where all give up, the last reason and the farthest that any got.
        """
        kept: Shown | None = None
        last = GaveUp("there is no prover")
        for rung in self.rungs:
            found = rung.answer(question, budget)
            match found:
                case GaveUp(reason, covered):
                    last = GaveUp(reason, max(covered, last.covered))
                case Shown(is_shortest=False) if not question.any_will_do:
                    kept = kept or found
                case _:
                    return found
        return kept or GaveUp("; ".join((last.reason, *self.missing)), last.covered)
