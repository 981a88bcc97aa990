"""The detectors of text: against people's labels, beside published phrase lists; and how many messages a second.

The figures of the phrase lists are quoted, not measured here: accuracy, precision and recall of each list on the same
replies and labels. Ours were developed on the replies to one half of XSTest's prompts (those of odd numbers).

The data (XSTest, PyRIT, VERA-MH, Spiral-Bench) is no part of the checkout; what is absent is said and passed over.
"""

from __future__ import annotations

import csv
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from table import alternating, bound, rows, title

import policy_engine as pe
from policy_engine.transcripts.detecting import apply, detectors_named
from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.reading import read_conversations
from policy_engine.vocabulary.shipped import default_vocabulary, shipped_path

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
NEEDED = 20_000
"""Messages a second that a detector has to reach on crisis chats."""
QUOTED = {
    # accuracy, precision, recall: on XSTest (2,250, full refusal), on PyRIT (169)
    "JailbreakBench phrase list": ((0.81, 0.85, 0.69), (0.62, 1.0, 0.41)),
    "garak prefixes": ((0.82, 0.84, 0.72), (0.60, 1.0, 0.39)),
    "garak MitigationBypass": ((0.74, 0.63, 0.99), (0.65, 0.90, 0.51)),
    "promptfoo isBasicRefusal 0.123.1": ((0.86, 0.84, 0.86), (0.71, 1.0, 0.55)),
    "XSTest string match": ((0.87, 0.85, 0.86), (0.61, 1.0, 0.39)),
}
OURS = ("refusal", "refusal-strict", "refusal-loose")

Judged = list[tuple[bool, bool]]
"""What a detector said of a text, and what people did."""


def found(*parts: str) -> Path | None:
    path = DATA.joinpath(*parts)
    if not path.exists():
        print(f"  passed over: {'/'.join(parts)} is absent")
        return None
    return path


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(file)
    first = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    yield from csv.DictReader(lines[first:])


def figures(judged: Judged) -> tuple[float, float, float]:
    hits = sum(said and true for said, true in judged)
    return (
        sum(said == true for said, true in judged) / len(judged),
        hits / max(1, sum(said for said, _ in judged)),
        hits / max(1, sum(true for _, true in judged)),
    )


def words(three: Sequence[float]) -> str:
    return " / ".join(f"{each:.2f}" for each in three)


def says(detector: Detector, text: str) -> bool:
    (label,) = detector.detect(pe.Message(pe.Role.ASSISTANT, content=text))
    return label.value is True


def named(*names: str) -> tuple[Detector, ...]:
    return detectors_named(names, default_vocabulary())


def xstest() -> None:
    title(
        "Refusals against people's labels: XSTest, 2,250 replies, full refusal (accuracy / precision / recall)"
    )
    folder = found("xstest", "model_completions")
    if folder is None:
        return
    replies = [row for path in sorted(folder.glob("*.csv")) for row in rows_of(path)]
    half = {odd: [row for row in replies if int(row["id"].partition("-")[2]) % 2 == odd] for odd in (0, 1)}

    def judged(detector: Detector, some: list[dict[str, str]]) -> Judged:
        return [(says(detector, row["completion"]), row["final_label"] == "2_full_refusal") for row in some]

    entries = [
        (
            each.name,
            words(figures(judged(each, replies))),
            f"held out: {words(figures(judged(each, half[0])))}",
        )
        for each in named(*OURS)
    ]
    rows(entries + [(name, words(quoted), "quoted") for name, (quoted, _) in QUOTED.items()])
    (ours,) = named("refusal")
    accuracy, held = (figures(judged(ours, some))[0] for some in (replies, half[0]))
    best = max(quoted[0] for quoted, _ in QUOTED.values())
    bound(f"accuracy {accuracy:.3f}, on the half held out {held:.3f} (above .90)", min(accuracy, held) > 0.90)
    print("  quoted: each list as its project publishes it, measured before on the same replies and labels")
    bound(f"better than each phrase list (the best: {best:.2f})", min(accuracy, held) > best)


def pyrit() -> None:
    title("Refusals against people's labels: PyRIT, 169 replies (accuracy / precision / recall)")
    folder = found("pyrit-refusal")
    if folder is None:
        return
    replies = [row for path in sorted(folder.glob("*.csv")) for row in rows_of(path)]
    entries = []
    for each in named(*OURS):
        judged = [(says(each, row["assistant_response"]), row["human_score"] == "1") for row in replies]
        entries.append((each.name, words(figures(judged)), ""))
    rows(entries + [(name, words(quoted), "quoted") for name, (_, quoted) in QUOTED.items()])
    print("  about half of its refusals answer another question: nobody can tell that from the reply alone")


def spiral() -> None:
    title("Redirections against an LLM judge: Spiral-Bench, safe redirection or suggestions to seek help")
    folder = found("spiral-bench", "res_v0.2")
    if folder is None:
        return
    (ours,) = named("redirection")
    judged = [(says(ours, text), is_one) for text, is_one in judgements(folder)]
    rows([("redirection", words(figures(judged)), f"{len(judged):,} replies")])
    print("  the judge also marks steering within a topic, which no pattern hears")


def judgements(folder: Path) -> Iterator[tuple[str, bool]]:
    """The judged replies, and whether the judge saw one of the two in them."""
    for path in sorted(folder.glob("*.json")):
        for chat in chats_in(json.loads(path.read_text(encoding="utf-8"))):
            replies = [each["content"] for each in chat["transcript"] if each["role"] == "assistant"]
            for judgement in chat["judgements"].values():
                metrics = judgement.get("metrics") or {}
                for number in judgement.get("assistant_turn_indexes", ()):
                    if metrics and number < len(replies):
                        yield (
                            replies[number],
                            metrics["safe redirection"] + metrics["suggestions to seek help"] > 0,
                        )


def chats_in(value: object) -> Iterator[dict[str, dict[str, dict[str, float]]]]:
    if isinstance(value, dict) and "transcript" in value:
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from chats_in(each)


def crisis() -> None:
    title("Crisis chats: 105 chats, every one about the risk of suicide (VERA-MH)")
    folder = found("vera-mh", "conversations")
    if folder is None:
        return
    chats = [each for each in read_conversations([folder]) if isinstance(each, pe.Conversation)]
    shown = str(shipped_path("keywords", "demonstration.yaml"))
    asked = named(*OURS, "redirection", "end-request", f"keywords:{shown}")
    entries = []
    for each in asked:
        hits = [
            sum(label.value is True for message in apply(chat, [each]).messages for label in message.labels)
            for chat in chats
        ]
        entries.append(
            (each.name.partition(":")[0], f"{sum(hits):,} messages", f"in {sum(map(bool, hits))} chats")
        )
    rows(entries)
    speed(chats, asked)


def speed(chats: list[pe.Conversation], asked: tuple[Detector, ...]) -> None:
    title("Speed on the crisis chats, in time of the processor")
    # nothing is gained by messages that a detector passes over
    by_role = {role: [m for chat in chats for m in chat.messages if m.role is role] for role in pe.Role}

    def work(detector: Detector) -> Callable[[], int]:
        roles = frozenset().union(*detector.finds.values())
        chat = pe.Conversation("all", tuple(message for role in roles for message in by_role[role]))

        def run() -> int:
            apply(chat, [detector])
            return len(chat.messages)

        return run

    took = alternating({each.name.partition(":")[0]: work(each) for each in asked}, clock=time.process_time)
    rows([(name, f"{1 / each:,.0f} messages/s", "") for name, each in took.items()])
    slowest = min(1 / each for each in took.values())
    bound(f"the slowest: {slowest:,.0f} messages/s (at least {NEEDED:,})", slowest >= NEEDED)


def main() -> int:
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of alternating runs")
    xstest()
    pyrit()
    spiral()
    crisis()
    return 0


if __name__ == "__main__":
    sys.exit(main())
