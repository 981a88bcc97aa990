"""What a policy asks of those who run it: labels, attributes, events and times, each with the rules that ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policy_engine.model.model import (
    After,
    Condition,
    Count,
    CountReached,
    Detected,
    Doubt,
    Ladder,
    Never,
    Policy,
    Reading,
    Rule,
    SinceEvent,
    SinceFirst,
    StartOver,
    Trigger,
    When,
)
from policy_engine.model.parts import attributes_in, conditions_of, parts_of, singles_of
from policy_engine.model.timing import is_timed
from policy_engine.simulation.clauses import start_over_of
from policy_engine.source import Location
from policy_engine.transcripts.message import Role
from policy_engine.vocabulary.vocabulary import AttributeEntry, LabelEntry, Vocabulary


@dataclass(frozen=True, slots=True)
class Use:
    """Who asks: a rule, a ladder, or a ``never``; and where it stands."""

    name: str
    location: Location | None


@dataclass(frozen=True, slots=True)
class LabelNeed:
    """A label, on the messages of which roles the policy reads it, and for whom."""

    entry: LabelEntry
    roles: frozenset[Role]
    uses: tuple[Use, ...]
    is_doubt_read: bool
    """Whether some rule acts where the label could not be checked."""


@dataclass(frozen=True, slots=True)
class AttributeNeed:
    """An attribute, and for whom."""

    entry: AttributeEntry
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a policy asks for. ``labels`` and ``attributes`` are in the order of their names, ``timed`` are those
    who measure time, for which every message needs one.
    """

    labels: tuple[LabelNeed, ...]
    attributes: tuple[AttributeNeed, ...]
    timed: tuple[Use, ...]


def asked_by(policy: Policy) -> Asked:
    """What the rules, ladders and ``never`` lines of a policy ask for."""
    labels: dict[str, list[tuple[frozenset[Role], Use, bool]]] = {}
    attributes: dict[str, list[Use]] = {}
    for use, detected, conditions in _uses(policy):
        for each in detected:
            for reading in each.readings:
                possible = policy.vocabulary.labels[reading.label].roles
                roles = possible if each.role is None else possible & {each.role}
                labels.setdefault(reading.label, []).append((roles, use, each.doubt is not Doubt.DETECTED))
        for condition in conditions:
            for attribute in attributes_in(condition):
                attributes.setdefault(attribute.name, []).append(use)
    return Asked(
        tuple(_label(policy.vocabulary, name, labels[name]) for name in sorted(labels)),
        tuple(
            AttributeNeed(policy.vocabulary.attributes[name], tuple(dict.fromkeys(attributes[name])))
            for name in sorted(attributes)
        ),
        tuple(_timed(policy)),
    )


def _label(vocabulary: Vocabulary, name: str, found: list[tuple[frozenset[Role], Use, bool]]) -> LabelNeed:
    roles = frozenset().union(*(each for each, _, _ in found))
    uses = tuple(dict.fromkeys(use for _, use, _ in found))
    return LabelNeed(vocabulary.labels[name], roles, uses, any(doubt for _, _, doubt in found))


def _uses(policy: Policy) -> Iterator[tuple[Use, list[Detected], list[Condition]]]:
    """Everybody who asks, with what they ask to be detected, and their conditions."""
    for part in parts_of(policy):
        conditions = list(conditions_of(part.guards))
        yield Use(part.name, part.location), [*_of_part(part), *_of_conditions(conditions)], conditions
    for never in policy.nevers:
        yield _never(never, policy), list(_of_conditions([never.when])), [never.when]


def _never(never: Never, policy: Policy) -> Use:
    return Use(f"never {policy.vocabulary.actions[never.action].phrase}", never.location)


def _of_part(part: Rule | Ladder) -> Iterator[Detected]:
    yield from _of_start_over(start_over_of(part))
    if isinstance(part, Ladder):
        yield _read(Reading(part.act))
        yield from map(_read, part.on or ())
    else:
        yield from _of_trigger(part.trigger)


def _of_trigger(trigger: Trigger) -> Iterator[Detected]:
    match trigger:
        case When(detected):
            yield detected
        case After(counts):
            for count in counts:
                yield from _of_count(count)
        case _:
            return


def _of_count(count: Count) -> Iterator[Detected]:
    if count.weights:
        yield from (_read(reading) for reading, _ in count.weights)
    else:
        yield from map(_read, (Reading(count.act), *(count.on or ())))
    match count.since:
        case SinceFirst(detected):
            yield detected
        case SinceEvent(event):
            yield _read(Reading(event))
        case _:
            return


def _of_conditions(conditions: list[Condition]) -> Iterator[Detected]:
    for condition in conditions:
        for each in singles_of(condition):
            match each:
                case Detected():
                    yield each
                case CountReached(count):
                    yield from _of_count(count)
                case _:
                    continue


def _of_start_over(over: StartOver | None) -> Iterator[Detected]:
    if over is not None and over.event is not None:
        yield _read(Reading(over.event))


def _read(reading: Reading) -> Detected:
    """A label that is read on whatever message it can stand."""
    return Detected((reading,))


def _timed(policy: Policy) -> Iterator[Use]:
    alone = replace(policy, rules=(), ladders=(), nevers=(), overrides=())
    for part in parts_of(policy):
        own = replace(alone, rules=(part,)) if isinstance(part, Rule) else replace(alone, ladders=(part,))
        if is_timed(own):
            yield Use(part.name, part.location)
    for never in policy.nevers:
        if is_timed(replace(alone, nevers=(never,))):
            yield _never(never, policy)
