"""Calls that lie scattered over a log, gathered by conversation, in the order of time, in bounded memory.

What was read is kept in a temporary file (SQLite's own, which nobody else sees and which is gone in the end),
and one conversation at a time is taken from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.chat_message import Said, refusals_looked_for
from policy_engine.transcripts.classified import together
from policy_engine.transcripts.json_values import fault_of, json_values
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.openai_exchange import moderated
from policy_engine.transcripts.reader import NO_SETTINGS, UNREADABLE, Log, Malformed, Origin, Read, Settings
from policy_engine.transcripts.retelling import Retelling
from policy_engine.transcripts.traced import exchanged

if TYPE_CHECKING:
    import sqlite3

_TABLES = """
create table calls (
    number integer primary key, name text, trace text, thread text, parent text, kind integer,
    began integer, ended integer, line integer, repeats integer, model text, said text,
    unique (name, trace, kind)
);
create table threads (trace text primary key, thread text) without rowid;
create table labels (number integer primary key, trace text, call text, label text);
pragma journal_mode = off;
pragma synchronous = off;
"""
_ORDERED = """
create index by_trace on calls (trace, kind, name);
update calls set thread = coalesce((select thread from threads where threads.trace = calls.trace), trace);
create index by_thread on calls (thread, began, number);
update labels set trace = (select trace from calls where calls.name = labels.call) where trace is null;
create index labels_by_trace on labels (trace, number);
"""
_THREADS = "select thread, min(number), max(repeats) from calls group by thread order by min(number)"
_CALLS = """
select name, trace, kind, began, ended, line, model, said from calls as one where thread = ? and kind = (
    select min(kind) from calls as other where other.trace = one.trace
) and not exists (
    select 1 from calls as outer where outer.trace = one.trace and outer.kind = 0 and one.kind = 0
    and outer.name = one.parent and outer.name <> one.name
) order by began is null, began, number
"""
_LABELS = """
select distinct labels.number, labels.trace, call, label from labels
join (select distinct trace from calls where thread = ?) as traces on traces.trace = labels.trace
order by labels.number
"""


class Kind(IntEnum):
    """What a call is. In a trace, only those of the first kind that there is are told."""

    MODEL = 0
    """A call to a model. One that was made within another is the same call."""
    OUTERMOST = 1
    """Whatever the trace began with."""
    TRACE = 2
    """What the trace says of itself."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what it was given and what it gave back, as they were recorded, when, and where it belongs.

    ``error`` is what it failed with, as a text. ``parent`` is the call within which it was made. A trace is a
    conversation, unless it is tied to a thread.
    """

    name: str
    trace: str
    kind: Kind
    line: int
    given: object
    answer: object
    began: int | None = None
    ended: int | None = None
    parent: str | None = None
    model: str | None = None
    error: object = None


class Gathering:
    """The calls of one log. Used with ``with``; what was gathered is gone at its end.

    Every method raises sqlite3.Error where there is no room for the temporary file.
    """

    def __init__(self, origin: Origin, settings: Settings = NO_SETTINGS) -> None:
        import sqlite3

        self._origin = origin
        self._settings = settings
        self._store: sqlite3.Connection = sqlite3.connect("", isolation_level=None)
        self._store.executescript(_TABLES)
        self._store.execute("begin")

    def __enter__(self) -> Gathering:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def name_at(self, line: int) -> str:
        """A name for what has none of its own."""
        return f"{self._origin.stem}:{line}"

    def add(self, call: Call) -> None:
        """Take in a call; one that is known by its name already is the same. Malformed where a message is none."""
        try:
            asked, answer = exchanged(call.given, call.answer, self._settings, call.error)
            said = json.dumps([[_written(each) for each in part] for part in (asked, answer)])
        except RecursionError:  # what could just be read can be too deep to be written
            raise Malformed("lists and objects are nested too deeply") from None
        repeats = any(each.message.role is Role.ASSISTANT for each in asked)
        names = map(_safe, (call.name, call.trace, call.parent))
        times = (call.began, call.ended, call.line, repeats, _safe(call.model), said)
        self._store.execute(
            "insert or ignore into calls (name, trace, parent, kind, began, ended, line, repeats, model, said)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*names, int(call.kind), *times),
        )

    def tie(self, trace: str, thread: str) -> None:
        """Say of which conversation a trace is; the first who says it is right."""
        self._store.execute("insert or ignore into threads values (?, ?)", (_safe(trace), _safe(thread)))

    def label(self, trace: str | None, call: str | None, label: Label) -> None:
        """Put a label on the answer of a call, else on the last one of its trace; one of the two has to be given."""
        self._store.execute(
            "insert into labels (trace, call, label) values (?, ?, ?)",
            (_safe(trace), _safe(call), json.dumps(label)),
        )

    def conversations(self) -> Iterator[Read]:
        """Every conversation, in the order in which the log came to speak of them; what is wrong with others."""
        self._store.execute("commit")
        self._store.executescript(_ORDERED)
        with closing(self._store.execute(_THREADS)) as threads:
            for thread, _, repeats in threads:
                conversation = self._conversation(thread, bool(repeats))
                if conversation is not None:
                    yield conversation

    def _conversation(self, thread: str, repeats: bool) -> Read | None:
        retelling = Retelling(repeats=repeats)
        models: set[str | None] = set()
        first = None
        for name, trace, _, began, ended, line, model, said in self._store.execute(_CALLS, (thread,)):
            asked, answer = ([_read(each) for each in part] for part in json.loads(said))
            names: tuple[Hashable, ...] = ((trace, name), (trace, None))
            retelling.hear(asked, answer, (began, ended), names)
            models.add(model)
            first = line if first is None else min(first, line)
        for _, trace, call, label in self._store.execute(_LABELS, (thread,)):
            _ = retelling.label((trace, call), _label(label)) or retelling.label((trace, None), _label(label))
        said = retelling.said()
        if not said or first is None:
            return None
        model = models.pop() if len(models) == 1 else None
        try:
            messages, classified_for = moderated(said, self._settings)
        except Malformed as fault:
            return fault.diagnostic(self._origin, first)
        return Conversation(
            id=json.loads(thread),
            messages=messages,
            attributes={} if model is None else {"model": json.loads(model)},
            looked_for=together(refusals_looked_for(said), classified_for),
            origin=self._origin.at(first),
        )


def gathered(log: Log, take: Callable[[object, int, Gathering], Iterator[Malformed]]) -> Iterator[Read]:
    """The faults of a log, then its conversations.

    ``take`` takes in one value, given the line that it begins on, and yields the faults of its parts.
    """
    import sqlite3

    try:
        with Gathering(log.origin, log.settings) as gathering:
            for each in json_values(log.stream, log.origin):
                if isinstance(each, Diagnostic):
                    yield each
                else:
                    line, value = each
                    yield from (
                        fault_of(value, line, fault, log.origin) for fault in take(value, line, gathering)
                    )
            yield from gathering.conversations()
    except sqlite3.Error as error:
        message = f"the calls of the log cannot be gathered: {error}"
        yield Diagnostic(UNREADABLE, message, hint="make room for temporary files", subject=log.origin.name)


def _safe(name: str | None) -> str | None:
    """A name as the store takes it, whatever is in it."""
    return None if name is None else json.dumps(name)


def _written(said: Said) -> list[object]:
    message = said.message
    return [message.role.value, message.content, said.tells, message.labels, said.outputs, message.id]


def _read(written: list[Any]) -> Said:
    role, content, tells, labels, outputs, name = written
    message = Message(Role(role), tuple(Label(*each) for each in labels), content, id=name)
    return Said(message, bool(tells), tuple((name, output) for name, output in outputs))


def _label(written: str) -> Label:
    return Label(*json.loads(written))
