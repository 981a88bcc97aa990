"""A model as the text that a policy writer would have written: policy files and a vocabulary.

Only what the language can say is written: ``sayable`` turns a random policy into one that it can, by moving
`not` inwards to where the language has words for it.
"""

from __future__ import annotations

from dataclasses import replace

import yaml

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
    Guards,
    Ladder,
    Never,
    Not,
    Policy,
    Reading,
    Rule,
    SinceAction,
    SinceEvent,
    SinceFirst,
    StartOver,
    Taken,
    Trigger,
    When,
)
from policy_engine.reports.english import scope_words
from policy_engine.vocabulary.vocabulary import Kind, Lasting, Vocabulary

_OPPOSITES = {
    "at least": "less than",
    "less than": "at least",
    "at most": "more than",
    "more than": "at most",
}
_SECTIONS = {Kind.CATEGORY: "categories", Kind.ACT: "acts", Kind.EVENT: "events"}


def sayable(policy: Policy) -> Policy:
    """The policy with conditions that the language has words for; what it decides may differ."""
    return replace(
        policy,
        rules=tuple(
            replace(each, guards=_sayable_guards(each.guards), trigger=_sayable_trigger(each.trigger))
            for each in policy.rules
        ),
        ladders=tuple(replace(each, guards=_sayable_guards(each.guards)) for each in policy.ladders),
        nevers=tuple(replace(each, when=_inwards(each.when)) for each in policy.nevers),
    )


def _sayable_trigger(trigger: Trigger) -> Trigger:
    if isinstance(trigger, When) and trigger.first and trigger.detected.doubt is Doubt.UNCHECKED:
        return replace(trigger, detected=replace(trigger.detected, doubt=Doubt.DETECTED_OR_UNCHECKED))
    return trigger


def _sayable_guards(guards: Guards) -> Guards:
    return replace(
        guards,
        applies=None if guards.applies is None else _inwards(guards.applies),
        only_if=None if guards.only_if is None else _inwards(guards.only_if),
        excepts=tuple(_inwards(each) for each in guards.excepts),
    )


def _inwards(condition: Condition, negated: bool = False) -> Condition:
    match condition:
        case Not(inner):
            return _inwards(inner, not negated)
        case All(several) | Any(several):
            kind = All if isinstance(condition, All) is not negated else Any
            return kind(tuple(_inwards(each, negated) for each in several))
        case Attribute(name, op, values) if negated and op in _OPPOSITES:
            return Attribute(name, _OPPOSITES[op], values)
        case Detected() if negated:
            return Not(replace(condition, doubt=Doubt.DETECTED))
        case _:
            return Not(condition) if negated else condition


def files_of(policy: Policy, order: int = 0) -> dict[str, str]:
    """The files of the policy by name: ``main.policy`` uses the others. ``order`` turns the sentences round.

    Rules with one `applies when` stand in one file; those without, and all that holds for all, in the main one.
    """
    writer = _Writer(policy.vocabulary)
    main: list[str] = [writer.never(each) for each in policy.nevers]
    main += [
        f"rule {each.winner} overrides {_kind(policy, each.loser)} {each.loser}" for each in policy.overrides
    ]
    parts: dict[Condition | None, list[str]] = {None: main}
    for each in (*policy.rules, *policy.ladders):
        said = writer.rule(each) if isinstance(each, Rule) else writer.ladder(each)
        parts.setdefault(each.guards.applies, []).append(said)
    main += writer.definitions
    files = {"words.yaml": vocabulary_text(policy.vocabulary)}
    uses = ['use "words.yaml"']
    for number, (applies, sentences) in enumerate(parts.items()):
        if applies is not None:
            uses.append(f'use "part{number}.policy"')
            head = f"applies when {writer.condition(applies)}\n"
            files[f"part{number}.policy"] = head + "\n".join(_turned(sentences, order))
    return {"main.policy": "\n".join([*uses, *_turned(main, order)]) + "\n", **files}


def _turned(sentences: list[str], order: int) -> list[str]:
    return sentences[order % (len(sentences) or 1) :] + sentences[: order % (len(sentences) or 1)]


def _kind(policy: Policy, name: str) -> str:
    return "ladder" if any(each.name == name for each in policy.ladders) else "rule"


class _Writer:
    """Writes the sentences of one policy. ``definitions`` collects the groups and points that they need."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.definitions: list[str] = []

    # Rules

    def rule(self, rule: Rule) -> str:
        trial = "trial " if rule.trial else ""
        over = (
            f",\n  {self.reset('starting over', rule.trigger.start_over)}"
            if _starts_over(rule.trigger)
            else ""
        )
        at_most = rule.guards.at_most
        once = ""
        if at_most is not None:
            once = ",\n  at most once" + (f" in {lasting_text(at_most.window)}" if at_most.window else "")
        return (
            f"{trial}rule {rule.name}\n  {self.trigger(rule.trigger)}{over},\n  {self.actions(rule.actions)}{once}"
            + self.guards(rule.guards)
            + self.reason(rule.reason)
        )

    def ladder(self, ladder: Ladder) -> str:
        on = "" if ladder.on is None else f" on {self.names(ladder.on)}"
        lines = [f"ladder {ladder.name}{on}"]
        for number, step in enumerate(ladder.steps):
            more = "more " if number else ""
            lines.append(
                f"  after {step.need} {more}{self.act(ladder.act, step.need)}, {self.actions(step.actions)}"
            )
        over = "" if ladder.start_over is None else f"\n  {self.reset('start over', ladder.start_over)}"
        return "\n".join(lines) + self.guards(ladder.guards) + over + self.reason(ladder.reason)

    def reason(self, reason: str | None) -> str:
        return "" if reason is None else f'\n  reason "{reason}"'

    def never(self, never: Never) -> str:
        return f"never {self.vocabulary.actions[never.action].phrase} when {self.condition(never.when)}"

    def guards(self, guards: Guards) -> str:
        said = "" if guards.only_if is None else f",\n  only if {self.condition(guards.only_if)}"
        return said + "".join(f",\n  except when {self.condition(each)}" for each in guards.excepts)

    def actions(self, acts: tuple[Act, ...]) -> str:
        return " and ".join(self.action(each) for each in acts)

    def action(self, act: Act) -> str:
        entry = self.vocabulary.actions[act.action]
        if act.text is None:
            return entry.phrase
        return f"{entry.phrase} {act.text}" if entry.takes == "notice" else f'{entry.phrase} "{act.text}"'

    # Triggers

    def trigger(self, trigger: Trigger) -> str:
        match trigger:
            case Begins():
                return "when the chat begins"
            case Every(period):
                return f"every {lasting_text(period)}"
            case After(counts, repeat, _):
                return (
                    f"after {'every ' if repeat else ''}{' and '.join(self.count(each) for each in counts)}"
                )
            case _:
                first = "first " if trigger.first else ""
                return f"when {self.detected(trigger.detected, f'is {first}detected')}"

    def reset(self, word: str, over: StartOver | None) -> str:
        assert over is not None
        if over.quiet is not None:
            return f"{word} after {lasting_text(over.quiet)} without one"
        return f"{word} when {self.vocabulary.labels[over.event or ''].phrase}"

    def count(self, count: Count) -> str:
        if count.weights:
            weights = ", ".join(f"{weight} per {self.name(reading)}" for reading, weight in count.weights)
            self.definitions.append(f"points {count.points} = {weights}")
            said = f"{count.need} points of {count.points}"
        else:
            said = f"{count.need} {self.act(count.act, count.need)}"
        if count.on is not None:
            said += f" on {'the same category of ' if count.same_category else ''}{self.names(count.on)}"
        if count.in_a_row:
            return f"{said} in a row"
        if count.within is not None:
            return f"{said} within {lasting_text(count.within)}"
        match count.since:
            case SinceAction(action):
                return f"{said} since the last {self.vocabulary.actions[action].noun or action}"
            case SinceEvent(event):
                return f"{said} since {self.vocabulary.labels[event].phrase}"
            case SinceFirst(detected):
                group = f"group{len(self.definitions)}"
                self.definitions.append(f"group {group} = {self.names(detected.readings)}")
                return f"{said} since {group} was first detected"
            case _:
                return said

    def act(self, act: str, number: int) -> str:
        return act if number == 1 else self.vocabulary.labels[act].plural or act

    # Conditions

    def condition(self, condition: Condition) -> str:
        match condition:
            case Not(inner):
                return self.atom(inner, negated=True)
            case All(several):
                return " and ".join(self.closed(each) for each in several)
            case Any(several):
                return " or ".join(self.closed(each) for each in several)
            case _:
                return self.atom(condition, negated=False)

    def closed(self, condition: Condition) -> str:
        return f"({self.condition(condition)})"

    def atom(self, condition: Condition, negated: bool) -> str:
        has = "has not been" if negated else "has been"
        match condition:
            case Detected(scope=scope):
                return self.detected(condition, f"{has} detected") + scope_words(scope)
            case Taken(action, scope):
                return self.vocabulary.actions[action].past.replace(" is ", f" {has} ", 1) + scope_words(
                    scope
                )
            case CountReached(count):
                return f"there have been {'fewer than' if negated else 'at least'} {self.count(count)}"
            case Attribute(name, op, values):
                said = " or ".join(
                    str(each).lower() if isinstance(each, bool) else str(each) for each in values
                )
                return f"{name} {'is not' if negated else 'is'} {'' if op == 'is' else f'{op} '}{said}"
        raise AssertionError(f"the language has no words for {condition}")

    def detected(self, detected: Detected, verb: str) -> str:
        first = self.vocabulary.labels[detected.readings[0].label]
        is_plain = len(detected.readings) == 1 and detected.doubt is Doubt.DETECTED and "not" not in verb
        if first.phrase and is_plain and "first" not in verb:
            return first.phrase
        names = self.names(detected.readings)
        role = f" from the {detected.role.value}" if detected.role else ""
        if detected.doubt is Doubt.UNCHECKED and "first" not in verb:
            return f"{names} could not be checked{role}"
        doubt = " or could not be checked" if detected.doubt is Doubt.DETECTED_OR_UNCHECKED else ""
        return f"{names} {verb}{role}{doubt}"

    def names(self, readings: tuple[Reading, ...]) -> str:
        return " or ".join(self.name(each) for each in readings)

    def name(self, reading: Reading) -> str:
        return reading.label if reading.at is None else f"{reading.label} at {reading.at:g}"


def _starts_over(trigger: Trigger) -> bool:
    return isinstance(trigger, After) and trigger.start_over is not None


def lasting_text(lasting: Lasting) -> str:
    number, unit = (lasting.turns, "turn") if lasting.turns is not None else (lasting.seconds, "second")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def vocabulary_text(vocabulary: Vocabulary) -> str:
    """The vocabulary as a YAML file."""
    written: dict[str, dict[str, object]] = {}
    for label in vocabulary.labels.values():
        entry: dict[str, object] = {"threshold": label.threshold, "aliases": list(label.aliases)}
        entry |= {"implies": list(label.implies)} if label.implies else {}
        entry |= {"unknown-lasts": lasting_text(label.unknown_lasts)} if label.unknown_lasts else {}
        entry |= {"when-unknown": label.when_unknown} if label.when_unknown else {}
        entry |= (
            {"phrase": label.phrase, "from": sorted(r.value for r in label.roles)} if label.phrase else {}
        )
        entry |= {"plural": label.plural} if label.plural else {}
        written.setdefault(_SECTIONS[label.kind], {})[label.name] = entry
    for attribute in vocabulary.attributes.values():
        entry = {"type": attribute.type}
        entry |= {"values": list(attribute.values)} if attribute.values else {}
        entry |= {} if attribute.assume is None else {"assume": attribute.assume}
        written.setdefault("attributes", {})[attribute.name] = entry
    for action in vocabulary.actions.values():
        entry = {"phrase": action.phrase, "past": action.past, "ends": action.ends}
        entry |= {"noun": action.noun} if action.noun else {}
        entry |= {"takes": action.takes} if action.takes else {}
        entry |= {"even-after-end": True} if action.even_after_end else {}
        written.setdefault("actions", {})[action.name] = entry
    for notice in vocabulary.notices.values():
        written.setdefault("notices", {})[notice.name] = dict(notice.texts)
    return yaml.safe_dump(written, sort_keys=False)
