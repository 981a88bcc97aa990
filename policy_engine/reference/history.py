"""What the reference looks back on: the messages so far, their turns and labels, and what the policy did.

Everything is read from the record each time it is asked for. Values that no later message can
change (the reading of a label on a message) are remembered for speed only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from policy_engine.model.decision import Decision
from policy_engine.model.model import Detected, Doubt, Reading
from policy_engine.model.truth import Truth
from policy_engine.transcripts.message import SECOND, Conversation, LookedFor, Message, Role, Score
from policy_engine.vocabulary.vocabulary import LabelEntry, Lasting, Vocabulary


def turns_of(messages: Sequence[Message]) -> list[int]:
    """The turn of every message.

    "A user message begins one if it is the first, or if an assistant message came since the last
    user message; everything up to the next belongs to it. [...] What comes before the first user
    message is turn 0".
    """
    turns = []
    turn = 0
    next_user_begins = True
    for message in messages:
        if message.role is Role.USER:
            if next_user_begins:
                turn += 1
            next_user_begins = False
        elif message.role is Role.ASSISTANT and turn > 0:
            next_user_begins = True
        turns.append(turn)
    return turns


def score_of(entry: LabelEntry, value: Score) -> Truth:
    """What one record says by the label's own threshold.

    "A label holds when its score reaches its threshold [...]; without a score it holds. A score
    outside 0..1 or NaN is unknown and reported."
    """
    if value is None:
        return Truth.UNKNOWN
    if isinstance(value, bool):
        return Truth.TRUE if value else Truth.FALSE
    if math.isnan(value) or not 0 <= value <= 1:
        return Truth.UNKNOWN
    return Truth.TRUE if value >= entry.threshold else Truth.FALSE


def read_unknown(entry: LabelEntry) -> Truth:
    """How an unknown is read: "`when-unknown: detected` or `absent` reads it so everywhere"."""
    return {None: Truth.UNKNOWN, "detected": Truth.TRUE, "absent": Truth.FALSE}[entry.when_unknown]


class Labels:
    """The labels of single messages, as a vocabulary and a list of what was looked for read them."""

    def __init__(self, vocabulary: Vocabulary, looked_for: LookedFor | None) -> None:
        self.vocabulary = vocabulary
        self.looked_for = looked_for

    def implying(self, name: str) -> list[str]:
        """The labels that imply this one directly."""
        return [entry.name for entry in self.vocabulary.labels.values() if name in entry.implies]

    def all_implying(self, name: str) -> set[str]:
        """The labels that imply this one, directly or by way of others."""
        direct = set(self.implying(name))
        return direct.union(*(self.all_implying(other) for other in direct)) if direct else direct

    def records(self, message: Message, name: str) -> list[Score]:
        """What was recorded under the label's name and its aliases, where it may stand at all.

        "Categories are looked for on user and assistant messages, acts on assistant messages,
        events on their `from`; elsewhere a label is ignored". "An alias is the same label".
        """
        if message.role not in self.vocabulary.labels[name].roles:
            return []
        return [label.value for label in message.labels if self.vocabulary.canonical(label.name) == name]

    def was_looked_for(self, message: Message, name: str) -> bool:
        """Whether the absence of a record says anything.

        "A conversation says which labels were looked for, for all roles or per role [...]. Looked
        for and not recorded is absent; not looked for is unknown on every such message."
        """
        if message.role not in self.vocabulary.labels[name].roles or self.looked_for is None:
            return True
        return any(
            self.vocabulary.canonical(key) == name and (roles is None or message.role in roles)
            for key, roles in self.looked_for.items()
        )

    def _value(self, message: Message, name: str) -> tuple[Truth, bool]:
        """The value of a label, and whether what it implies hears of it.

        "A detected label makes what it implies detected. A recorded unknown makes it unknown unless
        it is itself detected. A label nobody looked for implies nothing." "if both are recorded,
        detected beats unknown beats absent."
        """
        entry = self.vocabulary.labels[name]
        own = [score_of(entry, value) for value in self.records(message, name)]
        arriving = [
            value
            for value, is_heard in (self._value(message, other) for other in self.implying(name))
            if is_heard
        ]
        if Truth.TRUE in own or Truth.TRUE in arriving:
            return Truth.TRUE, True
        if Truth.UNKNOWN in own or Truth.UNKNOWN in arriving:
            return read_unknown(entry), True
        if not own and not self.was_looked_for(message, name):
            return read_unknown(entry), False
        return Truth.FALSE, True

    def _value_at(self, message: Message, name: str, at: float) -> Truth:
        """The value of a label at a score of the policy's own.

        "`self-harm at 0.8` compares the highest score of the label and of those that imply it; no
        score counts as 1."
        """
        scores: list[float] = []
        is_unknown = False
        for other in {name} | self.all_implying(name):
            entry = self.vocabulary.labels[other]
            values = self.records(message, other)
            if other == name and not values and not self.was_looked_for(message, name):
                values = [None]
            for value in values:
                if value is True:
                    scores.append(1.0)
                elif value is False:
                    continue
                elif value is None or math.isnan(value) or not 0 <= value <= 1:
                    read = read_unknown(entry)
                    is_unknown = is_unknown or read is Truth.UNKNOWN
                    if read is Truth.TRUE:
                        scores.append(1.0)
                else:
                    scores.append(value)
        if scores and max(scores) >= at:
            return Truth.TRUE
        return read_unknown(self.vocabulary.labels[name]) if is_unknown else Truth.FALSE

    def read(self, message: Message, reading: Reading) -> Truth:
        """A label on a message: true is detected, unknown could not be checked, false is absent."""
        if message.role not in self.vocabulary.labels[reading.label].roles:
            return Truth.FALSE
        if reading.at is not None:
            return self._value_at(message, reading.label, reading.at)
        return self._value(message, reading.label)[0]


class History:
    """The whole record. Functions that read it take ``now``, the index of the message being decided."""

    def __init__(self, vocabulary: Vocabulary, conversation: Conversation) -> None:
        self.vocabulary = vocabulary
        self.messages = conversation.messages
        self.attributes = conversation.attributes
        self.turns = turns_of(self.messages)
        self.decisions: list[Decision] = []
        """One for each message before ``now``."""
        self.firings: dict[str, list[int]] = {}
        """For each rule and ladder, the messages at which it fired."""
        self._labels = Labels(vocabulary, conversation.looked_for)
        self._read: dict[tuple[int, Reading], Truth] = {}

    def read(self, index: int, reading: Reading) -> Truth:
        """A label on one message."""
        key = (index, reading)
        if key not in self._read:
            self._read[key] = self._labels.read(self.messages[index], reading)
        return self._read[key]

    def time(self, index: int) -> int:
        """The time of a message, in microseconds; asked only of policies that need times."""
        time = self.messages[index].time
        assert time is not None, "policy is not timed, but uses a duration"
        return time

    def in_window(self, window: Lasting | None, index: int, now: int) -> bool:
        """Whether a message is in the window that ends now.

        "the window holds the current turn and the 9 before it; both ends of a duration count".
        """
        if window is None:
            return True
        if window.turns is not None:
            return self.turns[index] > self.turns[now] - window.turns
        assert window.seconds is not None
        return self.time(index) >= self.time(now) - window.seconds * SECOND

    def is_remembered(self, label: str, index: int, now: int) -> bool:
        """Whether an unknown of that message still counts.

        "`unknown-lasts: 5 turns` lets an unknown be forgotten after that".
        """
        lasts = self.vocabulary.labels[label].unknown_lasts
        # What is unknown on this very message is not old; no time is needed to say so.
        return lasts is None or index == now or self.in_window(lasts, index, now)

    def is_taken(self, action: str, index: int) -> bool:
        """Whether the policy took the action at that earlier message ("trial": "never acts")."""
        return any(done.action == action for done in self.decisions[index].actions)

    def is_detected_at(self, detected: Detected, index: int) -> bool:
        """Whether a detection, as a trigger asks it, certainly holds on one message.

        "`when X is detected`, `… from the user`, `… or could not be checked`: at every message on
        which X is detected (or unknown)". "A trigger [...] see[s] only what is certain."
        """
        if detected.role is not None and self.messages[index].role is not detected.role:
            return False
        values = [self.read(index, reading) for reading in detected.readings]
        is_certain = Truth.TRUE in values
        is_unchecked = Truth.UNKNOWN in values and not is_certain
        match detected.doubt:
            case Doubt.DETECTED:
                return is_certain
            case Doubt.DETECTED_OR_UNCHECKED:
                return is_certain or is_unchecked
            case Doubt.UNCHECKED:
                return is_unchecked
