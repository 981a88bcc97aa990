"""``simulate``: recorded conversations under a policy, one as a timeline, many as a table."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from policy_engine.commands.assumptions import assumptions
from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.faults import Faults
from policy_engine.commands.notes import Notes
from policy_engine.commands.opening import opened
from policy_engine.commands.progress import Progress
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import Diagnostic, PolicyError
from policy_engine.machine.machine import compile_policy
from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.model import Policy
from policy_engine.reports.screen import COLUMNS, Screen
from policy_engine.simulation.pacing import has_no_times, read_pace
from policy_engine.simulation.simulation import Simulation, Simulator
from policy_engine.simulation.summary import Summary
from policy_engine.transcripts.detecting import apply, detectors_named
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.plugins import left_out
from policy_engine.transcripts.reader import UNKNOWN_FORMAT, UNREADABLE
from policy_engine.transcripts.reading import read_conversations, reader_named

if TYPE_CHECKING:
    from policy_engine.reports.page import Page
    from policy_engine.transcripts.detector import Detector

Named = TypeVar("Named")

_WIDEST = 100
"""Columns of a timeline on a terminal that has more."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to simulate, and what to show of it."""

    as_json: bool = False
    why: bool = False
    text: bool = True
    strict: bool = False
    summary: bool = False
    detect: Sequence[str] = ()
    assume: Sequence[str] = ()
    reader: str | None = None
    only: Sequence[str] = ()
    html: Path | None = None
    pace: str | None = None


def simulate(policy: Path, conversations: Sequence[Path], options: Options) -> int:
    """Simulate and print. The exit code."""
    loaded, code = opened(policy)
    if loaded is None:
        return code
    try:
        run = _Run(loaded, options)
        if options.html is None:
            return run.over(conversations)
        return _with_page(run, options.html, [policy, *conversations])
    except Usage as fault:
        say(f"error: {fault}")
        return UNUSABLE


def _with_page(run: _Run, path: Path, inputs: Sequence[Path]) -> int:
    """The same run, and its page; ``inputs`` are the policy and the conversations. Raises Usage."""
    from policy_engine.commands.page_file import PageFile, PageFileError
    from policy_engine.reports.page import Page

    options = run.options
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # what was begun beside the page is to be taken away
    try:
        with PageFile(path, [each for each in inputs if str(each) != "-"]) as file:
            run.page = Page(run.policy, why=options.why, text=options.text, table_alone=options.summary)
            code = run.over(inputs[1:])
            if run.summary.conversations:
                file.write(run.page.html(run.summary))
            else:
                say(f"note: there is no conversation to show: `{path}` is not written")
            return code
    except PageFileError as fault:
        raise Usage(str(fault)) from None
    except BrokenPipeError:
        say(f"error: standard output was closed before the end: `{path}` is not written")
        raise


class _Run:
    """One call of the command."""

    def __init__(self, policy: Policy, options: Options) -> None:
        self.policy = policy
        self.options = options
        self.detectors = _detectors(options.detect, policy)
        if options.reader is not None:
            _asked(reader_named, options.reader)
        self.pace = None if options.pace is None else _asked(read_pace, options.pace)
        self.simulator = Simulator(compile_policy(policy), assumptions(options.assume, policy), self.pace)
        self.summary = Summary(policy, detecting=bool(self.detectors))
        self.notes = Notes(policy)
        self.page: Page | None = None
        self.faults = Faults()
        self.is_unreadable = False
        self.is_any = False
        self.met: set[str] = set()
        """Which of the conversations that ``--only`` names there are."""

    def over(self, paths: Sequence[Path]) -> int:
        """Go through everything at ``paths``."""
        started = time.monotonic()
        progress = Progress(self.options.as_json)
        found = self._simulations(paths, progress)
        try:
            if self.options.as_json:
                self._print_json(found)
            else:
                self._print_text(found, started, progress)
        finally:
            progress.clear()
        self.notes.tell()
        for each in left_out():
            say(f"warning: {each}")
        if self.pace is not None and not self.policy.timed:
            say("note: --pace changes nothing: the policy uses no durations")
        absent = sorted(set(self.options.only) - self.met)
        for each in absent if self.is_any else ():
            say(f"error: there is no conversation `{each}` in what was given")
        if absent and self.is_any:
            return UNUSABLE
        if not self.is_any:
            say("error: there are no conversations in what was given")
            return UNUSABLE
        if self.is_unreadable:
            return UNUSABLE
        return FINDINGS if self.summary.malformed or self.summary.out_of_order else FINE

    def _simulations(self, paths: Sequence[Path], progress: Progress) -> Iterator[Simulation]:
        inputs: list[Path | Literal["-"]] = ["-" if str(path) == "-" else path for path in paths]
        only = frozenset(self.options.only)
        for read in read_conversations(inputs, reader=self.options.reader):
            self.is_any = True
            result = self._fault(read) if isinstance(read, Diagnostic) else self._simulated(read, only)
            if isinstance(result, Diagnostic):
                told = self.faults.told(result)
                if told is not None:
                    progress.clear()
                    tell(told)
                if self.options.strict:
                    return
            elif result is not None:
                self.summary.add(result)
                if self.page is not None:
                    self.page.add(result)
                progress.show(self.summary.conversations)
                yield result
        progress.clear()
        for rest in self.faults.rest():
            say(f"error: {rest}")

    def _fault(self, fault: Diagnostic) -> Diagnostic:
        self.summary.malformed += 1
        if fault.code in (UNREADABLE, UNKNOWN_FORMAT):
            self.is_unreadable = True
        return fault

    def _simulated(self, conversation: Conversation, only: frozenset[str]) -> Simulation | Diagnostic | None:
        if only and conversation.id not in only:
            return None
        if only:
            self.met.add(conversation.id)
        labelled = apply(conversation, self.detectors, self.policy.vocabulary, self.notes.failed)
        self.notes.take(labelled)
        try:
            return self.simulator.run(labelled)
        except TimeOrderError as fault:
            self.summary.out_of_order += 1
            hint = f"the policy uses durations; conversation `{conversation.id}` is left out"
            if has_no_times(conversation):
                hint += '; to suppose times where there are none: --pace "1 minute"'
            elif self.pace is not None:
                hint += "; --pace supposes times only where a conversation has none at all"
            return Diagnostic("time-order", str(fault), hint=hint, subject=conversation.origin)

    # --- results ---

    def _print_json(self, found: Iterable[Simulation]) -> None:
        from policy_engine.reports.decisions_json import simulation_json, summary_json

        for simulation in found:
            if not self.options.summary:
                _put(json.dumps(simulation_json(simulation), allow_nan=False))
                sys.stdout.flush()
        if self.options.summary and self.is_any:
            _put(json.dumps(summary_json(self.summary), indent=2, allow_nan=False))

    def _print_text(self, found: Iterator[Simulation], started: float, progress: Progress) -> None:
        screen = Screen(sys.stdout)
        each_is_shown = self.options.why and not self.options.summary
        first: Simulation | None = None
        for number, simulation in enumerate(found):
            first = simulation if number == 0 else None
            if each_is_shown:
                progress.clear()
                self._timeline(simulation, screen, number)
        if first is not None and not self.options.summary:
            progress.clear()
            if not each_is_shown:
                self._timeline(first, screen, 0)
        elif self.summary.conversations or (self.options.summary and self.is_any):
            from policy_engine.reports.table import table

            progress.clear()
            if each_is_shown:
                _put()
            seconds = time.monotonic() - started if sys.stdout.isatty() else None
            for line in table(self.summary, screen, seconds):
                _put(line)

    def _timeline(self, simulation: Simulation, screen: Screen, number: int) -> None:
        from policy_engine.reports.timeline import Shown, timeline

        columns = COLUMNS
        if sys.stdout.isatty():
            columns = max(COLUMNS, min(_WIDEST, shutil.get_terminal_size().columns))
        if number:
            _put()
        for line in timeline(simulation, screen, Shown(self.options.why, self.options.text, columns)):
            _put(line)


def _detectors(written: Sequence[str], policy: Policy) -> tuple[Detector, ...]:
    """What ``--detect`` asks for. Raises Usage, after the faults of a file were printed."""
    try:
        return detectors_named(written, policy.vocabulary)
    except ValueError as fault:
        raise Usage(str(fault)) from None
    except PolicyError as fault:
        for each in fault.diagnostics:
            tell(each)
        raise Usage("--detect names a file that cannot be used") from None


def _asked(named: Callable[[str], Named], name: str) -> Named:
    try:
        return named(name)
    except ValueError as fault:
        raise Usage(str(fault)) from None


def _put(line: str = "") -> None:
    sys.stdout.write(line + "\n")
