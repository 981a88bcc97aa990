"""What a message may record, as variables, and what each vocabulary reads in it, as equations.

The variables are the raw form: who speaks, and for each spelling of a label whether it was recorded, as unknown, and
with which score; and, fixed for a conversation, on whose messages it was looked for. Spellings that every vocabulary
takes for the same label are one. What :mod:`policy_engine.machine.encoder` settles (aliases, thresholds, implied
labels, what was not looked for, how an unknown is read) follows by equations for each vocabulary, so that a policy
and a standard with other vocabularies read the same conversation.

Nothing impossible can be recorded: a label only on messages on which some vocabulary looks for it, and a score
that reaches a threshold reaches those below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from policy_engine.model.model import Reading
from policy_engine.transcripts.message import Label, LookedFor, Message, Role, Score
from policy_engine.verify.symbolic.circuit import FALSE, Circuit, Signal
from policy_engine.verify.symbolic.kleene import NO, Kleene, gated
from policy_engine.vocabulary.vocabulary import LabelEntry, Vocabulary

Meaning = tuple[str | None, ...]
"""The label that a spelling stands for, in each vocabulary; None where it stands for none."""


@dataclass(slots=True)
class Spelling:
    """The records of one label, in all spellings that mean the same. ``name`` is the one that is written."""

    name: str
    roles: frozenset[Role]
    unknown: Signal
    known: Signal
    reaches: dict[float, Signal] = field(default_factory=dict)
    """By score: whether a recorded score is at least that."""
    sought: dict[Role, Signal] = field(default_factory=dict)
    """By role: whether it is looked for on its messages, throughout the conversation."""


@dataclass(frozen=True, slots=True)
class _Own:
    """What a message records of one label of a vocabulary, as that vocabulary reads it."""

    recorded: Signal
    detected: Signal
    unknown: Signal
    unsought: Signal


class Records:
    """The variables of messages, and their meaning in some vocabularies."""

    def __init__(self, circuit: Circuit, vocabularies: Sequence[Vocabulary]) -> None:
        self.circuit = circuit
        self.vocabularies = tuple(vocabularies)
        self.roles = {role: circuit.variable(f"role/{role.value}") for role in Role}
        self.spellings: dict[Meaning, Spelling] = {}
        self._meant_by: list[dict[str, list[Meaning]]] = [{} for _ in vocabularies]
        self._names: dict[Meaning, list[str]] = {}
        self._of_name: dict[str, Meaning] = {}
        self._below = [each.implying_directly for each in self.vocabularies]
        for name in dict.fromkeys(
            name for each in self.vocabularies for name in (*each.labels, *each.aliases)
        ):
            self._spell(name)
        self._own_known: dict[tuple[int, str], _Own] = {}
        self._final_known: dict[tuple[int, str], tuple[Kleene, Signal]] = {}
        self._readings: dict[tuple[int, Reading], Kleene] = {}

    def _spell(self, name: str) -> None:
        meaning = tuple(each.canonical(name) for each in self.vocabularies)
        self._of_name[name] = meaning
        if meaning not in self._names:
            for number, label in enumerate(meaning):
                if label is not None:
                    self._meant_by[number].setdefault(label, []).append(meaning)
        self._names.setdefault(meaning, []).append(name)

    # --- variables, made when somebody asks for them ---

    def _spelling(self, meaning: Meaning) -> Spelling:
        found = self.spellings.get(meaning)
        if found is None:
            names = self._names[meaning]
            name = min(names, key=lambda each: (each not in meaning, each))
            roles = frozenset(
                role
                for vocabulary, label in zip(self.vocabularies, meaning, strict=True)
                if label is not None
                for role in vocabulary.labels[label].roles
            )
            unknown, known = (self.circuit.variable(f"{name}/{what}") for what in ("unknown", "known"))
            found = self.spellings[meaning] = Spelling(name, roles, unknown, known)
        return found

    def _reached(self, spelling: Spelling, score: float) -> Signal:
        found = spelling.reaches.get(score)
        if found is None:
            found = spelling.reaches[score] = self.circuit.variable(f"{spelling.name}/{score:g}")
        return found

    def _sought(self, spelling: Spelling, role: Role) -> Signal:
        found = spelling.sought.get(role)
        if found is None:
            name = f"looked for/{spelling.name}/{role.value}"
            found = spelling.sought[role] = self.circuit.variable(name)
        return found

    @property
    def fixed(self) -> Iterator[Signal]:
        """The variables that have one value throughout a conversation."""
        for each in self.spellings.values():
            yield from each.sought.values()

    @property
    def changing(self) -> Iterator[Signal]:
        """The variables of a single message."""
        yield from self.roles.values()
        for each in self.spellings.values():
            yield from (each.unknown, each.known, *each.reaches.values())

    def by_role(self, roles: Iterable[Role]) -> Signal:
        """Whether one of these speaks."""
        return self.circuit.any([self.roles[each] for each in roles])

    def possible(self) -> Signal:
        """What holds of every message: one speaks, and nothing impossible is recorded."""
        circuit = self.circuit
        roles = list(self.roles.values())
        rules = [circuit.any(roles)]
        rules += [circuit.both(one, other) ^ 1 for index, one in enumerate(roles) for other in roles[:index]]
        for each in self.spellings.values():
            if each.roles != frozenset(Role):
                heard = self.by_role(sorted(each.roles, key=lambda role: role.value))
                rules += [circuit.implies(each.unknown, heard), circuit.implies(each.known, heard)]
            lower = each.known
            for score in sorted(each.reaches):
                rules.append(circuit.implies(each.reaches[score], lower))
                lower = each.reaches[score]
        return circuit.all(rules)

    # --- what a vocabulary reads ---

    def reading(self, number: int, reading: Reading) -> Kleene:
        """What a message shows of a reading, in vocabulary number ``number``."""
        key = (number, reading)
        if key not in self._readings:
            entry = self.vocabularies[number].labels[reading.label]
            value = self._final(number, reading.label)[0] if reading.at is None else self._at(number, reading)
            heard = self.by_role(sorted(entry.roles, key=lambda role: role.value))
            self._readings[key] = gated(self.circuit, heard, value)
        return self._readings[key]

    def _entry(self, number: int, label: str) -> LabelEntry:
        return self.vocabularies[number].labels[label]

    def _own(self, number: int, label: str) -> _Own:
        key = (number, label)
        if key not in self._own_known:
            circuit, entry = self.circuit, self._entry(number, label)
            spellings = [self._spelling(each) for each in self._meant_by[number][label]]
            roles = sorted(entry.roles, key=lambda role: role.value)
            heard = self.by_role(roles)
            unknown = circuit.any([each.unknown for each in spellings])
            known = circuit.any([each.known for each in spellings])
            sought = circuit.any(
                circuit.both(self.roles[role], circuit.any([self._sought(each, role) for each in spellings]))
                for role in roles
            )
            recorded = circuit.both(heard, circuit.either(unknown, known))
            self._own_known[key] = _Own(
                recorded,
                circuit.both(heard, self._any_reaches(spellings, entry.threshold)),
                circuit.both(heard, unknown),
                circuit.all((heard, recorded ^ 1, sought ^ 1)),
            )
        return self._own_known[key]

    def _any_reaches(self, spellings: Iterable[Spelling], score: float) -> Signal:
        return self.circuit.any([self._reached(each, score) for each in spellings])

    def _final(self, number: int, label: str) -> tuple[Kleene, Signal]:
        """The value of a label with what implies it, and whether what it implies hears of it."""
        key = (number, label)
        if key not in self._final_known:
            self._final_known[key] = self._implied(number, label)
        return self._final_known[key]

    def _implied(self, number: int, label: str) -> tuple[Kleene, Signal]:
        circuit, own = self.circuit, self._own(number, label)
        as_read = _as_read(self._entry(number, label))
        mine = Kleene(
            circuit.either(own.detected, circuit.both(own.unknown, as_read.certain)),
            circuit.either(own.detected, circuit.both(own.unknown, as_read.possible)),
        )
        values = [mine]
        for other in self._below[number][label]:
            value, is_heard = self._final(number, other)
            values.append(gated(circuit, is_heard, value))
        detected = circuit.any([each.certain for each in values])
        unknown = circuit.any([circuit.both(each.possible, each.certain ^ 1) for each in values])
        doubted = circuit.either(unknown, own.unsought)
        value = Kleene(
            circuit.either(detected, circuit.both(doubted, as_read.certain)),
            circuit.either(detected, circuit.both(doubted, as_read.possible)),
        )
        return value, circuit.any((detected, unknown, own.unsought ^ 1))

    def _at(self, number: int, reading: Reading) -> Kleene:
        assert reading.at is not None
        circuit, as_read = self.circuit, _as_read(self._entry(number, reading.label))
        scored, unsure = [], []
        for label in (reading.label, *self._all_below(number, reading.label)):
            own, its = self._own(number, label), _as_read(self._entry(number, label))
            spellings = [self._spelling(each) for each in self._meant_by[number][label]]
            entry = self._entry(number, label)
            heard = self.by_role(sorted(entry.roles, key=lambda role: role.value))
            scored.append(circuit.both(heard, self._any_reaches(spellings, reading.at)))
            doubted = own.unknown
            if label == reading.label:
                doubted = circuit.either(doubted, own.unsought)
            scored.append(circuit.both(doubted, its.certain))
            unsure.append(circuit.all((doubted, its.possible, its.certain ^ 1)))
        reached, doubt = circuit.any(scored), circuit.any(unsure)
        return Kleene(
            circuit.either(reached, circuit.both(doubt, as_read.certain)),
            circuit.either(reached, circuit.both(doubt, as_read.possible)),
        )

    def _all_below(self, number: int, label: str) -> list[str]:
        found: dict[str, None] = {}
        waiting = list(self._below[number][label])
        while waiting:
            each = waiting.pop()
            if each not in found:
                found[each] = None
                waiting.extend(self._below[number][each])
        return sorted(found)

    # --- between conversations and variables ---

    def recorded(self, message: Message) -> frozenset[Signal]:
        """The variables that are true of a message."""
        true = {self.roles[message.role]}
        for label in message.labels:
            spelling = self.spellings.get(self._of_name.get(label.name, ()))
            if spelling is not None and message.role in spelling.roles:
                true |= _recorded(spelling, label.value)
        return frozenset(true)

    def looked_for(self, looked_for: LookedFor | None) -> frozenset[Signal]:
        """The fixed variables that are true where this was looked for."""
        true = set()
        for meaning, spelling in self.spellings.items():
            for role, signal in spelling.sought.items():
                if looked_for is None or any(
                    name in looked_for and (looked_for[name] is None or role in (looked_for[name] or ()))
                    for name in self._names[meaning]
                ):
                    true.add(signal)
        return frozenset(true)

    def message(self, true: frozenset[Signal], time: int | None) -> Message:
        """The message of which these variables are true, with as few labels as say it."""
        role = next(role for role, signal in self.roles.items() if signal in true)
        labels = []
        for each in self.spellings.values():
            if each.known in true:
                labels.append(Label(each.name, _score(each, true)))
            if each.unknown in true:
                labels.append(Label(each.name, None))
        return Message(role, tuple(sorted(labels, key=_by_name)), time=time)

    def sought(self, true: frozenset[Signal]) -> LookedFor | None:
        """What was looked for where these fixed variables are true; None for everything."""
        if all(each in true for each in self.fixed):
            return None
        found: dict[str, frozenset[Role] | None] = {}
        for meaning, names in self._names.items():
            spelling = self.spellings.get(meaning)
            if spelling is None or all(each in true for each in spelling.sought.values()):
                found[min(names)] = None
            elif any(each in true for each in spelling.sought.values()):
                found[spelling.name] = frozenset(
                    role for role, each in spelling.sought.items() if each in true
                )
        return found


def _by_name(label: Label) -> tuple[str, str]:
    return label.name, str(label.value)


def _recorded(spelling: Spelling, value: Score) -> set[Signal]:
    if value is None or not (isinstance(value, bool) or 0.0 <= value <= 1.0):
        return {spelling.unknown}
    if value is False:
        return {spelling.known}
    score = 1.0 if value is True else value
    return {spelling.known, *(signal for limit, signal in spelling.reaches.items() if score >= limit)}


def _score(spelling: Spelling, true: frozenset[Signal]) -> Score:
    """The plainest value that reaches what was reached and no more."""
    reached = [limit for limit, signal in spelling.reaches.items() if signal in true]
    if len(reached) == len(spelling.reaches):
        return True
    return max(reached) if reached else False


def _as_read(entry: LabelEntry) -> Kleene:
    """An unknown as the vocabulary has it read."""
    return {"detected": Kleene(1, 1), "absent": NO}.get(entry.when_unknown or "", Kleene(FALSE, 1))
