"""Test files: YAML to a suite, with every fault of the text. What the keys mean is told in `docs/testing.md`.

    policy: last_resort.policy        # else the policy that is called as the file: NAME.test.yaml, NAME.policy
    attributes: {model: opus-4}       # of every test that says nothing else
    tests:
      - name: a third refusal ends the chat
        turns:
          - refusal on terrorism, 2 times
          - refusal on terrorism: end the chat
    never: [end the chat when self-harm has been detected]
    always: [a warning is given before the chat is ended]

The YAML is read by :mod:`policy_engine.vocabulary.yaml_tree`: bounded, without anchors, aliases and tags.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from policy_engine.diagnostics import Diagnostic, Report, nearest, why_unreadable
from policy_engine.machine.encoder import Encoder
from policy_engine.model.loading import Loaded, Read, load_policy, read_file
from policy_engine.model.model import Policy
from policy_engine.model.names import Names
from policy_engine.policytest.case import (
    ANYTHING,
    NOTHING,
    Case,
    Check,
    CheckKind,
    Expectation,
    Step,
    Suite,
)
from policy_engine.policytest.checks import read_checks
from policy_engine.policytest.expectations import ExpectationReader
from policy_engine.policytest.file_name import policy_path_of
from policy_engine.policytest.sentence import Sentence
from policy_engine.policytest.turns import MAX_MESSAGES, TurnReader
from policy_engine.simulation.coverage import is_proper
from policy_engine.source import Location, Source, Span, is_pipe
from policy_engine.transcripts.message import AttributeValue, Conversation, LookedFor, Message
from policy_engine.transcripts.own_form import ROLES, Placed, Plain, read_conversation
from policy_engine.transcripts.reader import Malformed, Origin, is_warning
from policy_engine.transcripts.reading import read_conversations
from policy_engine.transcripts.times import parse_time
from policy_engine.vocabulary.fields import Fields, Reading, Word, quoted
from policy_engine.vocabulary.yaml_tree import Advice, Listing, Node, Scalar, read_tree
from policy_engine.vocabulary.yaml_tree import Mapping as YamlMapping

MAX_CASES = 10_000
"""Cases of one file, each row of a table being one."""
MAX_ALL_MESSAGES = 500_000
"""Messages of all cases of one file."""
BEGINNING = parse_time("2025-01-01T09:00:00")
"""The time of the first message of a conversation that is written in turns, in microseconds since 1970."""

_ADVICE = Advice(
    "write `tests:`, and a list of tests", "split it into several files", "a test needs six levels"
)
_FILE_KEYS = ("policy", "attributes", "looked-for", "tests", "conversations", "never", "always")
_TEST_KEYS = ("name", "attributes", "looked-for", "turns", "conversation", "expect", "table")
_PARAMETER = re.compile(r"<([a-z0-9][a-z0-9 _./-]{0,40})>")
_NAME = re.compile(r"[a-z0-9][a-z0-9 _./-]{0,40}")


def read_suite(path: Path, read: Read = read_file) -> tuple[Suite | None, tuple[Diagnostic, ...]]:
    """The suite of a test file, and every fault of it and of its policy; None where there is an error.

    Never raises for what the files hold.
    """
    report = Report()
    source = _source(path, read, report)
    tree = None if source is None else read_tree(source, report, _ADVICE)
    suite = None if source is None or tree is None else _SuiteReader(path, source, read, report).suite(tree)
    return (None if report.has_errors else suite), report.diagnostics


def _source(path: Path, read: Read, report: Report) -> Source | None:
    shown = os.fspath(path)
    try:
        return read(shown)
    except (OSError, UnicodeError) as fault:
        report.add(*why_unreadable(shown, fault), subject=shown)
        return None


@dataclass(frozen=True, slots=True)
class _Given:
    """What a test says about its conversation besides the messages."""

    attributes: Mapping[str, AttributeValue]
    looked_for: LookedFor | None


class _SuiteReader:
    """Reads one file."""

    def __init__(self, path: Path, source: Source, read: Read, report: Report) -> None:
        self._path = path
        self._source = source
        self._read = read
        self._report = report
        self._reading = Reading(source, report)
        self._messages = 0
        self._is_unfilled = False
        """Whether a parameter of the current row has no column."""

    def suite(self, tree: Node) -> Suite | None:
        """What the file says; None where its policy cannot be had."""
        fields = Fields(self._reading, Word("", tree.span), tree, _FILE_KEYS)
        loaded = self._policy(fields)
        if loaded is None or loaded.policy is None:
            return None
        self._begin(loaded.policy)
        given = self._given(fields, _Given(MappingProxyType({}), None), "the file")
        cases = tuple(self._cases(fields, given))
        checks = self._checks(fields, loaded)
        others = tuple(self._others(fields)) if checks else ()
        if not checks and fields.node("conversations") is not None:
            self._reading.error("missing-key", "`conversations` are read for `never` and `always` alone",
                                fields.span("conversations"), "add one of the two, or leave it out")  # fmt: skip
        if not cases and not checks and not self._report.has_errors:
            self._reading.error("missing-key", "there is no test in this file", tree.span, _ADVICE.empty)
        return Suite(self._path, self._source, loaded.policy, loaded, cases, checks, others)

    def _begin(self, policy: Policy) -> None:
        self._model = policy
        names = Names(policy.vocabulary, dict(policy.groups))
        self._turns = TurnReader(names, self._reading)
        self._expectations = ExpectationReader(policy, names, self._reading)
        self._encoder = Encoder(policy.vocabulary, ())

    def _error(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        self._reading.error(code, message, span, hint)

    # --- the policy ---

    def _policy(self, fields: Fields) -> Loaded | None:
        word = fields.word("policy")
        if word is None:
            target = os.fspath(policy_path_of(self._path))
        else:
            found = self._inside(word)
            if found is None:
                return None
            target = os.fspath(found)
        loaded = load_policy(target, self._read)
        if loaded.standard is not None:
            self._error("wrong-kind", f"{quoted(target)} is a standard: it has no rules of its own",
                        fields.span("policy"), "name a policy")  # fmt: skip
        missing = [each for each in loaded.diagnostics if each.location is None and each.subject == target]
        if missing:
            hint = "name it: `policy: NAME.policy`" if word is None else missing[0].hint
            self._error(missing[0].code, missing[0].message, fields.span("policy"), hint)
            return None
        self._report.extend(loaded.diagnostics)
        return loaded

    def _inside(self, word: Word) -> Path | None:
        """The path that a file names, in its own folder or below."""
        folder = self._path.parent
        target = folder / word.text.replace("\0", "")
        inside = os.path.realpath(folder)
        is_inside = os.path.commonpath([inside, os.path.realpath(target)]) == inside
        if os.path.isabs(word.text) or "://" in word.text or not is_inside:
            self._error("outside-folder", f"{quoted(word.text)} is outside the test file's folder", word.span,
                        "keep what a test file names in its folder or below")  # fmt: skip
            return None
        if is_pipe(target):
            self._error("unreadable", f"{quoted(word.text)} is not a file", word.span)
            return None
        return Path(os.path.normpath(target))

    def _others(self, fields: Fields) -> Iterator[Path]:
        for word in fields.words("conversations", single=True):
            path = self._inside(word)
            if path is None:
                continue
            if not path.exists():
                beside = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
                like = nearest(path.name, beside)
                hint = f"did you mean `{like}`?" if like else None
                self._error(
                    "missing-file", f"there is no file or folder {quoted(word.text)}", word.span, hint
                )
                continue
            yield path

    def _checks(self, fields: Fields, loaded: Loaded) -> tuple[Check, ...]:
        asked = [
            (kind, Sentence(word.text, self._source, word.span))
            for kind in CheckKind
            for word in fields.words(kind.value, single=True)
        ]
        main = loaded.sources[0].name if loaded.sources else ""
        return read_checks(main, asked, self._read, self._reading) if asked else ()

    # --- attributes, and what was looked for ---

    def _given(self, fields: Fields, otherwise: _Given, owner: str) -> _Given:
        """What ``fields`` say, else what holds for the whole file."""
        written: dict[str, object] = {"messages": [{"role": "user"}]}
        for key in ("attributes", "looked-for"):
            node = fields.node(key)
            if node is None:
                continue
            written[key] = self._plain(node)
        read = self._own_form(written, fields.owner.span, owner)
        if read is None:
            return otherwise
        self._check_attributes(fields, read.attributes)
        self._check_looked_for(fields, read.looked_for)
        attributes = MappingProxyType({**otherwise.attributes, **read.attributes})
        return _Given(attributes, otherwise.looked_for if read.looked_for is None else read.looked_for)

    def _check_attributes(self, fields: Fields, attributes: Mapping[str, AttributeValue]) -> None:
        known = self._model.vocabulary.attributes
        for name, value in attributes.items():
            entry, span = known.get(name), fields.span("attributes")
            if entry is None:
                hint = self._reading.suggest(name, list(known))
                self._error("unknown-name", f"unknown attribute {quoted(name)}", span, hint)
            elif not is_proper(entry, value):
                hint = self._reading.suggest(str(value), entry.values) or (
                    f"one of: {', '.join(entry.values)}" if entry.values else f"its type is {entry.type}"
                )
                shown = str(value).lower() if isinstance(value, bool) else str(value)
                self._error("bad-value", f"{quoted(shown)} is not a value of `{name}`", span, hint)

    def _check_looked_for(self, fields: Fields, looked_for: LookedFor | None) -> None:
        vocabulary = self._model.vocabulary
        for name in looked_for or ():
            if vocabulary.canonical(name) is None:
                hint = self._reading.suggest(name, [*vocabulary.labels, *vocabulary.aliases])
                self._error("unknown-name", f"unknown label {quoted(name)}", fields.span("looked-for"), hint)

    # --- the project's own form ---

    def _own_form(self, value: object, span: Span, owner: str) -> Conversation | None:
        """A conversation in the project's own form; None, reported, where it is none."""
        try:
            return read_conversation(value, Origin(self._source.name, owner), 1, owner, short_form=True)
        except Malformed as fault:
            message = fault.message.removeprefix("message 1: ")
            self._error("bad-message", message, span, fault.hint)
            return None

    def _plain(self, node: Node) -> object:
        """A node as the own form's reader has values."""
        match node:
            case Scalar(text, plain):
                return Plain(text) if plain else text
            case Listing(items):
                return [self._plain(each) for each in items]
            case YamlMapping(pairs):
                keys = [key.text for key, _ in pairs]
                for number, (key, _) in enumerate(pairs):
                    if key.text in keys[:number]:
                        message = f"{quoted(key.text)} is given twice"
                        self._error("duplicate-key", message, key.span, "remove one of them")
                line = Location(self._source, node.span).line
                return Placed(((key.text, self._plain(each)) for key, each in pairs), line)

    # --- tests ---

    def _cases(self, fields: Fields, given: _Given) -> Iterator[Case]:
        node = fields.node("tests")
        if node is None:
            return
        if not isinstance(node, Listing):
            self._reading.wrong_type("`tests`", "a list", node.span, "write `- name: …` below it")
            return
        names: dict[str, Location] = {}
        number = 0
        for item in node.items:
            for case in self._variants(item, given):
                number += 1
                if number > MAX_CASES:
                    self._error(
                        "too-large", f"a file has at most {MAX_CASES:,} tests", item.span, _ADVICE.large
                    )
                    return
                first = names.setdefault(case.name, case.location)
                if first is not case.location:
                    hint = f"there is one of that name on line {first.line}"
                    self._error("duplicate-name", f"two tests are called {quoted(case.name)}",
                                case.location.span, hint)  # fmt: skip
                yield case

    def _variants(self, node: Node, given: _Given) -> Iterator[Case]:
        """The case of a test, or one for each row of its table."""
        table = next((value for key, value in _pairs(node) if key.text == "table"), None)
        if table is None:
            yield from self._case(node, given, "")
            return
        for row in self._rows(table, node):
            row_words = ", ".join(f"{name} {text}" for name, text in row.items())
            is_named = any(_PARAMETER.search(each.text) for key, each in _pairs(node)
                           if key.text == "name" and isinstance(each, Scalar))  # fmt: skip
            self._is_unfilled = False
            filled = self._filled(node, row, table)
            if self._is_unfilled:
                return
            yield from self._case(filled, given, "" if is_named else f" ({row_words})")

    def _rows(self, table: Node, node: Node) -> Iterator[dict[str, str]]:
        rows = table.items if isinstance(table, Listing) else ()
        texts = [self._row(each) for each in rows]
        if len(texts) < 2 or any(each is None for each in texts):
            hint = "the first row names the columns: `- [category, times]`, then `- [hate, 3]`"
            self._reading.wrong_type("`table`", "a list of rows, at least two", table.span, hint)
            return
        columns = texts[0] or []
        for item, name in zip(rows[0].items if isinstance(rows[0], Listing) else (), columns, strict=True):
            if not _NAME.fullmatch(name) or columns.count(name) > 1:
                self._error("bad-name", f"{quoted(name)} cannot name a column", item.span,
                            "a lower-case word, another for each column")  # fmt: skip
                return
            if f"<{name}>" not in self._text_of(node, table):
                self._error("unused-name", f"the test never says `<{name}>`", item.span,
                            "leave the column out, or use it")  # fmt: skip
        for item, row in zip(rows[1:], texts[1:], strict=True):
            if row is None or len(row) != len(columns):
                self._error(
                    "wrong-type", f"the row has {len(row or ())} of {len(columns)} columns", item.span
                )
                continue
            yield dict(zip(columns, row, strict=True))

    @staticmethod
    def _row(node: Node) -> list[str] | None:
        if not isinstance(node, Listing):
            return None
        return [each.text for each in node.items if isinstance(each, Scalar)]

    def _text_of(self, node: Node, table: Node) -> str:
        """All that the test says besides its table."""
        match node:
            case Scalar(text):
                return text
            case Listing(items):
                return "\n".join(self._text_of(each, table) for each in items)
            case YamlMapping(pairs):
                return "\n".join(
                    f"{key.text}\n{self._text_of(each, table)}" for key, each in pairs if each is not table
                )

    def _filled(self, node: Node, row: Mapping[str, str], table: Node) -> Node:
        """The test with the row's values in the place of ``<column>``."""
        match node:
            case Scalar():
                return self._filled_text(node, row)
            case Listing(items):
                return node._replace(items=tuple(self._filled(each, row, table) for each in items))
            case YamlMapping(pairs):
                return node._replace(
                    pairs=tuple(
                        (self._filled_text(key, row), self._filled(each, row, table))
                        for key, each in pairs
                        if each is not table
                    )
                )

    def _filled_text(self, scalar: Scalar, row: Mapping[str, str]) -> Scalar:
        def value(found: re.Match[str]) -> str:
            if found[1] not in row:
                self._is_unfilled = True
                like = nearest(found[1], row)
                hint = f"did you mean `<{like}>`?" if like else f"the columns are: {', '.join(row)}"
                self._error("unknown-name", f"the table has no column {quoted(found[1])}", scalar.span, hint)
            return row.get(found[1], found[0])

        return scalar._replace(text=_PARAMETER.sub(value, scalar.text))

    def _case(self, node: Node, given: _Given, row: str) -> Iterator[Case]:
        if not isinstance(node, YamlMapping):
            self._reading.wrong_type(
                "a test", "a mapping", node.span, "for example `- name: …`, then `turns:`"
            )
            return
        spoken = next(
            (each for key, each in node.pairs if key.text == "name" and isinstance(each, Scalar)), None
        )
        owner = Word(spoken.text, spoken.span) if spoken is not None else Word("the test", node.span)
        fields = Fields(self._reading, owner, node, _TEST_KEYS)
        kinds = [key for key in ("turns", "conversation") if fields.node(key) is not None]
        if len(kinds) != 1:
            what = (
                "has both `turns` and `conversation`" if kinds else "has neither `turns` nor `conversation`"
            )
            self._error(
                "missing-key", f"{quoted(owner.text)} {what}", owner.span, "a test has one of the two"
            )
            return
        mine = self._given(fields, given, owner.text)
        built = self._in_turns(fields) if kinds == ["turns"] else self._recorded(fields)
        if built is None:
            return
        conversation, steps = built[0], _with_trial(built[1])
        name = fields.text("name") or conversation.id
        if not name:
            fields.required("name", "what is tested")
            return
        name = f"{name}{row}"
        self._messages += len(conversation.messages)
        if self._messages > MAX_ALL_MESSAGES:
            message = f"the tests of a file have at most {MAX_ALL_MESSAGES:,} messages together"
            self._error("too-large", message, owner.span, _ADVICE.large)
            return
        looked_for = conversation.looked_for if mine.looked_for is None else mine.looked_for
        whole = replace(
            conversation,
            id=name,
            attributes={**mine.attributes, **conversation.attributes},
            looked_for=looked_for,
        )
        yield Case(name, whole, steps, Location(self._source, owner.span))

    def _recorded(self, fields: Fields) -> tuple[Conversation, tuple[Step, ...]] | None:
        """A conversation of a file, with what is expected by the number of its messages."""
        word = fields.word("conversation")
        path = None if word is None else self._inside(word)
        if word is None or path is None:
            return None
        if path.is_dir():
            self._error("unreadable", f"{quoted(word.text)} is a folder", word.span, "name one conversation")
            return None
        read = [each for each in read_conversations([path]) if not is_warning(each)]
        faults = [each for each in read if isinstance(each, Diagnostic)]
        for each in faults:
            self._error(each.code, each.message, word.span, each.hint)
        if faults:
            return None
        if len(read) != 1 or not isinstance(read[0], Conversation):
            self._error("wrong-kind", f"{quoted(word.text)} holds {len(read):,} conversations", word.span,
                        "a test has one: give each a file of its own")  # fmt: skip
            return None
        conversation = read[0]
        self._check_labels(conversation.messages, word.span)
        self._check_recorded_attributes(conversation, fields)
        return conversation, tuple(self._by_number(fields, conversation, word))

    def _check_recorded_attributes(self, conversation: Conversation, fields: Fields) -> None:
        for name in conversation.attributes:
            if name not in self._model.vocabulary.attributes:
                hint = self._reading.suggest(name, list(self._model.vocabulary.attributes))
                message = f"unknown attribute {quoted(name)} in the conversation"
                self._error("unknown-name", message, fields.span("conversation"), hint)

    def _by_number(self, fields: Fields, conversation: Conversation, word: Word) -> Iterator[Step]:
        expected: dict[int, tuple[Expectation, Location]] = {}
        node = fields.node("expect")
        if node is not None and not isinstance(node, YamlMapping):
            hint = "for example `4: end the chat`"
            self._reading.wrong_type(
                "`expect`", "a mapping from messages to what is done there", node.span, hint
            )
        most = len(conversation.messages)
        for key, value in _pairs(node):
            number = int(key.text) if re.fullmatch("[0-9]{1,7}", key.text) else 0
            found = self._expected(value)
            if not 1 <= number <= most:
                self._error("bad-value", f"{quoted(key.text)} is no message of the conversation", key.span,
                            f"it has {most:,}")  # fmt: skip
            elif found is not None:
                expected[number] = (found, Location(self._source, key.span))
        otherwise = (NOTHING, Location(self._source, word.span))
        for number in range(1, most + 1):
            what, place = expected.get(number, otherwise)
            yield Step(number, number, what, "", place)

    # --- turns ---

    def _in_turns(self, fields: Fields) -> tuple[Conversation, tuple[Step, ...]] | None:
        node = fields.node("turns")
        if fields.node("expect") is not None:
            self._error("unknown-key", "`expect` goes with `conversation`", fields.span("expect"),
                        "write what is expected of a turn behind it: `refusal on hate: end the chat`")  # fmt: skip
        if not isinstance(node, Listing):
            self._reading.wrong_type(
                "`turns`", "a list", fields.span("turns"), "write each turn behind a `-`"
            )
            return None
        built = _Building()
        for item in node.items:
            if len(built.messages) > MAX_MESSAGES:
                self._error("too-large", f"a conversation has at most {MAX_MESSAGES:,} messages", item.span)
                return None
            self._turn(item, built)
        if not built.messages:
            if not self._report.has_errors:
                self._error("missing-key", f"{quoted(fields.owner.text)} has no turns", fields.span("turns"))
            return None
        return Conversation("", tuple(built.messages), origin=self._source.name), tuple(built.steps)

    def _turn(self, node: Node, built: _Building) -> None:
        if isinstance(node, Scalar):
            self._sentence(node, NOTHING, built)
            return
        pairs = _pairs(node)
        if any(key.text in ROLES or key.text == "role" for key, _ in pairs):
            self._written_out(node, pairs, built)
        elif len(pairs) == 1:
            expected = self._expected(pairs[0][1])
            self._sentence(pairs[0][0], expected, built)
        else:
            hint = "for example `- refusal on harassment: end the chat`"
            self._reading.wrong_type(
                "a turn", "a sentence, with or without what is expected", node.span, hint
            )

    def _sentence(self, scalar: Scalar, expected: Expectation | None, built: _Building) -> None:
        turn = self._turns.read(Sentence(scalar.text, self._source, scalar.span))
        if turn is None or expected is None:
            return
        place = Location(self._source, scalar.span)
        if not turn.messages and expected is not NOTHING:
            self._error("bad-turn", "nobody speaks here, so nothing can be expected", scalar.span,
                        "write it behind the next turn")  # fmt: skip
        for number, (role, labels, wait) in enumerate(turn.messages):
            built.add(Message(role, labels), wait)
            if number + 1 == len(turn.messages) - turn.expected:
                before = ANYTHING if expected.others else NOTHING
                built.step(before, scalar.text, place)
        if turn.messages:
            built.step(expected, scalar.text, place)
        built.wait += turn.wait

    def _written_out(self, node: Node, pairs: Sequence[tuple[Scalar, Node]], built: _Building) -> None:
        """One message in the project's own form, with ``expect`` beside it."""
        own = YamlMapping(tuple(pair for pair in pairs if pair[0].text != "expect"), node.span)
        read = self._own_form({"messages": [self._plain(own)]}, node.span, "message")
        values = [value for key, value in pairs if key.text == "expect"]
        expected = self._expected(values[0]) if values else NOTHING
        if read is None or expected is None:
            return
        self._check_labels(read.messages, node.span)
        built.add(read.messages[0], 0)
        built.step(expected, "", Location(self._source, pairs[0][0].span))

    def _check_labels(self, messages: Sequence[Message], span: Span) -> None:
        for message in messages:
            for note in self._encoder.notes(message):
                said, _, hint = note.partition("; ")
                self._error("unknown-name", said, span, hint or None)

    def _expected(self, node: Node) -> Expectation | None:
        items = node.items if isinstance(node, Listing) else (node,)
        sentences = []
        for item in items:
            if not isinstance(item, Scalar) or item.is_null:
                hint = "put a text with `: ` in single quotes: 'warn the user \"Stop: now.\"'"
                self._reading.wrong_type("what is expected", "a text, or a list of texts", item.span, hint)
                return None
            sentences.append(Sentence(item.text, self._source, item.span))
        return self._expectations.read(sentences)


def _with_trial(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """A test that says of one turn what trial rules would do says of the others that they would do nothing."""
    if all(step.expected.trial is None for step in steps):
        return steps
    return tuple(
        replace(step, expected=replace(step.expected, trial=()))
        if step.expected.trial is None and not step.expected.others
        else step
        for step in steps
    )


class _Building:
    """A conversation that grows turn by turn. ``wait`` are microseconds to pass before the next message."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.steps: list[Step] = []
        self.wait = 0
        self._time = BEGINNING

    def add(self, message: Message, wait: int) -> None:
        """One message, so many microseconds after the last, or at its own time."""
        self._time += self.wait + wait
        self.wait = 0
        if message.time is not None:
            self._time = message.time
        self.messages.append(replace(message, time=self._time))

    def step(self, expected: Expectation, words: str, place: Location) -> None:
        """The messages since the last step are one."""
        first = self.steps[-1].last + 1 if self.steps else 1
        self.steps.append(Step(first, len(self.messages), expected, words, place))


def _pairs(node: Node | None) -> tuple[tuple[Scalar, Node], ...]:
    return node.pairs if isinstance(node, YamlMapping) else ()
