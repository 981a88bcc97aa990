"""From a path of symbols to the conversation that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policy_engine.transcripts.message import Conversation, Label, LookedFor, Message, Role
from policy_engine.verify.alphabet import Letter, Reader, spelling
from policy_engine.verify.facts import Given
from policy_engine.verify.product import Input

START = 1_735_718_400 * 1_000_000
"""The time of a witness's first message, in microseconds: 2025-01-01T08:00:00Z. Only what passes from there counts."""


@dataclass(frozen=True, slots=True)
class Found:
    """A shortest path: what happens at each message, the attributes that it begins with, and when messages come.

    ``times`` are counted in microseconds from the first message (None: they make no difference).
    """

    path: tuple[Input, ...]
    given: Given
    times: tuple[int, ...] | None = None

    def conversation(self, readers: Sequence[Reader], needs_times: bool) -> Conversation:
        """The conversation of the path. Where ``needs_times`` and times make no difference, they are all the same."""
        times = self.times
        if times is None and needs_times:
            times = (0,) * len(self.path)
        return _conversation([each.letter for each in self.path], self.given, readers, times)


def _conversation(
    path: Sequence[Letter], given: Given, readers: Sequence[Reader], times: Sequence[int] | None
) -> Conversation:
    """The conversation of these symbols, with these attributes, and ``times`` counted from the first message.

    Without times, none is recorded.
    """
    unsought: dict[str, set[Role]] = {}
    for letter in path:
        for name in letter.unsought:
            unsought.setdefault(name, set()).add(letter.role)
    messages = tuple(
        Message(
            letter.role,
            _labels(letter, unsought),
            time=None if times is None else START + times[number],
        )
        for number, letter in enumerate(path)
    )
    return Conversation("witness", messages, dict(given), _looked_for(unsought, readers))


def _labels(letter: Letter, unsought: dict[str, set[Role]]) -> tuple[Label, ...]:
    """The record of a message; what is absent is said where others of its role were not looked at for it."""
    recorded = {each.name for each in letter.labels} | set(letter.unsought)
    absent = (
        Label(name, False)
        for name, roles in sorted(unsought.items())
        if letter.role in roles and name not in recorded
    )
    return tuple(sorted((*letter.labels, *absent), key=lambda each: each.name))


def _looked_for(unsought: dict[str, set[Role]], readers: Sequence[Reader]) -> LookedFor | None:
    if not unsought:
        return None
    found: dict[str, frozenset[Role] | None] = {}
    for reader in readers:
        canonical = reader.vocabulary.canonical
        but_for = {canonical(name): roles for name, roles in unsought.items() if canonical(name) is not None}
        for name, entry in reader.vocabulary.labels.items():
            if name not in but_for:
                found.setdefault(name, None)
            elif entry.roles - but_for[name]:
                found.setdefault(name, entry.roles - but_for[name])
    return dict(sorted(found.items()))


def plainness(conversation: Conversation) -> tuple[int, int, list[tuple[str, list[tuple[str, str]]]]]:
    """What makes one conversation plainer than another: fewer messages, then fewer labels, then the alphabet."""
    labels = sum(len(message.labels) for message in conversation.messages)
    spelt = [
        (message.role.value, [(label.name, spelling(label.value)) for label in message.labels])
        for message in conversation.messages
    ]
    return len(conversation.messages), labels, spelt
