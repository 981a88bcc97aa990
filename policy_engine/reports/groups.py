"""A policy told by the names of its groups: ``crisis`` where it says ``self-harm or imminent-harm``.

The resolver puts a group's labels in the place of its name, since only they decide. People gave the name
to read it again, so a report that is read by people puts it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import TypeVar, cast

from policy_engine.model.model import Policy, Reading
from policy_engine.reports.english import listed, reading_words
from policy_engine.source import Location
from policy_engine.vocabulary.vocabulary import LabelEntry, Vocabulary

Value = TypeVar("Value")

_WORD = re.compile(r"[^\s,()]+")

Groups = dict[str, list[tuple[str, tuple[Reading, ...]]]]
"""By the label of a group's first member: its name and its members, the largest group first."""


def with_group_names(policy: Policy) -> Policy:
    """The policy with the name of a group wherever all of the group's labels are asked for together.

    It is for showing only. The names become labels of its vocabulary, of the kind of the first member.
    """
    groups = [(name, members) for name, members in policy.groups if len(members) > 1]
    if not groups:
        return policy
    by_first: Groups = {}
    for name, members in sorted(groups, key=lambda each: (-len(each[1]), each[0])):
        by_first.setdefault(members[0].label, []).append((name, members))
    return replace(
        policy,
        vocabulary=_with_labels(policy.vocabulary, groups),
        rules=_told(policy.rules, by_first),
        ladders=_told(policy.ladders, by_first),
        nevers=_told(policy.nevers, by_first),
        applies=_told(policy.applies, by_first),
        promises=_told(policy.promises, by_first),
    )


def groups_named(policy: Policy, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The groups of the policy whose names stand in one of the texts, by name, each with what it holds, in words."""
    words = {word.rstrip(".:") for text in texts for word in _WORD.findall(text)}
    for name, members in policy.groups:
        if name in words:
            yield name, listed([reading_words(each) for each in members])


def _with_labels(vocabulary: Vocabulary, groups: list[tuple[str, tuple[Reading, ...]]]) -> Vocabulary:
    labels = dict(vocabulary.labels)
    for name, members in groups:
        entries = [vocabulary.labels[each.label] for each in members]
        roles = frozenset(role for entry in entries for role in entry.roles)
        labels[name] = LabelEntry(name, entries[0].kind, roles)
    return replace(vocabulary, labels=MappingProxyType(labels))


def _told(value: Value, groups: Groups) -> Value:
    """The value with group names in every list of readings that it holds, however deep."""
    if isinstance(value, tuple):
        if all(isinstance(each, Reading) for each in value):
            return cast(Value, _named(value, groups))
        return cast(Value, tuple(_told(each, groups) for each in value))
    if not is_dataclass(value) or isinstance(value, type | Location):
        return value
    changed = {}
    for each in fields(value):
        before = getattr(value, each.name)
        after = _told(before, groups)
        if after is not before and after != before:
            changed[each.name] = after
    return replace(value, **changed) if changed else value


def _named(readings: tuple[Reading, ...], groups: Groups) -> tuple[Reading, ...]:
    left = list(readings)
    for first in readings:
        for name, members in groups.get(first.label, ()):
            left = _put(name, members, first.at, left)
    return tuple(left)


def _put(name: str, members: tuple[Reading, ...], at: float | None, readings: list[Reading]) -> list[Reading]:
    """The readings with the name in the place of the members: as they are, or all of them ``at`` a score."""
    for score, wanted in ((None, members), (at, tuple(replace(each, at=at) for each in members))):
        if set(wanted) <= set(readings):
            place = min(readings.index(each) for each in wanted)
            before, after = readings[:place], readings[place:]
            return [*before, Reading(name, score), *(each for each in after if each not in wanted)]
    return readings
