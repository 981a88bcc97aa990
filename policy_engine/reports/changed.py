"""What two policies do differently, in words: which deed, in which direction, and what a conversation shows of it."""

from __future__ import annotations

import re

from policy_engine.difference.cause import Account, Side, Why
from policy_engine.difference.deed import Deed, Pair, entry_of
from policy_engine.difference.difference import Change, Evidence, Open
from policy_engine.difference.direction import Asked, Direction
from policy_engine.model.decision import Cause
from policy_engine.model.model import After, Count, Ladder, Not, Policy, Rule
from policy_engine.model.parts import attributes_in, part_named
from policy_engine.reports.changed_clause import clause_words
from policy_engine.reports.english import (
    acts_words,
    condition_words,
    count_words,
    counter_words,
    listed,
    many,
    start_over_words,
    trigger_words,
    value_words,
)
from policy_engine.reports.groups import with_group_names
from policy_engine.reports.reasons import place_words, stop_words
from policy_engine.simulation.clauses import condition_of

_IRREGULAR = {"be": "is", "have": "has", "do": "does", "go": "goes"}
_HISSING = re.compile(r"(s|x|z|sh|ch|o)$")
_READ = ("absent", "unknown", "detected")


def verb_words(policies: Pair, deed: Deed) -> str:
    """``ends the chat``; of a deed on trial: ``would end the chat``."""
    phrase = entry_of(policies, deed).phrase
    if deed.on_trial:
        return f"would {phrase}"
    verb, space, rest = phrase.partition(" ")
    return f"{_third_person(verb)}{space}{rest}"


def _third_person(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if _HISSING.search(verb):
        return f"{verb}es"
    if verb.endswith("y") and verb[-2:-1] not in tuple("aeiou"):
        return f"{verb[:-1]}ies"
    return f"{verb}s"


def direction_words(policies: Pair, change: Change) -> str:
    """``earlier``; of ending the chat also ``stricter`` or ``looser``."""
    if change.direction is None:
        return "not decided"
    words = change.direction.value
    if entry_of(policies, change.deed).ends:
        if change.direction in (Direction.MORE, Direction.EARLIER):
            return f"{words} (stricter)"
        if change.direction in (Direction.LESS, Direction.LATER):
            return f"{words} (looser)"
    return words


def sign_of(change: Change) -> str:
    """``+`` where it is done more, ``-`` where it is done less, ``~`` where otherwise; ``?`` where not decided."""
    match change.direction:
        case Direction.MORE:
            return "+"
        case Direction.LESS:
            return "-"
        case None:
            return "?"
        case _:
            return "~"


def length_words(evidence: Evidence) -> str:
    """How long the conversation is that shows it."""
    number = len(evidence.conversation.messages)
    which = "" if evidence.is_shortest else ", perhaps fewer"
    return f"{many(number, 'message')} {'shows' if number == 1 else 'show'} it{which}"


def besides_words(change: Change) -> str:
    """That elsewhere it is not done more, or less, but at another time; empty where that is not so."""
    if change.besides is None:
        return ""
    when = "earlier" if change.direction is Direction.MORE else "later"
    return f"in other conversations, only {when} · {length_words(change.besides)}"


def open_words(left: Open) -> str:
    """A question that was not decided."""
    ever = {
        Asked.SOONER: "whether the new policy ever does it first",
        Asked.SLOWER: "whether the old policy ever did it first",
        Asked.CAUGHT: "whether the old policy ever did it later in the same conversation",
        Asked.TRAILED: "whether the new policy ever does it later in the same conversation",
        Asked.THERE: "whether the new policy ever does it where the old one did not",
        Asked.GONE: "whether the old policy ever did it where the new one does not",
        Asked.APART: "whether they ever do it differently",
    }[left.asked]
    upto = f"; not in any conversation of up to {many(left.covered, 'message')}" if left.covered else ""
    return f"not decided: {ever} ({left.reason}{upto})"


# --- The sentence ----------------------------------------------------------------------


def sentence(account: Account, is_both_ways: bool = False) -> str:
    """What changed, as the conversation shows it: ``now at the 2nd refusal instead of the 3rd (abuse)``.

    ``is_both_ways``: it stands beside another conversation, in which the other policy does it first.
    """
    words = f"{_change(account, is_both_ways)} ({', '.join(account.rules)})"
    if account.why is not Why.STOPPED or not account.clauses:
        return words
    old, new = (each.policy for each in account.runs)
    return f"{listed([clause_words((old, new), each) for each in account.clauses], 'and')}: {words}"


def _change(account: Account, is_both_ways: bool) -> str:
    if account.evidence.asked is Asked.APART:
        return _wording(account)
    lead = "now also" if account.is_new else "no longer"
    how = _trigger(account.doer)
    match account.why:
        case Why.NO_RULE:
            return f"{lead} {how}{_where(account)}"
        case Why.NOT_APPLIED:
            which = "the old policy did" if account.is_new else "the new policy does"
            return f"{lead} {how}, where {_given(account)}: {which} not apply there"
        case Why.ENDED:
            return f"{lead} {how}: {_ended(account)}"
        case Why.STOPPED:
            if account.clauses and _trigger(account.other) != how:
                return f"{lead} where {_stopping(account)}"
            return f"{lead} {how}{_despite(account)}"
        case Why.READ:
            return f"{lead} {how}: {_reading(account)}"
        case Why.NOT_DUE:
            return _when(account, lead, how, is_both_ways)


def _when(account: Account, lead: str, how: str, is_both_ways: bool) -> str:
    """Where only the moments differ: in numbers, if both count alike, else both triggers."""
    if account.later is not None:
        here, there = _number(account.doer), _number(account.other)
        if here is not None and there is not None and here != there and here[1] == there[1]:
            new, old = (here, there) if account.is_new else (there, here)
            return f"now at the {_ordinal(new[0])} {new[1]} instead of the {_ordinal(old[0])}"
    other = _trigger(account.other)
    if how == other:
        how, other = (
            words + _starting_over(side) for words, side in ((how, account.doer), (other, account.other))
        )
    if how != other and is_both_ways:
        return f"{lead} {how}"
    if how != other:
        new_words, old_words = (how, other) if account.is_new else (other, how)
        return f"now {new_words}, instead of {old_words}"
    if account.later is not None:
        new_place, old_place = (
            (account.place, account.later) if account.is_new else (account.later, account.place)
        )
        return f"now {how} at message {new_place.message} instead of message {old_place.message}"
    return f"{lead} {how} {place_words(account.place)}{' again' if account.is_again else ''}"


def _wording(account: Account) -> str:
    old, new = (_said(account, number) for number in (0, 1))
    return f"now says {new} instead of {old}"


def _said(account: Account, number: int) -> str:
    """The texts of one policy at the last message: the old one's (0), or the new one's (1)."""
    simulation = account.runs[number]
    decision = simulation.decisions[-1]
    several = decision.trial if account.deed.on_trial else decision.actions
    wanted = account.rules
    texts = [each.text for each in several if each.text is not None and set(each.rules) & {*wanted}]
    texts = texts or [each.text for each in several if each.text is not None]
    return listed([f"“{each}”" for each in texts], "and") if texts else "nothing"


def _where(account: Account) -> str:
    """The attributes of the conversation, where the rule itself asks for some."""
    part = account.doer.part
    if (
        part is None
        or not account.evidence.conversation.attributes
        or not [*attributes_in(part.guards.only_if)]
    ):
        return ""
    return f", where {_given(account)}"


def _given(account: Account) -> str:
    given = account.evidence.conversation.attributes
    if not given:
        return "nothing is recorded of the conversation"
    return listed([f"{name} is {value_words(value)}" for name, value in sorted(given.items())], "and")


def _ended(account: Account) -> str:
    ended = account.other.simulation.ended
    where = f" {place_words(ended)}" if ended else ""
    if account.is_new:
        return f"before, the chat was ended by then{where}"
    return f"the chat is now ended by then{where}"


def _despite(account: Account) -> str:
    """That something stopped the other policy's rule."""
    why = _stopping(account)
    if all(each.stop.cause in (Cause.COOLDOWN, Cause.OVERRIDES) for each in account.stopped):
        return f"; before: {why}" if account.is_new else f"; now {why}"
    return f", even though {why}" if account.is_new else f", where {why}"


def _stopping(account: Account) -> str:
    """What stopped the other policy's rule."""
    policy = with_group_names(account.other.policy)
    words: dict[str, None] = {}
    for each in account.stopped:
        if each.stop.cause is Cause.APPLIES:
            continue
        condition = condition_of(account.other.policy, each.stop)
        if each.stop.cause is Cause.ONLY_IF and condition is not None and not each.stop.unknown:
            told = condition_of(policy, each.stop) or condition
            words[condition_words(Not(told), policy.vocabulary)] = None
        else:
            words[stop_words(each, policy)] = None
    return listed(list(words), "and")


def _reading(account: Account) -> str:
    unlike = account.unlike
    assert unlike is not None
    now, before = (unlike.doer, unlike.other) if account.is_new else (unlike.other, unlike.doer)
    where = place_words(unlike.place)
    return f"{unlike.label} {where} now reads as {_READ[now]}, and was {_READ[before]}"


# --- When a rule acts -------------------------------------------------------------------


def _trigger(side: Side) -> str:
    """``after 3 refusals on harassment``; for the step of a ladder, what it has counted by then."""
    if side.part is None:
        return ""
    policy = with_group_names(side.policy)
    part = part_named(policy, side.part.name)
    if isinstance(part, Rule):
        return trigger_words(part.trigger, policy.vocabulary)
    total = _total(part, side)
    return f"after {count_words(_ladder_count(part, total), policy.vocabulary)}"


def _starting_over(side: Side) -> str:
    """What makes a ladder start over: a rule says so within its trigger."""
    if not isinstance(side.part, Ladder):
        return ""
    over = side.part.start_over
    return (
        f", starting over {start_over_words(over, side.policy.vocabulary)}"
        if over
        else ", never starting over"
    )


def _number(side: Side) -> tuple[int, str] | None:
    """The number that a single count needs, and what it counts; None where it is not as simple."""
    if side.part is None:
        return None
    policy = with_group_names(side.policy)
    part = part_named(policy, side.part.name)
    if isinstance(part, Ladder):
        return _total(part, side), _one(_ladder_count(part, 1), policy)
    trigger = part.trigger
    if not isinstance(trigger, After) or len(trigger.counts) > 1 or trigger.repeat:
        return None
    count = trigger.counts[0]
    return None if count.weights else (count.need, _one(count, policy))


def _one(count: Count, policy: Policy) -> str:
    """``refusal on harassment within 10 turns``: one of what is counted."""
    words = counter_words(count, policy.vocabulary)
    return words.replace(acts_words(count.act, policy.vocabulary), count.act, 1)


def _ladder_count(ladder: Ladder, need: int) -> Count:
    return Count(ladder.act, need, ladder.on)


def _total(ladder: Ladder, side: Side) -> int:
    """What a ladder has counted when it comes to its step."""
    step = side.step if side.step is not None else len(ladder.steps) - 1
    return sum(each.need for each in ladder.steps[: step + 1])


def _ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``11th``."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
