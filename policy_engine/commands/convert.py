"""``convert`` and ``label``: logs written in the project's own form, as they are read and with labels added."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from policy_engine.commands.assumptions import assumptions
from policy_engine.commands.closed_pipe import tidied_first
from policy_engine.commands.detectors import detectors_asked
from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.intake import Intake
from policy_engine.commands.logs import LogOptions
from policy_engine.commands.pace import asked_pace
from policy_engine.commands.remarks import Remarks
from policy_engine.commands.repeated_ids import RepeatedIds
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.usage import Usage
from policy_engine.commands.written_log import STANDARD_OUTPUT, WrittenLog
from policy_engine.diagnostics import Diagnostic
from policy_engine.model.loading import load_vocabulary_file
from policy_engine.reports.english import many
from policy_engine.reports.screen import Screen
from policy_engine.simulation.pacing import has_no_times, paced
from policy_engine.transcripts.added_labels import AddedLabels
from policy_engine.transcripts.detecting import apply
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.plugins import left_out
from policy_engine.vocabulary.shipped import default_vocabulary
from policy_engine.vocabulary.vocabulary import Vocabulary

if TYPE_CHECKING:
    from policy_engine.commands.label_files import LabelFiles

UNWRITABLE = "unwritable"
"""The code of a conversation that the form cannot say."""

_MOST_FAILURES = 20
"""Different ways in which detectors failed that are told apart."""
_LONGEST = 100
"""Characters of a failure that are told."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to write a log, and what to do to its conversations before."""

    text: bool = True
    strict: bool = False
    force: bool = False
    detect: Sequence[str] = ()
    assume: Sequence[str] = ()
    pace: str | None = None
    labels: Sequence[Path] = ()
    vocabulary: Path | None = None
    logs: LogOptions = field(default_factory=LogOptions)


def convert(logs: Sequence[Path], out: Path, options: Options) -> int:
    """Write all conversations of ``logs`` to ``out``. The exit code."""
    try:
        conversion = _Conversion(options, out)
        if str(out) == STANDARD_OUTPUT:
            return conversion.run(logs)
        with tidied_first():
            return conversion.run(logs)
    except Usage as fault:
        say(f"error: {fault}")
        return UNUSABLE


class _Conversion:
    """One call of the command."""

    def __init__(self, options: Options, out: Path) -> None:
        self.options = options
        self.out = out
        self.vocabulary = _vocabulary(options.vocabulary)
        self.detectors = detectors_asked(options.detect, self.vocabulary)
        self.intake = Intake(
            options.logs,
            texts=options.text or bool(self.detectors),
            as_json=str(out) == STANDARD_OUTPUT,
            is_strict=options.strict,
        )
        self.pace = asked_pace(options.pace)
        self.assumed = MappingProxyType(assumptions(options.assume, self.vocabulary))
        self.labels = self._label_files()
        self.added = AddedLabels(self.detectors, self.vocabulary)
        self.failures: Counter[tuple[str, str]] = Counter()
        self.remarks = Remarks()
        self.repeated_ids = RepeatedIds("written")
        self.conversations = self.messages = self.paced = 0

    def _label_files(self) -> LabelFiles | None:
        if not self.options.labels:
            return None
        from policy_engine.commands.label_files import LabelFiles

        return LabelFiles(self.options.labels, self.intake.settings.classifiers, self.vocabulary)

    def run(self, logs: Sequence[Path]) -> int:
        """Read, write, and tell. Raises Usage."""
        options, out = self.options, self.out
        read = (*logs, *options.labels, *options.logs.classifiers, *_keyword_files(options.detect))
        inputs = [each for each in (*read, options.vocabulary) if each is not None and str(each) != "-"]
        with WrittenLog(out, inputs, texts=options.text, force=options.force) as log:
            if options.strict and self.labels is not None and self.labels.malformed:
                say(_unwritten(out))
                return FINDINGS
            try:
                self._write(logs, log)
            finally:
                self.intake.progress.clear()
            is_whole = not (options.strict and self.intake.left_out) or log.is_standard_output
            is_kept = is_whole and self.conversations > 0
            if is_kept:
                log.keep()
        self._tell_notes()
        if not self.intake.is_any:
            say("error: there are no conversations in what was given")
            return UNUSABLE
        if is_kept:
            self._tell_result()
        else:
            say(_unwritten(out))
        if self.intake.is_unreadable:
            return UNUSABLE
        is_malformed = self.intake.left_out or (self.labels is not None and self.labels.malformed)
        return FINDINGS if is_malformed else FINE

    def _write(self, logs: Sequence[Path], log: WrittenLog) -> None:
        for conversation in self.intake.conversations(logs, self.remarks.warn):
            repeated = self.repeated_ids.told(conversation.id, conversation.origin)
            if repeated is not None:
                self.intake.faults.tell(repeated)
            try:
                log.add(self._made(conversation))
            except ValueError as fault:
                message = f"the conversation `{conversation.id[:_LONGEST]}` cannot be written: {fault}"
                hint = "it is left out"
                self.intake.leave_out(Diagnostic(UNWRITABLE, message, hint=hint, subject=conversation.origin))
                continue
            self.conversations += 1
            self.messages += len(conversation.messages)
            self.intake.progress.show(self.conversations)

    def _made(self, conversation: Conversation) -> Conversation:
        """The conversation as it is to be written; ValueError where its supposed times are beyond all years."""
        made = self._labelled(conversation)
        if self.pace is not None and has_no_times(made):
            self.paced += 1
            made = paced(made, self.pace)
        more = {name: value for name, value in self.assumed.items() if name not in made.attributes}
        return replace(made, attributes=MappingProxyType({**made.attributes, **more})) if more else made

    def _labelled(self, conversation: Conversation) -> Conversation:
        """With the labels of other files, then those of detectors: what was recorded comes first."""
        recorded = conversation if self.labels is None else self.labels.joined(conversation)
        detected = apply(recorded, self.detectors, self.vocabulary, self._failed)
        if self.detectors:
            self.added.take(recorded, detected)
        return detected if self.labels is None else self.labels.completed(detected)

    # --- what is told ---

    def _failed(self, detector: str, fault: str) -> None:
        key = (detector, fault[:_LONGEST])
        if key not in self.failures and len(self.failures) >= _MOST_FAILURES:
            key = (detector, "in other ways")
        self.failures[key] += 1

    def _tell_notes(self) -> None:
        self.remarks.tell()
        for (detector, fault), number in sorted(self.failures.items(), key=lambda each: (-each[1], each[0])):
            where = many(number, "message")
            say(f"note: the detector `{detector}` failed on {where}, its labels are unknown there: {fault}")
        if self.labels is not None:
            self.labels.tell()
        for each in left_out():
            say(f"warning: {each}")
        if self.pace is not None and self.conversations and not self.paced:
            say("note: --pace changes nothing: every conversation has times")

    def _tell_result(self) -> None:
        """What was written, and which labels were added: on standard error where the log is on standard output."""
        stream = sys.stderr if str(self.out) == STANDARD_OUTPUT else sys.stdout
        screen = Screen(stream)
        for line in self._result(screen):
            stream.write(screen.signs(line).rstrip() + "\n")

    def _result(self, screen: Screen) -> Iterator[str]:
        from policy_engine.reports.added_labels import added_labels
        from policy_engine.reports.screen import clean

        parts = [many(self.conversations, "conversation"), many(self.messages, "message")]
        if self.intake.left_out:
            parts.append(f"{self.intake.left_out:,} left out")
        name = "standard output" if str(self.out) == STANDARD_OUTPUT else str(self.out)
        yield f"{clean(name)}: {', '.join(parts)}"
        if self.detectors:
            yield ""
            yield from added_labels(self.added, screen)


def _unwritten(out: Path) -> str:
    is_standard_output = str(out) == STANDARD_OUTPUT
    return "note: nothing is written" if is_standard_output else f"note: `{out}` is not written"


def _vocabulary(path: Path | None) -> Vocabulary:
    """The vocabulary of a file, or the default one. Raises Usage, after the faults of the file were printed."""
    if path is None:
        return default_vocabulary()
    found, faults = load_vocabulary_file(path)
    for each in faults:
        tell(each)
    if found is None:
        raise Usage(f"the vocabulary `{path}` cannot be used")
    return found


def _keyword_files(detect: Sequence[str]) -> list[Path]:
    """The files that detectors are told of, which are read, too."""
    told = (name.strip().partition(":")[2] for each in detect for name in each.split(","))
    return [Path(each) for each in told if each]
