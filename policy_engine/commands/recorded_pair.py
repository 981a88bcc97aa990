"""Recorded conversations under two policies at once, in one pass over the logs: ``diff --on``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policy_engine.commands.assumptions import assumptions
from policy_engine.commands.detectors import detectors_asked
from policy_engine.commands.intake import Intake
from policy_engine.commands.logs import LogOptions
from policy_engine.commands.notes import Notes
from policy_engine.commands.pace import asked_pace
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import Diagnostic
from policy_engine.difference.deed import Pair
from policy_engine.difference.recorded import Recorded
from policy_engine.machine.machine import compile_policy
from policy_engine.machine.walk import TimeOrderError
from policy_engine.simulation.pacing import has_no_times
from policy_engine.simulation.simulation import Simulation, Simulator
from policy_engine.transcripts.detecting import apply
from policy_engine.transcripts.message import AttributeValue, Conversation


@dataclass(frozen=True, slots=True)
class RecordedOptions:
    """Which logs, and what their user says of them: as for ``simulate``."""

    on: Sequence[Path] = ()
    detect: Sequence[str] = ()
    assume: Sequence[str] = ()
    logs: LogOptions = field(default_factory=LogOptions)
    pace: str | None = None


class RecordedPair:
    """One pass over the logs."""

    def __init__(self, policies: Pair, options: RecordedOptions, is_quiet: bool) -> None:
        self._options = options
        self._detectors = [detectors_asked(options.detect, each.vocabulary) for each in policies]
        self._intake = Intake(options.logs, texts=any(self._detectors), as_json=is_quiet)
        self._simulators = _simulators(policies, options)
        self._policies = policies
        self._notes = Notes(policies[1])

    @property
    def is_sound(self) -> bool:
        """Whether everything could be read."""
        return not self._intake.is_unreadable

    def counted(self) -> Recorded:
        """What both policies do in all conversations. Raises Usage where there is none."""
        found = Recorded(self._policies)
        intake = self._intake
        for conversation in intake.conversations(self._options.on, self._notes.warn):
            try:
                found.add(*self._both(conversation))
            except TimeOrderError as fault:
                intake.leave_out(_untimely(fault, conversation))
                continue
            intake.progress.show(found.conversations)
        found.left_out = intake.left_out
        self._notes.tell()
        if not intake.is_any:
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


def _untimely(fault: TimeOrderError, conversation: Conversation) -> Diagnostic:
    hint = f"one of the policies uses durations; conversation `{conversation.id}` is left out"
    if has_no_times(conversation):
        hint += '; to suppose times where there are none: --pace "1 minute"'
    return Diagnostic("time-order", str(fault), hint=hint, subject=conversation.origin)


def _simulators(policies: Pair, options: RecordedOptions) -> list[Simulator]:
    pace = asked_pace(options.pace)
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
