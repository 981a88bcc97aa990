"""Converting a log, beside simulating it; and the memory that it takes, for a log and for one four times as long.

Times are those of the processor, which others who use it change less.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from reading import MESSAGES, command, log_of, named, scored
from table import bound, rows, seconds, title

ROOT = Path(__file__).resolve().parent.parent
CONVERSATIONS = 10_000
ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")


class Cost(NamedTuple):
    """What a process took: seconds of the processor, and megabytes."""

    seconds: float
    memory: float


def cost(arguments: Sequence[str]) -> Cost:
    started = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    assert started.returncode == 0, arguments
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def converting(log: Path, ending: str) -> Sequence[str]:
    out = log.with_name(f"out{ending}")
    return [sys.executable, str(ROOT / "cli.py"), "convert", str(log), str(out), "--force"]


def speed(log: Path, larger: Path, what: str) -> None:
    title(f"Converting {CONVERSATIONS * MESSAGES:,} messages with texts, and {what}")
    calls = {"simulate": command(log, "--jobs", "1")}
    calls |= {f"convert to {ending}": converting(log, ending) for ending in ENDINGS}
    calls["simulate .parquet"] = command(log.with_name("out.parquet"), "--jobs", "1")
    taken: dict[str, list[Cost]] = {name: [] for name in calls}
    for _ in range(3):
        for name, arguments in calls.items():
            taken[name].append(cost(arguments))
    took = {name: statistics.median(each.seconds for each in costs) for name, costs in taken.items()}
    most = {name: max(each.memory for each in costs) for name, costs in taken.items()}
    rows([(name, seconds(took[name]), f"{most[name]:.0f} MB") for name in calls])
    ratio = took["simulate"] / max(took[f"convert to {ending}"] for ending in ENDINGS)
    bound(f"{ratio:.2f} x the speed of simulate, whatever is written (at least 0.5 x)", ratio >= 0.5)
    for ending in (".jsonl", ".parquet"):
        growth = cost(converting(larger, ending)).memory / most[f"convert to {ending}"]
        bound(f"{growth:.2f} x the memory for four times the log, as {ending} (at most 1.2 x)", growth <= 1.2)


def main() -> int:
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of 3 runs")
    for labelled, what in ((scored, "13 scores on each"), (named, "a label on every seventh")):
        with tempfile.TemporaryDirectory() as made:
            log = log_of(Path(made, "log.jsonl"), CONVERSATIONS, labelled)
            speed(log, log_of(Path(made, "larger.jsonl"), 4 * CONVERSATIONS, labelled), what)
    return 0


if __name__ == "__main__":
    sys.exit(main())
