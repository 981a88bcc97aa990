"""Work in several processes: in order, and never left waiting for a process that has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from policy_engine.commands.workers import WorkerLost, can_share, in_order

pytestmark = pytest.mark.skipif(not can_share(), reason="this system cannot copy a process")


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """No test here may wait for ever."""

    def give_up(*_: object) -> None:
        raise TimeoutError("the processes are waited for without end")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_come_in_the_order_of_the_tasks(jobs: int) -> None:
    def work(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return number * number

    assert list(in_order(work, range(40), jobs)) == [number * number for number in range(40)]
    assert list(in_order(work, [], jobs)) == []


def test_the_work_is_done_elsewhere_by_as_many_as_were_asked_for() -> None:
    def work(_: int) -> int:
        time.sleep(0.01)
        return os.getpid()

    found = set(in_order(work, range(20), 3))
    assert len(found) == 3
    assert os.getpid() not in found


def test_tasks_are_asked_for_as_they_are_needed() -> None:
    asked = []

    def tasks() -> Iterator[int]:
        for number in range(1_000):
            asked.append(number)
            yield number

    with closing(in_order(str, tasks(), 2)) as results:
        assert next(results) == "0"
        time.sleep(0.2)
    assert len(asked) <= 8


def test_what_the_work_raises_is_raised_in_its_turn() -> None:
    class Odd(Exception):
        """One that cannot be sent."""

    def work(number: int) -> int:
        if number == 5:
            raise ValueError("five")
        if number == 0:
            time.sleep(0.05)
        return number

    results = in_order(work, range(9), 2)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="five"):
        next(results)

    def odd(_: int) -> int:
        raise Odd

    with pytest.raises(RuntimeError, match="Odd"):
        list(in_order(odd, range(2), 2))


@pytest.mark.parametrize("how", ["killed", "exits"])
def test_a_process_that_is_lost_is_told(how: str) -> None:
    def work(number: int) -> bytes:
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL) if how == "killed" else os._exit(0)
        return b"x" * 1_000_000

    with pytest.raises(WorkerLost, match="too little memory"):
        list(in_order(work, range(9), 2))


def test_processes_that_are_writing_are_not_waited_for() -> None:
    """Each result is larger than a pipe holds, so that a process is ended while it writes one."""

    def work(_: int) -> bytes:
        return b"x" * 2_000_000

    for _ in range(20):
        with closing(in_order(work, range(100), 2)) as results:
            assert len(next(results)) == 2_000_000


def test_signals_are_as_they_were() -> None:
    before = signal.getsignal(signal.SIGPIPE)
    list(in_order(str, range(3), 2))
    with closing(in_order(str, range(9), 2)) as results:
        next(results)
    assert signal.getsignal(signal.SIGPIPE) is before


SCRIPT = """
import sys, time
from policy_engine.commands.workers import in_order

def work(number):
    return b"x" * 2_000_000

for each in in_order(work, range(1_000_000), 2):
    print(len(each), flush=True)
"""


@pytest.mark.parametrize(("end", "times"), [(signal.SIGINT, 10), (signal.SIGTERM, 1), (signal.SIGKILL, 1)])
def test_whatever_ends_the_process_ends_the_others(end: signal.Signals, times: int) -> None:
    for _ in range(
        times
    ):  # of an interrupt, the process ends the others, and must not wait for what they write
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(end)
        process.communicate(timeout=30)
        assert process.returncode == -end
        for _ in range(100):
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.1)
        else:
            pytest.fail("a process is left")
