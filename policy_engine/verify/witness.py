"""From a path of symbols to the conversation that shows it."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.transcripts.message import Conversation, Label, LookedFor, Message, Role
from policy_engine.verify.alphabet import Letter, Reader
from policy_engine.verify.facts import Given

START = 1_735_718_400 * 1_000_000
"""The time of a witness's first message, in microseconds: 2025-01-01T08:00:00Z. Only what passes from there counts."""


def conversation_of(
    path: Sequence[Letter], given: Given, readers: Sequence[Reader], times: Sequence[int] | None = None
) -> Conversation:
    """The conversation of these symbols, with these attributes, and ``times`` counted from the first message."""
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
