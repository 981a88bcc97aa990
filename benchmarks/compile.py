"""A policy of 1,000 rules over 60 categories: from its text to a machine, and messages through it."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from table import alternating, bound, rows, seconds, title

import policy_engine as pe

RULES, CATEGORIES = 1_000, 60
MESSAGES = 400

VOCABULARY = """\
categories:
{categories}
acts:
  refusal:     {{plural: refusals}}
  redirection: {{plural: redirections}}
actions:
  end-chat: {{phrase: end the chat, past: the chat is ended, ends: true}}
  review:   {{phrase: ask a person to review, past: a person is asked to review, noun: review}}
  warn:     {{phrase: warn the user, past: a warning is given, noun: warning, takes: text}}
"""


def names() -> list[str]:
    return [f"topic-{number:02}" for number in range(CATEGORIES)]


def rule(number: int, chance: random.Random) -> str:
    """One of the shapes that policies are made of."""
    one, two, other = chance.sample(names(), 3)
    count = chance.randint(2, 9)
    shapes = (
        f"after {count} refusals on {one}, end the chat, except when {other} has been detected",
        f'after {count} refusals on {one} or {two} within {chance.randint(5, 30)} turns, warn the user "{number}"',
        f'when {one} is detected from the user, warn the user "{number}", at most once in {count} turns',
        f"after {count} refusals on {one} and 2 redirections on {one}, ask a person to review,\n"
        f"  only if a warning has been given, except when {two} has been detected in the last 5 turns",
        f"after {count} refusals on {one}, starting over after 20 turns without one, ask a person to review",
    )
    return f"rule r{number}\n  {shapes[number % len(shapes)]}\n"


def write(folder: Path) -> Path:
    """The policy and its vocabulary, the same in every run."""
    chance = random.Random(20)
    listed = "\n".join(f"  {name}: {{}}" for name in names())
    (folder / "topics.yaml").write_text(VOCABULARY.format(categories=listed), encoding="utf-8")
    rules = "\n".join(rule(number, chance) for number in range(RULES))
    path = folder / "large.policy"
    path.write_text(
        f'language 1\npolicy "Large" version "1"\n\nuse "topics.yaml"\n\n{rules}', encoding="utf-8"
    )
    return path


def conversation() -> list[pe.Message]:
    chance = random.Random(21)
    messages = []
    for _ in range(MESSAGES // 2):
        detected = tuple(pe.Label(name, 0.9) for name in chance.sample(names(), chance.choice((0, 1, 1, 2))))
        messages.append(pe.Message(role=pe.Role.USER, labels=detected))
        done = (pe.Label("refusal"),) if chance.random() < 0.5 else ()
        messages.append(pe.Message(role=pe.Role.ASSISTANT, labels=done))
    return messages


def main() -> int:
    title(f"{RULES:,} rules over {CATEGORIES} categories")
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder))
        taken = []
        for _ in range(3):
            start = time.perf_counter()
            policy = pe.load(path)
            session = policy.session()
            session.observe(pe.Message(role=pe.Role.USER))  # whatever is compiled on first use counts too
            taken.append(time.perf_counter() - start)
        size = path.stat().st_size
    messages = conversation()

    def converse() -> int:
        session = policy.session()
        for each in messages:
            session.observe(each)
        return len(messages)

    step = alternating({"step": converse}, rounds=3)["step"]
    worst = max(taken)
    rows(
        [
            ("load, check and compile", seconds(worst), f"slowest of 3; {size / 1000:.0f} kB of text"),
            ("one message", seconds(step), f"{1 / step:,.0f} messages/s"),
        ]
    )
    bound(f"loaded and compiled in {seconds(worst)} (at most 2 s asked)", worst <= 2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
