"""A pipe that nobody reads any more: the command ends as any other filter does, but not before it has tidied up."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tidied_first() -> Iterator[None]:
    """While it lasts, a write to such a pipe is an error and no signal: what was begun beside it can be taken away.

    The error then ends the process by the signal, after everything within was left. After any other, an interrupt for
    one, it stays so to the end of the process: its threads may still write to other processes that are gone.
    """
    if not hasattr(signal, "SIGPIPE"):
        yield
        return
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        yield
    except BrokenPipeError:
        end_as_filter()
        raise
    signal.signal(signal.SIGPIPE, before)


def end_as_filter() -> None:
    """End this process as the system ends one whose output nobody reads any more."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
