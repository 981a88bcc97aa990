"""A conversation, and what a policy does in it, as a test: the text of a test file, in turns.

What was said is left out: labels do the work. What is written is read back as the same labels at the same
distances in time (:mod:`policy_engine.policytest.reading`), with today's outcomes as what is expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from policy_engine.model.decision import Cause, Decision, Done
from policy_engine.model.model import Policy
from policy_engine.policytest.turns import UNITS
from policy_engine.simulation.simulation import Simulation
from policy_engine.transcripts.message import AttributeValue, Label, Message, Role
from policy_engine.vocabulary.vocabulary import Kind, Vocabulary

CLAUSES = {
    Cause.APPLIES: "applies when",
    Cause.ONLY_IF: "only if",
    Cause.EXCEPT: "except",
    Cause.COOLDOWN: "at most once",
    Cause.OVERRIDES: "overrides",
    Cause.NEVER: "never",
}
"""What test files call the clause that stops a rule."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,;.()/_+'\"!?%-]*")
_NOT_TEXT = re.compile(r"(?i)(?:true|false|null|yes|no|on|off|[-+.0-9_]+)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence and what is expected of it; ``turns`` says how many quiet turns it is."""

    sentence: str
    expected: tuple[str, ...]
    turns: int = 0


NOTHING_ON_TRIAL = "nothing on trial"


def written_test(simulation: Simulation, name: str, comment: str = "", trial: bool = False) -> str:
    """The test, as an item of ``tests``, indented by two. ``trial``: also where no trial rule would act, it says so."""
    policy = simulation.policy
    says_trial = trial and any(rule.trial for rule in policy.rules)
    is_silent = says_trial and not any(each.trial for each in simulation.decisions)
    attributes = simulation.conversation.attributes
    lines = [f"  # {each}" for each in comment.splitlines()]
    lines.append(f"  - name: {scalar(name)}")
    if attributes:
        pairs = ", ".join(f"{scalar(key)}: {_value(value)}" for key, value in sorted(attributes.items()))
        lines.append(f"    attributes: {{{pairs}}}")
    looked_for = simulation.conversation.looked_for
    if looked_for is not None:
        sought = ", ".join(_looked_for(each, on) for each, on in sorted(looked_for.items()))
        lines.append(f"    looked-for: {{{sought}}}")
    lines.append("    turns:")
    found = list(_lines(simulation, policy))
    if is_silent:
        found[-1] = _Line(found[-1].sentence, (*found[-1].expected, NOTHING_ON_TRIAL))
    lines += [f"      - {each}" for each in _items(found)]
    return "\n".join(lines) + "\n"


def scalar(text: str) -> str:
    """A text as YAML has it: plain where it can be, else in quotes."""
    if not text.isprintable():
        return '"' + "".join(map(_escaped, text)) + '"'
    is_plain = _PLAIN.fullmatch(text) is not None and not _NOT_TEXT.fullmatch(text)
    return text if is_plain and not text.endswith((" ", ":")) else "'" + text.replace("'", "''") + "'"


def _escaped(char: str) -> str:
    """A character as a YAML text in double quotes has it."""
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def _value(value: AttributeValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        scalar(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
    )


def _looked_for(name: str, roles: frozenset[Role] | None) -> str:
    return f"{scalar(name)}: " + (
        "all" if roles is None else f"[{', '.join(sorted(each.value for each in roles))}]"
    )


# --- what is expected ---------------------------------------------------------------------


def expected_of(decision: Decision, policy: Policy) -> tuple[str, ...]:
    """All that a decision says, as a test file expects it; empty where nothing is done and nothing stopped."""
    said = [_action(each, policy.vocabulary) for each in decision.actions]
    said += [f"on trial {_action(each, policy.vocabulary)}" for each in decision.trial]
    stops = (
        f"{each.rule} is stopped by {CLAUSES[each.cause]}{' unknown' if each.unknown else ''}"
        for each in decision.stopped
    )
    return tuple(dict.fromkeys((*said, *stops)))


def _action(done: Done, vocabulary: Vocabulary) -> str:
    entry = vocabulary.actions[done.action]
    if done.text is None:
        return entry.phrase
    return f"{entry.phrase} {done.text}" if entry.takes == "notice" else f'{entry.phrase} "{done.text}"'


# --- turns ------------------------------------------------------------------------------


def _lines(simulation: Simulation, policy: Policy) -> Iterator[_Line]:
    messages, vocabulary = simulation.conversation.messages, policy.vocabulary
    expected = [expected_of(each, policy) for each in simulation.decisions]
    number = 0
    while number < len(messages):
        wait = _wait(messages, number)
        if _is_exchange(messages, number) and not expected[number]:
            begins = number == 0 or simulation.turns[number] != simulation.turns[number - 1]
            pair = messages[number], messages[number + 1]
            yield _exchange(*pair, wait, expected[number + 1], vocabulary, begins)
            number += 2
        else:
            yield _Line(wait + _message(messages[number], vocabulary), expected[number])
            number += 1


def _is_exchange(messages: Sequence[Message], number: int) -> bool:
    """Whether this message is the user's, and the next one the assistant's at the same time."""
    if number + 1 >= len(messages):
        return False
    user, assistant = messages[number], messages[number + 1]
    return (user.role, assistant.role) == (Role.USER, Role.ASSISTANT) and user.time == assistant.time


def _exchange(
    user: Message,
    assistant: Message,
    wait: str,
    expected: tuple[str, ...],
    vocabulary: Vocabulary,
    begins: bool,
) -> _Line:
    """Both in one sentence; where it ``begins`` a turn and the assistant shows acts alone, in the short one."""
    is_short = begins and all(
        vocabulary.labels[vocabulary.canonical(each.name) or ""].kind is Kind.ACT
        for each in assistant.labels
        if _speaks(each, assistant.role, vocabulary)
    )
    if not is_short:
        return _Line(f"{wait}{_message(user, vocabulary)}, then {_message(assistant, vocabulary)}", expected)
    acts, shown = _labels(assistant, vocabulary), _labels(user, vocabulary)
    if not acts and not shown:
        return _Line(f"{wait}quiet turn", expected, turns=0 if wait or expected else 1)
    return _Line(f"{wait}{acts}{' on ' if acts and shown else ''}{shown}", expected)


def _wait(messages: Sequence[Message], number: int) -> str:
    """``after 15 minutes, ``: the time since the message before; empty where there is none."""
    before, now = messages[number - 1].time if number else None, messages[number].time
    left = 0 if before is None or now is None else now - before
    if not left:
        return ""
    said = []
    for unit, size in sorted(UNITS.items(), key=lambda each: -each[1]):
        many, left = divmod(left, size)
        if many:
            said.append(f"{many} {unit}{'s' if many > 1 else ''}")
    return f"after {' '.join(said)}, "


def _speaks(label: Label, role: Role, vocabulary: Vocabulary) -> bool:
    name = vocabulary.canonical(label.name)
    return name is not None and role in vocabulary.labels[name].roles


def _message(message: Message, vocabulary: Vocabulary) -> str:
    name = vocabulary.canonical(message.labels[0].name) if len(message.labels) == 1 else None
    if name is not None and message.labels[0].value is True:
        entry = vocabulary.labels[name]
        if entry.phrase and entry.roles == frozenset({message.role}):
            return entry.phrase
    return f"{message.role.value} shows {_labels(message, vocabulary) or 'nothing'}"


def _labels(message: Message, vocabulary: Vocabulary) -> str:
    """What is read of the message; what nobody looks for on it is left out."""
    said = (_label(each, vocabulary) for each in message.labels if _speaks(each, message.role, vocabulary))
    return " and ".join(said)


def _label(label: Label, vocabulary: Vocabulary) -> str:
    name, value = vocabulary.canonical(label.name) or label.name, label.value
    if value is True:
        return name
    if value is False:
        return f"no {name}"
    if value is None or not 0 <= value <= 1:
        return f"{name} unknown"
    return f"{name} {value:.15f}".rstrip("0").rstrip(".")


def _items(lines: Sequence[_Line]) -> Iterator[str]:
    """The lines as items of a YAML list; equal ones, of which nothing is expected, are one."""
    for line, group in groupby(lines):
        times = sum(1 for _ in group)
        if line.turns and times > 1:
            yield f"{times} quiet turns"
        elif times > 1 and not line.expected and "quiet" not in line.sentence:
            yield scalar(f"{line.sentence}, {times} times")
        else:
            for _ in range(times):
                yield _item(line)


def _item(line: _Line) -> str:
    if not line.expected:
        return scalar(line.sentence)
    said = [scalar(each) for each in line.expected]
    if len(said) == 1:
        return f"{scalar(line.sentence)}: {said[0]}"
    return f"{scalar(line.sentence)}:" + "".join(f"\n          - {each}" for each in said)
