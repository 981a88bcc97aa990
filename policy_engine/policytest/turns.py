"""The short form of turns: ``refusal on terrorism, 3 times``; what it means is told in `docs/testing.md`.

    turn    =  part {("," | ";" | "then") part} ["," NUMBER "times"]
    part    =  "after" length | [NUMBER] "quiet" ["turns"] | ROLE ["shows"] ["nothing" | labels]
             | the sentence of an event | labels
    labels  =  label {("and" | "on" | ",") label}
    label   =  ["no"] NAME [SCORE | "unknown"]

No category, act or event is known here by name: they come from the vocabulary of the policy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from policy_engine.model.names import Names
from policy_engine.policytest.sentence import (
    MAX_SENTENCE,
    Piece,
    Sentence,
    span_of,
    without_article,
    words_of,
)
from policy_engine.source import Span
from policy_engine.transcripts.message import SECOND, Label, Role, Score
from policy_engine.vocabulary.fields import Reading, quoted
from policy_engine.vocabulary.phrases import telling_words
from policy_engine.vocabulary.vocabulary import MAX_DAYS, UNIT_SECONDS

MAX_MESSAGES = 5_000
"""Messages of one case."""

UNITS = {
    "microsecond": 1,
    "millisecond": 1_000,
    **{unit: seconds * SECOND for unit, seconds in UNIT_SECONDS.items()},
}
"""The units of what passes, each in microseconds."""
_ROLES = {role.value: role for role in Role}
_VERBS = frozenset(("shows", "gives", "says"))
_NOISE = frozenset(("the", "category"))
_JOINING = frozenset(("and", "on", "with", ","))
_WHOLE = re.compile(r"[0-9]{1,6}")
_SCORE = re.compile(r"[01](?:\.[0-9]{1,15})?")
_EXAMPLE = "for example `refusal on harassment, 3 times`, or `user shows self-harm`"


class Spoken(NamedTuple):
    """A message, so many ``wait`` microseconds after the one before it."""

    role: Role
    labels: tuple[Label, ...] = ()
    wait: int = 0


class Turn(NamedTuple):
    """What a sentence comes to. The last ``expected`` of the messages are those that something is expected of.

    ``wait`` are the microseconds that pass after them.
    """

    messages: tuple[Spoken, ...]
    expected: int
    wait: int = 0


class _Fault(Exception):
    """The sentence cannot be read; the fault was reported."""


Pieces = Sequence[Piece]


class TurnReader:
    """Reads turns in the words of one policy; faults are noted in ``reading``."""

    def __init__(self, names: Names, reading: Reading) -> None:
        self._names = names
        self._reading = reading
        self._labels = names.vocabulary.labels

    def read(self, sentence: Sentence) -> Turn | None:
        """The messages of a sentence; None, reported, where it is none."""
        try:
            return self._turn(sentence)
        except _Fault:
            return None

    def _refuse(self, message: str, span: Span, hint: str | None = None, code: str = "bad-turn") -> _Fault:
        self._reading.error(code, message, span, hint)
        return _Fault()

    def _turn(self, sentence: Sentence) -> Turn:
        if len(sentence.text) > MAX_SENTENCE:
            raise self._refuse(f"a turn has at most {MAX_SENTENCE:,} characters", sentence.span)
        pieces = sentence.pieces()
        odd = next((each for each in pieces if each.text[0] in '"()'), None)
        if odd is not None:
            raise self._refuse(f"unexpected {quoted(odd.text)} in a turn", odd.span, _EXAMPLE)
        parts = list(_parts(pieces))
        times = self._times(parts)
        if not parts:
            raise self._refuse("no turn is written here", sentence.span, _EXAMPLE)
        return self._repeated(parts, times, sentence)

    def _repeated(self, parts: Sequence[Pieces], times: int, sentence: Sentence) -> Turn:
        once: list[Spoken] = []
        wait = expected = 0
        for part in parts:
            found = self._wait(part)
            if isinstance(found, int):
                wait += found
                continue
            is_passing = found is not None
            spoken = found or self._spoken(part)
            once.append(spoken[0]._replace(wait=wait))
            once.extend(spoken[1:])
            wait, expected = 0, (2 if is_passing else expected + len(spoken))
            if len(once) * times > MAX_MESSAGES:
                raise self._refuse(f"a conversation has at most {MAX_MESSAGES:,} messages", sentence.span)
        return Turn(tuple(once) * times, expected, wait)

    # --- how often, and how much later ---

    def _times(self, parts: list[Pieces]) -> int:
        if not parts or len(parts[-1]) != 2 or parts[-1][1].text not in ("time", "times"):
            return 1
        number, _ = parts.pop()
        return self._whole(number, MAX_MESSAGES)

    def _whole(self, piece: Piece, most: int) -> int:
        if not _WHOLE.fullmatch(piece.text) or not 1 <= int(piece.text) <= most:
            raise self._refuse(f"{quoted(piece.text)} is not a whole number from 1 to {most:,}", piece.span)
        return int(piece.text)

    def _wait(self, part: Pieces) -> int | list[Spoken] | None:
        """The microseconds, or the quiet turns, that pass; None where the part is something else."""
        first = part[0].text
        if first == "after":
            return self._after(part)
        is_quiet = first == "quiet" or (len(part) > 1 and part[1].text == "quiet")
        if not is_quiet:
            return None
        rest = words_of(part[1:] if first == "quiet" else part[2:])
        if rest not in ("", "turn", "turns"):
            raise self._refuse(f"{quoted(rest)} is unexpected after `quiet`", part[-1].span,
                               "for example `5 quiet turns`")  # fmt: skip
        return self._quiet(1 if first == "quiet" else self._whole(part[0], MAX_MESSAGES))

    @staticmethod
    def _quiet(turns: int) -> list[Spoken]:
        return [Spoken(Role.USER), Spoken(Role.ASSISTANT)] * turns

    def _after(self, part: Pieces) -> int | list[Spoken]:
        amounts = [each for each in part[1:] if each.text != "and"]
        passed = 0
        if not amounts or len(amounts) % 2:
            raise self._refuse(f"{quoted(words_of(part))} names no length", span_of(part, part[0].span),
                               "for example `after 10 turns`, or `after 15 minutes`")  # fmt: skip
        for number, unit in zip(amounts[::2], amounts[1::2], strict=True):
            name = unit.text.removesuffix("s")
            if name == "turn" and len(amounts) == 2:
                return self._quiet(self._whole(number, MAX_MESSAGES))
            if name not in UNITS:
                hint = "turns, seconds, minutes, hours, days or weeks"
                raise self._refuse(f"{quoted(unit.text)} is not a length of time", unit.span, hint)
            passed += self._whole(number, 999_999) * UNITS[name]
        if passed > MAX_DAYS * UNITS["day"]:
            raise self._refuse(f"at most {MAX_DAYS} days pass between two messages", part[0].span)
        return passed

    # --- who shows what ---

    def _spoken(self, part: Pieces) -> list[Spoken]:
        event = self._names.events.get(telling_words(words_of(part)))
        if event is not None:
            return [Spoken(self._role_of(event), (Label(event),))]
        bare = without_article(part)
        role = _ROLES.get(bare[0].text)
        if role is not None:
            return [self._message(role, bare)]
        return self._whole_turn(part)

    def _message(self, role: Role, part: Pieces) -> Spoken:
        rest = part[2:] if len(part) > 1 and part[1].text in _VERBS else part[1:]
        if words_of(rest) in ("", "nothing"):
            return Spoken(role)
        labels = []
        for piece, label in self._labels_of(rest):
            if role not in self._labels[label.name].roles:
                hint = f"it is looked for on messages of the {self._role_of(label.name).value}"
                message = f"{quoted(label.name)} is not looked for on messages of the {role.value}"
                raise self._refuse(message, piece.span, hint)
            labels.append(label)
        return Spoken(role, tuple(labels))

    def _whole_turn(self, part: Pieces) -> list[Spoken]:
        """One turn: what users say and show stands on the user's message, what the assistant does on its own."""
        by_role: dict[Role, list[Label]] = {Role.USER: [], Role.ASSISTANT: []}
        for _, label in self._labels_of(part):
            by_role.setdefault(self._role_of(label.name), []).append(label)
        return [Spoken(role, tuple(labels)) for role, labels in by_role.items()]

    def _role_of(self, name: str) -> Role:
        roles = self._labels[name].roles
        order = (Role.USER, Role.ASSISTANT, Role.SERVICE, Role.SYSTEM, Role.TOOL)
        return next(each for each in order if each in roles)

    def _labels_of(self, part: Pieces) -> list[tuple[Piece, Label]]:
        found: list[tuple[Piece, Label]] = []
        rest = [each for each in part if each.text not in _NOISE]
        while rest:
            is_absent = rest[0].text == "no" and len(rest) > 1
            piece = rest.pop(1 if is_absent else 0)
            if is_absent:
                rest.pop(0)
            score = self._score(rest) if not is_absent else False
            found.append((piece, self._label(piece, score)))
            self._join(rest)
        return found

    def _join(self, rest: list[Piece]) -> None:
        """Takes away what joins a label to the next."""
        if not rest:
            return
        joint = rest.pop(0)
        if joint.text not in _JOINING:
            hint = (
                "write one test for each, or `and`"
                if joint.text == "or"
                else "labels are joined by `and` or `on`"
            )
            raise self._refuse(f"unexpected {quoted(joint.text)} in a turn", joint.span, hint)
        if not rest:
            raise self._refuse(f"nothing follows {quoted(joint.text)}", joint.span, _EXAMPLE)

    @staticmethod
    def _score(rest: list[Piece]) -> Score:
        """The score, or unknown, that stands next; True where neither does."""
        if rest and rest[0].text == "unknown":
            rest.pop(0)
            return None
        if rest and _SCORE.fullmatch(rest[0].text) and float(rest[0].text) <= 1:
            return float(rest.pop(0).text)
        return True

    def _label(self, piece: Piece, score: Score) -> Label:
        """The label that a name stands for: of a group, the first; of its score, if it has one, no less."""
        name = self._names.acts.get(piece.text, piece.text)
        readings = self._names.readings(name)
        if not readings:
            known = [*self._names.labels, *self._names.acts, *_ROLES]
            hint = self._reading.suggest(piece.text, known) or _EXAMPLE
            raise self._refuse(f"unknown label {quoted(piece.text)}", piece.span, hint, "unknown-name")
        at = readings[0].at
        return Label(readings[0].label, at if score is True and at is not None else score)


def _parts(pieces: Pieces) -> list[Pieces]:
    """The parts of a sentence: apart by `;`, by `then`, and by a `,` behind which something else begins."""
    found: list[list[Piece]] = [[]]
    for number, piece in enumerate(pieces):
        ends = piece.text == "," and (_is_passing(found[-1]) or _begins(pieces[number + 1 :]))
        if piece.text in (";", "then") or ends:
            found.append([])
        else:
            found[-1].append(piece)
    return [trimmed for part in found if (trimmed := _trimmed(part))]


def _is_passing(part: Pieces) -> bool:
    """Whether a part says what passes, and not what is shown: it ends at the next comma."""
    words = [each.text for each in part[:2]]
    return words[:1] == ["after"] or "quiet" in words


def _trimmed(part: list[Piece]) -> Pieces:
    """Without the `and` or the comma of `, and then`."""
    end = len(part)
    while end and part[end - 1].text in ("and", ","):
        end -= 1
    return part[:end]


def _begins(rest: Pieces) -> bool:
    """Whether what follows a comma is a part of its own, and not one label more."""
    if not rest:
        return False
    end = next((n for n, each in enumerate(rest) if each.text in (",", ";", "then")), len(rest))
    part = rest[:end]
    if not part:
        return True
    first = without_article(part)[0].text
    words = [each.text for each in part]
    return (
        first in (*_ROLES, "after", "quiet")
        or _WHOLE.fullmatch(first) is not None
        or "on" in words
        or part[0].text in ("the", "a", "an")
    )
