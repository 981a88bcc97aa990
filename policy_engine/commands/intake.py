"""The conversations of logs, for a command: what is none of them is told on standard error, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from policy_engine.commands.faults import Faults
from policy_engine.commands.logs import LogOptions, log_paths
from policy_engine.commands.progress import Progress
from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reader import UNKNOWN_FORMAT, UNREADABLE, is_warning
from policy_engine.transcripts.reading import read_conversations

Warned = Callable[[Diagnostic], None]
"""What takes down what a reader remarks on what it reads."""


class Intake:
    """One pass over some logs. ``texts`` says whether anybody will look at what was said.

    Where it ``is_strict``, it ends with the first fault. Raises Usage where the options cannot be.
    """

    def __init__(self, options: LogOptions, *, texts: bool, as_json: bool, is_strict: bool = False) -> None:
        self._reader = options.chosen()
        self.settings = options.settings(texts=texts)
        self.progress = Progress(as_json)
        self.faults = Faults(self.progress)
        self._is_strict = is_strict
        self.left_out = 0
        """What is no conversation, or could not be used: lines, files and conversations."""
        self.is_unreadable = False
        self.is_any = False
        """Whether there was anything, sound or not."""

    def conversations(self, paths: Sequence[Path], warn: Warned) -> Iterator[Conversation]:
        """Every conversation at ``paths``."""
        for read in read_conversations(log_paths(paths), reader=self._reader, settings=self.settings):
            if is_warning(read):
                warn(read)
                continue
            self.is_any = True
            if isinstance(read, Conversation):
                yield read
            else:
                self.leave_out(read)
            if self._is_strict and self.left_out:
                break
        self.progress.clear()
        if not self._is_strict:
            self.faults.tell_rest()

    def leave_out(self, fault: Diagnostic) -> None:
        """Something is left out, for such a fault."""
        self.left_out += 1
        self.is_unreadable = self.is_unreadable or fault.code in (UNREADABLE, UNKNOWN_FORMAT)
        self.faults.tell(fault)
