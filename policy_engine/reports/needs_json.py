"""What a policy has to be supplied with, and what a log lacks of it, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policy_engine.model.model import Policy
from policy_engine.needs.asked import Asked, Use
from policy_engine.needs.blocked import Blocked
from policy_engine.needs.lacking import Lacking
from policy_engine.needs.supply import Supplier, detectors_of, suppliers
from policy_engine.needs.verdict import Verdict
from policy_engine.reports.policy_json import policy_json
from policy_engine.transcripts.mapping import ClassifierMapping
from policy_engine.transcripts.message import Role

FORMAT_VERSION = 1
"""The version of the shape: a key is only ever added within one."""


def needs_json(policy: Policy, asked: Asked, known: Mapping[str, ClassifierMapping]) -> dict[str, object]:
    """What it asks for; ``known`` are the classifiers that there are."""
    return {
        "format_version": FORMAT_VERSION,
        "policy": policy_json(policy),
        "labels": [
            {
                "label": each.entry.name,
                "kind": each.entry.kind.value,
                "roles": _roles(each.roles),
                "used_by": _uses(each.uses),
                "when_unknown": each.entry.when_unknown,
                "doubt_is_acted_on": each.is_doubt_read,
                "classifiers": [_supplier(given) for given in suppliers(each.entry.name, known)],
                "detectors": list(detectors_of(each.entry.name)),
            }
            for each in asked.labels
        ],
        "attributes": [
            {
                "attribute": each.entry.name,
                "type": each.entry.type,
                "values": list(each.entry.values),
                "assumed": each.entry.assume,
                "used_by": _uses(each.uses),
            }
            for each in asked.attributes
        ],
        "times": {"needed": bool(asked.timed), "used_by": _uses(asked.timed)},
    }


def lacks_json(lacking: Lacking, found: Verdict) -> dict[str, object]:
    """What a log lacks, and what can therefore never happen in it."""
    return {
        "conversations": lacking.total,
        "labels": [
            {
                "label": each.entry.name,
                "role": role.value,
                "messages": lacking.messages[each.entry.name, role],
                "unknown": lacking.unknown[each.entry.name, role],
                "conversations_never_known": lacking.conversations[each.entry.name, role],
            }
            for each in lacking.asked.labels
            for role in Role
            if role in each.roles
        ],
        "attributes_not_recorded": {
            each.entry.name: lacking.attributes[each.entry.name] for each in lacking.asked.attributes
        },
        "conversations_without_times": lacking.untimed,
        "asked_of": found.of,
        "can_never_act": [{**_blocked(each), "conversations": number} for each, number in found.rules],
        "undecided": [{"rule": each.part.name, "conversations": number} for each, number in found.undecided],
        "never_ended": found.never_ended,
        "is_lacking": found.is_lacking(lacking.total),
    }


def _blocked(each: Blocked) -> dict[str, object]:
    return {
        "rule": each.part.name,
        "why": each.fate.name.lower(),
        "clauses": [{"clause": clause.cause.value, "number": clause.number} for clause in each.clauses],
        "whatever_is_supplied": each.anyway,
    }


def _roles(roles: frozenset[Role]) -> list[str]:
    return [each.value for each in Role if each in roles]


def _uses(uses: Sequence[Use]) -> list[dict[str, object]]:
    return [
        {
            "name": each.name,
            "file": None if each.location is None else each.location.name,
            "line": None if each.location is None else each.location.line,
        }
        for each in uses
    ]


def _supplier(each: Supplier) -> dict[str, object]:
    return {
        "classifier": each.classifier,
        "name": each.native or None,
        "roles": None if each.roles is None else _roles(each.roles),
        "also_absent": each.also_absent,
    }
