"""Work on many things in several processes, with the results in the order of the things.

The processes are copies of this one (`fork`), so that what they work with need not be sent to them. They end with it,
however it ends: on an interrupt, when the reader of a pipe leaves, and when it is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 3
"""Results that may wait, for each process: they are held in memory."""

_work: Callable[[Any], Any]


class WorkerLost(Exception):
    """A process ended before its work was done."""


def can_share() -> bool:
    """Whether this system can copy a process."""
    return "fork" in multiprocessing.get_all_start_methods()


def cores() -> int:
    """How many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def in_order(
    work: Callable[[Task], Result], tasks: Iterable[Task], jobs: int
) -> Generator[Result, None, None]:
    """What ``work`` makes of each of ``tasks``, in their order, in ``jobs`` processes.

    Tasks are asked for as they are needed. Until all are done, a write to a pipe that nobody reads is an error and no
    signal. Raises WorkerLost.
    """
    waiting: deque[Future[Result]] = deque()
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("fork"), _begin, (work,))
    is_done = False
    # a process that ended closes its pipes: that is told by an exception then, and does not end this one, too
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        for task in tasks:
            waiting.append(pool.submit(_carry_out, task))
            if len(waiting) >= _AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        is_done = True
    except BrokenProcessPool:
        raise WorkerLost(
            "a process that read the log ended before its time; is there too little memory?"
        ) from None
    finally:
        writer = getattr(getattr(pool, "_result_queue", None), "_writer", None)
        pool.shutdown(wait=is_done, cancel_futures=True)
        for each in [] if is_done else multiprocessing.active_children():
            each.terminate()
        if not is_done and writer is not None:
            # The others alone write results. One that was ended in the middle of one leaves the pool's thread to wait
            # for the rest for ever, and the interpreter for that thread, while the pipe is open anywhere.
            writer.close()
        if is_done:  # else the pool's own threads may still write to processes that are gone
            signal.signal(signal.SIGPIPE, before)


def _begin(work: Callable[[Any], Any]) -> None:
    """A process begins: an interrupt ends it without a word, and so does the end of its parent."""
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _carry_out(task: object) -> Any:
    return _work(task)
