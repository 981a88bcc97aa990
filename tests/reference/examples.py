"""Short notations for the examples of the reference: a chat in a line, a policy in a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from decided import decided
from random_policies import PLAIN, is_timed

from policy_engine.model.decision import Decision
from policy_engine.model.model import (
    Act,
    After,
    Condition,
    Count,
    Detected,
    Doubt,
    Guards,
    Ladder,
    Never,
    Override,
    Policy,
    Reading,
    Rule,
    Scope,
    Trigger,
    When,
)
from policy_engine.reference.interpreter import interpret
from policy_engine.transcripts.message import AttributeValue, Conversation, Label, LookedFor, Message, Role
from policy_engine.vocabulary.vocabulary import Lasting, Vocabulary

ROLES = {
    "u": Role.USER,
    "a": Role.ASSISTANT,
    "s": Role.SERVICE,
    "y": Role.SYSTEM,
    "t": Role.TOOL,
}
WARN = Act("warn", "Please stop.")
END = Act("end-chat")
REDIRECT = Act("redirect")
SUPPORT = Act("support", "crisis-line")
HARM = Reading("harm")
ABUSE = Reading("abuse")
ALL = Scope()
HERE = Scope(this_message=True)


def _label(text: str) -> Label:
    if text.endswith("?"):
        return Label(text[:-1], None)
    if text.startswith("no-"):
        return Label(text[3:], False)
    name, _, score = text.partition("=")
    return Label(name, float(score) if score else True)


def chat(text: str) -> tuple[Message, ...]:
    """Messages divided by ``|``: a role, ``@SECONDS``, labels (``harm``, ``harm=0.4``, ``harm?``, ``no-harm``)."""
    messages = []
    for part in text.split("|"):
        role, *words = part.split()
        times = [int(word[1:]) * 1_000_000 for word in words if word.startswith("@")]
        labels = tuple(_label(word) for word in words if not word.startswith("@"))
        messages.append(Message(ROLES[role], labels, time=times[0] if times else None))
    return tuple(messages)


def conversation(
    text: str,
    attributes: Mapping[str, AttributeValue] | None = None,
    looked_for: LookedFor | None = None,
) -> Conversation:
    return Conversation("example", chat(text), attributes or {}, looked_for)


def policy(
    *parts: Rule | Ladder | Never | Override, vocabulary: Vocabulary = PLAIN, timed: bool | None = None
) -> Policy:
    made = Policy(
        "example",
        None,
        None,
        vocabulary,
        tuple(sorted((part for part in parts if isinstance(part, Rule)), key=lambda rule: rule.name)),
        tuple(sorted((part for part in parts if isinstance(part, Ladder)), key=lambda ladder: ladder.name)),
        tuple(part for part in parts if isinstance(part, Never)),
        tuple(part for part in parts if isinstance(part, Override)),
    )
    return replace(made, timed=is_timed(made) if timed is None else timed)


def decide(made: Policy, text: str, **options: Mapping[str, AttributeValue] | LookedFor) -> list[Decision]:
    attributes = {name: value for name, value in options.items() if name == "attributes"}
    looked_for = options.get("looked_for")
    return interpret(
        made,
        conversation(text, attributes.get("attributes"), looked_for),  # type: ignore[arg-type]
    )


def by_machine(
    made: Policy, text: str, **options: Mapping[str, AttributeValue] | LookedFor
) -> list[Decision]:
    """What the compiled machine decides where :func:`decide` asks the reference."""
    return decided(
        made,
        conversation(text, options.get("attributes"), options.get("looked_for")),  # type: ignore[arg-type]
    )


def done_at(made: Policy, text: str, action: str = "warn", **options: object) -> list[int]:
    """The messages, counted from 0, at which the policy does the action."""
    return _indexes(decide(made, text, **options), action)  # type: ignore[arg-type]


def done_by_machine(made: Policy, text: str, action: str = "warn") -> list[int]:
    """The same, as the compiled machine has it."""
    return _indexes(by_machine(made, text), action)


def _indexes(decisions: list[Decision], action: str) -> list[int]:
    return [i for i, decision in enumerate(decisions) if any(d.action == action for d in decision.actions)]


def rule(
    trigger: Trigger, *actions: Act, name: str = "example", trial: bool = False, **guards: object
) -> Rule:
    return Rule(name, trigger, actions or (WARN,), Guards(**guards), trial)  # type: ignore[arg-type]


def refusals(need: int, *on: Reading, **options: object) -> Count:
    return Count("refusal", need, on or None, **options)  # type: ignore[arg-type]


def after(*counts: Count, **options: object) -> After:
    return After(counts, **options)  # type: ignore[arg-type]


def detected(
    *labels: str, role: Role | None = None, doubt: Doubt = Doubt.DETECTED, scope: Scope = ALL
) -> Detected:
    return Detected(tuple(Reading(label) for label in labels), role, doubt, scope)


def when(*labels: str, first: bool = False, **options: object) -> When:
    return When(detected(*labels, scope=HERE, **options), first)  # type: ignore[arg-type]


def turns(number: int) -> Lasting:
    return Lasting(turns=number)


def seconds(number: int) -> Lasting:
    return Lasting(seconds=number)


def last(window: Lasting) -> Scope:
    return Scope(window=window)


def only_if(condition: Condition) -> Rule:
    """A rule that warns at every message of the user on which spam is detected, under a condition."""
    return rule(when("spam", role=Role.USER), only_if=condition)
