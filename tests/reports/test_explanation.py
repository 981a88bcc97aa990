"""Explanations are read by people, so they are kept whole. To renew them, after reading the difference:

UPDATE_GOLDEN=1 python -m pytest tests/reports/test_explanation.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from policies.shipped import policy_named
from sound import policy_of

from policy_engine.reports.explanation_text import explanation_text

GOLDEN = Path("tests/golden/explain")
NAMES = ("last_resort", "last_resort_with_breaks", "strikes")


@pytest.mark.parametrize("name", NAMES)
def test_explanation_is_as_it_was_read(name: str, root: Path) -> None:
    found = policy_named(name)
    shown = explanation_text(found) + "\n"
    path = root / GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
    assert max(map(len, shown.splitlines())) <= 80


GROUPS = """
group crisis = self-harm or imminent-harm
group mixed = self-harm or hate
group asked-for = hate or violence
group never-said = spam or sexual
check that the chat is never ended when asked-for has been detected
"""


def explained(rule: str) -> str:
    text = explanation_text(policy_of(GROUPS.replace("spam", "harassment") + rule))
    return " ".join(text.replace("\n", " ").split())


def test_what_a_group_holds_is_told_once_and_where_its_name_is_said() -> None:
    said = explained(
        "rule one\n  after 2 refusals on crisis, add a strike, except when crisis has been detected"
    )
    assert "Groups ------ asked-for: hate or violence. crisis: self-harm or imminent-harm. Rules" in said
    assert said.count("imminent-harm") == 2  # what the group holds, and what doubt about it means
    assert "never-said" not in said


def test_a_group_whose_labels_are_forgotten_at_different_times_is_told_label_by_label() -> None:
    said = explained("rule one\n  after 2 refusals, add a strike, except when mixed has been detected")
    assert "Except when mixed has been detected." in said
    assert "If nobody could check for self-harm: the rule is stopped, until 5 turns have passed." in said
    assert "If nobody could check for hate: the rule is stopped, for good." in said
    alike = explained(
        "rule one\n  after 2 refusals, add a strike, except when hate or violence has been detected"
    )
    assert "If nobody could check for asked-for: the rule is stopped, for good." in alike


def test_a_label_that_only_forgets_a_count_is_looked_for_too() -> None:
    said = explained("rule one\n  after 2 refusals, starting over when an appeal is granted, add a strike")
    assert "appeal: Event" in said


def whole(text: str) -> str:
    return explanation_text(policy_of(text))


@pytest.mark.parametrize(
    ("clause", "label"),
    [
        ("after 2 refusals since an appeal is granted", "appeal"),
        ("after 2 refusals since self-harm was first detected", "self-harm"),
        ("after 2 refusals, starting over when an appeal is granted", "appeal"),
    ],
)
def test_what_begins_a_count_anew_is_told_as_looked_for(clause: str, label: str) -> None:
    shown = whole(f"rule one\n  {clause}, add a strike")
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
    assert said in whole(text).splitlines()


def test_a_first_detection_begins_one_stretch() -> None:
    first = "rule one\n  after 2 refusals since self-harm was first detected, add a strike"
    assert "It acts once in a conversation." in whole(first)
    warned = "rule one\n  after 2 refusals since the last warning, add a strike"
    again = "rule two\n  after every 2 refusals, warn the user “Please stop.”"
    assert "once more each time its count has started over" in whole(f"{warned}\n{again}")
