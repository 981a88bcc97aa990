"""Explanations are read by people, so they are kept whole. To renew them, after reading the difference:

UPDATE_GOLDEN=1 python -m pytest tests/reports/test_explanation.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policy_engine.model.loading import load_policy, load_text
from policy_engine.reports.explanation import explanation_text

GOLDEN = Path("tests/golden/explain")
NAMES = ("last_resort", "last_resort_with_breaks", "strikes")


@pytest.mark.parametrize("name", NAMES)
def test_explanation_is_as_it_was_read(name: str, root: Path) -> None:
    found = load_policy(root / "policies" / f"{name}.policy")
    assert found.policy is not None
    shown = explanation_text(found.policy) + "\n"
    path = root / GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
    assert max(map(len, shown.splitlines())) <= 80


def explained(text: str) -> str:
    policy = load_text(text).policy
    assert policy is not None
    return explanation_text(policy)


@pytest.mark.parametrize(
    ("clause", "label"),
    [
        ("after 2 refusals since an appeal is granted", "appeal"),
        ("after 2 refusals since self-harm was first detected", "self-harm"),
        ("after 2 refusals, starting over when an appeal is granted", "appeal"),
    ],
)
def test_what_begins_a_count_anew_is_told_as_looked_for(clause: str, label: str) -> None:
    shown = explained(f"rule one\n  {clause}, add a strike")
    looked_for = shown.partition("What is looked for")[2]
    assert [line.partition(":")[0] for line in looked_for.splitlines() if line[:1].islower()] == sorted(
        [label, "refusal"]
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rule one\n  when hate is detected, add a strike", "This policy never ends a chat."),
        ("trial rule one\n  when hate is detected, end the chat", "This policy never ends a chat."),
        ("rule one\n  when hate is detected, end the chat", "Nothing is done any more."),
        (
            "rule one\n  when hate is detected, end the chat\n"
            "ladder two on hate\n  after 1 refusal, offer support crisis-line",
            "Only this is still done: offer support.",
        ),
    ],
)
def test_what_is_done_after_the_end_is_what_the_policy_asks_for(text: str, said: str) -> None:
    assert said in explained(text).splitlines()


def test_a_first_detection_begins_one_stretch() -> None:
    first = "rule one\n  after 2 refusals since self-harm was first detected, add a strike"
    assert "It acts once in a conversation." in explained(first)
    warned = "rule one\n  after 2 refusals since the last warning, add a strike"
    again = "rule two\n  after every 2 refusals, warn the user “Please stop.”"
    assert "once more each time its count has started over" in explained(f"{warned}\n{again}")
