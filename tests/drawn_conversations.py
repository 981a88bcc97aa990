"""Conversations drawn for one policy: over the labels and attributes that it reads, and around its numbers.

``random_policies`` draws conversations of its own small vocabulary. These are for policies that somebody
wrote: exchanges come again and again, as in a real quarrel, so that counts are reached and chats end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import TypeVar

from hypothesis import strategies as st
from random_policies import Chooser

from policy_engine.model.model import Attribute, Count, Ladder, Policy, Reading, SinceEvent, StartOver
from policy_engine.model.timing import is_promise_timed
from policy_engine.transcripts.message import (
    AttributeValue,
    Conversation,
    Label,
    LookedFor,
    Message,
    Role,
    Score,
)
from policy_engine.vocabulary.vocabulary import Kind, Lasting

T = TypeVar("T")

_START = 1_700_000_000_000_000


def parts_of(value: object) -> Iterator[object]:
    """Every value inside a model value, itself included."""
    yield value
    if isinstance(value, tuple):
        for each in value:
            yield from parts_of(each)
    elif is_dataclass(value):
        for field in fields(value):
            if field.compare:
                yield from parts_of(getattr(value, field.name))


class Alphabet:
    """What a policy reads: labels by role, scores, attributes with the values that matter, and seconds."""

    def __init__(self, policy: Policy) -> None:
        self.vocabulary = policy.vocabulary
        said = (policy.rules, policy.ladders, policy.nevers, policy.promises, policy.applies)
        self.parts = [part for each in said for part in parts_of(each)]
        self.is_timed = policy.timed or any(
            is_promise_timed(each, policy.vocabulary) for each in policy.promises
        )

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Those that the policy names, and those that imply one of them."""
        named: set[str] = set()
        for part in self.parts:
            match part:
                case Reading(label) | SinceEvent(label):
                    named.add(label)
                case Count(act=act) | Ladder(act=act) if act:
                    named.add(act)
                case StartOver(event=str(event)):
                    named.add(event)
        entries = self.vocabulary.labels.values()
        return tuple(sorted(named | {each.name for each in entries if named & {*each.implies}}))

    @cached_property
    def acts(self) -> tuple[str, ...]:
        return tuple(each for each in self.labels if self.vocabulary.labels[each].kind is Kind.ACT)

    @cached_property
    def values(self) -> tuple[Score, ...]:
        """Mostly detected; around the scores that the policy asks for."""
        limits = sorted({part.at for part in self.parts if isinstance(part, Reading) and part.at is not None})
        scores = [score for limit in limits for score in (limit, limit - 0.01)]
        return (*(True,) * 8, False, None, 0.9, 0.1, *scores)

    @cached_property
    def attributes(self) -> dict[str, tuple[AttributeValue | None, ...]]:
        """By name: twice the values that the policy asks for, once each of those beside them; None: not given."""
        found: dict[str, list[AttributeValue | None]] = {}
        for part in self.parts:
            if isinstance(part, Attribute):
                values = found.setdefault(part.name, [None, *self.vocabulary.attributes[part.name].values])
                for value in part.values:
                    is_number = isinstance(value, int | float) and not isinstance(value, bool)
                    beside = (value - 1, value + 1) if is_number else (not value,) if value is True else ()
                    values += [value, value, *beside]
        return {name: tuple(values) for name, values in sorted(found.items())}

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """Seconds between two messages: around the durations that the policy, or an unknown, lasts."""
        spans = {part.seconds for part in self.parts if isinstance(part, Lasting) and part.seconds}
        lasting = (self.vocabulary.labels[name].unknown_lasts for name in self.labels)
        spans |= {each.seconds for each in lasting if each is not None and each.seconds}
        return tuple(sorted({0, 60} | {step for span in spans for step in (span, span - 1, span // 3)}))


class _Drawing:
    """Draws one conversation."""

    def __init__(self, choose: Chooser, alphabet: Alphabet) -> None:
        self.choose = choose
        self.alphabet = alphabet
        # What the conversation comes back to: one or two labels, with what assistants do.
        self.subjects = {*alphabet.acts}
        if alphabet.labels:
            self.subjects |= {self.pick(alphabet.labels) for _ in range(1 + choose(2))}

    def pick(self, options: Sequence[T]) -> T:
        return options[self.choose(len(options))]

    def chance(self, percent: int) -> bool:
        return self.choose(100) >= 100 - percent

    def message(self, role: Role) -> Message:
        entries = self.alphabet.vocabulary.labels
        heard = [name for name in self.alphabet.labels if role in entries[name].roles]
        names = [name for name in heard if self.chance(75 if name in self.subjects else 3)]
        return Message(role, tuple(Label(name, self.pick(self.alphabet.values)) for name in names))

    def exchange(self) -> list[Message]:
        roles = [self.pick(tuple(Role))] if self.chance(20) else [Role.USER, Role.ASSISTANT]
        return [self.message(role) for role in roles]

    def messages(self) -> list[Message]:
        pool = [self.exchange() for _ in range(1 + self.choose(5))]
        return [message for _ in range(self.choose(26)) for message in self.pick(pool)]

    def timed(self, messages: list[Message]) -> Iterator[Message]:
        time = _START
        for message in messages:
            time += 1_000_000 * self.pick(self.alphabet.steps)
            yield Message(message.role, message.labels, time=time)

    def looked_for(self) -> LookedFor | None:
        if not self.chance(20):
            return None
        sides = (None, None, frozenset({Role.USER}), frozenset({Role.ASSISTANT}))
        return {name: self.pick(sides) for name in self.alphabet.labels if self.chance(80)}

    def conversation(self) -> Conversation:
        messages = self.messages()
        drawn = tuple(self.timed(messages) if self.alphabet.is_timed else messages)
        given = {name: self.pick(values) for name, values in self.alphabet.attributes.items()}
        attributes = {name: value for name, value in given.items() if value is not None}
        return Conversation("drawn", drawn, attributes, self.looked_for())


@st.composite
def conversations_over(draw: st.DrawFn, policy: Policy) -> Conversation:
    """Conversations of up to 50 messages, with times where the policy or a promise of it needs them."""

    def choose(below: int, /) -> int:
        return draw(st.integers(0, below - 1))

    return _Drawing(choose, Alphabet(policy)).conversation()


def random_conversation_over(source: random.Random, policy: Policy) -> Conversation:
    """A conversation as ``conversations_over()`` draws it, quickly; it does not shrink."""
    return _Drawing(source.randrange, Alphabet(policy)).conversation()
