"""Where a standard and a policy speak of different things: what the standard asks for and the policy cannot know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from policy_engine.diagnostics import Diagnostic, Severity, nearest
from policy_engine.model.model import (
    Attribute,
    Count,
    Policy,
    Promise,
    Reading,
    SinceAction,
    SinceEvent,
    Standard,
    Taken,
)
from policy_engine.verify.promised import names_for


def differences(policy: Policy, standard: Standard) -> Iterator[Diagnostic]:
    """A warning for each name of a standard's sentence that the policy's vocabulary does not know, as it stands there.

    The sentence is verified all the same: an action that the policy does not have is never done, and a label
    that it does not read is read by the standard alone.
    """
    for promise in standard.promises:
        for kind, name in dict.fromkeys(_names(promise.claim)):
            fault = _unknown(policy, standard, kind, name)
            if fault is not None:
                yield Diagnostic(
                    "unlike-vocabulary", fault[0], promise.location, fault[1], severity=Severity.WARNING
                )


def _unknown(policy: Policy, standard: Standard, kind: str, name: str) -> tuple[str, str | None] | None:
    vocabulary = policy.vocabulary
    if kind == "action":
        renamed = dict(names_for(policy, standard))
        known = {renamed.get(each, each) for each in vocabulary.actions}
        if name in known:
            return None
        words = standard.vocabulary.actions[name].phrase
        like = nearest(words, [entry.phrase for entry in vocabulary.actions.values()])
        return f"the policy's vocabulary has no action `{words}`: the policy never does it", _hint(like)
    if kind == "attribute":
        if name in vocabulary.attributes:
            return None
        like = nearest(name, vocabulary.attributes)
        return f"the policy's vocabulary has no attribute `{name}`: no rule of it can ask for it", _hint(like)
    entry = standard.vocabulary.labels[name]
    if any(vocabulary.canonical(each) is not None for each in (name, *entry.aliases)):
        return None
    like = nearest(name, vocabulary.labels)
    return f"the policy's vocabulary has no {entry.kind.value} `{name}`: no rule of it can ask for it", _hint(
        like
    )


def _hint(like: str | None) -> str | None:
    return None if like is None else f"it has `{like}`; an alias makes the two one"


def _names(made: Any) -> Iterator[tuple[str, str]]:
    """Every name that a claim speaks of, with its kind."""
    match made:
        case Reading(label):
            yield "label", label
            return
        case Attribute(name):
            yield "attribute", name
            return
        case Taken(action) | SinceAction(action):
            yield "action", action
        case SinceEvent(event):
            yield "label", event
        case Count(act) if act:
            yield "label", act
        case _ if hasattr(made, "action"):
            yield "action", made.action
    before = getattr(made, "before", None)
    if isinstance(before, str):
        yield "action", before
    if isinstance(made, tuple):
        for each in made:
            yield from _names(each)
    elif is_dataclass(made) and not isinstance(made, Promise):
        for field in fields(made):
            yield from _names(getattr(made, field.name))
