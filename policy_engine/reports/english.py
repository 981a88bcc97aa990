"""Model values in the language's own words, for explanations and reasons."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.model.model import (
    Act,
    After,
    All,
    Any,
    Attribute,
    Begins,
    Condition,
    Count,
    CountReached,
    Detected,
    Doubt,
    Every,
    Ladder,
    Not,
    Policy,
    Reading,
    Scope,
    SinceAction,
    SinceFirst,
    StartOver,
    Taken,
    Trigger,
    When,
)
from policy_engine.transcripts.message import AttributeValue
from policy_engine.vocabulary.phrases import perfect
from policy_engine.vocabulary.vocabulary import UNIT_SECONDS, Kind, Lasting, Vocabulary

_NEGATED = (
    (" has been ", " has not been "),
    (" have been ", " have not been "),
    (" is ", " is not "),
    (" are ", " are not "),
)


def policy_title(policy: Policy) -> str:
    """``Last-resort chat ending 2025.08``: its name and version."""
    return f"{policy.name} {policy.version}" if policy.version else policy.name


def policy_words(policy: Policy) -> str:
    """``Last-resort chat ending 2025.08, effective from 2025-08-15``."""
    since = f", effective from {policy.effective_from}" if policy.effective_from else ""
    return f"{policy_title(policy)}{since}"


def many(number: int, what: str, plural: str | None = None) -> str:
    """``1 turn``, ``2 turns``."""
    return f"{number:,} {what if number == 1 else plural or what + 's'}"


def listed(words: Sequence[str], join: str = "or") -> str:
    """``a, b or c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {join} {words[-1]}"


def duration_words(lasting: Lasting) -> str:
    """``10 turns``, ``3 hours``: in the largest unit that divides it."""
    if lasting.turns is not None:
        return many(lasting.turns, "turn")
    seconds = lasting.seconds or 0
    name, size = next(unit for unit in reversed(UNIT_SECONDS.items()) if seconds % unit[1] == 0)
    return many(seconds // size, name)


def reading_words(reading: Reading) -> str:
    """``self-harm at 0.8``."""
    return reading.label if reading.at is None else f"{reading.label} at {reading.at:g}"


def scope_words(scope: Scope) -> str:
    """`` in the last 5 turns``, with a space before it; nothing for the whole conversation."""
    if scope.this_message:
        return " in this message"
    if scope.window is None:
        return ""
    if scope.window == Lasting(turns=1):
        return " in this turn"
    return f" in the last {duration_words(scope.window)}"


def detected_words(detected: Detected, vocabulary: Vocabulary, perfect_form: bool = False) -> str:
    """``self-harm or violence is detected from the user``; an event in its own words. Without the scope."""
    entry = vocabulary.labels[detected.readings[0].label]
    is_plain = len(detected.readings) == 1 and detected.doubt is Doubt.DETECTED
    if entry.kind is Kind.EVENT and is_plain and entry.phrase:
        return perfect(entry.phrase) if perfect_form else entry.phrase
    names = listed([reading_words(each) for each in detected.readings])
    role = f" from the {detected.role.value}" if detected.role else ""
    if detected.doubt is Doubt.UNCHECKED:
        return f"{names} could not be checked{role}"
    doubt = " or could not be checked" if detected.doubt is Doubt.DETECTED_OR_UNCHECKED else ""
    return f"{names} {'has been' if perfect_form else 'is'} detected{role}{doubt}"


def condition_words(condition: Condition, vocabulary: Vocabulary) -> str:
    """The condition as a policy would say it."""
    match condition:
        case Detected():
            return detected_words(condition, vocabulary, not condition.scope.this_message) + scope_words(
                condition.scope
            )
        case Taken(action, scope):
            return perfect(vocabulary.actions[action].past) + scope_words(scope)
        case Attribute():
            return attribute_words(condition)
        case Not(inner):
            return _not_words(inner, vocabulary)
        case All(several):
            return _joined(several, "and", vocabulary)
        case Any(several):
            return _joined(several, "or", vocabulary)
        case CountReached(count):
            return f"there have been at least {count_words(count, vocabulary)}"


def _joined(several: tuple[Condition, ...], word: str, vocabulary: Vocabulary) -> str:
    said = [condition_words(each, vocabulary) for each in several]
    closed = [  # `a or b is detected` beside another `or` could be read in two ways
        f"({text})" if isinstance(each, All | Any) or f" {word} " in text else text
        for each, text in zip(several, said, strict=True)
    ]
    return f" {word} ".join(closed)


def _not_words(inner: Condition, vocabulary: Vocabulary) -> str:
    said = condition_words(inner, vocabulary)
    if isinstance(inner, CountReached):
        return said.replace("at least", "fewer than", 1)
    if not isinstance(inner, All | Any | Not):
        for verb, negated in _NEGATED:
            if verb in said:
                return said.replace(verb, negated, 1)
    return f"not ({said})"


def attribute_words(attribute: Attribute) -> str:
    """``user.age is at least 18``."""
    values = listed([value_words(each) for each in attribute.values])
    return (
        f"{attribute.name} is {values}"
        if attribute.op == "is"
        else f"{attribute.name} is {attribute.op} {values}"
    )


def value_words(value: AttributeValue) -> str:
    """A value as a policy writes it."""
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def act_words(act: str, number: int, vocabulary: Vocabulary) -> str:
    """``1 refusal``, ``3 refusals``."""
    return many(number, act, vocabulary.labels[act].plural)


def step_words(ladder: Ladder, number: int, vocabulary: Vocabulary) -> str:
    """``2 refusals`` for the first step of a ladder, ``2 more refusals`` for the others; ``number`` from 1."""
    count = act_words(ladder.act, ladder.steps[number - 1].need, vocabulary)
    return count if number == 1 else count.replace(" ", " more ", 1)


def count_words(count: Count, vocabulary: Vocabulary) -> str:
    """``3 refusals on harassment within 10 turns``."""
    said = many(count.need, "point") if count.weights else act_words(count.act, count.need, vocabulary)
    return said + _counted_words(count, vocabulary)


def counter_words(count: Count, vocabulary: Vocabulary) -> str:
    """``refusals on harassment within 10 turns``: what is counted, without the number that is needed."""
    said = "points" if count.weights else acts_words(count.act, vocabulary)
    return said + _counted_words(count, vocabulary)


def acts_words(act: str, vocabulary: Vocabulary) -> str:
    """``refusals``."""
    return vocabulary.labels[act].plural or f"{act}s"


def _counted_words(count: Count, vocabulary: Vocabulary) -> str:
    said = f" of {count.points}" if count.weights else ""
    if count.on is not None:
        of = "the same category of " if count.same_category else ""
        said += f" on {of}{listed([reading_words(each) for each in count.on])}"
    return said + _limit_words(count, vocabulary)


def _limit_words(count: Count, vocabulary: Vocabulary) -> str:
    if count.in_a_row:
        return " in a row"
    if count.within is not None:
        return f" within {duration_words(count.within)}"
    match count.since:
        case None:
            return ""
        case SinceAction(action):
            return f" since the last {vocabulary.actions[action].noun or action}"
        case SinceFirst(detected):
            return f" since {listed([reading_words(each) for each in detected.readings])} was first detected"
        case _:
            return f" since {vocabulary.labels[count.since.event].phrase}"


def start_over_words(over: StartOver, vocabulary: Vocabulary) -> str:
    """``after 10 turns without one``, ``when an appeal is granted``."""
    if over.quiet is not None:
        return f"after {duration_words(over.quiet)} without one"
    return f"when {vocabulary.labels[over.event or ''].phrase}"


def trigger_words(trigger: Trigger, vocabulary: Vocabulary) -> str:
    """``after 3 refusals on harassment``."""
    match trigger:
        case Begins():
            return "when the chat begins"
        case Every(period):
            return f"every {duration_words(period)}"
        case When(detected, first):
            said = detected_words(detected, vocabulary)
            return f"when {said.replace(' is detected', ' is first detected', 1) if first else said}"
        case After(counts, repeat, over):
            said = " and ".join(count_words(each, vocabulary) for each in counts)
            again = f", starting over {start_over_words(over, vocabulary)}" if over else ""
            return f"after {'every ' if repeat else ''}{said}{again}"


def action_words(act: Act, vocabulary: Vocabulary) -> str:
    """``warn the user "Please stop."``, ``offer support crisis-line``."""
    entry = vocabulary.actions[act.action]
    if act.text is None:
        return entry.phrase
    return f"{entry.phrase} {act.text}" if entry.takes == "notice" else f'{entry.phrase} "{act.text}"'
