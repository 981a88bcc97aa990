"""Work on many things in several processes, with the results in the order of the things.

The processes are copies of this one (`fork`), so that what they work with need not be sent to them. They end with it,
however it ends: on an interrupt, when the reader of a pipe leaves, and when it is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar, cast

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 3
"""Results that may wait, for each process: they are held in memory."""


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
    signal. Raises WorkerLost, and what ``work`` raises.
    """
    # a process that ended closes its pipe: that is told by an exception then, and does not end this one, too
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    workers: list[_Worker] = []
    try:
        for _ in range(jobs):
            workers.append(_Worker(work, [each.pipe for each in workers]))
        yield from _in_order(workers, iter(tasks))
    finally:
        for each in workers:
            each.end()
        signal.signal(signal.SIGPIPE, before)


class _Worker:
    """A process that carries out a task when it is given one, and then sends what came of it.

    There is a pipe for each, whose one end is in that process alone. So whatever ends it, this process sees the end of
    the pipe, and waits for nothing; a queue that all share, with a lock, can wait for ever for one that was ended.
    """

    def __init__(self, work: Callable[[Any], object], pipes: Sequence[Connection]) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(work, theirs, (*pipes, self.pipe)), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, task: object) -> None:
        """Have the task carried out; the one before must be done."""
        try:
            self.pipe.send(task)
        except OSError:
            raise _lost() from None

    def answer(self) -> _Answer:
        """What came of the task."""
        try:
            return cast(_Answer, self.pipe.recv())
        except (EOFError, OSError):
            raise _lost() from None

    def end(self) -> None:
        """End the process, whatever it does."""
        self.pipe.close()
        self._process.terminate()
        self._process.join()


_Answer = tuple[bool, Any]
"""Whether the work was done, and what it came to; else what it raised."""


def _in_order(workers: Sequence[_Worker], tasks: Iterator[Any]) -> Iterator[Any]:
    idle = deque(workers)
    busy: dict[Connection, tuple[int, _Worker]] = {}
    answers: dict[int, _Answer] = {}
    given = yielded = 0
    is_more = True
    while True:
        while is_more and idle and given - yielded < _AHEAD * len(workers):
            task = next(tasks, _NO_MORE)
            is_more = task is not _NO_MORE
            if is_more:
                worker = idle.popleft()
                worker.give(task)
                busy[worker.pipe] = given, worker
                given += 1
        if yielded in answers:
            is_done, result = answers.pop(yielded)
            if not is_done:
                raise result
            yielded += 1
            yield result
        elif busy:
            for pipe in wait(list(busy)):
                number, worker = busy.pop(cast(Connection, pipe))
                answers[number] = worker.answer()
                idle.append(worker)
        else:
            return


_NO_MORE = object()


def _lost() -> WorkerLost:
    return WorkerLost("a process that read the log ended before its time; is there too little memory?")


def _serve(work: Callable[[Any], object], pipe: Connection, others: Sequence[Connection]) -> None:
    """The life of a process: an interrupt ends it without a word, and so does the end of its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for each in others:
        each.close()
    try:
        while True:
            pipe.send_bytes(_answered(work, pipe.recv()))
    except (EOFError, OSError):
        return


def _answered(work: Callable[[Any], object], task: object) -> bytes:
    """The answer, to be sent: what the work raised as well, if it can be."""
    try:
        return pickle.dumps((True, work(task)), pickle.HIGHEST_PROTOCOL)
    except Exception as fault:
        try:
            sent = pickle.dumps((False, fault))
            pickle.loads(sent)  # some exceptions can be sent and not be made again
            return sent
        except Exception:
            return pickle.dumps((False, RuntimeError(repr(fault))))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
