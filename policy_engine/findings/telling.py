"""A conversation in a few lines of the terminal: a turn each, who showed what, and what the policy then did.

model is opus-4
turn 1  user terrorism; assistant refusal
turn 2  user terrorism; assistant refusal, redirection
        → warn the user (last-warning)
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from policy_engine.machine.machine import NOTHING_YET, begins_turn, next_phase
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy
from policy_engine.transcripts.message import SECOND, AttributeValue, Conversation, Label, Message
from policy_engine.verify.replay import decisions_in
from policy_engine.vocabulary.vocabulary import Vocabulary

COLUMNS = 76
"""How long a line may be: that of a terminal, but for the blanks before notes."""
MOST_LINES = 24
"""What is longer is cut in its middle."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def told(policy: Policy, conversation: Conversation) -> tuple[str, ...]:
    """The lines. What the policy does is decided anew by the machine and the reference. Raises Disagreement."""
    decisions = decisions_in(policy, conversation)
    lines = [f"{name} is {_value(value)}" for name, value in sorted(conversation.attributes.items())]
    for head, said, done in _turns(conversation.messages, decisions, policy.vocabulary):
        rest = " " * (len(head) + 2)
        lines += textwrap.wrap(said, COLUMNS, initial_indent=f"{head}  ", subsequent_indent=rest)
        for each in done:
            lines += textwrap.wrap(each, COLUMNS, initial_indent=rest, subsequent_indent=f"{rest}  ")
    return tuple(_cut(lines))


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    half = MOST_LINES // 2
    return [*lines[: half - 1], f"… {len(lines) - MOST_LINES + 1:,} lines more …", *lines[-half:]]


def _turns(
    messages: Sequence[Message], decisions: Sequence[Decision], vocabulary: Vocabulary
) -> Iterator[tuple[str, str, list[str]]]:
    """For each turn, or several that are alike and quiet: its head, what was shown, and what was done."""
    turns: list[tuple[int, list[str], list[str]]] = []
    number, phase, last = 0, NOTHING_YET, None
    for message, decision in zip(messages, decisions, strict=True):
        begins = begins_turn(phase, message.role)
        phase = next_phase(phase, message.role)
        number += begins
        if begins or not turns:
            turns.append((number, [], []))
        turns[-1][1].append(_later(last, message.time) + _shown(message))
        turns[-1][2].extend(_done(decision, vocabulary))
        last = message.time if message.time is not None else last
    for _, group in groupby(turns, key=lambda turn: (turn[1], turn[2]) if not turn[2] else turn):
        alike = list(group)
        first, final = alike[0][0], alike[-1][0]
        head = f"turn {first}" if first == final else f"turns {first} to {final}"
        yield head, "; ".join(alike[0][1]), alike[0][2]


def _shown(message: Message) -> str:
    labels = ", ".join(_label(each) for each in message.labels)
    return f"{message.role.value} {labels or '–'}"


def _label(label: Label) -> str:
    match label.value:
        case True:
            return label.name
        case False:
            return f"no {label.name}"
        case None:
            return f"{label.name} unknown"
        case score:
            return f"{label.name} {score:.9g}"


def _later(before: int | None, now: int | None) -> str:
    """How much later a message comes than the one before; nothing where it comes at once."""
    left = 0 if before is None or now is None else now - before
    if not left:
        return ""
    seconds, rest = divmod(left, SECOND)
    said = []
    for unit, size in _UNITS:
        number, seconds = divmod(seconds, size)
        if number:
            said.append(f"{number:,} {unit}{'s' if number > 1 else ''}")
    return f"{' '.join(said) or 'at once'}{' and a little' if rest else ''} later: "


def _done(decision: Decision, vocabulary: Vocabulary) -> Iterator[str]:
    for sign, several in (("→", decision.actions), ("→ (trial)", decision.trial)):
        for done in several:
            yield f"{sign} {vocabulary.actions[done.action].phrase} ({', '.join(done.rules)})"
    for stop in dict.fromkeys((each.rule, each.cause) for each in decision.stopped):
        yield f"■ {stop[0]} ({stop[1].value})"


def _value(value: AttributeValue) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value}"
