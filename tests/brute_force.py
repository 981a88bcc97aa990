"""The shortest conversation that shows something of a promise, by trying all: what provers are held against.

It knows nothing of the provers. Conversations are made of every set of labels that the policy and the promise
name, each absent, detected or unknown, of attributes around the values that they name, and of times around the
durations that they name; the machine and the judge of promises say the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from drawn_conversations import Alphabet

from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.machine.state import State
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy, Promise
from policy_engine.model.timing import is_promise_timed
from policy_engine.reference.promises import Outcome, judge
from policy_engine.transcripts.message import SECOND, AttributeValue, Conversation, Label, Message, Role

LENGTHS = ((7, 4), (14, 3), (40, 2))
"""How many messages are tried, by how many there are to choose from at each."""

Given = dict[str, AttributeValue]


@dataclass(frozen=True)
class Tried:
    """``shortest`` is the length of the shortest that shows it; None where none of up to ``most`` messages does.

    ``given`` are the attributes that were tried.
    """

    shortest: int | None
    most: int
    given: list[Given]


def try_all(policy: Policy, promise: Promise) -> Tried | None:
    """Try all conversations; None where there are too many."""
    whole = Policy(
        policy.name, None, None, policy.vocabulary, policy.rules, policy.ladders, policy.nevers,
        promises=(promise,), timed=policy.timed,
    )  # fmt: skip
    alphabet = Alphabet(whole)
    messages = list(_messages(alphabet))
    is_timed = policy.timed or is_promise_timed(promise, policy.vocabulary)
    steps = _steps(alphabet) if is_timed else (None,)
    choices = len(messages) * len(steps)
    most = next((length for limit, length in LENGTHS if choices <= limit), None)
    given = list(_given(alphabet))
    if most is None or len(given) > 4:
        return None
    machine = compile_policy(policy)
    for length in range(1, most + 1):
        for each in given:
            trial = _Trial(policy, promise, machine, each, messages, steps)
            if trial.is_shown((), (), machine.initial(each), length):
                return Tried(length, most, given)
    return Tried(None, most, given)


@dataclass(frozen=True)
class _Trial:
    policy: Policy
    promise: Promise
    machine: Machine
    given: Given
    messages: list[Message]
    steps: tuple[int | None, ...]

    def is_shown(
        self, before: tuple[Message, ...], decisions: tuple[Decision, ...], state: State, length: int
    ) -> bool:
        """Whether some conversation of that length that begins so shows it at its last message."""
        if len(before) == length:
            conversation = Conversation("tried", before, self.given)
            verdict = judge(self.policy, self.promise, conversation, decisions)
            return verdict.outcome in (Outcome.BROKEN, Outcome.WITNESS) and verdict.at == length - 1
        encoder = self.machine.encoder()
        for message in self.messages:
            for step in self.steps if before else self.steps[:1]:
                last = before[-1].time if before else 0
                time = None if step is None else (last or 0) + step
                timed = Message(message.role, message.labels, time=time)
                following, decision = self.machine.step(state, encoder.observe(timed))
                if self.is_shown((*before, timed), (*decisions, decision), following, length):
                    return True
        return False


def _messages(alphabet: Alphabet) -> Iterator[Message]:
    entries = alphabet.vocabulary.labels
    for role in (Role.USER, Role.ASSISTANT, Role.SERVICE, Role.SYSTEM):
        heard = [name for name in alphabet.labels if role in entries[name].roles]
        for values in product((False, True, None), repeat=len(heard)):
            pairs = zip(heard, values, strict=True)
            yield Message(role, tuple(Label(name, value) for name, value in pairs if value is not False))


def _steps(alphabet: Alphabet) -> tuple[int | None, ...]:
    """Microseconds between two messages, the first of which is 0."""
    seconds = [step for step in alphabet.steps if step <= 60]
    return tuple(sorted({0, *(step * SECOND for step in seconds), *(step * SECOND + 1 for step in seconds)}))


def _given(alphabet: Alphabet) -> Iterator[Given]:
    options = [
        [(name, value) for value in dict.fromkeys(values)] for name, values in alphabet.attributes.items()
    ]
    for choice in product(*options):
        yield {name: value for name, value in choice if value is not None}
