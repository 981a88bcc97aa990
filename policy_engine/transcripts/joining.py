"""Joining labels from other files to conversations, by conversation and message.

The lines of all files are indexed by conversation in a private temporary database of SQLite, which stays in memory
while it is small and goes to disk beyond. So a file of labels may be larger than the memory, and in any order. Several
processes read a copy of it, each by itself (a connection to a database must not be carried into another process:
https://www.sqlite.org/howtocorrupt.html); which conversations there were is then known to the one that adds up.

What is recorded on a message stays, and what is joined stands beside it with its own source; where they differ, the
machine reads them as it reads a label that is recorded twice: detected beats unknown, and unknown beats absent. A
message of which the files say nothing is not labelled. Where the log itself says nothing of what was looked for, what
the files tell elsewhere is unknown on it, never absent.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import quote

from policy_engine.diagnostics import Diagnostic
from policy_engine.machine.encoder import ABSENT, DETECTED, value_of
from policy_engine.transcripts.classifier import Classifier, unsaid
from policy_engine.transcripts.label_file import LabelLine
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.reader import MAX_COPIED
from policy_engine.vocabulary.vocabulary import Vocabulary

MAX_NAMES = 10_000
"""Most different labels that files may tell."""
MAX_LINES = 2_000_000
"""Most lines about one conversation."""
MAX_WHOLES = 100
"""Most lines about the whole of one conversation: each is about all of its messages."""

_IN_MEMORY = 16_000
"""How much of the index stays in memory, in KiB."""
_AT_ONCE = 1_000
"""Lines that are written together."""
_TABLES = f"""
PRAGMA journal_mode = off;
PRAGMA synchronous = off;
PRAGMA cache_size = -{_IN_MEMORY};
CREATE TABLE conversation (name TEXT PRIMARY KEY, met INTEGER DEFAULT 0) WITHOUT ROWID;
CREATE TABLE line (conversation TEXT, message, source TEXT, labels TEXT);
"""


_LINES = "SELECT message, source, labels FROM line WHERE conversation = ? ORDER BY rowid"
_UNMET = """
SELECT count(*), count(DISTINCT line.conversation), min(line.conversation)
FROM line JOIN conversation AS known ON known.name = line.conversation WHERE NOT known.met
"""
_FAR = 1_000_000_000
"""A number that no message has."""
_LABELLED = (Role.USER, Role.ASSISTANT)
"""Whose messages are labelled, where the vocabulary does not say."""

UNTOLD = "not in the label files"
"""The source of a label that the files tell elsewhere, and not of this message."""


class JoiningError(Exception):
    """The labels cannot be indexed; the message says why, as a fragment to show."""


@dataclass
class Tally:
    """What came of joining. Lines are counted once for each message that they name."""

    lines: int = 0
    joined: int = 0
    """Lines that found their message, or conversation."""
    no_message: int = 0
    """Lines whose conversation has no such message."""
    first_no_message: str = ""
    repeated: int = 0
    """Lines that a source has said of the same message before: all of them are kept."""
    labelled: int = 0
    """Messages of users and assistants of which the files say something."""
    unlabelled: int = 0
    """The others."""
    met_again: int = 0
    """Conversations whose id another one had before: the labels are joined to each."""
    differing: Counter[str] = field(default_factory=Counter)
    """By label: messages on which one source detected it and another says that it is absent."""

    def take(self, other: Tally) -> None:
        """What came of joining in what comes after. (How many lines there are is known before.)"""
        self.joined += other.joined
        self.no_message += other.no_message
        self.first_no_message = self.first_no_message or other.first_no_message
        self.repeated += other.repeated
        self.labelled += other.labelled
        self.unlabelled += other.unlabelled
        self.differing.update(other.differing)


class Joined(NamedTuple):
    """What came of joining to a part of a log; ``met`` are its conversations of which the files say something."""

    tally: Tally
    met: list[str]


class Joining:
    """Labels by conversation, from files, and what came of joining them.

    ``vocabulary`` says on whose messages a label can stand and from which score it holds. Raises JoiningError where
    there are more labels, or larger files, than can be indexed.
    """

    def __init__(self, vocabulary: Vocabulary, classifiers: Mapping[str, Classifier]) -> None:
        self.tally = Tally()
        self._vocabulary = vocabulary
        self._classifiers = classifiers
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self._waiting: list[tuple[str, int | str | None, str, str]] = []
        self._told: dict[str, frozenset[Role] | None] = {}
        self._above: dict[str, frozenset[str]] = {}
        self._is_indexed = False
        self._size = 0
        self._copied: Path | None = None
        self._met: list[str] | None = None
        """Where this is for a part of a log: what was met in it."""

    @contextmanager
    def shared(self) -> Iterator[None]:
        """While it lasts, other processes can have a :meth:`part` of it. Raises JoiningError where there is no room."""
        self._index()
        with TemporaryDirectory() as folder:
            self._copied = Path(folder) / "labels"
            with closing(sqlite3.connect(self._copied)) as copied:
                try:
                    self._database.backup(copied)
                except sqlite3.Error as error:
                    raise _no_room(error) from None
            yield

    def part(self) -> Joining:
        """The same for a part of a log, with nothing joined so far: while it is shared, in any process."""
        if self._copied is None:
            raise ValueError("the labels are not shared")
        fresh = copy(self)
        fresh.tally, fresh._met = Tally(), []
        place = f"file:{quote(str(self._copied))}?mode=ro&immutable=1"
        fresh._database = sqlite3.connect(place, uri=True, isolation_level=None)
        return fresh

    def of_part(self) -> Joined:
        """What came of a part of a log."""
        return Joined(self.tally, self._met or [])

    def take(self, joined: Joined) -> None:
        """What came of a part of the log that comes after what was joined so far."""
        self.tally.take(joined.tally)
        for name in joined.met:
            self._meet(name)

    def add(self, lines: Iterable[LabelLine | Diagnostic]) -> Iterator[Diagnostic]:
        """Index the lines of a file; what is wrong with some of them is passed on."""
        for each in lines:
            if isinstance(each, Diagnostic):
                yield each
            else:
                self._keep(each)
        self._write()

    def joined(self, conversation: Conversation) -> Conversation:
        """The conversation with the labels that the files have for it."""
        lines = self._lines_of(conversation.id)
        found = self._placed(conversation, lines)
        messages = tuple(
            self._labelled(message, found.get(number, []))
            for number, message in enumerate(conversation.messages, 1)
        )
        return replace(conversation, messages=messages)

    def completed(self, conversation: Conversation) -> Conversation:
        """The conversation, once everybody has labelled it, with what the files tell of other messages and nobody of
        this one recorded as unknown: where its log does not say what was looked for, it would count as absent.
        """
        if conversation.looked_for is not None or not self._told:
            return conversation
        return replace(conversation, messages=tuple(self._complete(each) for each in conversation.messages))

    def pass_over(self, conversation: str) -> None:
        """A conversation of this id is there, and nobody asks for its labels."""
        self._meet(conversation)

    @property
    def unmet(self) -> Unmet:
        """The lines about conversations that there were not, as far as the log was read."""
        lines, names, first = self._database.execute(_UNMET).fetchone()
        return Unmet(lines, names, first or "")

    def close(self) -> None:
        """Let go of everything that was kept."""
        self._database.close()

    # --- the index ---

    def _keep(self, line: LabelLine) -> None:
        self.tally.lines += 1
        told = {} if line.classifier is None else line.classifier.looks_for
        for name in dict.fromkeys((*told, *(label.name for label in line.labels))):
            roles, before = told.get(name), self._told.get(name, frozenset())
            self._told[name] = None if roles is None or before is None else before | roles
        if len(self._told) > MAX_NAMES:
            raise JoiningError(f"the label files tell more than {MAX_NAMES:,} different labels")
        labels = "" if line.is_unreadable else json.dumps([label[:2] for label in line.labels])
        self._size += len(labels) + len(line.conversation) + len(line.source)
        if self._size > MAX_COPIED:
            raise JoiningError(f"the label files hold more than {MAX_COPIED:,} bytes; split them")
        message = line.message if not isinstance(line.message, int) else max(-1, min(line.message, _FAR))
        self._waiting.append((_storable(line.conversation), message, _storable(line.source), labels))
        if len(self._waiting) >= _AT_ONCE:
            self._write()

    def _write(self) -> None:
        names = {(line[0],) for line in self._waiting}
        self._run("BEGIN")
        self._run_many("INSERT OR IGNORE INTO conversation (name) VALUES (?)", sorted(names))
        self._run_many("INSERT INTO line VALUES (?, ?, ?, ?)", self._waiting)
        self._run("COMMIT")
        self._waiting.clear()
        self._is_indexed = False

    def _index(self) -> None:
        if not self._is_indexed:
            self._run("CREATE INDEX IF NOT EXISTS of_conversation ON line (conversation)")
            self._is_indexed = True

    def _lines_of(self, conversation: str) -> Iterator[tuple[int | str | None, str, str]]:
        self._index()
        if not self._meet(conversation):
            return
        for count, line in enumerate(self._run(_LINES, (_storable(conversation),)), 1):
            if count > MAX_LINES:
                raise JoiningError(f"there are more than {MAX_LINES:,} lines of labels for `{conversation}`")
            yield line

    def _meet(self, conversation: str) -> bool:
        """Whether there are lines about a conversation, which is met now."""
        name = (_storable(conversation),)
        met = self._run("SELECT met FROM conversation WHERE name = ?", name).fetchone()
        if met is None:
            return False
        if self._met is not None:
            self._met.append(conversation)
        elif met[0]:
            self.tally.met_again += 1
        else:
            self._run("UPDATE conversation SET met = 1 WHERE name = ?", name)
        return True

    def _run(self, statement: str, values: tuple[str, ...] = ()) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as error:
            raise _no_room(error) from None

    def _run_many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        try:
            self._database.executemany(statement, rows)
        except sqlite3.Error as error:
            raise _no_room(error) from None

    # --- the labels ---

    def _placed(
        self, conversation: Conversation, lines: Iterator[tuple[int | str | None, str, str]]
    ) -> dict[int, list[Label]]:
        """The labels of the lines, by message from 1."""
        found: dict[int, list[Label]] = {}
        wholes = 0
        ids = _ids_of(conversation)
        seen: set[tuple[int | None, str]] = set()
        for named, source, labels in lines:
            number = None if named is None else _number(named, ids)
            if number is not None and not 1 <= number <= len(conversation.messages):
                self._is_nowhere(conversation, named)
                continue
            wholes += number is None
            if wholes > MAX_WHOLES:
                raise JoiningError(f"more than {MAX_WHOLES} lines are about the whole of `{conversation.id}`")
            self.tally.joined += 1
            self.tally.repeated += (number, source) in seen
            seen.add((number, source))
            for each in range(1, len(conversation.messages) + 1) if number is None else (number,):
                message = conversation.messages[each - 1]
                said = self._said(message, source, labels)
                if number is None:
                    said = [label for label in said if self._may_stand(label.name, message.role)]
                if number is not None or said:
                    found.setdefault(each, []).extend(said)
        return found

    def _is_nowhere(self, conversation: Conversation, named: int | str | None) -> None:
        if not self.tally.no_message:
            number = len(conversation.messages)
            if any(each.id == named for each in conversation.messages):
                has = "several are called so"
            else:
                has = f"it has {number:,}" if number != 1 else "it has one"
            self.tally.first_no_message = f"`{conversation.id}`, message {named} ({has})"
        self.tally.no_message += 1

    def _said(self, message: Message, source: str, labels: str) -> list[Label]:
        if labels:
            return [Label(name, value, source) for name, value in json.loads(labels)]
        classifier = self._classifiers.get(source)
        return [] if classifier is None else list(unsaid(classifier, message.role))

    def _labelled(self, message: Message, said: list[Label]) -> Message:
        if message.role in _LABELLED:
            self.tally.labelled += bool(said)
            self.tally.unlabelled += not said
        if not said:
            return message
        labels = tuple(dict.fromkeys((*message.labels, *said)))
        if len({label.source for label in labels}) > 1:
            self._compare(labels)
        return message.with_labels(labels)

    def _complete(self, message: Message) -> Message:
        recorded: dict[str, int] = {}
        for label in message.labels:
            known = self._vocabulary.canonical(label.name)
            if known is not None:
                value = value_of(self._vocabulary.labels[known], label.value)
                recorded[known] = max(value, recorded.get(known, ABSENT))
        untold = tuple(
            Label(name, None, UNTOLD)
            for name, roles in self._told.items()
            if (roles is None or message.role in roles)
            and self._may_stand(name, message.role)
            and self._is_open(name, recorded)
        )
        return message.with_labels(message.labels + untold) if untold else message

    def _is_open(self, name: str, recorded: Mapping[str, int]) -> bool:
        """Whether nothing that is ``recorded`` settles a label: itself, or one that it implies and that is absent."""
        known = self._vocabulary.canonical(name)
        if known is None or known in recorded:
            return False
        return not any(recorded.get(each) == ABSENT for each in self._implied(known))

    def _implied(self, name: str) -> frozenset[str]:
        """What a label implies, directly or not."""
        if name not in self._above:
            direct = self._vocabulary.labels[name].implies
            self._above[name] = frozenset(direct).union(*(self._implied(each) for each in direct))
        return self._above[name]

    def _may_stand(self, name: str, role: Role) -> bool:
        entry = self._vocabulary.labels.get(self._vocabulary.canonical(name) or "")
        return role in (_LABELLED if entry is None else entry.roles)

    def _compare(self, labels: Iterable[Label]) -> None:
        """Count the labels that one source detected and another says are absent."""
        readings: dict[str, dict[str | None, int]] = {}
        for label in labels:
            name = self._vocabulary.canonical(label.name)
            if name is not None:
                by_source = readings.setdefault(name, {})
                value = value_of(self._vocabulary.labels[name], label.value)
                by_source[label.source] = max(value, by_source.get(label.source, ABSENT))
        for name, by_source in readings.items():
            if {ABSENT, DETECTED} <= set(by_source.values()):
                self.tally.differing[name] += 1


class Unmet(NamedTuple):
    """Lines about conversations that the log does not have, how many conversations these are, and the first by name."""

    lines: int
    conversations: int
    first: str


def _ids_of(conversation: Conversation) -> dict[str, int]:
    """The number of each message that has an id; 0 for an id that several have: nobody can tell which is meant."""
    ids: dict[str, int] = {}
    for number, message in enumerate(conversation.messages, 1):
        if message.id:
            ids[message.id] = 0 if message.id in ids else number
    return ids


def _number(named: int | str, ids: Mapping[str, int]) -> int:
    """The number of a message that a line names: its id, or else its number; 0 where it is neither."""
    if isinstance(named, int):
        return named
    if named in ids:
        return ids[named]
    return int(named) if named.isascii() and named.isdigit() and len(named) < 10 else 0


def _storable(name: str) -> str:
    """A name without lone surrogates, which JSON can write and a database cannot hold."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _no_room(error: sqlite3.Error) -> JoiningError:
    return JoiningError(f"the labels cannot be indexed: {error}; make room for temporary files")
