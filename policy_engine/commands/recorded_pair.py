"""Recorded conversations under two policies at once, in one pass over the logs: ``diff --on``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policy_engine.commands.assumptions import assumptions
from policy_engine.commands.detectors import detectors_asked
from policy_engine.commands.faults import Faults
from policy_engine.commands.logs import LogOptions, log_paths
from policy_engine.commands.notes import Notes
from policy_engine.commands.progress import Progress
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import Diagnostic
from policy_engine.difference.deed import Pair
from policy_engine.difference.recorded import Recorded
from policy_engine.machine.machine import compile_policy
from policy_engine.machine.walk import TimeOrderError
from policy_engine.simulation.pacing import has_no_times, read_pace
from policy_engine.simulation.simulation import Simulation, Simulator
from policy_engine.transcripts.detecting import apply
from policy_engine.transcripts.message import AttributeValue, Conversation
from policy_engine.transcripts.reader import UNKNOWN_FORMAT, UNREADABLE, is_warning
from policy_engine.transcripts.reading import read_conversations


@dataclass(frozen=True, slots=True)
class RecordedOptions:
    """Which logs, and what their user says of them: as for ``simulate``."""

    on: Sequence[Path] = ()
    detect: Sequence[str] = ()
    assume: Sequence[str] = ()
    logs: LogOptions = field(default_factory=LogOptions)
    pace: str | None = None


class RecordedPair:
    """One pass. ``is_sound`` says afterwards whether everything could be read."""

    def __init__(self, policies: Pair, options: RecordedOptions, is_quiet: bool) -> None:
        self._options = options
        self._reader = options.logs.chosen()
        self._detectors = [detectors_asked(options.detect, each.vocabulary) for each in policies]
        self._settings = options.logs.settings(texts=any(self._detectors))
        self._simulators = _simulators(policies, options)
        self._policies = policies
        self._notes = Notes(policies[1])
        self._faults = Faults()
        self._progress = Progress(is_quiet)
        self.is_sound = True

    def counted(self) -> Recorded:
        """What both policies do in all conversations. Raises Usage where there is none."""
        found = Recorded(self._policies)
        is_any = False
        for read in read_conversations(
            log_paths(self._options.on), reader=self._reader, settings=self._settings
        ):
            if is_warning(read):
                self._notes.warn(read)
                continue
            is_any = True
            if isinstance(read, Diagnostic):
                found.left_out += 1
                self.is_sound = self.is_sound and read.code not in (UNREADABLE, UNKNOWN_FORMAT)
                self._tell(read)
                continue
            try:
                old, new = self._both(read)
            except TimeOrderError as fault:
                found.left_out += 1
                self._tell(_untimely(fault, read))
                continue
            found.add(old, new)
            self._progress.show(found.conversations)
        self._progress.clear()
        for rest in self._faults.rest():
            say(rest)
        self._notes.tell()
        if not is_any:
            raise Usage("there are no conversations in what was given")
        return found

    def _both(self, conversation: Conversation) -> tuple[Simulation, Simulation]:
        """What each policy does, with the labels of its own detectors. Raises TimeOrderError."""
        labelled = [
            apply(conversation, detectors, policy.vocabulary, self._notes.failed)
            for detectors, policy in zip(self._detectors, self._policies, strict=True)
        ]
        self._notes.take(labelled[1], conversation)
        old, new = (simulator.run(each) for simulator, each in zip(self._simulators, labelled, strict=True))
        return old, new

    def _tell(self, fault: Diagnostic) -> None:
        told = self._faults.told(fault)
        if told is not None:
            self._progress.clear()
            tell(told)


def _untimely(fault: TimeOrderError, conversation: Conversation) -> Diagnostic:
    hint = f"one of the policies uses durations; conversation `{conversation.id}` is left out"
    if has_no_times(conversation):
        hint += '; to suppose times where there are none: --pace "1 minute"'
    return Diagnostic("time-order", str(fault), hint=hint, subject=conversation.origin)


def _simulators(policies: Pair, options: RecordedOptions) -> list[Simulator]:
    try:
        pace = None if options.pace is None else read_pace(options.pace)
    except ValueError as fault:
        raise Usage(str(fault)) from None
    assumed = _assumed(options.assume, policies)
    return [
        Simulator(compile_policy(policy), each, pace) for policy, each in zip(policies, assumed, strict=True)
    ]


def _assumed(written: Sequence[str], policies: Pair) -> list[dict[str, AttributeValue]]:
    """For each policy, the attributes that its vocabulary knows. Raises Usage where neither does."""
    names = [each.partition("=")[0] for each in written]
    found = []
    for policy, other in (policies, policies[::-1]):
        known = policy.vocabulary.attributes
        mine = [
            each
            for name, each in zip(names, written, strict=True)
            if name in known or name not in other.vocabulary.attributes
        ]
        found.append(assumptions(mine, policy.vocabulary))
    return found
