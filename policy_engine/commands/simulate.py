"""``simulate``: recorded conversations under a policy, one as a timeline, many as a table."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from policy_engine.commands.assumptions import assumptions
from policy_engine.commands.closed_pipe import tidied_first
from policy_engine.commands.detectors import detectors_asked
from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.faults import Faults
from policy_engine.commands.logs import LogOptions, log_paths
from policy_engine.commands.notes import Notes
from policy_engine.commands.opening import opened
from policy_engine.commands.pace import asked_pace
from policy_engine.commands.portion import Portion
from policy_engine.commands.progress import Progress
from policy_engine.commands.repeated_ids import RepeatedIds
from policy_engine.commands.standard_error import say
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import Diagnostic
from policy_engine.machine.machine import compile_policy
from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.model import Policy
from policy_engine.reports.screen import COLUMNS, Screen
from policy_engine.simulation.pacing import has_no_times
from policy_engine.simulation.simulation import Simulation, Simulator
from policy_engine.simulation.summary import Summary
from policy_engine.transcripts.detecting import apply
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.parts import Batch, are_parts_short, batches_of, read_part, size_of
from policy_engine.transcripts.plugins import left_out
from policy_engine.transcripts.reader import UNKNOWN_FORMAT, UNREADABLE, Read, is_warning
from policy_engine.transcripts.reading import read_conversations

if TYPE_CHECKING:
    from policy_engine.commands.label_files import LabelFiles
    from policy_engine.reports.page import Page
    from policy_engine.simulation.doubt import Doubting

Named = TypeVar("Named")

_WIDEST = 100
"""Columns of a timeline on a terminal that has more."""
_LARGE = 64_000_000
"""From so many bytes on, all cores read a log."""
_MOST_JOBS = 64
_NOTES_OF_A_PORTION = 100_000
"""Different notes that are told apart in a part of a log, before they are added to those of the parts before it."""


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
    logs: LogOptions = field(default_factory=LogOptions)
    only: Sequence[str] = ()
    html: Path | None = None
    pace: str | None = None
    jobs: int | None = None
    labels: Sequence[Path] = ()
    doubt: bool = False


def simulate(policy: Path, conversations: Sequence[Path], options: Options) -> int:
    """Simulate and print. The exit code."""
    loaded, code = opened(policy)
    if loaded is None:
        return code
    try:
        run = _Run(loaded, options)
        with tidied_first():
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
    try:
        read = (*inputs, *options.labels, *options.logs.classifiers)
        with PageFile(path, [each for each in read if str(each) != "-"]) as file:
            run.page = Page(run.policy, why=options.why, text=options.text, table_alone=options.summary)
            code = run.over(inputs[1:])
            sys.stdout.flush()  # whether its reader has left is to be known before there is a page
            if run.summary.conversations:
                file.write(run.page.html(run.summary, run.doubting))
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
        self.detectors = detectors_asked(options.detect, policy.vocabulary)
        self.reader = options.logs.chosen()
        self.settings = options.logs.settings(texts=self._are_texts_needed())
        self.pace = asked_pace(options.pace)
        self.simulator = Simulator(
            compile_policy(policy), assumptions(options.assume, policy.vocabulary), self.pace
        )
        self.summary = Summary(policy, detecting=bool(self.detectors))
        self.notes = Notes(policy, unmapped=not options.doubt)
        self.page: Page | None = None
        self.labels = self._label_files()
        self.doubting = self._doubting() if options.doubt else None
        self.progress = Progress(options.as_json)
        self.faults = Faults(self.progress)
        self.repeated_ids = RepeatedIds()
        self.is_unreadable = False
        self.is_any = False
        self.met: set[str] = set()
        """Which of the conversations that ``--only`` names there are."""

    def _doubting(self) -> Doubting:
        from policy_engine.simulation.doubt import Doubting

        return Doubting(self.policy, self.detectors, self.settings.classifiers)

    def _label_files(self) -> LabelFiles | None:
        if not self.options.labels:
            return None
        from policy_engine.commands.label_files import LabelFiles

        return LabelFiles(self.options.labels, self.settings.classifiers, self.policy.vocabulary)

    def over(self, paths: Sequence[Path]) -> int:
        """Go through everything at ``paths``."""
        if self.options.strict and self.labels is not None and self.labels.malformed:
            return FINDINGS
        started = time.monotonic()
        jobs = self._jobs(paths)
        try:
            if jobs > 1:
                self._print_together(paths, jobs, started)
            elif self.options.as_json:
                self._print_json(self._simulations(paths))
            else:
                self._print_text(self._simulations(paths), started)
        finally:
            self.progress.clear()
        self.notes.tell()
        if self.labels is not None:
            self.labels.tell()
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
        is_malformed = self.summary.malformed or (self.labels is not None and self.labels.malformed)
        return FINDINGS if is_malformed or self.summary.out_of_order else FINE

    def _simulations(self, paths: Sequence[Path]) -> Iterator[Simulation]:
        for read in read_conversations(log_paths(paths), reader=self.reader, settings=self.settings):
            result = self._result(read)
            if isinstance(read, Conversation) and result is not None:
                self._tell_repeated(read.id, read.origin)
            if isinstance(result, Diagnostic):
                self.faults.tell(result)
                if self.options.strict:
                    break
            elif result is not None:
                self.summary.add(result)
                if self.page is not None:
                    self.page.add(result)
                self.progress.show(self.summary.conversations)
                yield result
        self._tell_rest()

    def _tell_repeated(self, name: str, place: str) -> None:
        warning = self.repeated_ids.told(name, place)
        if warning is not None:
            self.summary.repeated += 1
            self.faults.tell(warning)

    def _tell_rest(self) -> None:
        self.progress.clear()
        if not self.options.strict:
            self.faults.tell_rest()
        self.summary.faults = self.faults.errors()

    def _result(self, read: Read) -> Simulation | Diagnostic | None:
        if is_warning(read):
            self.notes.warn(read)
            return None
        self.is_any = True
        return self._fault(read) if isinstance(read, Diagnostic) else self._simulated(read)

    def _fault(self, fault: Diagnostic) -> Diagnostic:
        self.summary.malformed += 1
        if fault.code in (UNREADABLE, UNKNOWN_FORMAT):
            self.is_unreadable = True
        return fault

    def _simulated(self, conversation: Conversation) -> Simulation | Diagnostic | None:
        only = self.options.only
        if only and conversation.id not in only:
            if self.labels is not None:
                self.labels.pass_over(conversation.id)
            return None
        if only:
            self.met.add(conversation.id)
        recorded = conversation if self.labels is None else self.labels.joined(conversation)
        detected = self._detected(recorded)
        labelled = self._completed(detected)
        self.notes.take(labelled, recorded)
        try:
            simulation = self.simulator.run(labelled)
        except TimeOrderError as fault:
            self.summary.out_of_order += 1
            hint = f"the policy uses durations; conversation `{conversation.id}` is left out"
            if has_no_times(conversation):
                hint += '; to suppose times where there are none: --pace "1 minute"'
            elif self.pace is not None:
                hint += "; --pace supposes times only where a conversation has none at all"
            return Diagnostic("time-order", str(fault), hint=hint, subject=conversation.origin)
        if self.doubting is not None:
            self.doubting.add(
                simulation, recorded, detected, lambda each: self.simulator.run(self._completed(each))
            )
        return simulation

    def _are_texts_needed(self) -> bool:
        """Whether somebody looks at what was said: a detector, or who is shown a conversation."""
        options = self.options
        is_shown = not options.summary and (options.html is not None or not options.as_json)
        return bool(self.detectors) or options.doubt or (options.text and is_shown)

    # --- in several processes ---

    def _jobs(self, paths: Sequence[Path]) -> int:
        """How many processes read: as many as were asked for, else all cores for large logs, and one for others."""
        asked = self.options.jobs
        if asked == 1 or (asked is None and size_of(paths) < _LARGE):
            return 1
        alone = self._why_alone(paths)
        if alone is not None:
            if asked is not None:
                say(f"note: --jobs changes nothing: {alone}")
            return 1
        from policy_engine.commands.workers import cores

        return min(asked or cores(), _MOST_JOBS)

    def _why_alone(self, paths: Sequence[Path]) -> str | None:
        """Why one process has to do it; None where several can."""
        from policy_engine.commands.workers import can_share

        options = self.options
        if not can_share():
            return "this system cannot copy a process"
        if "-" in map(str, paths):
            return "standard input is read by one process"
        if any(path.is_fifo() for path in paths):
            return "a pipe is read by one process"
        if options.why and not options.summary and not options.as_json:
            return "timelines are written by one process"
        if options.strict:
            return "--strict is for one process"
        if options.as_json and not options.summary and not are_parts_short(paths, self.reader, self.settings):
            return "what becomes of each conversation of a compressed log is written by one process"
        return None

    def _print_together(self, paths: Sequence[Path], jobs: int, started: float) -> None:
        from policy_engine.commands.workers import WorkerLost, in_order

        first: Batch = ()
        batches = batches_of(paths, self.reader, self.settings)
        with nullcontext() if self.labels is None else self.labels.shared():
            try:
                with closing(in_order(self._portion, batches, jobs)) as portions:
                    for batch, portion in portions:
                        self._take(portion)
                        for line in portion.lines:
                            _put(line)
                        if not first and self.summary.conversations:
                            first = batch
                        self.progress.show(self.summary.conversations)
            except WorkerLost as fault:
                raise Usage(str(fault)) from None
            self._tell_rest()
            is_one = self.summary.conversations == 1
            if self.page is not None:
                self._fill(self.page, (first,) if is_one else batches_of(paths, self.reader, self.settings))
            if self.options.as_json:
                self._print_json(())
                return
            shown = (first,) if is_one and not self.options.summary else ()
            self._print_text(self._simulations_of(shown), started)

    def _fill(self, page: Page, batches: Iterable[Batch]) -> None:
        """What the page shows of conversations that others have counted: few of many."""
        number = self.summary.conversations
        shown = self._simulations_of(batches) if number == 1 or self.options.why else iter(())
        while not page.is_full and (simulation := next(shown, None)) is not None:
            page.add(simulation)
        page.pass_by(number - page.number)

    @contextmanager
    def _anew(self) -> Iterator[_Run]:
        """This run as it was at first, for a part of the log: nothing is counted so far."""
        here = copy(self)
        here.summary = Summary(self.policy, detecting=bool(self.detectors))
        here.notes = self.notes.anew(_NOTES_OF_A_PORTION)
        here.doubting = None if self.doubting is None else self.doubting.anew()
        here.is_any = here.is_unreadable = False
        here.met = set()
        if self.labels is None:
            yield here
        else:
            with self.labels.part() as here.labels:
                yield here

    def _portion(self, batch: Batch) -> tuple[Batch, Portion]:
        """What some parts come to, counted from nothing."""
        portion = Portion()
        with self._anew() as here:
            for read in self._reads(batch):
                result = here._result(read)
                if isinstance(read, Conversation) and result is not None:
                    portion.events.append((read.id, read.origin))
                if isinstance(result, Diagnostic):
                    portion.add_fault(result)
                elif result is not None:
                    here.summary.add(result)
                    if self.options.as_json and not self.options.summary:
                        portion.lines.append(_json_line(result))
            portion.is_any, portion.is_unreadable = here.is_any, here.is_unreadable
            portion.amounts, portion.notes, portion.asked_for = (
                here.summary.amounts(),
                here.notes.noted(),
                here.met,
            )
            portion.doubt = None if here.doubting is None else here.doubting.doubt
            portion.labels = None if here.labels is None else here.labels.of_part()
        return batch, portion

    def _take(self, portion: Portion) -> None:
        """Count the portion that comes next."""
        self.is_any = self.is_any or portion.is_any
        self.is_unreadable = self.is_unreadable or portion.is_unreadable
        self.summary.take(portion.amounts)
        self.met |= portion.asked_for
        if self.labels is not None and portion.labels is not None:
            self.labels.take(portion.labels)
        if portion.notes is not None:
            self.notes.take_noted(portion.notes)
        if self.doubting is not None and portion.doubt is not None:
            self.doubting.doubt.take(portion.doubt)
        for event in portion.events:
            if isinstance(event, Diagnostic):
                self.faults.tell(event)
            else:
                self._tell_repeated(*event)
        for kind, number in portion.more.items():
            self.faults.count(kind, number)

    def _reads(self, batch: Batch) -> Iterator[Read]:
        for part in batch:
            yield from [part] if isinstance(part, Diagnostic) else read_part(part, self.settings)

    def _simulations_of(self, batches: Iterable[Batch]) -> Iterator[Simulation]:
        """The simulations of some parts, without counting them again."""
        with self._anew() as here:
            here.doubting = None
            for batch in batches:
                for read in self._reads(batch):
                    result = here._result(read)
                    if isinstance(result, Simulation):
                        yield result

    def _detected(self, recorded: Conversation) -> Conversation:
        """With the labels of detectors, beside those of the log and of label files: what was recorded comes first."""
        return apply(recorded, self.detectors, self.policy.vocabulary, self.notes.failed)

    def _completed(self, detected: Conversation) -> Conversation:
        return detected if self.labels is None else self.labels.completed(detected)

    # --- results ---

    def _print_json(self, found: Iterable[Simulation]) -> None:
        for simulation in found:
            if not self.options.summary:
                _put(_json_line(simulation))
                sys.stdout.flush()
        if self.options.summary and self.is_any:
            from policy_engine.reports.decisions_json import summary_json

            told = summary_json(self.summary)
            if self.doubting is not None:
                from policy_engine.reports.doubt_json import doubt_json

                told["doubt"] = doubt_json(self.doubting)
            _put(json.dumps(told, indent=2, allow_nan=False))

    def _print_text(self, found: Iterator[Simulation], started: float) -> None:
        screen = Screen(sys.stdout)
        each_is_shown = self.options.why and not self.options.summary
        first: Simulation | None = None
        for number, simulation in enumerate(found):
            first = simulation if number == 0 else None
            if each_is_shown:
                self.progress.clear()
                self._timeline(simulation, screen, number)
        if first is not None and not self.options.summary:
            self.progress.clear()
            if not each_is_shown:
                self._timeline(first, screen, 0)
            self._print_left_out(screen)
            self._print_doubt(screen)
        elif self.summary.conversations or (self.options.summary and self.is_any):
            from policy_engine.reports.table import table

            self.progress.clear()
            if each_is_shown:
                _put()
            seconds = time.monotonic() - started if sys.stdout.isatty() else None
            for line in table(self.summary, screen, seconds, is_doubt_told=self.doubting is not None):
                _put(line)
            self._print_doubt(screen)

    def _print_left_out(self, screen: Screen) -> None:
        if not (self.summary.malformed or self.summary.out_of_order):
            return
        from policy_engine.reports.table import left_out_lines

        for number, line in enumerate(left_out_lines(self.summary, screen)):
            if not number:
                _put()
            _put(line)

    def _print_doubt(self, screen: Screen) -> None:
        if self.doubting is None:
            return
        from policy_engine.reports.doubt_text import doubt_text

        _put()
        for line in doubt_text(self.doubting, screen):
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


def _json_line(simulation: Simulation) -> str:
    from policy_engine.reports.decisions_json import simulation_json

    return json.dumps(simulation_json(simulation), allow_nan=False)


def _put(line: str = "") -> None:
    sys.stdout.write(line + "\n")
