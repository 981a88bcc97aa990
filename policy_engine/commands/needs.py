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
from policy_engine.commands.intake import Intake
from policy_engine.commands.label_files import LabelFiles
from policy_engine.commands.logs import LogOptions
from policy_engine.commands.notes import Notes
from policy_engine.commands.opening import opened
from policy_engine.commands.pace import asked_pace
from policy_engine.commands.standard_error import say
from policy_engine.commands.usage import Usage
from policy_engine.model.model import Policy
from policy_engine.needs.asked import asked_by
from policy_engine.needs.lacking import Lacking
from policy_engine.needs.verdict import Verdict, verdict
from policy_engine.reports.screen import Screen
from policy_engine.transcripts.detecting import apply
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.plugins import left_out


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
    if reading.intake.is_unreadable:
        return UNUSABLE
    is_lacking = found is not None and found.is_lacking(reading.lacking)
    return FINDINGS if is_lacking or reading.intake.left_out else FINE


class _Log:
    """A log, read conversation by conversation, and what it lacks."""

    def __init__(self, policy: Policy, options: Options) -> None:
        self._policy = policy
        self._detectors = detectors_asked(options.detect, policy.vocabulary)
        self.intake = Intake(options.logs, texts=bool(self._detectors), as_json=options.as_json)
        self.known = options.logs.mappings()
        self.lacking = Lacking(policy, assumptions(options.assume, policy.vocabulary))
        self._notes = Notes(policy)
        self.lacking.are_times_supposed = asked_pace(options.pace) is not None
        self._labels = (
            LabelFiles(options.labels, self.intake.settings.classifiers, policy.vocabulary)
            if options.labels
            else None
        )

    def read(self, paths: Sequence[Path]) -> None:
        """Go through everything at ``paths``; what is wrong or passed over is told on standard error."""
        for conversation in self.intake.conversations(paths, self._notes.warn):
            self._take(conversation)
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
        self.intake.progress.show(self.lacking.total)


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
