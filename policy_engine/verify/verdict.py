"""Verdicts on promises: proved, broken, or given up on; what is claimed is run again before it is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from policy_engine.model.model import Policy, Promise, Sometimes, Standard
from policy_engine.reference.promises import Outcome
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Prover, Shown
from policy_engine.verify.replay import Disagreement, judged


class Finding(Enum):
    """What is found of a promise."""

    PROVED = "proved"
    BROKEN = "broken"
    GAVE_UP = "gave up"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is found of a promise, for every conversation that it speaks of, of any length.

    ``standard`` is the one that it stands in (None: it is a `check` of the policy). ``conversation`` is the
    shortest that shows it: that breaks the promise, or, of ``in some conversation …``, that keeps it; its last
    message is the one. ``is_shortest`` says that this is proved, too. ``is_vacuous``: proved, and there is never
    an occasion to break it (None: not known). ``method`` is how it was found, ``reason`` why it was not, as
    fragments. ``covered``: no conversation of so many messages or fewer shows anything.
    """

    promise: Promise
    standard: Standard | None
    finding: Finding
    method: str = ""
    conversation: Conversation | None = None
    is_shortest: bool = True
    is_vacuous: bool | None = False
    reason: str = ""
    covered: int = 0


def verify(
    policy: Policy, standards: Sequence[Standard], prover: Prover, seconds: float
) -> Iterator[Verdict]:
    """A verdict on every `check` of a policy, then on every `require` of the standards, as they come.

    ``seconds`` is the budget of each. Raises Disagreement where a witness does not show what it should: that is
    a fault of this software.
    """
    for promise in policy.promises:
        yield verdict_on(policy, promise, None, prover, seconds)
    for standard in standards:
        for promise in standard.promises:
            yield verdict_on(policy, promise, standard, prover, seconds)


def verdict_on(
    policy: Policy, promise: Promise, standard: Standard | None, prover: Prover, seconds: float
) -> Verdict:
    """The verdict on one promise. Raises Disagreement."""
    question = question_of(policy, promise, standard)
    budget = Budget(seconds)
    answer = prover.answer(question, budget)
    if isinstance(answer, Shown) and not _is_confirmed(policy, promise, standard, answer):
        raise Disagreement(
            f"a prover shows {len(answer.conversation.messages)} messages that do not show it: {promise.text}"
        )
    finding = _finding(promise, answer)
    match answer:
        case Shown(conversation, method, is_shortest):
            return Verdict(promise, standard, finding, method, conversation, is_shortest)
        case GaveUp(reason, covered):
            return Verdict(promise, standard, finding, reason=reason, covered=covered)
        case Never(method):
            is_vacuous: bool | None = False
            occasion = question.of_occasion
            if finding is Finding.PROVED and occasion is not None:
                is_vacuous = _is_vacuous(prover.answer(occasion, budget))
            return Verdict(promise, standard, finding, method, is_vacuous=is_vacuous)


def _finding(promise: Promise, answer: Answer) -> Finding:
    """What an answer means: what can be shown breaks a promise, or keeps ``in some conversation …``."""
    if isinstance(answer, GaveUp):
        return Finding.GAVE_UP
    is_good = isinstance(promise.claim, Sometimes)
    return Finding.PROVED if isinstance(answer, Shown) == is_good else Finding.BROKEN


def _is_vacuous(answer: Answer) -> bool | None:
    return None if isinstance(answer, GaveUp) else isinstance(answer, Never)


def _is_confirmed(policy: Policy, promise: Promise, standard: Standard | None, shown: Shown) -> bool:
    """Whether the conversation shows what it should, at its last message. Raises Disagreement."""
    verdict = judged(policy, promise, shown.conversation, standard)
    wanted = Outcome.WITNESS if isinstance(promise.claim, Sometimes) else Outcome.BROKEN
    return verdict.outcome is wanted and verdict.at == len(shown.conversation.messages) - 1
