"""Tables of conversations, whatever file they stand in: which column is what, and what a row says.

A row is one message (columns ``role`` and ``text``; ``conversation`` says which one it belongs to), or one
conversation of a ``prompt`` and its ``reply``. A column is known by its name or a usual other name for it, or is
named by the person who has the log read (``Settings.columns``: field to column).

Labels stand in columns called after a label of the default vocabulary, ``label:NAME``, or ``prompt-label:NAME``
(in a row of prompt and reply, what was detected in the prompt; every other label is about the reply). A cell is
true, false, a score, or empty, which is unknown. A column of words becomes a label by naming those that mean that
it was detected: ``label:refusal`` to ``final_label:2_full_refusal|3_partial_refusal``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple, cast

from policy_engine.diagnostics import Diagnostic, nearest
from policy_engine.transcripts.message import (
    AttributeValue,
    Conversation,
    Label,
    Message,
    Role,
    Score,
)
from policy_engine.transcripts.own_form import refuse_mixed_zones
from policy_engine.transcripts.reader import NO_SETTINGS, Log, Malformed, Read, Settings, quoted
from policy_engine.transcripts.scattered import Scattered
from policy_engine.transcripts.times import parse_time

SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "conversation": (
            *("conversation", "conversation_id", "conversation_hash", "thread", "thread_id", "session"),
            *("session_id", "chat_id", "dialog_id", "dialogue_id"),
        ),
        "id": ("id", "uuid", "row_id"),
        "role": ("role", "speaker", "from", "author", "sender"),
        "text": ("text", "content", "message", "utterance", "body", "value", "completion"),
        "time": ("time", "timestamp", "created_at", "created", "sent_at", "datetime", "date"),
        "system": ("system", "system_prompt"),
        "prompt": ("prompt", "user_input", "question", "instruction", "input", "objective"),
        "reply": (
            *("reply", "completion", "response", "assistant_response", "model_output", "answer", "output"),
        ),
    }
)
"""What a column may be, and the names by which it is known, in lower case and with ``_`` for blanks and ``-``."""

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        **{role.value: role for role in Role},
        **dict.fromkeys(("human", "prompter"), Role.USER),
        **dict.fromkeys(("ai", "agent", "bot", "chatbot", "gpt", "model"), Role.ASSISTANT),
        "developer": Role.SYSTEM,
        "function": Role.TOOL,
    }
)
"""Who speaks, by the word in the column, in lower case; ``Settings.speakers`` adds to them."""

LABEL = "label:"
PROMPT_LABEL = "prompt-label:"
ATTRIBUTE = "attribute:"

SOURCE = "label column"
"""Who speaks where a column does."""

_LONGEST_NAME = 60
_NAMES_LISTED = 12

_TRUE = frozenset(("true", "t", "yes", "y", "1"))
_FALSE = frozenset(("false", "f", "no", "n", "0"))
_UNKNOWN = frozenset(("", "unknown", "null", "none", "na", "n/a", "nan"))

Row = tuple[int, Sequence[object]]
"""The line that a row begins on (or its number), from 1, and its cells in the order of ``Columns.used``."""


class LabelColumn(NamedTuple):
    """A column that says whether a label was detected: ``cell`` is its place among the columns that are used.

    ``words`` are the values that mean detected; None where the cells are true, false or scores.
    """

    name: str
    cell: int
    of_prompt: bool
    words: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of one table are. ``used`` are those that are read; the others hold their places in it."""

    used: tuple[str, ...]
    fields: Mapping[str, int]
    labels: tuple[LabelColumn, ...]
    attributes: Mapping[str, int]
    roles: Mapping[str, Role]

    @property
    def is_of_messages(self) -> bool:
        """Whether a row is a message; else it is a conversation."""
        return "role" in self.fields


def is_table(names: Sequence[str], settings: Settings = NO_SETTINGS) -> bool:
    """Whether a table of these columns holds conversations, by their names and by what ``settings`` calls them.

    A prompt or a reply alone is enough only where somebody says that it is one.
    """
    asked = {field: column for field, column in settings.columns.items() if column in names}
    fields = _fields(names, asked)
    shape = _shape(fields)
    return shape is not None and (len(shape.needed) > 1 or not shape.needed.isdisjoint(asked))


def is_of_calls(names: Sequence[str], settings: Settings = NO_SETTINGS) -> bool:
    """Whether the columns are those of a tracer's observations, unless somebody says what they are.

    Their inputs are whole requests, written as JSON, and no prompts.
    """
    folded = {_folded(name).replace("_", "") for name in names}
    return not settings.columns and folded >= {"traceid", "type", "input", "output"}


def supposed_columns(names: Sequence[str]) -> str:
    """What to give for ``--columns`` to begin with, where rows of such columns hold conversations: a guess."""
    known = _fields(names, {})
    others = iter([each for each in names if each not in known.values()])
    fields = [field for field in known if field in ("prompt", "reply")] or ["role", "text"]
    return ",".join(f"{field}={known.get(field) or next(others, 'said')}" for field in fields)


def columns_of(names: Sequence[str], settings: Settings) -> Columns:
    """What the columns of a table are, by their names and ``settings``.

    Malformed where the table holds no conversations, or a column that is asked for is not there.
    """
    asked = _asked(names, settings)
    fields = _fields(names, asked)
    shape = _shape(fields)
    if shape is None:
        raise Malformed(
            "the table has no columns of messages",
            'a table has `role` and `text`, or `prompt` and `reply`; say which: --columns "role=who,text=said"',
        )
    used: dict[str, int] = {}
    found = {field: _use(used, fields[field]) for field in shape.fields if field in fields}
    named = (
        _prefixed(names) | _model(names) | {field: column for field, column in asked.items() if ":" in field}
    )
    return Columns(
        fields=MappingProxyType(found),
        labels=tuple(_label_column(field, column, names, used) for field, column in _labels(names, named)),
        attributes=MappingProxyType(
            {
                field.removeprefix(ATTRIBUTE): _use(used, column)
                for field, column in named.items()
                if field.startswith(ATTRIBUTE)
            }
        ),
        roles=MappingProxyType({**ROLES, **settings.speakers}),
        used=tuple(used),
    )


class _Shape(NamedTuple):
    """What a row may be: the fields that it must have, and all that it may have."""

    needed: frozenset[str]
    fields: tuple[str, ...]


_PAIR = ("conversation", "id", "system", "prompt", "reply", "time")
_SHAPES = (
    _Shape(frozenset(("role", "text")), ("conversation", "role", "text", "time")),
    _Shape(frozenset(("prompt", "reply")), _PAIR),
    _Shape(frozenset(("prompt",)), _PAIR),
    _Shape(frozenset(("reply",)), _PAIR),
)


def _shape(fields: Mapping[str, str]) -> _Shape | None:
    return next((each for each in _SHAPES if fields.keys() >= each.needed), None)


def _folded(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def _asked(names: Sequence[str], settings: Settings) -> dict[str, str]:
    """What the person who reads the log says its columns are, each of them there."""
    for field, column in settings.columns.items():
        if field not in SYNONYMS and not field.startswith((LABEL, PROMPT_LABEL, ATTRIBUTE)):
            near = nearest(field, [*SYNONYMS, LABEL])
            known = ", ".join((*SYNONYMS, f"{LABEL}NAME", f"{PROMPT_LABEL}NAME", f"{ATTRIBUTE}NAME"))
            raise Malformed(
                f"a table has no field {quoted(field)}",
                f"did you mean `{near}`?" if near else f"it has {known}",
            )
        if column not in names and not (LABEL in field and column.rpartition(":")[0] in names):
            near = nearest(column[:_LONGEST_NAME], [name[:_LONGEST_NAME] for name in names])
            hint = f"did you mean `{near}`?" if near else "the table has " + _listed(names)
            raise Malformed(f"the table has no column {quoted(column)}", hint)
    return dict(settings.columns)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_LISTED} more" if len(names) > _NAMES_LISTED else ""
    return ", ".join(quoted(name) for name in names[:_NAMES_LISTED]) + more


def _fields(names: Sequence[str], asked: Mapping[str, str]) -> dict[str, str]:
    """The column of each field: the one that was asked for, else the first of its names that is there."""
    by_name: dict[str, str] = {}
    for name in names:
        by_name.setdefault(_folded(name), name)
    found = {}
    for field, synonyms in SYNONYMS.items():
        near = next((by_name[each] for each in synonyms if each in by_name), None)
        column = asked.get(field, near)
        if column is not None:
            found[field] = column
    return found


def _prefixed(names: Sequence[str]) -> dict[str, str]:
    """The columns that say by their own names that they hold a label or an attribute."""
    return {name.strip(): name for name in names if name.strip().startswith((LABEL, PROMPT_LABEL, ATTRIBUTE))}


def _model(names: Sequence[str]) -> dict[str, str]:
    """The column of the model, which every log with models calls so."""
    return {f"{ATTRIBUTE}model": name for name in names if _folded(name) == "model"}


def _labels(names: Sequence[str], named: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The label columns: those that are named so, and those called after a label of the default vocabulary."""
    from policy_engine.vocabulary.shipped import default_vocabulary

    vocabulary = default_vocabulary()
    taken = {column.rpartition(":")[0] or column for column in named.values()} | set(named.values())
    yield from ((field, column) for field, column in named.items() if LABEL in field)
    for name in names:
        if name not in taken and vocabulary.canonical(name.strip()) is not None:
            yield LABEL + name.strip(), name


def _label_column(field: str, column: str, names: Sequence[str], used: dict[str, int]) -> LabelColumn:
    of_prompt = field.startswith(PROMPT_LABEL)
    name = field.removeprefix(PROMPT_LABEL if of_prompt else LABEL)
    if not name:
        raise Malformed(f"the column {quoted(column)} names no label", f"for example {LABEL}refusal")
    if column in names:
        return LabelColumn(name, _use(used, column), of_prompt, None)
    column, _, words = column.rpartition(":")
    return LabelColumn(
        name, _use(used, column), of_prompt, frozenset(each.strip() for each in words.split("|"))
    )


def _use(used: dict[str, int], column: str) -> int:
    return used.setdefault(column, len(used))


def conversations(rows: Iterable[Row | Diagnostic], columns: Columns, log: Log) -> Iterator[Read]:
    """The conversations of a table, and every fault of it, given its rows.

    Rows of messages may stand in any order of conversations. Within one they are taken in the order of their
    times where each has one, else as they stand.
    """
    if "conversation" in columns.fields:
        return _gathered(rows, columns, log)
    return _single(rows, columns, log) if columns.is_of_messages else _each(rows, columns, log)


def _each(rows: Iterable[Row | Diagnostic], columns: Columns, log: Log) -> Iterator[Read]:
    """A table of prompts and replies that does not name conversations: each row is one.

    It is called after its file and the row's own id, which is one within the file, or its line.
    """
    for row in rows:
        if isinstance(row, Diagnostic):
            yield row
            continue
        try:
            name = _text(row[1], columns, "id") or str(row[0])
            yield _conversation(f"{log.origin.stem}:{name}", [row], columns, log)
        except Malformed as fault:
            yield fault.diagnostic(log.origin, row[0])


def _single(rows: Iterable[Row | Diagnostic], columns: Columns, log: Log) -> Iterator[Read]:
    """A table that does not name conversations: it is one."""
    found = []
    for row in rows:
        if isinstance(row, Diagnostic):
            yield row
        else:
            found.append(row)
    if found:
        yield _read_conversation(log.origin.stem, found, columns, log)


def _gathered(rows: Iterable[Row | Diagnostic], columns: Columns, log: Log) -> Iterator[Read]:
    with closing(Scattered()) as scattered:
        try:
            for row in rows:
                if isinstance(row, Diagnostic):
                    yield row
                elif not (name := _text(row[1], columns, "conversation")):
                    yield Malformed("the row names no conversation").diagnostic(log.origin, row[0])
                else:
                    scattered.add(name, row)
            for name, pieces in scattered.groups():
                yield _read_conversation(name, cast(list[Row], list(pieces)), columns, log)
        except Malformed as fault:
            yield fault.diagnostic(log.origin, 1)


def _read_conversation(name: str, rows: list[Row], columns: Columns, log: Log) -> Read:
    try:
        return _conversation(name, rows, columns, log)
    except Malformed as fault:
        return fault.diagnostic(log.origin, rows[0][0])


def _conversation(name: str, rows: list[Row], columns: Columns, log: Log) -> Conversation:
    messages: list[Message] = []
    sought = _sought(rows, columns)
    system = None
    for line, cells in _in_order(rows, columns):
        try:
            if columns.is_of_messages:
                messages.append(_message(cells, columns, sought))
            else:
                system, before = _text(cells, columns, "system"), system
                messages.extend(_pair(cells, columns, system if system != before else None))
        except Malformed as fault:
            raise Malformed(fault.message, fault.hint, line) from None
    return Conversation(
        name,
        tuple(messages),
        _attributes([cells for _, cells in rows], columns),
        MappingProxyType(sought),
        log.origin.at(rows[0][0]),
    )


def _in_order(rows: list[Row], columns: Columns) -> list[Row]:
    """The rows in the order of their times, where each has one."""
    at = columns.fields.get("time")
    if at is None or len(rows) == 1:
        return rows
    refuse_mixed_zones(cells[at] for _, cells in rows)
    timed: list[tuple[int, Row]] = []
    for row in rows:
        try:
            time = _time(row[1], columns)
        except Malformed as fault:
            raise Malformed(fault.message, fault.hint, row[0]) from None
        if time is None:
            return rows
        timed.append((time, row))
    return [row for _, row in sorted(timed, key=itemgetter(0))]


def _message(cells: Sequence[object], columns: Columns, sought: Mapping[str, frozenset[Role]]) -> Message:
    role = _role(cells, columns)
    labels = tuple(label for label in _row_labels(cells, columns.labels) if role in sought[label.name])
    return Message(role, labels, _text(cells, columns, "text"), _time(cells, columns))


def _pair(cells: Sequence[object], columns: Columns, system: str | None) -> Iterator[Message]:
    """What a row of prompt and reply says, after ``system``, if that is new."""
    prompt, reply = _text(cells, columns, "prompt"), _text(cells, columns, "reply")
    time = _time(cells, columns)
    if prompt is None and reply is None:
        raise Malformed("the row has neither a prompt nor a reply")
    if system:
        yield Message(Role.SYSTEM, (), system, time)
    if prompt is not None:
        labels = _row_labels(cells, [each for each in columns.labels if each.of_prompt])
        yield Message(Role.USER, labels, prompt, time)
    if reply is not None:
        labels = _row_labels(cells, [each for each in columns.labels if not each.of_prompt])
        yield Message(Role.ASSISTANT, labels, reply, time)


def _sought(rows: list[Row], columns: Columns) -> dict[str, frozenset[Role]]:
    """On whose messages each label was looked for: where any of them has a value in the column.

    So a column of refusals that is empty beside users' messages says nothing of them.
    """
    found = {label.name: frozenset[Role]() for label in columns.labels}
    for line, cells in rows:
        for label in columns.labels:
            if not _is_empty(cells[label.cell]):
                try:
                    found[label.name] |= {_role_judged(label, cells, columns)}
                except Malformed as fault:
                    raise Malformed(fault.message, fault.hint, line) from None
    return found


def _role_judged(label: LabelColumn, cells: Sequence[object], columns: Columns) -> Role:
    """Whose message of a row a label is about."""
    if columns.is_of_messages:
        return _role(cells, columns)
    return Role.USER if label.of_prompt else Role.ASSISTANT


def _role(cells: Sequence[object], columns: Columns) -> Role:
    word = cells[columns.fields["role"]]
    role = columns.roles.get(str(word).strip().casefold())
    if role is None:
        hint = (
            f'say who that is: --speakers "{word}=user"' if isinstance(word, str) and word.isalnum() else None
        )
        raise Malformed(
            f"unknown role {quoted(word)}", hint or "a role is `user` or `assistant`, for example"
        )
    return role


def _text(cells: Sequence[object], columns: Columns, field: str) -> str | None:
    """The text of a field; None where the table has no such column or the cell is null."""
    at = columns.fields.get(field)
    cell = None if at is None else cells[at]
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, int | float):
        return str(cell)
    raise Malformed(f"the column of the {field} holds no text")


def _time(cells: Sequence[object], columns: Columns) -> int | None:
    at = columns.fields.get("time")
    cell = None if at is None else cells[at]
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    try:
        return parse_time(cell.replace(" UTC", "Z") if isinstance(cell, str) else cell)
    except ValueError as error:
        raise Malformed(
            f"the time {quoted(cell)} {error}", "write `2025-08-15T10:00:00Z`, or seconds"
        ) from None


def _attributes(rows: Iterable[Sequence[object]], columns: Columns) -> Mapping[str, AttributeValue]:
    found: dict[str, AttributeValue] = {}
    for cells in rows:
        for name, at in columns.attributes.items():
            cell = cells[at]
            if _is_empty(cell) or not isinstance(cell, str | bool | int | float):
                continue
            value = _attribute(cell)
            if found.setdefault(name, value) != value:
                raise Malformed(f"the attribute {quoted(name)} changes within the conversation")
    return MappingProxyType(found)


def _attribute(cell: str | bool | int | float) -> AttributeValue:
    if not isinstance(cell, str):
        return cell
    word = cell.strip()
    if word.casefold() in ("true", "false"):
        return word.casefold() == "true"
    number = _number(word)
    return word if number is None else number


def _row_labels(cells: Sequence[object], columns: Iterable[LabelColumn]) -> tuple[Label, ...]:
    return tuple(Label(each.name, _score(cells[each.cell], each), SOURCE) for each in columns)


def _is_empty(cell: object) -> bool:
    if isinstance(cell, float):
        return math.isnan(cell)
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in _UNKNOWN)


def _score(cell: object, label: LabelColumn) -> Score:
    if _is_empty(cell):
        return None
    if label.words is not None:
        return str(cell).strip() in label.words
    if isinstance(cell, bool | float):
        return cell
    word = str(cell).strip().casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    number = _number(word)
    if number is None:
        hint = f'true, false, 0, 1 or a score; for words: --columns "{LABEL}{label.name}=COLUMN:WORD|WORD"'
        raise Malformed(f"the label {quoted(label.name)} has the value {quoted(cell)}", hint)
    return number


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
