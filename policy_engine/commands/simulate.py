"""``simulate``: recorded conversations under a policy, one as a timeline, many as a table."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from policy_engine.commands.faults import Faults
from policy_engine.commands.opening import opened
from policy_engine.diagnostics import Diagnostic, nearest
from policy_engine.machine.machine import compile_policy
from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.model import Policy
from policy_engine.reports.screen import Screen, clean, cut
from policy_engine.simulation.coverage import is_proper, typed
from policy_engine.simulation.pacing import has_no_times, read_pace
from policy_engine.simulation.simulation import Simulation, Simulator
from policy_engine.simulation.summary import Summary
from policy_engine.transcripts.detecting import apply, detector_named
from policy_engine.transcripts.message import AttributeValue, Conversation, Label, Message, Role
from policy_engine.transcripts.reader import UNKNOWN_FORMAT, UNREADABLE
from policy_engine.transcripts.reading import read_conversations, reader_named

if TYPE_CHECKING:
    from policy_engine.reports.page import Page

FINE, FINDINGS, UNUSABLE = 0, 1, 2

Named = TypeVar("Named")

_MOST_NOTES = 1_000
_SHOWN_NOTES = 20
_LONGEST = 100
"""Characters of a name that a note shows."""
_WIDEST = 100


class Usage(Exception):
    """What was asked for cannot be done; the message says why, as a fragment to show."""


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
        _say(f"error: {fault}")
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
                _say(f"note: there is no conversation to show: `{path}` is not written")
            return code
    except PageFileError as fault:
        raise Usage(str(fault)) from None
    except BrokenPipeError:
        _say(f"error: standard output was closed before the end: `{path}` is not written")
        raise


class _Run:
    """One call of the command."""

    def __init__(self, policy: Policy, options: Options) -> None:
        self.policy = policy
        self.options = options
        self.detectors = [_asked(detector_named, name) for name in options.detect]
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
        if self.pace is not None and not self.policy.timed:
            _say("note: --pace changes nothing: the policy uses no durations")
        absent = sorted(set(self.options.only) - self.met)
        for each in absent if self.is_any else ():
            _say(f"error: there is no conversation `{each}` in what was given")
        if absent and self.is_any:
            return UNUSABLE
        if not self.is_any:
            _say("error: there are no conversations in what was given")
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
                    _tell(told)
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
            _say(f"error: {rest}")

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
        labelled = apply(conversation, self.detectors)
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
        from policy_engine.reports.timeline import COLUMNS, Shown, timeline

        columns = COLUMNS
        if sys.stdout.isatty():
            columns = max(COLUMNS, min(_WIDEST, shutil.get_terminal_size().columns))
        if number:
            _put()
        for line in timeline(simulation, screen, Shown(self.options.why, self.options.text, columns)):
            _put(line)


# --- What was asked for ---------------------------------------------------------------


def _asked(named: Callable[[str], Named], name: str) -> Named:
    try:
        return named(name)
    except ValueError as fault:
        raise Usage(str(fault)) from None


def assumptions(written: Sequence[str], policy: Policy) -> dict[str, AttributeValue]:
    """The attributes of ``name=value`` texts, typed by the vocabulary. Raises Usage."""
    known = policy.vocabulary.attributes
    found: dict[str, AttributeValue] = {}
    for each in written:
        name, equals, text = each.partition("=")
        if not equals or not name:
            raise Usage(f"`--assume {each}` is not of the form name=value")
        if name not in known:
            like = nearest(name, known)
            raise Usage(f"unknown attribute `{name}`" + (f"; did you mean `{like}`?" if like else ""))
        if name in found:
            raise Usage(f"`{name}` is assumed twice")
        entry = known[name]
        try:
            found[name] = typed(entry, text)
        except ValueError as fault:
            raise Usage(str(fault)) from None
        if not is_proper(entry, found[name]):
            like = nearest(text, entry.values)
            hint = f"did you mean `{like}`?" if like else f"it is one of {', '.join(entry.values)}"
            raise Usage(f"`{text}` is not a value of `{name}`; {hint}")
    return found


# --- Messages -------------------------------------------------------------------------


class Notes:
    """What was passed over in the conversations, each thing once with how often it came."""

    def __init__(self, policy: Policy) -> None:
        self._vocabulary = policy.vocabulary
        self._encoder = compile_policy(policy).encoder(None)
        self._attributes = tuple(policy.vocabulary.attributes)
        self._labels = (*policy.vocabulary.labels, *policy.vocabulary.aliases)
        self._heard: dict[tuple[object, ...], str | None] = {}
        self._said: Counter[str] = Counter()

    def take(self, conversation: Conversation) -> None:
        """Look through a conversation."""
        heard, said = self._heard, self._said
        for message in conversation.messages:
            for label in message.labels:
                value = label.value
                is_sound = value is None or 0.0 <= value <= 1.0
                key = (label.name, message.role, is_sound)
                note = heard[key] if key in heard else self._label_noted(label, message.role, is_sound)
                if note is not None:
                    said[note] += 1
        notes = [self._attribute_noted(name, given) for name, given in conversation.attributes.items()]
        notes += [self._sought_noted(name) for name in conversation.looked_for or ()]
        said.update(note for note in notes if note is not None)

    def _remembered(self, key: tuple[object, ...], note: Callable[[], str | None]) -> str | None:
        """The note of that key. A log may bring any number of names: only so many are told apart."""
        if key not in self._heard:
            if len(self._heard) >= _MOST_NOTES:
                return "more that the vocabulary does not know"
            self._heard[key] = note()
        return self._heard[key]

    def _label_noted(self, label: Label, role: Role, is_sound: bool) -> str | None:
        entry = self._vocabulary.labels.get(self._vocabulary.canonical(label.name) or "")
        if entry is not None and role in entry.roles:
            note = f"a score of `{label.name}` is not between 0 and 1: taken as unknown"
            self._heard[(label.name, role, is_sound)] = None if is_sound else note
            return None if is_sound else note
        short = label._replace(name=label.name[:_LONGEST])
        return self._remembered(
            (short.name, role, is_sound),
            lambda: next(iter(self._encoder.notes(Message(role, (short,)))), None),
        )

    def _attribute_noted(self, name: str, given: AttributeValue) -> str | None:
        entry = self._vocabulary.attributes.get(name)
        if entry is not None and is_proper(entry, given):
            return None
        name, value = name[:_LONGEST], str(given)[:_LONGEST]
        if entry is None:
            said, wrong, known = (
                f"the vocabulary does not know the attribute `{name}`",
                name,
                self._attributes,
            )
        else:
            said, wrong, known = f"`{value}` is not a value that `{name}` may have", value, entry.values
        return self._remembered((name, type(given), value), lambda: said + self._like(wrong, known))

    def _sought_noted(self, name: str) -> str | None:
        if self._vocabulary.canonical(name) is not None:
            return None
        name = name[:_LONGEST]
        said = f"the vocabulary does not know the label `{name}` that was looked for"
        return self._remembered((name, "looked for"), lambda: said + self._like(name, self._labels))

    @staticmethod
    def _like(name: str, known: Iterable[str]) -> str:
        like = nearest(name, known)
        return f"; did you mean `{like}`?" if like else ""

    def tell(self) -> None:
        """Say it, on standard error."""
        ordered = sorted(self._said.items(), key=lambda each: (-each[1], each[0]))
        for note, number in ordered[:_SHOWN_NOTES]:
            _say(f"note: {note} ({'once' if number == 1 else f'{number:,} times'})")
        if len(ordered) > _SHOWN_NOTES:
            _say(f"note: {len(ordered) - _SHOWN_NOTES:,} more of this kind")


def _put(line: str = "") -> None:
    sys.stdout.write(line + "\n")


def _tell(diagnostic: Diagnostic) -> None:
    from policy_engine.reports.diagnostics_text import diagnostic_text

    sys.stdout.flush()
    sys.stderr.write(diagnostic_text(diagnostic, Screen(sys.stderr)) + "\n")


def _say(text: str) -> None:
    from policy_engine.reports.diagnostics_text import broken

    sys.stderr.write(Screen(sys.stderr).signs("\n".join(broken(clean(text)))) + "\n")


class Progress:
    """A sign of life on long work: on standard error, and only where that is a terminal."""

    _EVERY = 0.1
    _PATIENCE = 0.5
    _WIDTH = 20

    def __init__(self, as_json: bool) -> None:
        is_dumb = os.environ.get("TERM") == "dumb"  # it can neither go back nor clear a line
        self._is_shown = sys.stderr.isatty() and not is_dumb and not (as_json and sys.stdout.isatty())
        self._started = self._last = time.monotonic()
        self._is_on_screen = False

    def show(self, done: int) -> None:
        """So many conversations are done."""
        if not self._is_shown:
            return
        now = time.monotonic()
        if now - self._last < self._EVERY or now - self._started < self._PATIENCE:
            return
        self._last = now
        at = int((now - self._started) * 10) % (2 * self._WIDTH)
        at = min(at, 2 * self._WIDTH - 1 - at)
        bar = "─" * at + "━━" + "─" * (self._WIDTH - at)
        columns = shutil.get_terminal_size().columns - 1
        text = cut(f"{done:,} conversations · {now - self._started:.0f} s {bar}", columns)
        sys.stderr.write(f"\r{Screen(sys.stderr).signs(text)}\x1b[K")
        sys.stderr.flush()
        self._is_on_screen = True

    def clear(self) -> None:
        """Make room for something else."""
        if self._is_on_screen:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._is_on_screen = False
