"""The faults of a log, each kind of them told a few times and then counted: a log may hold millions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from policy_engine.commands.progress import Progress
from policy_engine.commands.standard_error import say, tell
from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.transcripts.fault_kind import SHOWN, Kind, kind_of
from policy_engine.transcripts.reader import UNKNOWN_FORMAT

MOST_KINDS = 20
"""Kinds that are told apart; what else there is, is counted together."""

_OTHER: Kind = ("other", "faults of other kinds")


class Faults:
    """Tells the first faults of each kind in full, and in the end how many more there were.

    What ``progress`` shows makes room for them.
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress
        self.met: Counter[Kind] = Counter()
        """How many there were, by kind."""
        self._warnings: set[Kind] = set()
        self._are_formats_told = False

    def tell(self, fault: Diagnostic) -> None:
        """Tell a fault, or count it."""
        told = self.told(fault)
        if told is not None:
            self._make_room()
            tell(told)

    def tell_rest(self) -> None:
        """Tell how many more of each kind there were."""
        for rest in self.rest():
            self._make_room()
            say(rest)

    def _make_room(self) -> None:
        if self._progress is not None:
            self._progress.clear()

    def told(self, fault: Diagnostic) -> Diagnostic | None:
        """The fault as it is told; None where enough of its kind were. Which formats are known is told once."""
        kind = self._apart(kind_of(fault))
        self.met[kind] += 1
        if fault.severity is Severity.WARNING:
            self._warnings.add(kind)
        if self.met[kind] > SHOWN:
            return None
        if fault.code != UNKNOWN_FORMAT or not self._are_formats_told:
            self._are_formats_told = self._are_formats_told or fault.code == UNKNOWN_FORMAT
            return fault
        return replace(fault, hint=None)

    def count(self, kind: Kind, number: int) -> None:
        """So many more of a kind, which are not told."""
        self.met[self._apart(kind)] += number

    def _apart(self, kind: Kind) -> Kind:
        return kind if kind in self.met or len(self.met) < MOST_KINDS else _OTHER

    def errors(self) -> Counter[str]:
        """How many errors there were, by kind in words; warnings are none."""
        return Counter({kind[1]: number for kind, number in self.met.items() if kind not in self._warnings})

    def rest(self) -> Iterator[str]:
        """What is said of those that were not told: a fragment for each kind, the most frequent first."""
        for kind, number in sorted(self.met.items(), key=lambda each: (-each[1], each[0])):
            if number > SHOWN:
                word = "warning" if kind in self._warnings else "error"
                yield f"{word}: {number - SHOWN:,} more: {kind[1]}  ({kind[0]})"
