"""The page of published crisis chats: long replies of real models, with lists, quotes and emoji."""

from __future__ import annotations

from pathlib import Path

import html5lib
import pytest
from policies.shipped import policy_named

from policy_engine.machine.machine import compile_policy
from policy_engine.reports.page import Page
from policy_engine.simulation.simulation import Simulator
from policy_engine.simulation.summary import Summary
from policy_engine.transcripts.detecting import apply
from policy_engine.transcripts.detectors.refusal import DETECTOR
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations

ROOT = Path(__file__).parents[2]
CHATS = ROOT.parent / "shared" / "data" / "vera-mh" / "conversations"


def test_every_message_of_every_tenth_chat_is_on_the_page() -> None:
    if not CHATS.is_dir():
        pytest.skip(f"the crisis chats are not at {CHATS}")
    policy = policy_named("last_resort")
    chats = [each for each in read_conversations([CHATS]) if isinstance(each, Conversation)][::10]
    simulator = Simulator(compile_policy(policy), {"model": "opus-4"})
    page, summary = Page(policy, why=True), Summary(policy, detecting=True)
    for chat in chats:
        simulation = simulator.run(apply(chat, [DETECTOR]))
        page.add(simulation)
        summary.add(simulation)
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse("".join(page.html(summary)))
    links = [each.attrib["href"] for each in root.iter("a")][1:]
    assert links == [f"#c{number}" for number in range(1, 12)]
    quotes = list(root.iter("blockquote"))
    assert len(quotes) == sum(bool((each.content or "").strip()) for chat in chats for each in chat.messages)
    assert all(each.text for each in quotes)
