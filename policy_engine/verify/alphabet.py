"""Every message that can make a difference: the symbols of a question, each with the plainest message that gives it.

What can be recorded of a label is: nothing, that it is absent, unknown or detected, or a score; or nobody looked
for it. Each policy and each view encodes the same record by its own thresholds, aliases, implied labels and
reading of the unknown. The values of a message are the highest that its labels give one by one
(:mod:`policy_engine.machine.encoder`: detected beats unknown beats absent), so the symbols are found label by
label, without trying every set of labels. Symbols that are alike to all are one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import MappingProxyType

from policy_engine.machine.encoder import ABSENT, Encoder, value_of
from policy_engine.model.model import Reading
from policy_engine.transcripts.message import Label, LookedFor, Message, Role, Score
from policy_engine.verify.merging import Merged
from policy_engine.vocabulary.vocabulary import Vocabulary

MOST = 20_000
"""Symbols of one role that are told apart."""

Values = tuple[tuple[int, ...], ...]
"""For each reader, the values of its readings."""


class TooWide(Exception):
    """There are more symbols than can be gone through; the message says so, as a fragment."""


@dataclass(frozen=True)
class Reader:
    """Whoever reads messages: a policy or a view. ``readings`` are those that stand for all others."""

    vocabulary: Vocabulary
    readings: tuple[Reading, ...]
    merged: Merged

    def values(self, role: Role, labels: tuple[Label, ...]) -> tuple[int, ...]:
        """The values of a message of which everything was looked for."""
        return self._merged(self._encoder, role, labels)

    def recorded(self, message: Message, looked_for: LookedFor | None) -> tuple[int, ...]:
        """The values of a message as it is recorded."""
        encoder = self._encoder if looked_for is None else Encoder(self.vocabulary, self._read, looked_for)
        return self._merged(encoder, message.role, message.labels)

    def values_without(self, role: Role, unsought: str) -> tuple[int, ...]:
        """The values of a message that records nothing, where nobody looked for one label."""
        canonical = self.vocabulary.canonical
        names = (*self.vocabulary.labels, *self.vocabulary.aliases)
        looked_for = {each: None for each in names if canonical(each) != canonical(unsought)}
        return self._merged(Encoder(self.vocabulary, self._read, looked_for), role, ())

    def implied(self, name: str) -> frozenset[str]:
        """The labels that are read and that bear the name or are implied by the label that does."""
        canonical = self.vocabulary.canonical(name)
        return frozenset() if canonical is None else self._labels & _implied(self.vocabulary, canonical)

    @cached_property
    def _read(self) -> tuple[Reading, ...]:
        return tuple(self.merged.stands)

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(each.label for each in self._read)

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder(self.vocabulary, self._read)

    def _merged(self, encoder: Encoder, role: Role, labels: tuple[Label, ...]) -> tuple[int, ...]:
        by_reading = dict(zip(self._read, encoder.symbol(role, labels).values, strict=True))
        return tuple(self._value(each, by_reading) for each in self.readings)

    def _value(self, standing: Reading, values: dict[Reading, int]) -> int:
        value = max(values[each] for each in self.merged.readings_for(standing))
        return 0 if value == 1 and not self.merged.is_doubt_asked(standing) else value


@dataclass(frozen=True, slots=True)
class Letter:
    """A symbol: who speaks, what each reader sees, and the plainest record of it.

    ``unsought`` are the labels that nobody may have looked for, for this record to be possible.
    """

    role: Role
    values: Values
    labels: tuple[Label, ...] = ()
    unsought: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """How many labels it takes."""
        return len(self.labels) + len(self.unsought)

    @property
    def order(self) -> tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Its place in the alphabet."""
        return (
            self.role.value,
            tuple((each.name, spelling(each.value)) for each in self.labels),
            self.unsought,
        )


def spelling(value: Score) -> str:
    """Detected comes first, then scores, then absent and unknown."""
    return "" if value is True else "unknown" if value is None else "no" if value is False else f"{value:.9f}"


class Limit(Enum):
    """What of a label is ever known on messages of one role, in conversations that lack something."""

    NEVER_KNOWN = "it is unknown on each, recorded as that or looked for by nobody"
    NEVER_ABSENT = "it may be detected, and is unknown elsewhere"


Limits = Mapping[tuple[str, Role], Limit]
"""By label (its canonical name) and role."""
UNLIMITED: Limits = MappingProxyType({})


def letters(
    readers: Sequence[Reader], limits: Limits = UNLIMITED, roles: Collection[Role] = frozenset(Role)
) -> tuple[Letter, ...]:
    """Every symbol, by the alphabet, of conversations with these ``limits`` in which ``roles`` speak.

    Raises TooWide.
    """
    found: dict[object, Letter] = {}
    for role in sorted(roles, key=lambda each: each.value):
        for letter in _of_role(readers, role, limits):
            # Whoever is neither user nor assistant is like any other of them.
            kind = role if role in (Role.USER, Role.ASSISTANT) else None
            found.setdefault((kind, letter.values), letter)
    return tuple(sorted(found.values(), key=lambda letter: letter.order))


def _of_role(readers: Sequence[Reader], role: Role, limits: Limits) -> Iterator[Letter]:
    nothing = tuple((0,) * len(each.readings) for each in readers)
    found: dict[Values, Letter] = {nothing: Letter(role, nothing)}
    for name in _names(readers):
        limit = limits.get((readers[0].vocabulary.canonical(name) or name, role))
        options = _options(readers, role, name) if limit is None else _limited(readers, role, name, limit)
        if not options:
            continue
        before_it = list(found.values())
        if limit is not None:
            found = {}  # one of its options is always so
        for letter in before_it:
            for option in options:
                values = tuple(
                    tuple(map(max, one, other))
                    for one, other in zip(letter.values, option.values, strict=True)
                )
                new = Letter(
                    role, values, (*letter.labels, *option.labels), (*letter.unsought, *option.unsought)
                )
                before = found.get(values)
                if before is None or (new.weight, new.order) < (before.weight, before.order):
                    found[values] = new
        if len(found) > MOST:
            raise TooWide(f"a message of the {role.value} can be more than {MOST:,} things to it")
    yield from found.values()


def _options(readers: Sequence[Reader], role: Role, name: str) -> list[Letter]:
    """What one label by itself gives: each effect once, by its plainest record."""
    nothing = tuple((0,) * len(each.readings) for each in readers)
    found: dict[Values, Letter] = {nothing: Letter(role, nothing)}
    scores: list[Score] = [True, *_scores(readers, name), None]
    for value in scores:
        labels = (Label(name, value),)
        values = tuple(each.values(role, labels) for each in readers)
        found.setdefault(values, Letter(role, values, labels))
    # What nobody looked for is unknown, as if that were recorded; but what it implies does not hear of it.
    if len(frozenset().union(*(each.implied(name) for each in readers))) > 1:
        values = tuple(each.values_without(role, name) for each in readers)
        found.setdefault(values, Letter(role, values, (), (name,)))
    del found[nothing]
    return list(found.values())


def _limited(readers: Sequence[Reader], role: Role, name: str, limit: Limit) -> list[Letter]:
    """What a label gives of which little is known: that nobody looked for it, or what leaves it not absent."""
    vocabulary = readers[0].vocabulary
    entry = vocabulary.labels[vocabulary.canonical(name) or name]
    records: list[Score] = [None]
    if limit is Limit.NEVER_ABSENT:
        records += [each for each in (True, *_scores(readers, name)) if value_of(entry, each) != ABSENT]
    found = [Letter(role, tuple(each.values_without(role, name) for each in readers), (), (name,))]
    for value in records:
        labels = (Label(name, value),)
        found.append(Letter(role, tuple(each.values(role, labels) for each in readers), labels))
    return found


def _scores(readers: Sequence[Reader], name: str) -> list[float]:
    """A score at each threshold that matters, from the highest, and one below all."""
    cuts: set[float] = set()
    for reader in readers:
        canonical = reader.vocabulary.canonical(name)
        if canonical is None:
            continue
        cuts.add(reader.vocabulary.labels[canonical].threshold)
        below = reader.implied(name)
        cuts |= {each.at for each in reader.merged.stands if each.at is not None and each.label in below}
    return sorted({0.0, *cuts}, reverse=True)


def _implied(vocabulary: Vocabulary, name: str) -> set[str]:
    """The label and all that it implies, directly or not."""
    found, left = {name}, [name]
    while left:
        for each in vocabulary.labels[left.pop()].implies:
            if each not in found:
                found.add(each)
                left.append(each)
    return found


def _names(readers: Sequence[Reader]) -> list[str]:
    """The names that labels can be recorded by, one for all that are alike to every reader."""
    alike: dict[tuple[str | None, ...], list[str]] = {}
    for reader in readers:
        for name in (*reader.vocabulary.labels, *reader.vocabulary.aliases):
            key = tuple(each.vocabulary.canonical(name) if each.implied(name) else None for each in readers)
            if any(key):
                alike.setdefault(key, []).append(name)
    first = readers[0].vocabulary.labels
    return sorted({min(names, key=lambda each: (each not in first, each)) for names in alike.values()})
