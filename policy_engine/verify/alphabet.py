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
from itertools import chain, pairwise
from types import MappingProxyType

from policy_engine.machine.encoder import ABSENT, UNKNOWN, Encoder, value_of
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
        without = self.vocabulary.canonical(unsought)
        encoder = self._encoders_without.get(without)
        if encoder is None:
            looked_for = {each: None for each in self.vocabulary.labels if each != without}
            encoder = Encoder(self.vocabulary, self._read, looked_for)
            self._encoders_without[without] = encoder
        return self._merged(encoder, role, ())

    def implied(self, name: str) -> frozenset[str]:
        """The labels that are read and that bear the name or are implied by the label that does."""
        canonical = self.vocabulary.canonical(name)
        return frozenset() if canonical is None else self._bearing.get(canonical, frozenset())

    def hears(self, role: Role, name: str) -> bool:
        """Whether a label of this name can make a difference to it on messages of the role."""
        labels = self.vocabulary.labels
        return any(role in labels[each].roles for each in self.implied(name))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names, aliases included, of the labels that bear on a reading."""
        aliases = self.vocabulary.aliases.items()
        return (*self._bearing, *(alias for alias, name in aliases if name in self._bearing))

    @cached_property
    def heard(self) -> Mapping[Role, frozenset[str]]:
        """By role: the labels that bear on a reading and are looked for on its messages."""
        labels = self.vocabulary.labels
        return {
            role: frozenset(name for name in self._bearing if role in labels[name].roles) for role in Role
        }

    @cached_property
    def nothing(self) -> tuple[int, ...]:
        """The values of a message that shows nothing."""
        return (ABSENT,) * len(self.readings)

    @cached_property
    def _bearing(self) -> Mapping[str, frozenset[str]]:
        """For each label that is read, and each that implies one: those that are read of it and what it implies."""
        found: dict[str, set[str]] = {}
        for label in dict.fromkeys(each.label for each in self._read):
            for name in (label, *self.vocabulary.implying[label]):
                found.setdefault(name, set()).add(label)
        return {name: frozenset(labels) for name, labels in found.items()}

    @cached_property
    def _read(self) -> tuple[Reading, ...]:
        return tuple(self.merged.stands)

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder(self.vocabulary, self._read)

    @cached_property
    def _encoders_without(self) -> dict[str | None, Encoder]:
        return {}

    @cached_property
    def _groups(self) -> tuple[tuple[tuple[int, ...], bool], ...]:
        """For each reading, where those stand for which it stands, and whether its unknown is asked for."""
        places = {reading: number for number, reading in enumerate(self._read)}
        return tuple(
            (
                tuple(places[each] for each in self.merged.readings_for(standing)),
                self.merged.is_doubt_asked(standing),
            )
            for standing in self.readings
        )

    def _merged(self, encoder: Encoder, role: Role, labels: tuple[Label, ...]) -> tuple[int, ...]:
        values = encoder.symbol(role, labels).values
        found = []
        for places, is_doubt_asked in self._groups:
            value = max([values[each] for each in places])
            found.append(ABSENT if value == UNKNOWN and not is_doubt_asked else value)
        return tuple(found)


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
    names = _names(readers)
    heard: set[object] = set()
    for role in sorted(roles, key=lambda each: each.value):
        # Whoever is neither user nor assistant is like any other of them.
        kind = role if role in (Role.USER, Role.ASSISTANT) else None
        alike = (kind, tuple(each.heard[role] for each in readers))
        if alike in heard and not limits:
            continue
        heard.add(alike)
        for letter in _of_role(readers, role, names, limits):
            found.setdefault((kind, letter.values), letter)
    return tuple(sorted(found.values(), key=lambda letter: letter.order))


def _of_role(readers: Sequence[Reader], role: Role, names: Sequence[str], limits: Limits) -> Iterator[Letter]:
    nothing = tuple(each.nothing for each in readers)
    found: dict[Values, Letter] = {nothing: Letter(role, nothing)}
    met: dict[object, int] = {}
    for name in names:
        limit = limits.get((readers[0].vocabulary.canonical(name) or name, role))
        options = _options(readers, role, name) if limit is None else _limited(readers, role, name, limit)
        if not options or (limit is None and _is_spare(options, met)):
            continue
        before_it = list(found.values())
        if limit is not None:
            found = {}  # one of its options is always so
        for letter in before_it:
            for option in options:
                _join(found, letter, option)
        if len(found) > MOST:
            raise TooWide(f"a message of the {role.value} can be more than {MOST:,} things to it")
    yield from found.values()


def _join(found: dict[Values, Letter], letter: Letter, option: Letter) -> None:
    """Add the symbol of both records together, unless a plainer record has it."""
    values = tuple(
        [tuple(map(max, one, other)) for one, other in zip(letter.values, option.values, strict=True)]
    )
    before = found.get(values)
    if before is not None and before.weight < letter.weight + option.weight:
        return
    labels, unsought = (*letter.labels, *option.labels), (*letter.unsought, *option.unsought)
    new = Letter(letter.role, values, labels, unsought)
    if before is None or (new.weight, new.order) < (before.weight, before.order):
        found[values] = new


def _is_spare(options: Sequence[Letter], met: dict[object, int]) -> bool:
    """Whether what a label gives can be had of others, met before, that give the same.

    A plainest record has no two labels with the same effect, and none whose effect is in that of another. So of
    labels with the same effects it has at most as many as there are effects, or one, if each is in the next; and
    those that come first in the alphabet do as well as any.
    """
    alike = tuple((each.values, tuple(label.value for label in each.labels)) for each in options)
    most = 1 if _is_chain([each.values for each in options]) else len(options)
    met[alike] = met.get(alike, 0) + 1
    return met[alike] > most


def _is_chain(effects: Sequence[Values]) -> bool:
    """Whether each effect is in the next one, in some order."""
    ordered = sorted(effects)
    return all(_is_in(one, other) for one, other in pairwise(ordered))


def _is_in(one: Values, other: Values) -> bool:
    pairs = zip(chain.from_iterable(one), chain.from_iterable(other), strict=True)
    return all(mine <= theirs for mine, theirs in pairs)


def _options(readers: Sequence[Reader], role: Role, name: str) -> list[Letter]:
    """What one label by itself gives: each effect once, by its plainest record."""
    hearing = [each.hears(role, name) for each in readers]
    if not any(hearing):
        return []
    nothing = tuple(each.nothing for each in readers)
    found: dict[Values, Letter] = {nothing: Letter(role, nothing)}
    scores: list[Score] = [True, *_scores(readers, name), None]
    for value in scores:
        labels = (Label(name, value),)
        values = tuple(
            [
                each.values(role, labels) if is_heard else each.nothing
                for each, is_heard in zip(readers, hearing, strict=True)
            ]
        )
        if values not in found:
            found[values] = Letter(role, values, labels)
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


def _names(readers: Sequence[Reader]) -> list[str]:
    """The names that labels can be recorded by, one for all that are alike to every reader."""
    alike: dict[tuple[str | None, ...], set[str]] = {}
    for name in dict.fromkeys(chain.from_iterable(each.names for each in readers)):
        key = tuple(each.vocabulary.canonical(name) if each.implied(name) else None for each in readers)
        alike.setdefault(key, set()).add(name)
    first = readers[0].vocabulary.labels
    return sorted({min(names, key=lambda each: (each not in first, each)) for names in alike.values()})
