"""A policy in full sentences: what each rule does, what stops it, and what happens in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policy_engine.machine.readings import readings_of
from policy_engine.model.model import (
    After,
    Condition,
    CountReached,
    Detected,
    Every,
    Guards,
    Ladder,
    Policy,
    Reading,
    Rule,
    Standard,
    Taken,
    Trigger,
    When,
)
from policy_engine.model.parts import attributes_in, parts_of, readings_in, singles_of
from policy_engine.reports.breaking import breaking_words
from policy_engine.reports.english import (
    action_words,
    acts_words,
    condition_words,
    duration_words,
    listed,
    many,
    reading_words,
    start_over_words,
    step_words,
    trigger_words,
    value_words,
)
from policy_engine.reports.groups import groups_named, with_group_names
from policy_engine.simulation.clauses import actions_asked_for, is_in_stretches
from policy_engine.transcripts.message import Role
from policy_engine.vocabulary.vocabulary import LabelEntry, Lasting, Vocabulary

PROMISES = "Checked, they make nothing happen"
REQUIREMENTS = "Required of a policy, of all its conversations"


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule, or another thing that the policy says: a sentence and what there is to know about it."""

    name: str | None
    sentence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under a title."""

    title: str
    entries: tuple[Entry, ...]


def explain(policy: Policy) -> tuple[Section, ...]:
    """Everything that the policy says, section by section; sections without an entry are left out.

    Groups are told by their names, and once what each of them holds.
    """
    told = with_group_names(policy)
    covers = Section("Whom it covers", tuple(_coverage(told)))
    clauses = (
        Section("Rules", tuple(_rule(rule, told) for rule in told.rules if not rule.trial)),
        Section("Ladders", tuple(_ladder(ladder, told) for ladder in told.ladders)),
        Section("Never", tuple(_nevers(told))),
        Section("Who gives way", tuple(_overrides(told))),
        Section(
            "On trial: reported, never acting", tuple(_rule(rule, told) for rule in told.rules if rule.trial)
        ),
        Section("After the end", (_after_end(told),)),
    )
    doubt = Section("What is looked for, and what doubt means", tuple(_labels(policy)))
    promises = Section(PROMISES, tuple(_promises(told)))
    groups = Section("Groups", tuple(_groups(policy, (*clauses, promises))))
    return tuple(section for section in (covers, groups, *clauses, doubt, promises) if section.entries)


def explain_standard(standard: Standard) -> tuple[Section, ...]:
    """Everything that a standard requires, and what its groups hold."""
    policy = Policy(
        standard.name,
        None,
        None,
        standard.vocabulary,
        (),
        (),
        promises=standard.promises,
        groups=standard.groups,
    )
    told = with_group_names(policy)
    required = Section(REQUIREMENTS, tuple(_promises(told)))
    groups = Section("Groups", tuple(_groups(policy, (required,))))
    return tuple(section for section in (groups, required) if section.entries)


# --- sections ---------------------------------------------------------------------------


def _promises(policy: Policy) -> Iterator[Entry]:
    for promise in policy.promises:
        details = tuple(breaking_words(promise, policy.vocabulary))
        yield Entry(None, f"{_capital(promise.text)}.", details)
    if policy.promises and policy.applies is not None:
        yield Entry(None, "All of these speak of the conversations that the policy applies to.")


def _coverage(policy: Policy) -> Iterator[Entry]:
    if policy.applies is None:
        yield from _uncovered(policy)
    else:
        said = condition_words(policy.applies, policy.vocabulary)
        doubt = " ".join(_assumed(policy.applies, policy.vocabulary)) or (
            "Where nobody says, the policy does nothing: a rule acts only if this is certain."
        )
        yield Entry(None, f"Conversations in which {said}.", (doubt,))
        shared = [part.name for part in parts_of(policy) if part.guards.applies is None]
        if shared:
            yield Entry(None, f"These hold in every conversation: {listed(shared, 'and')}.")
    if policy.timed:
        yield Entry(None, "Every message needs a time: the policy counts hours or the like.")


def _uncovered(policy: Policy) -> Iterator[Entry]:
    """A main file without ``applies when``: what it uses may have one all the same."""
    narrow = [part.name for part in parts_of(policy) if part.guards.applies is not None]
    if narrow:
        yield Entry(None, f"Every conversation; some only, for {listed(narrow, 'and')}: see there.")
    else:
        yield Entry(None, "Every conversation.")


def _groups(policy: Policy, sections: Iterable[Section]) -> Iterator[Entry]:
    """What the groups hold that the sections name."""
    entries = [entry for section in sections for entry in section.entries]
    for name, holds in groups_named(
        policy, [text for each in entries for text in (each.sentence, *each.details)]
    ):
        yield Entry(name, f"{holds}.")


def _assumed(condition: Condition, vocabulary: Vocabulary) -> Iterator[str]:
    """What the vocabulary assumes of the attributes that a condition asks for."""
    names = {each.name for each in attributes_in(condition)}
    for name in sorted(names):
        assume = vocabulary.attributes[name].assume
        if assume is not None:
            yield f"Where nobody says, {name} is taken to be {value_words(assume)}."


def _rule(rule: Rule, policy: Policy) -> Entry:
    vocabulary = policy.vocabulary
    does = listed([action_words(act, vocabulary) for act in rule.actions], "and")
    sentence = _sentence(f"{_capital(trigger_words(rule.trigger, vocabulary))}: {does}")
    details = [
        *_applies(rule, policy),
        *_how_often(rule),
        *_guards(rule.guards, policy),
        *_when_stopped(rule, policy),
    ]
    return Entry(rule.name, sentence, (*details, *_reason(rule.reason)))


def _applies(part: Rule | Ladder, policy: Policy) -> Iterator[str]:
    """The ``applies when`` of another file than the main one; that one is told with whom the policy covers."""
    applies = part.guards.applies
    if applies is not None and applies != policy.applies:
        yield f"Only in conversations in which {condition_words(applies, policy.vocabulary)}."


def _reason(reason: str | None) -> list[str]:
    return [f"Reason given: {reason}."] if reason else []


def _how_often(rule: Rule) -> Iterator[str]:
    trigger = rule.trigger
    if isinstance(trigger, After):
        if trigger.repeat:
            yield "Each time it acts, its count starts anew."
        elif is_in_stretches(rule):
            yield "It acts once, and once more each time its count has started over."
        else:
            yield "It acts once in a conversation."
        yield from _what_counts(trigger)
    elif isinstance(trigger, When) and trigger.first:
        yield "It acts once in a conversation."
    if rule.guards.at_most is not None:
        window = rule.guards.at_most.window
        within = f" in {duration_words(window)}" if window else " in a conversation"
        yield f"At most once{within}."


def _what_counts(trigger: After) -> Iterator[str]:
    for count in trigger.counts:
        if count.weights:
            worth = [
                f"{many(weight, 'point')} for {reading_words(reading)}" for reading, weight in count.weights
            ]
            yield f"The scale {count.points}: {listed(worth, 'and')}."
            yield "A turn is worth the most of what is detected in it; only what is certain counts."
    if any(not count.weights for count in trigger.counts):
        yield "A turn counts once, however many messages it has; only what is certain counts."


def _guards(guards: Guards, policy: Policy) -> Iterator[str]:
    vocabulary = policy.vocabulary
    if guards.only_if is not None:
        yield f"Only if {condition_words(guards.only_if, vocabulary)}."
        yield from (f"  {each}" for each in _evidence(guards.only_if, vocabulary))
        yield from (f"  {each}" for each in _assumed(guards.only_if, vocabulary))
        yield "  As long as this is not certain, the rule is stopped."
    for condition in guards.excepts:
        yield f"Except when {condition_words(condition, vocabulary)}."
        yield from (f"  {each}" for each in _evidence(condition, vocabulary))
        yield from (f"  {each}" for each in _assumed(condition, vocabulary))
        yield from (f"  {each}" for each in _unchecked(condition, policy, "the rule is stopped"))


def _when_stopped(rule: Rule, policy: Policy) -> Iterator[str]:
    guards = rule.guards
    overridden = any(each.loser == rule.name for each in policy.overrides)
    forbidden = any(act.action == never.action for act in rule.actions for never in policy.nevers)
    if (
        guards.only_if is None
        and not guards.excepts
        and guards.at_most is None
        and not overridden
        and not forbidden
    ):
        return
    does = listed([policy.vocabulary.actions[act.action].phrase for act in rule.actions], "and")
    yield f"When stopped: {_stopped_words(rule.trigger, policy.vocabulary, does)}"


def _stopped_words(trigger: Trigger, vocabulary: Vocabulary, does: str) -> str:
    if isinstance(trigger, After):
        adds = [each.points or each.act for each in trigger.counts]
        points = any(each.weights for each in trigger.counts)
        what = "addition to the points" if points else listed(list(dict.fromkeys(adds)))
        return f"kept pending: it acts ({does}) at the next {what} that it counts, once nothing stops it any more."
    if isinstance(trigger, Every):
        return "kept pending: it acts at the next message at which nothing stops it."
    if isinstance(trigger, When) and trigger.first:
        return "it waits for the next such message at which nothing stops it."
    return "it is over for that message; the next such message is a new occasion."


def _ladder(ladder: Ladder, policy: Policy) -> Entry:
    vocabulary = policy.vocabulary
    on = f" on {listed([reading_words(each) for each in ladder.on])}" if ladder.on else ""
    steps = []
    for number, step in enumerate(ladder.steps, 1):
        does = listed([action_words(act, vocabulary) for act in step.actions], "and")
        steps.append(_sentence(f"Step {number}, after {step_words(ladder, number, vocabulary)}: {does}"))
    over = "It never starts over." if ladder.start_over is None else (
        f"It starts over {start_over_words(ladder.start_over, vocabulary)}."
    )  # fmt: skip
    details = [
        *_applies(ladder, policy),
        *steps,
        "It climbs one step a turn at most. On the last step it rests.",
        over,
        *_guards(ladder.guards, policy),
        f"When stopped: the step is kept pending and is taken at the next {ladder.act} that it counts, once"
        " nothing stops it any more; what happens meanwhile does not count for the next step.",
    ]
    sentence = f"Counts {acts_words(ladder.act, vocabulary)}{on}, step by step."
    return Entry(ladder.name, sentence, (*details, *_reason(ladder.reason)))


def _nevers(policy: Policy) -> Iterator[Entry]:
    for never in policy.nevers:
        phrase = policy.vocabulary.actions[never.action].phrase
        details = [
            *_evidence(never.when, policy.vocabulary),
            *_unchecked(never.when, policy, "the action is not taken"),
            "This takes the action from every rule and ladder.",
        ]
        said = condition_words(never.when, policy.vocabulary)
        yield Entry(None, f"Never {phrase} when {said}.", tuple(details))


def _overrides(policy: Policy) -> Iterator[Entry]:
    for each in policy.overrides:
        yield Entry(None, f"When {each.winner} acts, {each.loser} is stopped until the end of the turn.")


def _after_end(policy: Policy) -> Entry:
    """What the policy's own rules and ladders still do after the end, if any of them brings it."""
    asked = [policy.vocabulary.actions[name] for name in actions_asked_for(policy, trial=False)]
    if not any(entry.ends for entry in asked):
        return Entry(None, "This policy never ends a chat.")
    still = [entry.phrase for entry in asked if entry.even_after_end]
    if not still:
        return Entry(None, "Nothing is done any more.")
    return Entry(None, f"Only this is still done: {listed(still)}.")


def _labels(policy: Policy) -> Iterator[Entry]:
    for name in sorted({reading.label for reading in readings_of(policy)}):
        entry = policy.vocabulary.labels[name]
        title = f" ({entry.title})" if entry.title else ""
        details = [_unknown_words(name, policy.vocabulary)]
        if entry.implies:
            details.append(f"Where it is detected, so is {listed(list(entry.implies), 'and')}.")
        yield Entry(
            name,
            f"{entry.kind.value.capitalize()}{title}: holds from a score of {entry.threshold:g}.",
            tuple(details),
        )


def _unknown_words(name: str, vocabulary: Vocabulary) -> str:
    entry = vocabulary.labels[name]
    if entry.when_unknown is not None:
        return f"Where it could not be checked, it is read as {entry.when_unknown}."
    if entry.unknown_lasts is None:
        return "Where it could not be checked, that is unknown, and is never forgotten."
    lasts = duration_words(entry.unknown_lasts)
    return f"Where it could not be checked, that is unknown, and is forgotten after {lasts}."


# --- conditions -------------------------------------------------------------------------


def _evidence(condition: Condition, vocabulary: Vocabulary) -> Iterator[str]:
    """Whose messages count, from when and until when."""
    for each in singles_of(condition):
        match each:
            case Detected():
                yield f"Counts: {_whose(each, vocabulary)}, {_since_when(each.scope.this_message, each.scope.window)}."
            case Taken(action, scope):
                past = vocabulary.actions[action].past
                yield f"Counts: that {past} at an earlier message, {_since_when(False, scope.window)}."
            case CountReached(count):
                acts, since = acts_words(count.act, vocabulary), _since_when(False, count.within)
                yield f"Counts: {acts} on the assistant's messages, {since}."
            case _:
                continue


def _whose(detected: Detected, vocabulary: Vocabulary) -> str:
    roles = {role for reading in detected.readings for role in vocabulary.labels[reading.label].roles}
    if detected.role is not None:
        roles = {detected.role}
    names = {Role.USER: "the user's", Role.ASSISTANT: "the assistant's", Role.SERVICE: "the service's"}
    return f"{listed([names.get(role, f'{role.value}') for role in Role if role in roles], 'and')} messages"


def _since_when(this_message: bool, window: Lasting | None) -> str:
    if this_message:
        return "this message only"
    if window is None:
        return "from the beginning of the conversation, for good"
    if window == Lasting(turns=1):
        return "this turn only"
    if window.turns is not None:
        return f"this turn and the {many(window.turns - 1, 'turn')} before it, then no longer"
    return f"for {duration_words(window)}, then no longer"


def _unchecked(condition: Condition, policy: Policy, then: str) -> Iterator[str]:
    """What happens if nobody checked: once for all names of which it is true, a group by its name where it can be."""
    groups = dict(policy.groups)
    names: dict[str, dict[str, None]] = {}
    for name in sorted({reading.label for reading in readings_in(condition)}):
        members = [each.label for each in groups.get(name, (Reading(name),))]
        fates = {each: _fate(policy.vocabulary.labels[each], then) for each in members}
        is_one = len(set(fates.values())) == 1
        for each, fate in ({name: fates[members[0]]} if is_one else fates).items():
            names.setdefault(fate, {})[each] = None
    for fate, unchecked in names.items():
        yield f"If nobody could check for {listed(list(unchecked))}: {fate}"


def _fate(entry: LabelEntry, then: str) -> str:
    if entry.when_unknown is not None:
        return f"it is read as {entry.when_unknown}."
    if entry.unknown_lasts is not None:
        return f"{then}, until {duration_words(entry.unknown_lasts)} have passed."
    return f"{then}, for good."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """The text with its full stop; a text in quotation marks that ends in one needs no other."""
    return text if text.endswith(('."', '?"', '!"')) else f"{text}."
