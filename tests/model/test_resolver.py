"""Policies of several files: what holds for all of them, and what may not be said twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_engine.model.loading import Loaded, load_policy
from policy_engine.model.model import Attribute, Policy

RULE = "rule one\n  when hate is detected, add a strike\n"


def load(folder: Path, **files: str) -> Loaded:
    for name, text in files.items():
        (folder / f"{name}.policy").write_text(text)
    return load_policy(folder / "main.policy")


def loaded(folder: Path, **files: str) -> Policy:
    policy = load(folder, **files).policy
    assert policy is not None
    return policy


def messages(folder: Path, **files: str) -> list[str]:
    found = load(folder, **files)
    assert found.policy is None
    return [each.message.replace(f"{folder}/", "") for each in found.diagnostics]


def test_what_a_used_file_says_holds_for_all_but_its_applies_and_its_header(tmp_path: Path) -> None:
    other = (
        'language 1\npolicy "Other" version "2"\napplies when model is small\n'
        "group bad = hate\nrule two\n  when bad is detected, end the chat\n"
        "never end the chat when self-harm is detected\nrule two overrides rule one\n"
        "check that the chat is never ended when self-harm is detected\n"
    )
    policy = loaded(tmp_path, main=f'use "other.policy"\n{RULE}', other=other)
    assert (policy.name, policy.version, policy.applies) == ("main", None, None)
    applies = {rule.name: rule.guards.applies for rule in policy.rules}
    assert applies == {"one": None, "two": Attribute("model", "is", ("small",))}
    assert (len(policy.nevers), len(policy.overrides), len(policy.promises)) == (1, 1, 1)


def test_applies_of_the_main_file_is_not_that_of_a_used_one(tmp_path: Path) -> None:
    main = f'applies when model is small\nuse "other.policy"\n{RULE}'
    policy = loaded(tmp_path, main=main, other=RULE.replace("one", "two"))
    assert [rule.guards.applies is None for rule in policy.rules] == [False, True]


@pytest.mark.parametrize(
    ("here", "there", "message"),
    [
        (RULE, RULE, None),
        (RULE, RULE.replace("hate", "harassment"), "there is another rule or ladder `one` (main.policy:2)"),
        (
            f"applies when model is small\n{RULE}",
            RULE,
            "there is another rule or ladder `one` (main.policy:3)",
        ),
        (
            RULE,
            "ladder one on hate\n  after 1 refusal, add a strike\n",
            "there is another rule or ladder `one` (main.policy:2)",
        ),
        (f"group bad = hate or violence\n{RULE}", "group bad = category violence or hate\n", None),
        (
            f"group bad = hate\n{RULE}",
            "group bad = harassment\n",
            "there is another group `bad` (main.policy:2)",
        ),
        (
            f"points bad = 1 per hate, 2 per violence\n{RULE}",
            "points bad = 2 per violence, 1 per hate\n",
            None,
        ),
        (
            f"points bad = 1 per hate\n{RULE}",
            "points bad = 2 per hate\n",
            "there is another table of points `bad` (main.policy:2)",
        ),
        (RULE, "language 2\n", "language 2 is not known here"),
        (
            f"{RULE}rule one overrides rule steps\n",
            "ladder steps\n  after 1 refusal, add a strike\n",
            "`steps` is a ladder",
        ),
    ],
)
def test_one_name_has_one_content(tmp_path: Path, here: str, there: str, message: str | None) -> None:
    files = {"main": f'use "other.policy"\n{here}', "other": there}
    if message is None:
        loaded(tmp_path, **files)
    else:
        assert messages(tmp_path, **files) == [message]
