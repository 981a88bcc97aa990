"""Messages to observations: which of the labels that the policy reads hold, for certain or perhaps.

Thresholds, aliases, implied labels, what was looked for and how an unknown is read are all settled
here, so that the automata see three values only. A score matters only by which of the policy's thresholds it
reaches: label sets that are alike in that are worked out once, and labels that the policy does not read are
not looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from policy_engine.diagnostics import nearest
from policy_engine.model.model import Reading
from policy_engine.transcripts.message import Label, LookedFor, Mark, Message, Role, Score
from policy_engine.vocabulary.vocabulary import LabelEntry, Vocabulary

ABSENT, UNKNOWN, DETECTED = 0, 1, 2
_MEMO = 50_000
"""Label sets that are remembered; beyond that the memory is begun anew."""

_Final = tuple[int, bool]


class Symbol(NamedTuple):
    """What a message is to the automata: ``values`` in the order of the machine's readings
    (0 absent, 1 unknown, 2 detected)."""

    role: Role
    values: tuple[int, ...]


class Observation(NamedTuple):
    """What the machine sees of a message: its symbol, and its ``time`` in microseconds since 1970."""

    symbol: Symbol
    time: int | None = None

    @property
    def role(self) -> Role:
        """Who speaks."""
        return self.symbol.role

    @property
    def values(self) -> tuple[int, ...]:
        """The values of the machine's readings."""
        return self.symbol.values


@dataclass(frozen=True, slots=True)
class _Own:
    """What a message records of one label: ``value`` as read, ``recorded`` and the highest ``score``."""

    value: int
    recorded: bool
    score: float | None
    unsure: bool
    unsought: bool = False
    """Whether nobody looked for it, so that what it implies does not hear of it."""


@dataclass(slots=True)
class _Found:
    """One message on the way to its values: what it records, and what was worked out of it so far."""

    role: Role
    records: dict[str, list[Score]]
    own: dict[str, _Own] = field(default_factory=dict)
    final: dict[str, tuple[int, bool]] = field(default_factory=dict)


class Encoder:
    """Encodes the messages of conversations in which ``looked_for`` was looked for (None: everything)."""

    def __init__(
        self, vocabulary: Vocabulary, readings: Sequence[Reading], looked_for: LookedFor | None = None
    ) -> None:
        self.vocabulary = vocabulary
        self.readings = tuple(readings)
        self._looked_for = None if looked_for is None else _canonical(vocabulary, looked_for)
        self._below = all_implying(vocabulary)
        self._directly_below = {
            name: tuple(each.name for each in vocabulary.labels.values() if name in each.implies)
            for name in self._below
        }
        self._codes = _codes(vocabulary, self.readings, self._below)
        self._memo: dict[tuple[Role, tuple[int, ...]], Symbol] = {}

    def observe(self, message: Message) -> Observation:
        """What the machine sees of the message."""
        return Observation(self.symbol(message.role, message.labels), message.time)

    def observe_mark(self, mark: Mark) -> Observation:
        """The same, of what there is to see of a message."""
        role, recorded, time = mark
        return Observation(self._symbol(role, recorded), time)

    def symbol(self, role: Role, labels: tuple[Label, ...]) -> Symbol:
        """The symbol of a message of ``role`` that records ``labels``."""
        return self._symbol(role, [label[:2] for label in labels])

    def _symbol(self, role: Role, recorded: Collection[tuple[str, Score]]) -> Symbol:
        codes = self._codes
        alike = []
        for name, value in recorded:
            code = codes.get(name)
            if code is None:
                continue
            first, cuts = code
            if value is True:
                alike.append(first)
            elif value is False:
                alike.append(first + 1)
            elif value is not None and 0.0 <= value <= 1.0:
                alike.append(first + 3 + bisect_right(cuts, value))
            else:
                alike.append(first + 2)
        key = (role, tuple(alike))
        return self._memo.get(key) or self._remembered(key, recorded)

    def _remembered(
        self, key: tuple[Role, tuple[int, ...]], recorded: Collection[tuple[str, Score]]
    ) -> Symbol:
        if len(self._memo) >= _MEMO:
            self._memo.clear()
        found = self._memo[key] = Symbol(key[0], self._encode(key[0], recorded))
        return found

    def notes(self, message: Message) -> tuple[str, ...]:
        """What of the message's labels was passed over, and why; empty where all is well."""
        found = []
        for label in message.labels:
            name = self.vocabulary.canonical(label.name)
            if name is None:
                like = nearest(label.name, [*self.vocabulary.labels, *self.vocabulary.aliases])
                hint = f"; did you mean `{like}`?" if like else ""
                found.append(f"the vocabulary does not know the label `{label.name}`{hint}")
            elif message.role not in self.vocabulary.labels[name].roles:
                found.append(
                    f"the label `{label.name}` is not looked for on messages of the {message.role.value}"
                )
            elif not _is_sound(label.value):
                found.append(
                    f"the score {label.value} of `{label.name}` is not between 0 and 1: taken as unknown"
                )
        return tuple(found)

    def _encode(self, role: Role, recorded: Collection[tuple[str, Score]]) -> tuple[int, ...]:
        records: dict[str, list[Score]] = {}
        for written, value in recorded:
            name = self.vocabulary.canonical(written)
            if name is not None and role in self.vocabulary.labels[name].roles:
                records.setdefault(name, []).append(value)
        found = _Found(role, records)
        return tuple(self._reading(reading, found) for reading in self.readings)

    def _reading(self, reading: Reading, found: _Found) -> int:
        entry = self.vocabulary.labels[reading.label]
        if found.role not in entry.roles:
            return ABSENT
        if reading.at is None:
            return self._final(reading.label, found)[0]
        family = [self._own(name, found) for name in (reading.label, *self._below[reading.label])]
        return self._at(entry, reading.at, family)

    def _final(self, name: str, found: _Found) -> tuple[int, bool]:
        """The value of a label with what implies it, and whether what it implies hears of it.

        Each label is worked out once: labels that imply one another by many ways would take for ever.
        """
        if name not in found.final:
            found.final[name] = self._implied(name, found)
        return found.final[name]

    def _implied(self, name: str, found: _Found) -> tuple[int, bool]:
        mine = self._own(name, found)
        values = [mine.value] if mine.recorded else []
        for other in self._directly_below[name]:
            value, is_heard = self._final(other, found)
            if is_heard:
                values.append(value)
        if DETECTED in values:
            return DETECTED, True
        if UNKNOWN in values:
            return _read_unknown(self.vocabulary.labels[name]), True
        return mine.value, not mine.unsought

    def _at(self, entry: LabelEntry, at: float, family: list[_Own]) -> int:
        mine, *implying = family
        known = [mine, *(each for each in implying if each.recorded)]
        if any(each.score is not None and each.score >= at for each in known):
            return DETECTED
        return _read_unknown(entry) if any(each.unsure for each in known) else ABSENT

    def _own(self, name: str, found: _Found) -> _Own:
        role, own = found.role, found.own
        if name not in own:
            entry = self.vocabulary.labels[name]
            if role not in entry.roles:
                own[name] = _Own(ABSENT, False, None, False)
            elif name in found.records:
                own[name] = _recorded(entry, found.records[name])
            elif self._is_looked_for(name, role):
                own[name] = _Own(ABSENT, False, None, False)
            else:
                read = _read_unknown(entry)
                own[name] = _Own(read, False, 1.0 if read == DETECTED else None, read == UNKNOWN, True)
        return own[name]

    def _is_looked_for(self, name: str, role: Role) -> bool:
        if self._looked_for is None:
            return True
        if name not in self._looked_for:
            return False
        roles = self._looked_for[name]
        return roles is None or role in roles


def _recorded(entry: LabelEntry, values: list[Score]) -> _Own:
    reads = [value_of(entry, each) for each in values]
    read = _read_unknown(entry)
    value = DETECTED if DETECTED in reads else read if UNKNOWN in reads else ABSENT
    scores = [_score(each) for each in values if _is_sound(each) and each is not None and each is not False]
    unsure = UNKNOWN in reads and read == UNKNOWN
    if UNKNOWN in reads and read == DETECTED:
        scores.append(1.0)
    return _Own(value, True, max(scores, default=None), unsure)


def value_of(entry: LabelEntry, value: Score) -> int:
    """What one record of a label says by itself: ABSENT, UNKNOWN or DETECTED."""
    if value is None or not _is_sound(value):
        return UNKNOWN
    if isinstance(value, bool):
        return DETECTED if value else ABSENT
    return DETECTED if value >= entry.threshold else ABSENT


def _score(value: Score) -> float:
    return 1.0 if value is True else float(value or 0.0)


def _is_sound(value: Score) -> bool:
    return value is None or isinstance(value, bool) or 0.0 <= value <= 1.0


def _read_unknown(entry: LabelEntry) -> int:
    return {"detected": DETECTED, "absent": ABSENT}.get(entry.when_unknown or "", UNKNOWN)


def _codes(
    vocabulary: Vocabulary, readings: Sequence[Reading], below: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[int, tuple[float, ...]]]:
    """For each name, alias or not, of a label that bears on a reading: its first code, and its thresholds in order.

    Its codes are: detected without a score, absent, unknown, and one for each stretch between two thresholds.
    """
    cuts: dict[str, set[float]] = {}
    for reading in readings:
        for name in (reading.label, *below[reading.label]):
            at = {reading.at} if reading.at is not None else set()
            cuts.setdefault(name, {vocabulary.labels[name].threshold}).update(at)
    found: dict[str, tuple[int, tuple[float, ...]]] = {}
    first = 0
    for name, thresholds in cuts.items():
        found[name] = (first, tuple(sorted(thresholds)))
        first += 4 + len(thresholds)
    return found | {alias: found[name] for alias, name in vocabulary.aliases.items() if name in found}


def _canonical(vocabulary: Vocabulary, looked_for: LookedFor) -> dict[str, frozenset[Role] | None]:
    found: dict[str, frozenset[Role] | None] = {}
    for name, roles in looked_for.items():
        canonical = vocabulary.canonical(name)
        if canonical is None:
            continue
        before = found.get(canonical, frozenset())
        found[canonical] = None if roles is None or before is None else before | roles
    return found


def all_implying(vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """For each label, every label that implies it, directly or not."""
    above: dict[str, set[str]] = {}

    def collect(name: str) -> set[str]:
        if name not in above:
            above[name] = set()
            for each in vocabulary.labels[name].implies:
                above[name] |= {each, *collect(each)}
        return above[name]

    for name in vocabulary.labels:
        collect(name)
    return {
        name: tuple(each for each in vocabulary.labels if name in above[each]) for name in vocabulary.labels
    }
