"""How long `policy-engine lint` takes over 1,000 policies of 10 rules, and again when nothing has changed.

The policies are drawn with a seed, in the manner of those that are shipped: refusals, windows, ladders, exceptions
and checks. They use one file of protections, and have little that is doubtful.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import bound, rows, seconds, title

POLICIES = 1_000
RULES = 10
MOST_SECONDS = 20
CATEGORIES = (
    "hate",
    "harassment",
    "violence",
    "illicit",
    "privacy",
    "insult",
    "profanity",
    "threat",
    "defamation",
)
COMMAND = [str(Path(sys.executable).parent / "policy-engine"), "lint", "--fail-on", "never"]


def rule(source: random.Random, number: int) -> str:
    """One rule or ladder."""
    one, other = source.sample(CATEGORIES, 2)
    count = source.randint(2, 9)
    return source.choice(
        (
            f'rule r{number}\n  after {count} refusals on {one} or {other}, warn the user "Please stop, {number}."\n',
            f"rule r{number}\n  after {count} refusals on {one} within {count + 5} turns,\n  end the chat,\n"
            "  except when crisis has been detected\n",
            f"rule r{number}\n  when {one} at 0.{max(count, 5)} is detected from the user, refuse the request\n",
            f'ladder r{number} on {one}\n  after {count} refusals, warn the user "Please, {number}."\n'
            "  after 2 more refusals, end the chat\n  except when crisis has been detected\n"
            f"  start over after {count + 10} turns without a refusal\n",
        )
    )


def write(folder: Path) -> None:
    """The policies."""
    source = random.Random(6)
    (folder / "crisis.policy").write_text(
        "language 1\n\ngroup crisis = self-harm or imminent-harm\n\nrule crisis-support\n"
        "  when crisis is detected from the user or could not be checked, offer support crisis-line\n"
    )
    for number in range(POLICIES):
        head = f'language 1\npolicy "P{number}" version "1"\n  effective from 2026-01-01\n\nuse "crisis.policy"\n'
        check = "check that the chat is never ended once crisis has been detected\n"
        text = "\n".join([head, *(rule(source, each) for each in range(RULES)), check])
        (folder / f"p{number:04}.policy").write_text(text)
        (folder / f"p{number:04}.test.yaml").write_text("tests: []\n")


def run(folder: Path) -> tuple[float, float]:
    """Look at all of them once; seconds that passed, and those of the processors."""
    environment = {**os.environ, "POLICY_ENGINE_CACHE": str(folder / ".cache")}
    start, before = time.perf_counter(), _used()
    done = subprocess.run(
        [*COMMAND, str(folder)], env=environment, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - start
    if done.returncode != 0 or not done.stdout.rpartition("\n\n")[2].startswith(
        f"{POLICIES + 1:,} files, 0 errors"
    ):
        sys.exit(f"lint failed:\n{done.stdout[-2000:]}{done.stderr}")
    return taken, _used() - before


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    title(f"Lint of {POLICIES:,} policies of {RULES} rules ({len(os.sched_getaffinity(0))} cores)")
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        first, worked = run(Path(name))
        second, again = min(run(Path(name)) for _ in range(3))
    rows(
        [
            ("first", seconds(first), f"{worked:.1f} s of the processors"),
            (
                "nothing has changed",
                seconds(second),
                f"{second / first:.3f} x, {again:.1f} s of the processors",
            ),
        ]
    )
    bound(f"{first:.1f} s (below {MOST_SECONDS} s asked)", first < MOST_SECONDS)
    bound(
        f"the second run takes {second / first:.2f} of the first (at most a tenth asked)",
        second <= first / 10,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
