"""What a policy is made of: its rules and ladders, the conditions of their clauses, and what those ask for.

Whoever goes through conditions goes by :func:`singles_of`. Only the oracle does not: it shares nothing with
the machine but values.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.model.model import (
    Act,
    All,
    Any,
    Attribute,
    Condition,
    CountReached,
    Detected,
    Guards,
    Ladder,
    Not,
    Policy,
    Reading,
    Rule,
    Taken,
)

Single = Detected | Taken | Attribute | CountReached
"""A condition that is made of no others."""


def parts_of(policy: Policy) -> tuple[Rule | Ladder, ...]:
    """The rules and ladders of a policy, by name."""
    parts: tuple[Rule | Ladder, ...] = (*policy.rules, *policy.ladders)
    return tuple(sorted(parts, key=lambda part: part.name))


def part_named(policy: Policy, name: str) -> Rule | Ladder:
    """The rule or ladder of that name."""
    return next(part for part in parts_of(policy) if part.name == name)


def acts_of(part: Rule | Ladder) -> tuple[Act, ...]:
    """All that a rule, or any step of a ladder, asks for, in the order of the text."""
    return (
        part.actions if isinstance(part, Rule) else tuple(act for step in part.steps for act in step.actions)
    )


def action_names(part: Rule | Ladder) -> frozenset[str]:
    """The actions that a rule, or any step of a ladder, asks for."""
    return frozenset(act.action for act in acts_of(part))


def conditions_of(guards: Guards) -> Iterator[Condition]:
    """The conditions that may stop a rule or ladder, in the order in which its clauses are told."""
    for condition in (guards.applies, guards.only_if, *guards.excepts):
        if condition is not None:
            yield condition


def singles_of(condition: Condition | None) -> Iterator[Single]:
    """The single conditions that a condition is made of, from left to right; some may come more than once."""
    match condition:
        case None:
            return
        case Not(inner):
            yield from singles_of(inner)
        case All(several) | Any(several):
            for each in several:
                yield from singles_of(each)
        case _:
            yield condition


def attributes_in(condition: Condition | None) -> Iterator[Attribute]:
    """What a condition asks of attributes."""
    return (each for each in singles_of(condition) if isinstance(each, Attribute))


def names_attributes_only(condition: Condition) -> bool:
    """Whether a condition asks for nothing but attributes, which are fixed while a conversation lasts."""
    return all(isinstance(each, Attribute) for each in singles_of(condition))


def detections_in(condition: Condition | None) -> Iterator[Detected]:
    """The detections that a condition asks for, also those of its counts (anywhere in the conversation)."""
    for each in singles_of(condition):
        match each:
            case Detected():
                yield each
            case CountReached(count):
                yield Detected((Reading(count.act),))
                if count.on:
                    yield Detected(count.on)
            case _:
                continue


def readings_in(condition: Condition | None) -> Iterator[Reading]:
    """The readings of a condition."""
    for detected in detections_in(condition):
        yield from detected.readings
