"""How a chat is ended, as formulas: by which rules, on whose wish, and after what.

What is *crisis* here is said by the vocabulary and the policy, not by this software: a category of which an unknown
is remembered (`unknown-lasts`), as the default vocabulary has it of `self-harm` and `imminent-harm`; and one that a
rule of the policy answers with an action that is done even after the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.stopping import Part, does
from policy_engine.machine.readings import readings_of
from policy_engine.model.model import HERE, Detected, Doubt, Policy, Reading, Rule, Scope, When
from policy_engine.model.parts import action_names, conditions_of, detections_in, parts_of
from policy_engine.transcripts.message import Role
from policy_engine.verify.question import (
    Does,
    Earlier,
    Formula,
    Happens,
    Holds,
    Negation,
    Or,
    TurnBegins,
    Unanswered,
    both,
    ever,
)
from policy_engine.vocabulary.vocabulary import Kind, Lasting, Vocabulary

THIS_TURN = Scope(window=Lasting(turns=1))


def ending(vocabulary: Vocabulary) -> str:
    """The action that ends the chat."""
    return next(entry.name for entry in vocabulary.actions.values() if entry.ends)


def ending_parts(policy: Policy) -> tuple[Part, ...]:
    """The rules and ladders that ask for the ending, but for those on trial."""
    name = ending(policy.vocabulary)
    return tuple(
        part
        for part in parts_of(policy)
        if name in action_names(part) and not (isinstance(part, Rule) and part.trial)
    )


def is_on_request(policy: Policy, part: Part) -> bool:
    """Whether it acts on what the user asks for: its trigger is an event that comes from the user."""
    if not isinstance(part, Rule) or not isinstance(part.trigger, When):
        return False
    entries = [policy.vocabulary.labels[each.label] for each in part.trigger.detected.readings]
    return all(entry.kind is Kind.EVENT and entry.roles == frozenset({Role.USER}) for entry in entries)


def unasked_endings(policy: Policy) -> tuple[Part, ...]:
    """The rules and ladders that end the chat though the user did not ask for it."""
    return tuple(part for part in ending_parts(policy) if not is_on_request(policy, part))


def ends(policy: Policy, part: Part) -> Formula:
    """The rule or ladder ends the chat here."""
    return does(policy, part, ending(policy.vocabulary))


# --- after what -------------------------------------------------------------------------


def unwarned(policy: Policy, part: Part) -> Formula | None:
    """It ends the chat, and no warning was given before; None where the vocabulary knows no warning."""
    warnings = [each.name for each in policy.vocabulary.actions.values() if each.noun == "warning"]
    if not warnings:
        return None
    return both(ends(policy, part), *(Negation(Earlier(Does(0, each))) for each in warnings))


def unredirected(policy: Policy, part: Part) -> Formula | None:
    """It ends the chat, and nobody has tried a redirection: neither the assistant nor, by asking for one, the policy.

    None where the vocabulary has no act `redirection`.
    """
    if "redirection" not in policy.vocabulary.labels:
        return None
    tried: list[Formula] = [Holds(0, Detected((Reading("redirection"),)))]
    if "redirect" in policy.vocabulary.actions:
        tried.append(Earlier(Does(0, "redirect")))
    return both(ends(policy, part), *map(Negation, tried))


def on_first_offence(policy: Policy, part: Part) -> Formula | None:
    """It ends the chat in the first turn in which any category that the policy reads is detected."""
    read = _categories(policy)
    if not read:
        return None
    here, this_turn = Detected(read, scope=HERE), Detected(read, scope=THIS_TURN)
    before = ever(both(TurnBegins(), Earlier(Holds(0, here))))
    return both(ends(policy, part), Holds(0, this_turn), Negation(before))


def on_doubt(policy: Policy, part: Part) -> Formula | None:
    """It ends the chat on something that could not be checked, and that was not detected at all."""
    if not isinstance(part, Rule) or not isinstance(part.trigger, When):
        return None
    detected = part.trigger.detected
    if detected.doubt is Doubt.DETECTED:
        return None
    certain = Detected(detected.readings, detected.role)
    return both(ends(policy, part), Negation(Holds(0, certain)))


# --- and a crisis -------------------------------------------------------------------------


def support(policy: Policy) -> tuple[str, ...]:
    """The actions that are done even after the end."""
    return tuple(each.name for each in policy.vocabulary.actions.values() if each.even_after_end)


def crisis_of(policy: Policy) -> tuple[Reading, ...]:
    """The categories that tell of a crisis; those that imply another of them are covered by it.

    In the order in which the policy itself says them, so that a proof sees what is the same.
    """
    labels = policy.vocabulary.labels
    found = {
        each.name for each in labels.values() if each.kind is Kind.CATEGORY and each.unknown_lasts is not None
    }
    for trigger in _supported(policy):
        names = [each.label for each in trigger.detected.readings]
        found |= {name for name in names if labels[name].kind is Kind.CATEGORY}
    left = {name for name in found if not found & set(labels[name].implies)}
    readings = tuple(Reading(name) for name in sorted(left))
    said = [each for part in parts_of(policy) for each in _detected_by(part)]
    said += [each for never in policy.nevers for each in detections_in(never.when)]
    return next((each.readings for each in said if set(each.readings) == set(readings)), readings)


def _supported(policy: Policy) -> Iterator[When]:
    """What rules wait for that offer support."""
    for rule in policy.rules:
        if isinstance(rule.trigger, When) and action_names(rule) & set(support(policy)):
            yield rule.trigger


def _detected_by(part: Part) -> Iterator[Detected]:
    for condition in conditions_of(part.guards):
        yield from detections_in(condition)


def in_crisis(policy: Policy, part: Part) -> Formula | None:
    """It ends the chat once a crisis was detected, here or before."""
    crisis = crisis_of(policy)
    return both(ends(policy, part), Holds(0, Detected(crisis))) if crisis else None


def helped(policy: Policy) -> Formula | None:
    """Somebody who has told of a crisis is offered support; None where the vocabulary has neither."""
    crisis, actions = crisis_of(policy), support(policy)
    if not crisis or not actions:
        return None
    told = Detected(crisis, Role.USER)
    return both(Or(tuple(Does(0, each) for each in actions)), Holds(0, told))


def unhelped(policy: Policy) -> Formula | None:
    """A user tells of a crisis, and no support is offered in that turn."""
    crisis, actions = crisis_of(policy), support(policy)
    if not crisis or not actions:
        return None
    told = Happens(0, When(Detected(crisis, Role.USER, scope=HERE)))
    return Unanswered(0, told, Or(tuple(Does(0, each) for each in actions)), 1)


def _categories(policy: Policy) -> tuple[Reading, ...]:
    return tuple(
        sorted(set(_read_by(policy)), key=lambda each: (each.label, each.at or 0.0, each.at is None))
    )


def _read_by(policy: Policy) -> Iterator[Reading]:
    for each in readings_of(policy):
        if policy.vocabulary.labels[each.label].kind is Kind.CATEGORY:
            yield each
