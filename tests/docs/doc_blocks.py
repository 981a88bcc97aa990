"""The examples of a document: its fenced blocks, read and run.

    ```policy                a policy; `file=NAME` after it: a file that the next policy may use
    ```vocabulary            a vocabulary for the next policy, which may `extend` the default
    ```conversation          run through the last policy, with everything that it decides
    ```policy-error          a policy with faults, then a line `---`, then each fault and its hint
    ```console               `$ command`, then what it prints

A line of a conversation is `TURN ROLE [TIME] [labels] [→ actions] [■ stops]`:

    3 user      12:05  self-harm 0.9, harassment unknown   → warn the user "Stop." (rule-a, rule-b)
                                                           ■ rule-c (except)
    4 to 9      quiet          six turns with a user and an assistant message and no label

What follows the arrows on a line of its own belongs to the message above. Below them, the conversation may say
what it shows of promises, each in the words of the policy or of a standard in a file before it:

    broken: the chat is never ended once self-harm has been detected     at the message above
    kept: a warning is given before the chat is ended
    vacuous, not spoken of, witness (at the message above), no witness    likewise

A promise of the policy that is broken has to be mentioned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from policy_engine.model.decision import Cause, Decision
from policy_engine.model.model import Policy
from policy_engine.reference.promises import Outcome, Verdict
from policy_engine.transcripts.message import (
    AttributeValue,
    Conversation,
    Label,
    LookedFor,
    Message,
    Role,
    Score,
)

_FENCE = re.compile(r"^```([a-z-]+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINE = re.compile(
    r"(\d+) (user|assistant|system|tool|service)\b\s*"
    r"(?:(?:day (\d+) )?(\d\d:\d\d(?::\d\d)?)\b)?\s*([^→■]*)(.*)"
)
_QUIET = re.compile(r"(\d+)(?: to (\d+))? quiet")
_OUTCOME = re.compile(r"([→■])\s*([^→■]*)")
_VERDICT = re.compile(rf"({'|'.join(each.value for each in Outcome)}): *(.+)")
_CAUSES = {
    Cause.APPLIES: "applies when",
    Cause.ONLY_IF: "only if",
    Cause.EXCEPT: "except",
    Cause.COOLDOWN: "at most once",
    Cause.OVERRIDES: "overrides",
    Cause.NEVER: "never",
}
_START = datetime(2025, 8, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Block:
    """A fenced block: what kind, the file it stands for, its text, and the line it begins on."""

    kind: str
    file: str | None
    text: str
    line: int


@dataclass
class Example:
    """A conversation, what is expected at each of its messages, and the verdicts on promises, by their text."""

    messages: list[Message] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    expected: list[list[str]] = field(default_factory=list)
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    looked_for: LookedFor | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def conversation(self) -> Conversation:
        return Conversation("example", tuple(self.messages), self.attributes, self.looked_for)

    def add(self, turn: int, message: Message) -> None:
        self.messages.append(message)
        self.turns.append(turn)
        self.expected.append([])


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a document that say what they are."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2], found[3], text.count("\n", 0, found.start()) + 1)
        for found in _FENCE.finditer(text)
    ]


# --- Reading a conversation --------------------------------------------------------------


def _label(text: str) -> Label:
    if text.startswith("no "):
        return Label(text[3:], False)
    name, _, value = text.partition(" ")
    score: Score = None if value == "unknown" else float(value) if value else True
    return Label(name, score)


def _attribute(text: str) -> AttributeValue:
    if text in ("true", "false"):
        return text == "true"
    return float(text) if re.fullmatch(r"[\d.]+", text) else text


def _looked_for(text: str) -> LookedFor:
    found: dict[str, frozenset[Role] | None] = {}
    for each in text.split(","):
        name, _, roles = each.strip().partition(" on ")
        found[name] = frozenset(Role(role) for role in roles.split(" and ")) if roles else None
    return found


def _time(day: str | None, clock: str | None) -> int | None:
    if clock is None:
        return None
    hours, minutes, *rest = (int(each) for each in clock.split(":"))
    seconds = rest[0] if rest else 0
    at = _START + timedelta(days=int(day or 1) - 1, hours=hours, minutes=minutes, seconds=seconds)
    return int(at.timestamp()) * 1_000_000


def _outcomes(text: str) -> list[str]:
    return [f"{found[1]} {found[2].strip()}" for found in _OUTCOME.finditer(text)]


def read_example(text: str) -> Example:
    """The conversation of a block."""
    example = Example()
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        if line.startswith("attributes:"):
            pairs = (each.split(" is ") for each in line.removeprefix("attributes:").split(","))
            example.attributes = {name.strip(): _attribute(value.strip()) for name, value in pairs}
        elif line.startswith("looked for:"):
            example.looked_for = _looked_for(line.removeprefix("looked for:").strip())
        elif said := _VERDICT.fullmatch(line):
            outcome = Outcome(said[1])
            is_shown_here = outcome in (Outcome.BROKEN, Outcome.WITNESS)
            example.verdicts[said[2]] = Verdict(outcome, len(example.messages) - 1 if is_shown_here else None)
        elif line[0] in "→■":
            example.expected[-1] += _outcomes(line)
        elif quiet := _QUIET.match(line):
            for turn in range(int(quiet[1]), int(quiet[2] or quiet[1]) + 1):
                example.add(turn, Message(Role.USER))
                example.add(turn, Message(Role.ASSISTANT))
        elif found := _LINE.fullmatch(line):
            names = [each.strip() for each in found[5].split(",") if each.strip() not in ("", "–")]
            labels = tuple(_label(name) for name in names)
            example.add(int(found[1]), Message(Role(found[2]), labels, time=_time(found[3], found[4])))
            example.expected[-1] += _outcomes(found[6])
        else:
            raise ValueError(f"not a line of a conversation: {raw!r}")
    return example


# --- Writing a decision as an example has it ------------------------------------------------


def written(policy: Policy, decision: Decision) -> list[str]:
    """Everything that a decision says, as the examples write it."""
    actions = policy.vocabulary.actions
    lines = []
    for mark, dones in (("", decision.actions), ("trial: ", decision.trial)):
        for done in dones:
            entry = actions[done.action]
            text = (
                "" if done.text is None else f' "{done.text}"' if entry.takes == "text" else f" {done.text}"
            )
            lines.append(f"→ {mark}{entry.phrase}{text} ({', '.join(done.rules)})")
    for stop in decision.stopped:
        cause = _CAUSES[stop.cause]
        if stop.action is not None:
            cause += f" {actions[stop.action].phrase}"
        lines.append(f"■ {stop.rule} ({cause}{', unknown' if stop.unknown else ''})")
    return lines
