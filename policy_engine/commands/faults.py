"""The faults of a log, each kind of them told a few times and then counted: a log may hold millions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.reader import UNKNOWN_FORMAT

SHOWN = 3
"""Faults of one kind that are told in full."""
MOST_KINDS = 20
"""Kinds that are told apart; what else there is, is counted together."""

_OWN_WORDS = re.compile(r"`[^`]*`?|[0-9][0-9,.]*")
"""What differs between two faults of one kind: names that the log chose, and numbers."""
_MORE = "…"
_LONGEST = 200
"""Characters of a kind that are told."""

Kind = tuple[str, str]
"""A code, and the message without the words and numbers of the log."""

_OTHER: Kind = ("other", "faults of other kinds")


class Faults:
    """Says of each fault whether it is told in full, and in the end how many were not."""

    def __init__(self) -> None:
        self._met: Counter[Kind] = Counter()
        self._are_formats_told = False

    def told(self, fault: Diagnostic) -> Diagnostic | None:
        """The fault as it is told; None where enough of its kind were. Which formats are known is told once."""
        kind = (fault.code, _OWN_WORDS.sub(_MORE, fault.message)[:_LONGEST])
        if kind not in self._met and len(self._met) >= MOST_KINDS:
            kind = _OTHER
        self._met[kind] += 1
        if self._met[kind] > SHOWN:
            return None
        if fault.code != UNKNOWN_FORMAT or not self._are_formats_told:
            self._are_formats_told = self._are_formats_told or fault.code == UNKNOWN_FORMAT
            return fault
        return replace(fault, hint=None)

    def rest(self) -> Iterator[str]:
        """What is said of those that were not told: a fragment for each kind, the most frequent first."""
        for (code, message), number in sorted(self._met.items(), key=lambda each: (-each[1], each[0])):
            if number > SHOWN:
                yield f"{number - SHOWN:,} more: {message}  ({code})"
