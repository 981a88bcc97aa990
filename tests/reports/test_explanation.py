"""What `explain` says of whom a rule covers, of what is assumed, and of texts that are sentences."""

from __future__ import annotations

from pathlib import Path

from policy_engine.model.loading import load_policy
from policy_engine.reports.explanation import Section, explain

WORDS = "extends: default\nattributes:\n  user.state: {type: text, assume: unrecorded}\n  user.level: {type: number}\n"
PART = """
use "words.yaml"
applies when {condition}
rule told
  when the chat begins, remind the user "You are talking to an AI.", except when user.minor is false
ladder steps
  after 2 refusals, remind the user "Time for a break?"
"""
MAIN = 'use "part.policy"\nrule struck\n  when hate is detected, add a strike\n'


def explained(folder: Path, condition: str, main: str = MAIN) -> dict[str, Section]:
    (folder / "words.yaml").write_text(WORDS, encoding="utf-8")
    (folder / "part.policy").write_text(PART.format(condition=condition), encoding="utf-8")
    (folder / "main.policy").write_text(main, encoding="utf-8")
    policy = load_policy(folder / "main.policy").policy
    assert policy is not None
    return {section.title: section for section in explain(policy)}


def test_it_says_whom_the_rules_of_a_used_file_cover(tmp_path: Path) -> None:
    covered = explained(tmp_path, "user.state is texas or unrecorded")["Whom it covers"].entries
    assert [(each.sentence, each.details) for each in covered] == [
        ("Every conversation.", ()),
        (
            "Only if user.state is texas or unrecorded: steps and told.",
            ("Where nobody says, user.state is taken to be unrecorded.",),
        ),
    ]


def test_it_says_that_doubt_makes_them_silent(tmp_path: Path) -> None:
    covered = explained(tmp_path, "user.level is at least 3")["Whom it covers"].entries
    assert covered[-1].details == ("Where nobody says, they do nothing.",)


def test_what_the_main_file_says_of_itself_is_not_said_twice(tmp_path: Path) -> None:
    main = f"applies when user.level is at least 3\n{MAIN}"
    covered = explained(tmp_path, "user.level is at least 3", main)["Whom it covers"].entries
    assert [each.sentence for each in covered] == ["Conversations in which user.level is at least 3."]


def test_an_exception_says_what_is_assumed(tmp_path: Path) -> None:
    (_, told) = explained(tmp_path, "user.state is texas")["Rules"].entries
    assert told.details[:2] == (
        "Except when user.minor is false.",
        "  Where nobody says, user.minor is taken to be true.",
    )


def test_a_quoted_sentence_has_one_full_stop(tmp_path: Path) -> None:
    sections = explained(tmp_path, "user.state is texas")
    (_, told) = sections["Rules"].entries
    assert told.sentence == 'When the chat begins: remind the user "You are talking to an AI."'
    (steps,) = sections["Ladders"].entries
    assert steps.details[0] == 'Step 1, after 2 refusals: remind the user "Time for a break?"'
