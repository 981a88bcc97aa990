"""Each measurement in a process of its own, that is ended where it takes too long or too much memory."""

from __future__ import annotations

import math
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import NamedTuple

_FORKED = get_context("fork")
_GRACE = 5.0
"""Seconds of the clock beyond what a busy computer may make of the seconds of the processor."""


class Task(NamedTuple):
    """What is measured: ``work`` gives what there is to say and whether it is as it should be.

    It may take so many ``seconds`` of the processor, and four times that of the clock, and so many ``megabytes``.
    """

    name: str
    work: Callable[[], tuple[float, str, bool]]
    seconds: float
    megabytes: int


class Measured(NamedTuple):
    """``seconds`` of the processor, what there is to say, whether it is as it should be, and the most memory."""

    seconds: float
    said: str
    is_right: bool
    megabytes: int


class _Running(NamedTuple):
    task: Task
    process: BaseProcess
    ends: float


def measured(tasks: Iterable[Task], at_once: int) -> Iterator[tuple[Task, Measured | None]]:
    """What came of each task, as they end; None where it did not come to an end in its time and memory."""
    left, running = list(reversed(list(tasks))), dict[Connection, _Running]()
    try:
        while left or running:
            while left and len(running) < at_once:
                task = left.pop()
                here, there = _FORKED.Pipe(duplex=False)
                process = _FORKED.Process(target=_run, args=(task, there))
                process.start()
                there.close()
                running[here] = _Running(task, process, time.monotonic() + 4 * task.seconds + _GRACE)
            soonest = min(each.ends for each in running.values())
            ready = set(wait(list(running), max(0.0, soonest - time.monotonic())))
            for pipe, each in list(running.items()):
                if pipe in ready or each.ends <= time.monotonic():
                    del running[pipe]
                    yield each.task, _ended(pipe, each.process)
    finally:
        for pipe, each in running.items():
            _ended(pipe, each.process)


def _run(task: Task, there: Connection) -> None:
    seconds, size = math.ceil(task.seconds), task.megabytes << 20
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = task.work()
    except MemoryError:
        return
    there.send(Measured(*found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


def _ended(pipe: Connection, process: BaseProcess) -> Measured | None:
    """What the process sent; None where it ended, or is ended, before it did."""
    try:
        return pipe.recv() if pipe.poll() else None
    except EOFError:
        return None
    finally:
        pipe.close()
        if process.is_alive():
            process.join(0.5)
        if process.is_alive():
            process.kill()
        process.join()
        print(".", end="", file=sys.stderr, flush=True)
