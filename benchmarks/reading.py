"""Reading a log, beside the least that decoding it takes; and the same log by one process and by two.

`msgspec` decodes every line into typed structures of what a policy can see, and does nothing with them; `json` makes
dictionaries of every line. Both take a key that is written twice, or a time that is none, for sound. The texts have
line breaks and colons, as people's have: with colons, it takes longer to tell that no key is written twice.
"""

from __future__ import annotations

import json
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from moderation import MODERATION
from table import alternating, bound, rows, seconds, title

from policy_engine.transcripts.reader import Settings
from policy_engine.transcripts.reading import read_conversations

ROOT = Path(__file__).resolve().parent.parent
CONVERSATIONS = 4_000
MESSAGES = 10
WORDS = "the of and a to in is you that it he was for on are as with his they at be this have from or one had".split()
SHORT = 3
"""Sentences of a message: 240 characters."""
LONG = 13
"""Sentences of a message that is as long as in published chats of today (1,100 characters)."""
LARGE = 120_000
"""Conversations of the log that two processes share."""


class Message(msgspec.Struct, gc=False):
    """What a policy can see of a message."""

    role: str
    labels: dict[str, float] | list[str]


class Conversation(msgspec.Struct, gc=False):
    """What a policy can see of a conversation."""

    id: str
    messages: list[Message]


class ChatMessage(msgspec.Struct, gc=False):
    """What a policy can see of a message in the log of a chat API."""

    role: str


class Chat(msgspec.Struct, gc=False):
    """What a policy can see of a line of such a log."""

    messages: list[ChatMessage]


Labelled = Callable[[random.Random, int], object]
"""The labels of a message with that number."""


def scored(draw: random.Random, _: int) -> object:
    return {label: round(draw.random() ** 4, 4) for label in MODERATION}


def named(draw: random.Random, number: int) -> object:
    return ["refusal"] if number % 2 and draw.random() < 0.3 else []


def line(draw: random.Random, name: str, labelled: Labelled | None, sentences: int) -> str:
    """A conversation with texts of so many sentences; without ``labelled``, as a chat API has it."""
    written = []
    for number in range(MESSAGES):
        said = "\n".join(" ".join(draw.choices(WORDS, k=20)) + draw.choice(".:?") for _ in range(sentences))
        message: dict[str, object] = {"role": "assistant" if number % 2 else "user", "content": said}
        written.append(message if labelled is None else {**message, "labels": labelled(draw, number)})
    heading = {"model": "opus-4"} if labelled is None else {"id": name, "attributes": {"model": "opus-4"}}
    return json.dumps({**heading, "messages": written})


def log_of(path: Path, number: int, labelled: Labelled | None, sentences: int = SHORT) -> Path:
    draw = random.Random(5)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line(draw, f'chat {each}', labelled, sentences)}\n" for each in range(number))
    return path


def speed(log: Path, what: str, form: type) -> None:
    title(f"Reading {CONVERSATIONS * MESSAGES:,} messages with {what}")

    def by_line(decode: Callable[[bytes], object]) -> Callable[[], int]:
        def run() -> int:
            with log.open("rb") as file:
                for each in file:
                    decode(each)
            return CONVERSATIONS * MESSAGES

        return run

    def read() -> int:
        deque(read_conversations([log], settings=Settings(texts=False)), maxlen=0)
        return CONVERSATIONS * MESSAGES

    took = alternating(
        {
            "msgspec": by_line(msgspec.json.Decoder(form).decode),
            "json": by_line(json.loads),
            "read": read,
        }
    )
    shown = [(name, f"{1 / each:,.0f} messages/s", f"{seconds(each)} each") for name, each in took.items()]
    rows(shown)
    ratio = took["msgspec"] / took["read"]
    bound(f"{ratio:.2f} x the speed of msgspec (at least 0.5 x)", ratio >= 0.5)


def command(log: Path, *more: str) -> Sequence[str]:
    policy = ROOT / "policies" / "last_resort.policy"
    return [sys.executable, str(ROOT / "cli.py"), "simulate", str(policy), str(log), "--summary", *more]


def together(log: Path) -> None:
    title(f"A table of a log of {log.stat().st_size / 1e6:,.0f} MB, by one process and by two")
    took: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(3):
        for jobs, times in took.items():
            start = time.perf_counter()
            subprocess.run(command(log, "--jobs", str(jobs)), check=True, capture_output=True)
            times.append(time.perf_counter() - start)
    best = {jobs: min(times) for jobs, times in took.items()}
    rows([(f"{jobs} process{'es' * (jobs > 1)}", seconds(each), "best of 3") for jobs, each in best.items()])
    bound(
        f"{best[1] / best[2]:.2f} x as fast by two (at least 1.7 x, on two idle cores)",
        best[1] >= 1.7 * best[2],
    )
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    bound(f"{most:.0f} MB the largest process (below 300 MB)", most < 300)


def main() -> int:
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of alternating runs")
    with tempfile.TemporaryDirectory() as made:
        speed(
            log_of(Path(made, "scored.jsonl"), CONVERSATIONS, scored),
            "short texts, and 13 scores on each",
            Conversation,
        )
        for name, what, labelled, form in (
            ("named", "and a label on every seventh", named, Conversation),
            ("chats", "and no more, as of a chat API", None, Chat),
        ):
            speed(log_of(Path(made, name), CONVERSATIONS, labelled), f"short texts, {what}", form)
            speed(log_of(Path(made, name), CONVERSATIONS, labelled, LONG), f"long texts, {what}", form)
        together(log_of(Path(made, "large.jsonl"), LARGE, named))
    return 0


if __name__ == "__main__":
    sys.exit(main())
