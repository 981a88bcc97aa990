"""``needs``: what a policy has to be supplied with, and what cannot happen where a log lacks some of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policy_engine.commands.assumptions import assumptions
from policy_engine.commands.detectors import detectors_asked
from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.faults import Faults
from policy_engine.commands.label_files import LabelFiles
from policy_engine.commands.logs import LogOptions, log_paths
from policy_engine.commands.notes import Notes
from policy_engine.commands.opening import opened
from policy_engine.commands.progress import Progress
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import Diagnostic
from policy_engine.model.model import Policy
from policy_engine.needs.asked import asked_by
from policy_engine.needs.lacking import Lacking
from policy_engine.needs.verdict import Verdict, verdict
from policy_engine.reports.screen import Screen
from policy_engine.simulation.pacing import read_pace
from policy_engine.transcripts.detecting import apply
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.plugins import left_out
from policy_engine.transcripts.reader import UNKNOWN_FORMAT, UNREADABLE, is_warning
from policy_engine.transcripts.reading import read_conversations


@dataclass(frozen=True, slots=True)
class Options:
    """How to read the log, and how to say the result. ``budget`` is in seconds, for each question to the prover."""

    as_json: bool = False
    detect: Sequence[str] = ()
    assume: Sequence[str] = ()
    logs: LogOptions = field(default_factory=LogOptions)
    labels: Sequence[Path] = ()
    pace: str | None = None
    budget: float = 5.0


def needs(policy: Path, log: Sequence[Path], options: Options) -> int:
    """Say what the policy needs, and what the log lacks if there is one. The exit code."""
    loaded, code = opened(policy)
    if loaded is None:
        return code
    try:
        return _told(loaded, log, options)
    except Usage as fault:
        say(f"error: {fault}")
        return UNUSABLE


def _told(policy: Policy, log: Sequence[Path], options: Options) -> int:
    reading = _Log(policy, options)
    if log:
        reading.read(log)
        if not reading.lacking.total:
            say("error: there are no conversations in what was given")
            return UNUSABLE
    found = verdict(reading.lacking, options.budget) if log else None
    if options.as_json:
        _print_json(policy, reading, found)
    else:
        _print_text(policy, reading, found)
    if reading.is_unreadable:
        return UNUSABLE
    is_lacking = found is not None and found.is_lacking(reading.lacking)
    return FINDINGS if is_lacking or reading.malformed else FINE


class _Log:
    """A log, read conversation by conversation, and what it lacks."""

    def __init__(self, policy: Policy, options: Options) -> None:
        self._policy = policy
        self._detectors = detectors_asked(options.detect, policy.vocabulary)
        self._reader = options.logs.chosen()
        self.settings = options.logs.settings(texts=bool(self._detectors))
        self.known = options.logs.mappings()
        self.lacking = Lacking(policy, assumptions(options.assume, policy.vocabulary))
        self._notes = Notes(policy)
        self.lacking.are_times_supposed = _is_paced(options.pace)
        self._labels = (
            LabelFiles(options.labels, self.settings.classifiers, policy.vocabulary)
            if options.labels
            else None
        )
        self._progress = Progress(options.as_json)
        self.malformed = 0
        self.is_unreadable = False

    def read(self, paths: Sequence[Path]) -> None:
        """Go through everything at ``paths``; what is wrong or passed over is told on standard error."""
        faults = Faults()
        for read in read_conversations(log_paths(paths), reader=self._reader, settings=self.settings):
            if isinstance(read, Conversation):
                self._take(read)
                continue
            if is_warning(read):
                self._notes.warn(read)
                continue
            self.malformed += 1
            self.is_unreadable = self.is_unreadable or read.code in (UNREADABLE, UNKNOWN_FORMAT)
            self._tell(faults, read)
        self._progress.clear()
        for rest in faults.rest():
            say(rest)
        self._notes.tell()
        if self._labels is not None:
            self._labels.tell()
        for each in left_out():
            say(f"warning: {each}")

    def _take(self, conversation: Conversation) -> None:
        recorded = conversation if self._labels is None else self._labels.joined(conversation)
        detected = apply(recorded, self._detectors, self._policy.vocabulary, self._notes.failed)
        labelled = detected if self._labels is None else self._labels.completed(detected)
        self._notes.take(labelled, recorded)
        self.lacking.add(labelled)
        self._progress.show(self.lacking.total)

    def _tell(self, faults: Faults, fault: Diagnostic) -> None:
        told = faults.told(fault)
        if told is not None:
            self._progress.clear()
            tell(told)


def _is_paced(pace: str | None) -> bool:
    try:
        return pace is not None and read_pace(pace) is not None
    except ValueError as fault:
        raise Usage(str(fault)) from None


def _print_text(policy: Policy, reading: _Log, found: Verdict | None) -> None:
    from policy_engine.reports.needs_text import lacks_text, needs_text

    screen = Screen(sys.stdout)
    _put(needs_text(policy, reading.lacking.asked, reading.known, screen))
    if found is not None:
        _put([""])
        _put(lacks_text(reading.lacking, found, screen))


def _print_json(policy: Policy, reading: _Log, found: Verdict | None) -> None:
    from policy_engine.reports.needs_json import lacks_json, needs_json

    told = needs_json(policy, asked_by(policy), reading.known)
    if found is not None:
        told["log"] = lacks_json(reading.lacking, found)
    _put([json.dumps(told, indent=2, allow_nan=False)])


def _put(lines: Iterator[str] | list[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
