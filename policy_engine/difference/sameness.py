"""Whether two policies are the same where a question looks at them, but for what their rules are called.

What is left of both in the cone of influence of a deed (:mod:`policy_engine.verify.cone`) is written in one way:
rules without their names, in an order of their own. Where the writings are equal, the policies act alike, and
nothing has to be searched. Where they are not, nothing is said.
"""

from __future__ import annotations

from dataclasses import replace

from policy_engine.machine.readings import readings_of
from policy_engine.model.model import Ladder, Policy, Rule
from policy_engine.model.parts import parts_of
from policy_engine.verify.cone import cut
from policy_engine.verify.facts import asked_of
from policy_engine.verify.question import Question
from policy_engine.vocabulary.vocabulary import LabelEntry, Vocabulary

METHOD = "the same rules"


def are_same(question: Question) -> bool:
    """Whether the two policies of a question, cut to what it looks at, differ in names and order alone."""
    old, new = cut(question).policies
    return _written(old) == _written(new)


def _written(policy: Policy) -> object:
    """What a policy is, without names of rules, order, reasons and places."""
    keys = {part.name: repr(_nameless(part)) for part in parts_of(policy)}
    return (
        sorted(keys.values()),
        sorted(repr(replace(each, location=None)) for each in policy.nevers),
        sorted((keys[each.winner], keys[each.loser]) for each in policy.overrides),
        _read(policy),
    )


def _nameless(part: Rule | Ladder) -> Rule | Ladder:
    if isinstance(part, Rule):
        acts = tuple(sorted(part.actions, key=repr))
        return replace(part, name="", actions=acts, reason=None, location=None)
    steps = tuple(
        replace(each, actions=tuple(sorted(each.actions, key=repr)), location=None) for each in part.steps
    )
    return replace(part, name="", steps=steps, reason=None, location=None)


def _read(policy: Policy) -> object:
    """What the vocabulary says of all that the policy reads, asks and does: titles and plurals mean nothing."""
    vocabulary = policy.vocabulary
    labels = _heard(vocabulary, {each.label for each in readings_of(policy)})
    attributes = {each.name for each in asked_of(policy.rules, policy.ladders, policy.nevers)}
    return (
        sorted(_label(vocabulary.labels[name]) for name in labels),
        sorted(repr(replace(vocabulary.attributes[name], title="", location=None)) for name in attributes),
        sorted((each.name, each.ends, each.even_after_end) for each in vocabulary.actions.values()),
    )


def _label(entry: LabelEntry) -> str:
    roles = sorted(role.value for role in entry.roles)
    plain = replace(entry, title="", plural=None, phrase=None, roles=frozenset(), location=None)
    return repr((plain, roles))


def _heard(vocabulary: Vocabulary, names: set[str]) -> set[str]:
    """The labels, those that imply them, and those that imply these."""
    found, left = set(names), [*names]
    while left:
        below = left.pop()
        for name, entry in vocabulary.labels.items():
            if below in entry.implies and name not in found:
                found.add(name)
                left.append(name)
    return found
