"""A log through ``simulate``: the table, and JSON Lines with every decision explained, beside merely reading the log;
and one very long conversation, told with all its reasons.

The log is made here: conversations of ten messages, each with the thirteen scores of a moderation service, most of
them with a decision somewhere. ``json.loads`` of every line is the least that any reader of it must do.
"""

from __future__ import annotations

import json
import os
import platform
import random
import sys
import tempfile
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from moderation import MODERATION
from table import alternating, bound, rows, seconds, title

import policy_engine as pe
from policy_engine.reports.decisions_json import simulation_json
from policy_engine.reports.screen import Screen
from policy_engine.reports.timeline import Shown, timeline
from policy_engine.simulation.simulation import Simulation, Simulator
from policy_engine.simulation.summary import Summary
from policy_engine.transcripts.reading import read_conversations

POLICY = Path(__file__).resolve().parent.parent / "policies" / "last_resort.policy"
CONVERSATIONS = 1_000
MESSAGES = 10
LONG = 20_000
"""Messages of the long conversation, and of one twice as long."""


def line(draw: random.Random, name: str, messages: int) -> str:
    written = []
    for number in range(messages):
        labels = {label: round(draw.random() ** 4, 4) for label in MODERATION}
        if number % 2 and draw.random() < 0.3:
            labels["refusal"] = 1.0
        written.append({"role": "assistant" if number % 2 else "user", "labels": labels})
    return json.dumps({"id": name, "attributes": {"model": "opus-4"}, "messages": written})


def simulations(policy: pe.Policy, log: Path) -> Iterator[Simulation]:
    simulator = Simulator(policy.machine)
    for read in read_conversations([log]):
        assert isinstance(read, pe.Conversation), read
        yield simulator.run(read)


def summed(policy: pe.Policy, log: Path) -> Summary:
    summary = Summary(policy.machine.policy)
    for each in simulations(policy, log):
        summary.add(each)
    return summary


def speed(policy: pe.Policy, log: Path) -> None:
    title(f"A log of {CONVERSATIONS * MESSAGES:,} messages ({POLICY.name})")

    def counted(work: Callable[[], object]) -> Callable[[], int]:
        def run() -> int:
            work()
            return CONVERSATIONS * MESSAGES

        return run

    def loads() -> None:
        with log.open(encoding="utf-8") as lines:
            for each in lines:
                json.loads(each)

    def explained() -> None:
        for each in simulations(policy, log):
            json.dumps(simulation_json(each))

    took = alternating(
        {
            "json.loads": counted(loads),
            "read": counted(lambda: deque(read_conversations([log]), maxlen=0)),
            "table": counted(lambda: summed(policy, log)),
            "JSON Lines": counted(explained),
        },
        rounds=3,
    )
    rows(
        [
            (
                name,
                f"{1 / each:,.0f} messages/s",
                f"{seconds(each)} each   {each / took['table']:.2f} x the table",
            )
            for name, each in took.items()
        ]
    )
    some = sum(bool(simulation_json(each)["decisions"]) for each in simulations(policy, log))
    print(f"  {some:,} of {CONVERSATIONS:,} conversations have a decision to explain")
    bound(
        f"{took['JSON Lines'] / took['table']:.2f} x the table for JSON Lines (at most 2.5 x)",
        took["JSON Lines"] <= 2.5 * took["table"],
    )


def told(policy: pe.Policy, log: Path) -> int:
    """The most memory that telling the one conversation of the log takes beside it, in bytes."""
    (simulation,) = simulations(policy, log)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        tracemalloc.start()
        for each in timeline(simulation, Screen(nowhere), Shown(why=True)):
            nowhere.write(each)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return most


def memory(policy: pe.Policy, folder: Path) -> None:
    title("One long conversation, told with all its reasons")
    found = []
    for messages in (LONG, 2 * LONG):
        log = folder / f"long{messages}.jsonl"
        log.write_text(line(random.Random(3), "long", messages) + "\n", encoding="utf-8")
        summed(policy, log)  # the steps that it takes are kept, up to a bound, and are not counted
        found.append(told(policy, log))
    sizes = [f"{each / 1_000_000:.1f} MB" for each in found]
    rows([(f"{n:,} messages", size, "") for n, size in zip((LONG, 2 * LONG), sizes, strict=True)])
    bound(
        f"{found[1] / found[0]:.2f} x the memory for twice the messages (1.5 x at most)",
        found[1] <= 1.5 * found[0],
    )


def main() -> int:
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of alternating runs")
    policy = pe.load(POLICY)
    with tempfile.TemporaryDirectory() as made:
        log = Path(made, "log.jsonl")
        draw = random.Random(5)
        lines = (line(draw, f"chat {number}", MESSAGES) for number in range(CONVERSATIONS))
        log.write_text("\n".join(lines) + "\n", encoding="utf-8")
        speed(policy, log)
        memory(policy, Path(made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
