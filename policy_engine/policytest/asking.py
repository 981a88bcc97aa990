"""Asking provers what tests leave open, within a budget for each question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate, pairwise

from policy_engine.policytest.narrowing import Narrowing, Wanted
from policy_engine.transcripts.message import SECOND
from policy_engine.verify.exchanges import Exchanges
from policy_engine.verify.ladder import by_states, ladder
from policy_engine.verify.prover import Answer, Budget, Prover, Shown
from policy_engine.verify.question import Question
from policy_engine.verify.replay import is_shown

Ask = Callable[[Question], Answer]
"""Answers a question within a budget."""


def asking(seconds: float, prover: Prover | None = None, wanted: Wanted = Wanted.SHORTEST) -> Ask:
    """Asks all provers that there are (or that one), of a few rules first; so many seconds for each question.

    ``wanted`` says which conversation is looked for. One that is shown has its messages whole seconds apart, where that
    shows it, too.
    """
    narrowing = (
        Narrowing(ladder(), Exchanges(), by_states(), wanted)
        if prover is None
        else Narrowing(prover, wanted=wanted)
    )

    def ask(question: Question) -> Answer:
        answer = narrowing.answer(question, Budget(seconds=seconds))
        return _rounded(question, answer) if isinstance(answer, Shown) else answer

    return ask


def _rounded(question: Question, shown: Shown) -> Shown:
    """The same with every stretch between two messages rounded up to seconds, if it shows what was asked for."""
    messages = shown.conversation.messages
    times = [message.time for message in messages if message.time is not None]
    if len(times) < len(messages) or all((each - times[0]) % SECOND == 0 for each in times):
        return shown
    passed = [0, *(-((one - other) // SECOND) * SECOND for one, other in pairwise(times))]
    rounded = tuple(
        replace(message, time=times[0] + time)
        for message, time in zip(messages, accumulate(passed), strict=True)
    )
    conversation = replace(shown.conversation, messages=rounded)
    return replace(shown, conversation=conversation) if is_shown(question, conversation) else shown
