"""A policy in full sentences: what each rule does, what stops it, and what happens in doubt."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from policy_engine.machine.readings import readings_of
from policy_engine.model.model import (
    After,
    All,
    Any,
    Condition,
    CountReached,
    Detected,
    Every,
    Guards,
    Ladder,
    Not,
    Policy,
    Reading,
    Rule,
    Taken,
    Trigger,
    When,
)
from policy_engine.reports.english import (
    action_words,
    condition_words,
    duration_words,
    listed,
    many,
    policy_words,
    reading_words,
    start_over_words,
    step_words,
    trigger_words,
    value_words,
)
from policy_engine.reports.screen import clean
from policy_engine.simulation.clauses import actions_asked_for, is_in_stretches, parts_of
from policy_engine.simulation.coverage import attributes_in
from policy_engine.transcripts.message import Role
from policy_engine.vocabulary.vocabulary import Vocabulary

FORMAT_VERSION = 1
COLUMNS = 80
PROMISES = "Checked, they make nothing happen"


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
    """Everything that the policy says, section by section; sections without an entry are left out."""
    made = (
        Section("Whom it covers", tuple(_coverage(policy))),
        Section("Rules", tuple(_rule(rule, policy) for rule in policy.rules if not rule.trial)),
        Section("Ladders", tuple(_ladder(ladder, policy) for ladder in policy.ladders)),
        Section("Never", tuple(_nevers(policy))),
        Section("Who gives way", tuple(_overrides(policy))),
        Section(
            "On trial: reported, never acting",
            tuple(_rule(rule, policy) for rule in policy.rules if rule.trial),
        ),
        Section("After the end", (_after_end(policy),)),
        Section("What is looked for, and what doubt means", tuple(_labels(policy))),
        Section(PROMISES, tuple(Entry(None, f"{_capital(promise.text)}.") for promise in policy.promises)),
    )
    return tuple(section for section in made if section.entries)


# --- sections ---------------------------------------------------------------------------


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
        *_guards(rule.guards, vocabulary),
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


def _guards(guards: Guards, vocabulary: Vocabulary) -> Iterator[str]:
    if guards.only_if is not None:
        yield f"Only if {condition_words(guards.only_if, vocabulary)}."
        yield from (f"  {each}" for each in _evidence(guards.only_if, vocabulary))
        yield from (f"  {each}" for each in _assumed(guards.only_if, vocabulary))
        yield "  As long as this is not certain, the rule is stopped."
    for condition in guards.excepts:
        yield f"Except when {condition_words(condition, vocabulary)}."
        yield from (f"  {each}" for each in _evidence(condition, vocabulary))
        yield from (f"  {each}" for each in _assumed(condition, vocabulary))
        yield from (f"  {each}" for each in _unchecked(condition, vocabulary, "the rule is stopped"))


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
    plural = vocabulary.labels[ladder.act].plural or ladder.act
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
        *_guards(ladder.guards, vocabulary),
        f"When stopped: the step is kept pending and is taken at the next {ladder.act} that it counts, once"
        " nothing stops it any more; what happens meanwhile does not count for the next step.",
    ]
    return Entry(ladder.name, f"Counts {plural}{on}, step by step.", (*details, *_reason(ladder.reason)))


def _nevers(policy: Policy) -> Iterator[Entry]:
    for never in policy.nevers:
        phrase = policy.vocabulary.actions[never.action].phrase
        details = [
            *_evidence(never.when, policy.vocabulary),
            *_unchecked(never.when, policy.vocabulary, "the action is not taken"),
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
    for each in _parts(condition):
        match each:
            case Detected():
                yield f"Counts: {_whose(each, vocabulary)}, {_since_when(each.scope.this_message, each.scope.window)}."
            case Taken(action, scope):
                past = vocabulary.actions[action].past
                yield f"Counts: that {past} at an earlier message, {_since_when(False, scope.window)}."
            case CountReached(count):
                plural = vocabulary.labels[count.act].plural or count.act
                yield f"Counts: {plural} on the assistant's messages, {_since_when(False, count.within)}."
            case _:
                continue


def _whose(detected: Detected, vocabulary: Vocabulary) -> str:
    roles = {role for reading in detected.readings for role in vocabulary.labels[reading.label].roles}
    if detected.role is not None:
        roles = {detected.role}
    names = {Role.USER: "the user's", Role.ASSISTANT: "the assistant's", Role.SERVICE: "the service's"}
    return f"{listed([names.get(role, f'{role.value}') for role in Role if role in roles], 'and')} messages"


def _since_when(this_message: bool, window: object) -> str:
    from policy_engine.vocabulary.vocabulary import Lasting

    if this_message:
        return "this message only"
    if not isinstance(window, Lasting):
        return "from the beginning of the conversation, for good"
    if window == Lasting(turns=1):
        return "this turn only"
    if window.turns is not None:
        return f"this turn and the {many(window.turns - 1, 'turn')} before it, then no longer"
    return f"for {duration_words(window)}, then no longer"


def _unchecked(condition: Condition, vocabulary: Vocabulary, then: str) -> Iterator[str]:
    """What happens if nobody checked."""
    names = sorted({reading.label for part in _parts(condition) for reading in _named(part)})
    for name in names:
        entry = vocabulary.labels[name]
        if entry.when_unknown is not None:
            yield f"If nobody could check for {name}: it is read as {entry.when_unknown}."
        elif entry.unknown_lasts is not None:
            lasts = duration_words(entry.unknown_lasts)
            yield f"If nobody could check for {name}: {then}, until {lasts} have passed."
        else:
            yield f"If nobody could check for {name}: {then}, for good."


def _parts(condition: Condition) -> Iterator[Condition]:
    match condition:
        case Not(inner):
            yield from _parts(inner)
        case All(several) | Any(several):
            for each in several:
                yield from _parts(each)
        case _:
            yield condition


def _named(condition: Condition) -> tuple[Reading, ...]:
    match condition:
        case Detected(readings):
            return readings
        case CountReached(count):
            return (Reading(count.act), *(count.on or ()))
        case _:
            return ()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """The text with its full stop; a text in quotation marks that ends in one needs no other."""
    return text if text.endswith(('."', '?"', '!"')) else f"{text}."


# --- renderers --------------------------------------------------------------------------


def explanation_text(policy: Policy) -> str:
    """The explanation for people, 80 columns wide."""
    lines = [clean(policy_words(policy))]
    for section in explain(policy):
        lines += ["", section.title, "-" * len(section.title)]
        for entry in section.entries:
            lines += _entry_lines(entry)
    return "\n".join(lines)


def _entry_lines(entry: Entry) -> list[str]:
    head = f"{entry.name}: {entry.sentence}" if entry.name else entry.sentence
    lines = _wrap(clean(head), "", "  ")
    for detail in entry.details:
        indent = "      " if detail.startswith("  ") else "  "
        lines += _wrap(clean(detail.strip()), f"{indent}- ", f"{indent}  ")
    return lines


def _wrap(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text,
        COLUMNS,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def explanation_json(policy: Policy) -> dict[str, object]:
    """The explanation for programs."""
    return {
        "format_version": FORMAT_VERSION,
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "effective_from": policy.effective_from,
            "hash": policy.digest,
        },
        "sections": [
            {
                "title": section.title,
                "entries": [
                    {
                        "name": each.name,
                        "sentence": each.sentence,
                        "details": [detail.strip() for detail in each.details],
                    }
                    for each in section.entries
                ],
            }
            for section in explain(policy)
        ],
    }  # fmt: skip
