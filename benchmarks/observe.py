"""One live message, from its labels to the decision: beside cedarpy and transitions, and as a chat grows long.

All three see the same conversations. What each of them does not do is given to it for nothing:

* cedarpy decides one message and remembers nothing. Its policy and its entities are parsed once, its context is a
  JSON text written before the clock starts, and the counts in it are counted by somebody else.
* transitions counts refusals, and knows nothing of categories, scores, doubt, exceptions or support.

The policy engine is measured four times: with messages that are there already (as their contexts are); with the
thirteen scores of a moderation service on each message, no two alike; building each message from
plain names and scores; and with a reminder every three hours added to the policy.
"""

from __future__ import annotations

import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cedarpy
import transitions
from moderation import MODERATION
from table import alternating, bound, rows, seconds, title

import policy_engine as pe

ROOT = Path(__file__).resolve().parent.parent
POLICY = ROOT / "policies" / "last_resort.policy"
TIMED = ROOT / "policies" / "last_resort_with_breaks.policy"
ATTRIBUTES = {"model": "opus-4"}

# One conversation: who speaks, and what was detected with which score (None: no score).
Plain = tuple[str, tuple[tuple[str, float | None], ...]]
TURNS: tuple[tuple[Plain, Plain], ...] = (
    (("user", ()), ("assistant", ())),
    (("user", (("harassment", 0.71),)), ("assistant", (("refusal", None),))),
    (("user", (("sexual/minors", 0.93),)), ("assistant", (("refusal", None), ("redirection", None)))),
    (("user", (("violence", 0.31), ("hate", 0.12))), ("assistant", ())),
    (("user", (("self-harm", 0.88),)), ("assistant", ())),
    (("user", (("sexual/minors", 0.81),)), ("assistant", (("refusal", None), ("redirection", None)))),
    (("user", ()), ("assistant", ())),
    (("user", (("sexual/minors", 0.97), ("self-harm", 0.2))), ("assistant", (("refusal", None),))),
    (("user", (("self-harm", 0.65),)), ("assistant", ())),
    (("user", ()), ("assistant", ())),
)
CONVERSATION: tuple[Plain, ...] = tuple(message for turn in TURNS for message in turn)
MINUTE = 60_000_000
"""Microseconds."""
ROUND = 50
"""Conversations in one measurement."""

CEDAR = """
@id("crisis-support")
permit (principal, action, resource) when { context.labels.contains("self-harm") };
@id("last-warning")
permit (principal, action, resource) when { context.adds && context.refusals >= 2 && !context.warned };
@id("persistent-harm")
permit (principal, action, resource)
when { context.adds && context.refusals >= 3 && context.redirections >= 2 && context.warned }
unless { context.crisis };
"""


def message(plain: Plain) -> pe.Message:
    role, labels = plain
    return pe.Message(
        role=pe.Role(role),
        labels=tuple(pe.Label(name) if score is None else pe.Label(name, score) for name, score in labels),
    )


def contexts() -> list[str]:
    """What cedarpy is told at each message of the conversation: the labels that hold, and the counts so far."""
    found, category = [], ""
    refusals = redirections = 0
    warned = crisis = False
    for role, labels in CONVERSATION:
        names = [name for name, score in labels if score is None or score >= 0.5]
        category = next(iter(names), "") if role == "user" else category
        adds = role == "assistant" and category == "sexual/minors" and "refusal" in names
        crisis = crisis or "self-harm" in names
        refusals += adds
        redirections += adds and "redirection" in names
        context = {"labels": names, "adds": adds, "refusals": refusals, "redirections": redirections}
        found.append(json.dumps(context | {"warned": warned, "crisis": crisis}))
        warned = warned or refusals >= 2
    return found


def engine(policy: Any, build: bool) -> Callable[[], int]:
    ready = [message(plain) for plain in CONVERSATION]

    def run() -> int:
        for _ in range(ROUND):
            session = policy.session(attributes=ATTRIBUTES)
            if build:
                for plain in CONVERSATION:
                    session.observe(message(plain))
            else:
                for each in ready:
                    session.observe(each)
        return ROUND * len(CONVERSATION)

    return run


def through(policy: Any, chats: Sequence[Sequence[pe.Message]]) -> Callable[[], int]:
    """Every message of the chats, each chat in a session of its own."""

    def run() -> int:
        for chat in chats:
            session = policy.session(attributes=ATTRIBUTES)
            for each in chat:
                session.observe(each)
        return sum(map(len, chats))

    return run


def timed(policy: Any) -> Callable[[], int]:
    """A policy with a clock, at times that are different in every conversation."""
    chats = [
        [
            replace(message(plain), time=(1_000 * chat + number) * MINUTE)
            for number, plain in enumerate(CONVERSATION)
        ]
        for chat in range(ROUND)
    ]
    return through(policy, chats)


def scored(policy: Any) -> Callable[[], int]:
    """Every message has a score of each of the thirteen categories, no two alike, as a live service sends them."""
    draw = random.Random(13)
    chats = [
        [
            pe.Message(
                pe.Role.USER if number % 2 == 0 else pe.Role.ASSISTANT,
                tuple(pe.Label(name, draw.random() ** 4) for name in MODERATION),
            )
            for number in range(20)
        ]
        for _ in range(ROUND)
    ]
    return through(policy, chats)


def cedar(batch: bool) -> Callable[[], int]:
    policies = cedarpy.PolicySet.from_str(CEDAR)
    entities = cedarpy.Entities.from_json_str("[]")
    fixed = {"principal": 'Chat::"1"', "action": 'Action::"observe"', "resource": 'Chat::"1"'}
    requests = [fixed | {"context": context} for context in contexts()]

    def run() -> int:
        if batch:
            cedarpy.is_authorized_batch(requests * (ROUND // 5), policies, entities)
        else:
            for request in requests * (ROUND // 5):
                cedarpy.is_authorized(request, policies, entities)
        return len(requests) * (ROUND // 5)

    return run


class Chat:
    """The model of the small machine of transitions."""

    trigger: Callable[[str], bool]


def transitions_machine() -> Callable[[], int]:
    events = [
        "refusal" if any(name == "refusal" for name, _ in labels) else "other" for _, labels in CONVERSATION
    ]
    states = ["none", "one", "two", "ended"]
    moves: list[dict[str, Any]] = [
        {"trigger": "refusal", "source": source, "dest": target}
        for source, target in zip(states, [*states[1:], "ended"], strict=True)
    ]
    moves.append({"trigger": "other", "source": "*", "dest": None})
    chat = Chat()
    machine = transitions.Machine(
        chat, states=states, transitions=moves, initial="none", auto_transitions=False
    )
    methods = [getattr(chat, event) for event in events]

    def run() -> int:
        for _ in range(ROUND):
            machine.set_state("none")
            for method in methods:
                method()
        return ROUND * len(methods)

    return run


def speed(policy: Any) -> None:
    title(f"One message through the public API ({POLICY.name})")
    took = alternating(
        {
            "policy engine": engine(policy, build=False),
            "policy engine, 13 new scores each": scored(policy),
            "policy engine, building each message": engine(policy, build=True),
            "policy engine, with a clock": timed(pe.load(TIMED)),
            "cedarpy": cedar(batch=False),
            "cedarpy, one call for many messages": cedar(batch=True),
            "transitions": transitions_machine(),
        }
    )
    ours = took["policy engine"]
    entries = [
        (name, f"{1 / each:,.0f} messages/s", f"{seconds(each)} each   {each / ours:.2f} x the first")
        for name, each in took.items()
    ]
    rows(entries)
    bound(f"{took['cedarpy'] / ours:.1f} x as fast as cedarpy (20 x asked)", took["cedarpy"] >= 20 * ours)
    bound(
        f"{took['transitions'] / ours:.1f} x as fast as transitions (3 x asked)",
        took["transitions"] >= 3 * ours,
    )


def saved(session: Any) -> bytes:
    """The state of a session as a host would store it."""
    state = session.state
    state = state() if callable(state) else state
    for name in ("to_bytes", "to_json", "dumps"):
        if hasattr(state, name):
            state = getattr(state, name)()
            break
    if isinstance(state, bytes):
        return state
    return (state if isinstance(state, str) else json.dumps(state)).encode()


def growth(policy: Any) -> None:
    """The conversation never ends: a crisis shows again and again, and the policy has an exception for that."""
    title("As the chat grows long")
    turns = [[message(plain) for plain in turn] for turn in TURNS]
    crisis_first = turns[4:] + turns[:4]
    at = {20: 300, 10_000: 3}
    costs: dict[int, list[float]] = {turn: [] for turn in at}
    sizes: dict[int, int] = {}
    ended = False
    for turn, sessions in at.items():
        for _ in range(sessions):
            session = policy.session(attributes=ATTRIBUTES)
            for number in range(turn):
                for each in crisis_first[number % len(turns)]:
                    ended |= bool(session.observe(each).ends)
            sizes[turn] = len(saved(session))
            for _again in range(1 if turn == 20 else 100):
                following = [each for number in range(10) for each in crisis_first[(turn + number) % 10]]
                start = time.perf_counter()
                for each in following:
                    session.observe(each)
                costs[turn].append((time.perf_counter() - start) / len(following))
    early, late = (statistics.median(costs[turn]) for turn in at)
    rows(
        [
            ("at turn 20", seconds(early), f"{sizes[20]} bytes of saved state"),
            ("at turn 10,000", seconds(late), f"{sizes[10_000]} bytes of saved state"),
        ]
    )
    print(f"  {late / early:.2f} x the cost, {sizes[10_000] - sizes[20]:+d} bytes")
    if ended:
        print("  (the chat was ended on the way: an ended chat is cheaper, so these figures flatter)")


def main() -> int:
    if not POLICY.exists():
        print(f"{POLICY.relative_to(ROOT)} is missing", file=sys.stderr)
        return 1
    print(f"Python {platform.python_version()}, {platform.machine()}; medians of alternating runs")
    policy = pe.load(POLICY)
    speed(policy)
    growth(policy)
    return 0


if __name__ == "__main__":
    sys.exit(main())
