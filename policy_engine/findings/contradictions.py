"""Actions that contradict each other at one message, and the rules that may ask for both.

The ending contradicts every action that makes sense only while the chat goes on: one that says something to the
user in the policy's own words (it takes a text: a warning, a reminder), and, of the default vocabulary, asking
the user to confirm, asking for a redirection and switching to the careful model. It does not contradict what others
do with what has happened: a review, a strike, an interruption, support that is offered even after the end.

Rules that read no category in common can always meet by chance, whatever they say; only those that wait for the
same category, or for none, are looked at. An ending that itself waits for the action (`only if a warning has been
given`) has told the user before, and is not looked at for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policy_engine.findings.endings import ending, ending_parts
from policy_engine.findings.stopping import Part, does
from policy_engine.machine.readings import of_trigger
from policy_engine.model.model import After, All, Ladder, Policy, Rule, Taken
from policy_engine.model.parts import action_names, parts_of
from policy_engine.verify.question import Formula, both
from policy_engine.vocabulary.vocabulary import Kind, Vocabulary

WHILE_IT_GOES_ON = ("ask-to-confirm", "redirect", "switch-model")
"""Actions of the default vocabulary, besides those that take a text, that make sense only in a chat that goes on."""

Pair = tuple[Part, Part, str]
"""A rule that ends the chat, one that does something which that contradicts, and the action."""


def contradicting(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The actions that contradict the ending."""
    return tuple(
        each.name
        for each in vocabulary.actions.values()
        if not each.ends
        and not each.even_after_end
        and (each.takes == "text" or each.name in WHILE_IT_GOES_ON)
    )


def pairs(policy: Policy) -> Iterator[Pair]:
    """Every pair of rules that may contradict each other, or of a rule with itself."""
    against = set(contradicting(policy.vocabulary))
    for one in ending_parts(policy):
        for other in parts_of(policy):
            if isinstance(other, Rule) and other.trial:
                continue
            if not _may_meet(policy, one, other):
                continue
            for action in sorted(action_names(other)):
                if action in against - _told_before(one):
                    yield one, other, action


def at_once(policy: Policy, pair: Pair) -> Formula:
    """The one ends the chat, and the other does its action, at one message."""
    one, other, action = pair
    return both(does(policy, one, ending(policy.vocabulary)), does(policy, other, action))


def _told_before(part: Part) -> set[str]:
    """The actions without which the rule never acts."""
    wanted = part.guards.only_if
    several = wanted.conditions if isinstance(wanted, All) else (wanted,)
    return {each.action for each in several if isinstance(each, Taken)}


def _may_meet(policy: Policy, one: Part, other: Part) -> bool:
    if one == other:
        return not isinstance(one, Ladder) or any(
            len({act.action for act in step.actions}) > 1 for step in one.steps
        )
    mine, theirs = _waits_for(policy, one), _waits_for(policy, other)
    return bool(mine & theirs) or not (mine or theirs)


def _waits_for(policy: Policy, part: Part) -> set[str]:
    """The categories of the trigger; of an event, that event. What makes a count start over does not count."""
    if isinstance(part, Ladder):
        return {each.label for each in part.on or ()}
    labels = policy.vocabulary.labels
    trigger = replace(part.trigger, start_over=None) if isinstance(part.trigger, After) else part.trigger
    return {each.label for each in of_trigger(trigger) if labels[each.label].kind is not Kind.ACT}
