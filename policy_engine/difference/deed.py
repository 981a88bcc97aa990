"""What a policy does, by its action: a deed; and the formulas that say when it is done.

Two policies are held against each other deed by deed. An action is the same for both if its name is, and the
actions that end the chat are the same whatever they are called. What rules on trial would do are deeds of their
own.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.model.decision import Cause, Decision, Done
from policy_engine.model.model import Ladder, Policy, Rule
from policy_engine.model.parts import acts_of, parts_of
from policy_engine.value import value
from policy_engine.verify.question import (
    And,
    Differ,
    Does,
    Fires,
    Formula,
    Negation,
    Or,
    Stopped,
    View,
    own_view,
)
from policy_engine.vocabulary.vocabulary import ActionEntry

Pair = tuple[Policy, Policy]
"""The old policy, and the new one."""


@value
class Deed:
    """An action, by the name that the new policy has for it; ``on_trial``: as a trial rule would do it."""

    action: str
    on_trial: bool = False


def view_of(policies: Pair, number: int) -> View:
    """How one of the policies is seen: the old one's ending by the name that the new one has for it."""
    view = own_view(policies, number)
    if number == 1:
        return view
    old, new = (next(e.name for e in each.vocabulary.actions.values() if e.ends) for each in policies)
    if old == new:
        return view
    names: dict[str, str | None] = {old: new}
    if new in policies[0].vocabulary.actions:
        names[new] = None
    return View(view.vocabulary, number, tuple(sorted(names.items())))


def deeds_of(policies: Pair) -> tuple[Deed, ...]:
    """All deeds that a rule or ladder of either policy asks for: the strongest first, those on trial last."""
    found = {
        Deed(name, _on_trial(part))
        for number, policy in enumerate(policies)
        for part in parts_of(policy)
        for act in acts_of(part)
        if (name := view_of(policies, number).named(act.action)) is not None
    }
    return tuple(sorted(found, key=lambda deed: (deed.on_trial, _rank(policies, deed), deed.action)))


def entry_of(policies: Pair, deed: Deed) -> ActionEntry:
    """What the vocabularies say of the action: the new one's, where it knows it."""
    for number in (1, 0):
        for name, entry in policies[number].vocabulary.actions.items():
            if view_of(policies, number).named(name) == deed.action:
                return entry
    raise KeyError(deed.action)


def own_name(policies: Pair, number: int, deed: Deed) -> str | None:
    """How one of the policies calls the action; None where it has none such."""
    view = view_of(policies, number)
    return next(
        (name for name in policies[number].vocabulary.actions if view.named(name) == deed.action), None
    )


def texts_of(policies: Pair, deed: Deed) -> tuple[str | None, ...]:
    """The texts, or notices, that either policy does it with."""
    found = {
        act.text
        for number in (0, 1)
        for part in asking_parts(policies, number, deed)
        for act in acts_of(part)
        if act.action == own_name(policies, number, deed)
    }
    return tuple(sorted(found, key=lambda text: (text is not None, text or "")))


def asking_parts(policies: Pair, number: int, deed: Deed) -> Iterator[Rule | Ladder]:
    """The rules and ladders of one of the policies that ask for it, by name."""
    name = own_name(policies, number, deed)
    for part in parts_of(policies[number]):
        if _on_trial(part) is deed.on_trial and any(act.action == name for act in acts_of(part)):
            yield part


def done_in(decision: Decision, deed: Deed, name: str | None) -> tuple[Done, ...]:
    """The deed in a decision of a policy that calls its action ``name``: once for each text."""
    several = decision.trial if deed.on_trial else decision.actions
    return tuple(each for each in several if each.action == name)


def does(policies: Pair, number: int, deed: Deed, text: tuple[str | None, ...] | None = None) -> Formula:
    """That one of the policies does it here; ``text``: with one of these texts (None: with any)."""
    if not deed.on_trial:
        return Does(number, deed.action, text)
    name = own_name(policies, number, deed)
    return Or(tuple(_would_do(policies[number], number, name, text)))


def differs(policies: Pair, deed: Deed) -> Formula:
    """That one policy does it here and the other does not, or with other texts."""
    if not deed.on_trial and own_name(policies, 0, deed) == own_name(policies, 1, deed):
        return Differ(0, 1, deed.action)
    found: list[Formula] = []
    for text in texts_of(policies, deed):
        old, new = (does(policies, number, deed, (text,)) for number in (0, 1))
        found += [And((new, Negation(old))), And((old, Negation(new)))]
    return Or(tuple(found))


def _would_do(
    policy: Policy, number: int, action: str | None, text: tuple[str | None, ...] | None
) -> Iterator[Formula]:
    """That a trial rule fires, and no ``never`` takes the action from it."""
    nevers = [clause for clause, each in enumerate(policy.nevers) if each.action == action]
    for rule in policy.rules:
        if rule.trial and any(
            act.action == action and (text is None or act.text in text) for act in rule.actions
        ):
            kept = (Negation(Stopped(number, rule.name, Cause.NEVER, each)) for each in nevers)
            yield And((Fires(number, rule.name), *kept))


def _on_trial(part: Rule | Ladder) -> bool:
    return isinstance(part, Rule) and part.trial


def _rank(policies: Pair, deed: Deed) -> int:
    return entry_of(policies, deed).rank
