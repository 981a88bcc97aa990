"""How long each verdict on a shipped policy takes: every promise of its own, and every requirement of every standard.

Processor time, after the policy was loaded and everything was imported; each verdict by itself, as if it were the only
one asked for: nothing that an earlier one worked out is left, since policy and standard are loaded anew each time. The
best of three. ``python benchmarks/verdicts.py last_resort`` measures one policy only.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from table import bound, rows, seconds, title

from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy, Standard
from policy_engine.verify.ladder import ladder
from policy_engine.verify.verdict import Finding, Verdict, verdict_on

POLICIES = Path(__file__).resolve().parents[1] / "policies"
STANDARDS = sorted((POLICIES / "standards").glob("*.standard"))
MOST = 0.05
"""Seconds that a verdict may take."""
PATIENCE = 60.0
ROUNDS = 3
SLOWEST = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """A verdict on a promise, and the seconds that it took."""

    policy: str
    verdict: Verdict
    taken: float

    @property
    def answered(self) -> str:
        """What was found, and what found it."""
        conversation = self.verdict.conversation
        length = "" if conversation is None else f" in {len(conversation.messages)}"
        vacuous = ", but vacuous" if self.verdict.is_vacuous else ""
        return f"{self.verdict.finding.value}{length}{vacuous}: {self.verdict.method or self.verdict.reason}"


def policy_at(path: Path) -> Policy:
    policy = load_policy(path).policy
    assert policy is not None, path
    return policy


def standard_at(path: Path) -> Standard:
    standard = load_policy(path).standard
    assert standard is not None, path
    return standard


def asked_of(path: Path) -> Iterator[tuple[Path | None, int]]:
    """What is asked of a policy: in which standard (None: in itself) it stands, and at which place."""
    yield from ((None, number) for number in range(len(policy_at(path).promises)))
    for standard in STANDARDS:
        yield from ((standard, number) for number in range(len(standard_at(standard).promises)))


def verdict_of(path: Path, asked: tuple[Path | None, int]) -> Measured:
    held, number = asked
    policy, standard = policy_at(path), None if held is None else standard_at(held)
    promise = (policy if standard is None else standard).promises[number]
    gc.collect()
    start = time.process_time()
    verdict = verdict_on(policy, promise, standard, ladder(), PATIENCE)
    return Measured(path.stem, verdict, time.process_time() - start)


def measure(names: list[str]) -> list[Measured]:
    paths = [path for path in sorted(POLICIES.glob("*.policy")) if not names or path.stem in names]
    found = []
    for path in paths:
        for asked in asked_of(path):
            if not found:
                verdict_of(path, asked)  # so that everything is imported
            rounds = [verdict_of(path, asked) for _ in range(ROUNDS)]
            found.append(min(rounds, key=lambda each: each.taken))
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def yardstick() -> float:
    """Seconds that a million steps of a plain loop take: figures of two computers are in the ratio of these."""
    start = time.process_time()
    sum(each * each for each in range(1_000_000))
    return time.process_time() - start


def shortened(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def main() -> int:
    unknown = set(sys.argv[1:]) - {path.stem for path in POLICIES.glob("*.policy")}
    if unknown:
        print(f"no such policy: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    title("a verdict on a promise of a shipped policy")
    found = sorted(measure(sys.argv[1:]), key=lambda each: -each.taken)
    times = [each.taken for each in found]
    rows(
        [
            ("median", seconds(statistics.median(times)), ""),
            ("nine in ten", seconds(sorted(times)[len(times) * 9 // 10]), "or less"),
            ("all together", seconds(sum(times)), f"{len(times)} verdicts"),
            ("yardstick", seconds(min(yardstick() for _ in range(5))), "a loop of a million steps"),
        ]
    )
    print("\n  the slowest")
    rows(
        [
            (
                each.policy,
                seconds(each.taken),
                f"{each.answered}\n      {shortened(each.verdict.promise.text)}",
            )
            for each in found[:SLOWEST]
        ]
    )
    print("\n  what answered")
    rows(
        [
            (method or "nothing", str(number), "")
            for method, number in Counter(each.verdict.method for each in found).most_common()
        ]
    )
    within = sum(each <= MOST for each in times)
    bound(f"{within} of {len(times)} within {seconds(MOST)}", within == len(times))
    bound("none is given up", all(each.verdict.finding is not Finding.GAVE_UP for each in found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
