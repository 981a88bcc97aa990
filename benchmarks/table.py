"""One small table per measurement: what was measured beside what it is compared with, and the bound."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable


def title(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def rows(entries: list[tuple[str, str, str]]) -> None:
    """Print name, figure and remark, aligned."""
    widths = [max(len(entry[column]) for entry in entries) for column in (0, 1)]
    for name, figure, remark in entries:
        print(f"  {name:<{widths[0]}}  {figure:>{widths[1]}}  {remark}".rstrip())


def bound(text: str, held: bool) -> None:
    print(f"  {'held  ' if held else 'MISSED'}  {text}")


def alternating(
    subjects: dict[str, Callable[[], int]], rounds: int = 7, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Seconds per unit of each subject (a call returns its number of units): the median of alternating rounds.

    Alternating, so that a slow moment of the computer falls on all of them. ``clock`` is the time that has
    passed; ``time.process_time`` is that of the processor, which others who use it change less.
    """
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for subject in subjects.values():
        subject()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, subject in subjects.items():
                start = clock()
                units = subject()
                taken[name].append((clock() - start) / units)
    finally:
        gc.enable()
    return {name: statistics.median(each) for name, each in taken.items()}


def seconds(value: float) -> str:
    """``2.1 µs``, ``34 ms``, ``1.2 s``."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"
