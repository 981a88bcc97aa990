"""How long each verdict on a shipped policy takes: every promise of its own, and every requirement of every standard.

Processor time, after the policy was loaded and everything was imported; each verdict by itself, as if it were the only
one asked for, the best of three. ``python benchmarks/verdicts.py last_resort`` measures one policy only.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from table import bound, rows, seconds, title

from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy, Promise, Standard
from policy_engine.verify.ladder import ladder
from policy_engine.verify.verdict import Finding, Verdict, verdict_on

POLICIES = Path(__file__).resolve().parents[1] / "policies"
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


def policies(names: list[str]) -> Iterator[tuple[str, Policy]]:
    for path in sorted(POLICIES.glob("*.policy")):
        if not names or path.stem in names:
            policy = load_policy(path).policy
            assert policy is not None, path
            yield path.stem, policy


def standards() -> Iterator[Standard]:
    for path in sorted((POLICIES / "standards").glob("*.standard")):
        standard = load_policy(path).standard
        assert standard is not None, path
        yield standard


def measured(name: str, policy: Policy, promise: Promise, standard: Standard | None) -> Measured:
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        verdict = verdict_on(policy, promise, standard, ladder(), PATIENCE)
        taken.append(time.process_time() - start)
    return Measured(name, verdict, min(taken))


def measure(names: list[str]) -> list[Measured]:
    held = list(standards())
    found = []
    for name, policy in policies(names):
        asked: list[tuple[Promise, Standard | None]] = [(each, None) for each in policy.promises]
        asked += [(each, standard) for standard in held for each in standard.promises]
        if not found:
            verdict_on(policy, *asked[0], ladder(), PATIENCE)  # so that everything is imported
        found += [measured(name, policy, promise, standard) for promise, standard in asked]
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def shortened(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def main() -> int:
    title("a verdict on a promise of a shipped policy")
    found = sorted(measure(sys.argv[1:]), key=lambda each: -each.taken)
    times = [each.taken for each in found]
    rows(
        [
            ("median", seconds(statistics.median(times)), ""),
            ("nine in ten", seconds(sorted(times)[len(times) * 9 // 10]), "or less"),
            ("all together", seconds(sum(times)), f"{len(times)} verdicts"),
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
