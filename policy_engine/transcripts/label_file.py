"""Files of labels for logs that carry none: what one line says of one message, or of a whole conversation.

JSON Lines, or CSV whose first line names the columns (``docs/classifiers.md`` shows both):

    {"conversation": "c1", "message": 3, "classifier": "openai-moderation", "output": {…}}
    {"conversation": "c1", "classifier": "llama-guard-3", "outputs": ["safe", "unsafe\\nS11"]}
    {"conversation": "c1", "message": "m-17", "labels": {"refusal": true, "self-harm": 0.4}, "source": "reviewers"}
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import PurePath
from typing import BinaryIO

from policy_engine.diagnostics import Diagnostic, nearest
from policy_engine.transcripts.classifier import Classifier
from policy_engine.transcripts.lines import MAX_LINE, json_value, numbered_lines
from policy_engine.transcripts.message import Label
from policy_engine.transcripts.own_form import Plain, read_labels
from policy_engine.transcripts.plugins import unknown_name
from policy_engine.transcripts.reader import BAD_CONVERSATION, Malformed, Origin, quoted

BAD_LABELS = "bad-labels"
"""The code of a fault of a line."""
KEYS = ("conversation", "message", "classifier", "output", "outputs", "labels", "source")
"""The keys of a line; of a CSV, every other column is a label."""
MAX_ID = 1_000
"""Longest id of a conversation or message, in characters."""

_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class LabelLine:
    """What one line says: labels, or that a classifier's output could not be read.

    ``message`` is its number from 1, or its id (in a text of digits it may be either); None stands for every message of
    the conversation. ``classifier`` is None where people, or anything else, gave the labels themselves.
    """

    line: int
    conversation: str
    message: int | str | None
    source: str
    labels: tuple[Label, ...]
    classifier: Classifier | None = None
    is_unreadable: bool = False


def label_lines(
    stream: BinaryIO, origin: Origin, classifiers: Mapping[str, Classifier]
) -> Iterator[LabelLine | Diagnostic]:
    """What every line says, in order, and every fault at its place. A line that cannot be read is left out."""
    reading = _Reading(origin, classifiers)
    lines = numbered_lines(stream, origin)
    for each in _rows(lines, reading):
        if isinstance(each, Diagnostic) and each.code == BAD_CONVERSATION:
            yield replace(each, code=BAD_LABELS)
        else:
            yield each


def _rows(
    lines: Iterator[tuple[int, str] | Diagnostic], reading: _Reading
) -> Iterator[LabelLine | Diagnostic]:
    """What the lines say, as the first of them shows that they are written."""
    for first in lines:
        if isinstance(first, Diagnostic):
            yield first
            continue
        is_json = first[1].lstrip().startswith("{")
        yield from (_json_rows if is_json else _csv_rows)(chain([first], lines), reading)
        return


class _Reading:
    """Makes lines of rows, whatever they were written as."""

    def __init__(self, origin: Origin, classifiers: Mapping[str, Classifier]) -> None:
        self.origin = origin
        self._classifiers = classifiers
        self._source = PurePath(origin.name).name

    def lines(self, row: Mapping[str, object], line: int) -> Iterator[LabelLine | Diagnostic]:
        """What a row says: one line, or one for each message; and what is wrong with it."""
        try:
            conversation = _conversation_of(row)
            found = list(self._of_classifier(row, conversation, line))
            if row.get("labels") is not None:
                source = row.get("source", self._source)
                if not isinstance(source, str) or not source:
                    raise Malformed("the source is not a text", "write who gave the labels")
                labels = tuple(each._replace(source=source) for each in read_labels(row["labels"]))
                found.append(LabelLine(line, conversation, _message_of(row), source, labels))
            if not found:
                raise Malformed("the line says nothing", "write `labels`, or `classifier` and `output`")
        except Malformed as fault:
            yield fault.diagnostic(self.origin, line)
            return
        for each in found:
            if isinstance(each, Malformed):
                yield each.diagnostic(self.origin, line)
            else:
                yield each

    def _of_classifier(
        self, row: Mapping[str, object], conversation: str, line: int
    ) -> Iterator[LabelLine | Malformed]:
        """A line for each output; with each that cannot be read, what is wrong with it."""
        given = [key for key in ("output", "outputs") if key in row]
        if not given:
            if row.get("classifier") is not None and row.get("labels") is None:
                raise Malformed("the line names a classifier and has no `output`")
            return
        classifier = self._classifier(row.get("classifier"))
        if len(given) > 1:
            raise Malformed(
                "the line has `output` and `outputs`", "write `outputs` for a list, one a message"
            )
        if given == ["output"]:
            yield from _output_line(line, conversation, _message_of(row), classifier, row["output"])
            return
        outputs = row["outputs"]
        if not isinstance(outputs, list) or row.get("message") is not None:
            raise Malformed("`outputs` lists the outputs of all messages", "write `output` for one message")
        for number, output in enumerate(outputs, 1):
            if output is not None:
                yield from _output_line(line, conversation, number, classifier, output)

    def _classifier(self, name: object) -> Classifier:
        if not isinstance(name, str) or not name:
            raise Malformed("the output has no `classifier`", "name the one that gave it")
        if name not in self._classifiers:
            fault = unknown_name(self._classifiers, name[:MAX_ID], "classifier")
            raise Malformed(str(fault), "name its mapping file: --classifier FILE.yaml")
        return self._classifiers[name]


def _output_line(
    line: int, conversation: str, message: int | str | None, classifier: Classifier, output: object
) -> Iterator[LabelLine | Malformed]:
    try:
        labels = classifier.labels(output)
    except ValueError as fault:
        yield Malformed(f"the output of `{classifier.name}` {fault}", "its labels are taken as unknown")
        yield LabelLine(line, conversation, message, classifier.name, (), classifier, True)
    else:
        yield LabelLine(line, conversation, message, classifier.name, labels, classifier)


def _conversation_of(row: Mapping[str, object]) -> str:
    value = row.get("conversation")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value:
        raise Malformed("the line names no `conversation`", "write the id of one")
    if len(value) > MAX_ID:
        raise Malformed(f"the id of the conversation is longer than {MAX_ID:,} characters")
    return value


def _message_of(row: Mapping[str, object]) -> int | str | None:
    value = row.get("message")
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str) or not value or len(value) > MAX_ID:
        hint = "a message is its number from 1, or its id"
        raise Malformed(f"`message` cannot be {quoted(value)}", hint)
    return value


def _json_rows(
    lines: Iterator[tuple[int, str] | Diagnostic], reading: _Reading
) -> Iterator[LabelLine | Diagnostic]:
    for each in lines:
        if isinstance(each, Diagnostic):
            yield each
            continue
        number, text = each
        try:
            row = json_value(text)
            if not isinstance(row, dict):
                raise Malformed("the line is not an object", "write one JSON object per line")
            _refuse_strangers(row)
        except Malformed as fault:
            yield fault.diagnostic(reading.origin, number)
        else:
            yield from reading.lines(row, number)


def _refuse_strangers(row: Mapping[str, object]) -> None:
    for key in row:
        if key not in KEYS:
            near = nearest(key[:MAX_ID], KEYS)
            hint = (
                f"did you mean `{near}`?" if near else f"a line has {', '.join(f'`{each}`' for each in KEYS)}"
            )
            raise Malformed(f"unknown key {quoted(key)}", hint)


def _csv_rows(
    lines: Iterator[tuple[int, str] | Diagnostic], reading: _Reading
) -> Iterator[LabelLine | Diagnostic]:
    faults: list[Diagnostic] = []
    texts = _Texts(lines, faults)
    header = next(texts)
    delimiter = max(_DELIMITERS, key=header.count)
    csv.field_size_limit(MAX_LINE)  # the process's: what holds for a line of any log, holds for a cell
    rows = csv.reader(chain([header], texts), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    while True:
        begins = texts.number + (names is not None)
        try:
            row = next(rows, None)
            problem = None if row is None else _misfit(row, names)
        except csv.Error as error:
            row, problem = (
                [],
                Malformed(f"the row is not CSV: {error}", "a quote within quotes is written twice"),
            )
        yield from faults
        faults.clear()
        if row is None:
            return
        if problem is not None:
            yield problem.diagnostic(reading.origin, begins)
            if names is None:
                return
        elif names is None:
            names = [name.strip() for name in row]
        else:
            yield from _csv_lines(dict(zip(names, row, strict=True)), reading, begins)


def _misfit(row: list[str], names: list[str] | None) -> Malformed | None:
    if names is not None:
        if len(row) == len(names):
            return None
        return Malformed(f"the table has {len(names)} columns, and the row fills {len(row)}")
    columns = [name.strip() for name in row]
    if "conversation" not in columns:
        hint = "write JSON Lines, or a CSV with the columns `conversation`, `message` and labels"
        return Malformed("these are no labels: the first line names no column `conversation`", hint)
    if "labels" in columns or "outputs" in columns:
        return Malformed("a CSV has a column for each label, and one `output`", "write JSON Lines for lists")
    twice = next((name for name in columns if columns.count(name) > 1), None)
    return None if twice is None else Malformed(f"there are two columns {quoted(twice)}")


def _csv_lines(cells: Mapping[str, str], reading: _Reading, line: int) -> Iterator[LabelLine | Diagnostic]:
    row: dict[str, object] = {key: cells[key].strip() for key in KEYS if cells.get(key, "").strip()}
    output = row.get("output")
    labels = {name: Plain(cell.strip()) for name, cell in cells.items() if name not in KEYS and cell.strip()}
    try:
        if isinstance(output, str) and output.startswith(("{", "[")):
            row["output"] = json_value(output)
    except Malformed as fault:
        yield fault.diagnostic(reading.origin, line)
        return
    if labels:
        row["labels"] = labels
    if "output" in row or labels:  # else a row of empty cells, which says nothing of its message
        yield from reading.lines(row, line)


class _Texts:
    """The lines of a CSV as text; what cannot be read goes to ``faults``. ``number`` is that of the last line."""

    def __init__(self, lines: Iterator[tuple[int, str] | Diagnostic], faults: list[Diagnostic]) -> None:
        self._lines = lines
        self._faults = faults
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for each in self._lines:
            if not isinstance(each, Diagnostic):
                self.number = each[0]
                return f"{each[1]}\n"  # a cell may go on in the next line
            self._faults.append(each)
        raise StopIteration
