"""Small changes of a policy's text: which there are, and that each is a policy or is known to be none."""

from __future__ import annotations

from functools import partial

import pytest
from policies.shipped import NAMES
from sound import POLICIES

from policy_engine.model.loading import load_policy, load_text
from policy_engine.model.model import Policy
from policy_engine.model.names import Names
from policy_engine.policytest.changing import changed_file, changed_policy
from policy_engine.policytest.mutants import Mutant, mutants_of
from policy_engine.source import Source


def changes(text: str) -> list[tuple[str, str, str]]:
    """What is changed, the old words and the new ones, for a policy of one file."""
    loaded = load_text(text)
    assert loaded.policy is not None, loaded.diagnostics
    (file,) = loaded.files
    found = mutants_of(file, Names(loaded.policy.vocabulary, dict(loaded.policy.groups)))
    return [(each.what, text[each.span.start : each.span.end], each.replacement) for each in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("after 3 refusals on hate, add a strike", ("3 to 4", "3", "4")),
        ("after 3 refusals on hate, add a strike", ("3 to 2", "3", "2")),
        ("after 3 refusals on hate, add a strike", ("every put in", "after", "after every")),
        ("after every 3 refusals, add a strike", ("every left out", "after every", "after")),
        ("after 3 refusals on hate or violence, add a strike", ("one of the names left out", "hate or ", "")),
        (
            "after 3 refusals on hate or violence, add a strike",
            ("one of the names left out", " or violence", ""),
        ),
        ("after 3 refusals on hate, add a strike", ("hate to illegal-weapons", "hate", "illegal-weapons")),
        ("after 3 refusals in a row, add a strike", ("in a row left out", " in a row", "")),
        ("after 3 refusals within 5 turns, add a strike", ("within left out", " within 5 turns", "")),
        ("after 3 refusals within 5 turns, add a strike", ("5 turns to 6 turns", "5 turns", "6 turns")),
        ("after 3 refusals within 5 turns, add a strike", ("5 turns to 4 turns", "5 turns", "4 turns")),
        ("after 3 refusals within 2 turns, add a strike", ("2 turns to 1 turn", "2 turns", "1 turn")),
        ("after 3 refusals within 1 hour, add a strike", ("1 hour to 59 minutes", "1 hour", "59 minutes")),
        ("every 3 hours, add a strike", ("3 hours to 4 hours", "3 hours", "4 hours")),
        (
            "after 2 refusals and 1 redirection, add a strike",
            ("one of the counts left out", "2 refusals and ", ""),
        ),
        (
            "after 2 refusals and 1 redirection, add a strike",
            ("one of the counts left out", " and 1 redirection", ""),
        ),
        (
            "after 2 refusals, starting over after 5 turns without one, add a strike",
            ("starting over left out", ", starting over after 5 turns without one", ""),
        ),
        ("after 2 refusals, end the chat", ("another action", "end the chat", "interrupt the chat")),
        (
            'after 2 refusals, warn the user "x"',
            ("another action", 'warn the user "x"', 'remind the user "x"'),
        ),
        (
            "after 2 refusals, add a strike and end the chat",
            ("one of the actions left out", "add a strike and ", ""),
        ),
        ("when hate is first detected, add a strike", ("first left out", "first ", "")),
        ("when hate is detected from the user, add a strike", ("from whom left out", " from the user", "")),
        (
            "when hate is detected or could not be checked, add a strike",
            ("or could not be checked left out", " or could not be checked", ""),
        ),
        ("when hate at 0.8 is detected, add a strike", ("the score left out", " at 0.8", "")),
        (
            "after 2 refusals, add a strike, at most once in 5 turns",
            ("at most once left out", ", at most once in 5 turns", ""),
        ),
        (
            "after 2 refusals, add a strike, only if user.age is at least 18",
            ("only if left out", ", only if user.age is at least 18", ""),
        ),
        ("after 2 refusals, add a strike, only if user.age is at least 18", ("18 to 19", "18", "19")),
        (
            "after 2 refusals, add a strike, except when (hate is detected or violence is detected)",
            ("except left out", ", except when (hate is detected or violence is detected)", ""),
        ),
        (
            "after 2 refusals, add a strike, except when hate or violence is detected and self-harm is detected",
            (
                "and to or",
                "hate or violence is detected and self-harm is detected",
                "(hate or violence is detected) or self-harm is detected",
            ),
        ),
        (
            "after 2 refusals, add a strike, except when hate has been detected",
            ("in this turn put in", "", " in this turn"),
        ),
        (
            "after 2 refusals, add a strike, except when hate has been detected in this turn",
            ("how far back left out", " in this turn", ""),
        ),
        (
            "after 2 refusals, add a strike, except when there have been at least 2 refusals on hate",
            ("2 to 3", "2", "3"),
        ),
    ],
)
def test_change_is_among_those_of_the_rule(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in changes(f"rule one\n  {text}\n")


def test_sentences_are_left_out_whole() -> None:
    text = """
applies when user.age is at least 18
group abuse = hate or violence
rule one
  when hate is detected, end the chat
trial rule two
  when abuse is detected, end the chat
ladder three on hate
  after 2 refusals, add a strike
  after 1 more refusal, end the chat
  start over after 5 turns without a refusal
never end the chat when self-harm is detected
rule one overrides rule two
"""
    found = {(what, old.split("\n")[0]) for what, old, new in changes(text) if not new}
    assert found >= {
        ("applies when left out", "applies when user.age is at least 18"),
        ("rule left out", "rule one"),
        ("rule left out", "trial rule two"),
        ("trial left out", "trial "),
        ("ladder left out", "ladder three on hate"),
        ("last step left out", ""),
        ("start over left out", ""),
        ("never left out", "never end the chat when self-harm is detected"),
        ("override left out", "rule one overrides rule two"),
        ("one of the names left out", "hate or "),
    }


def test_what_ends_the_chat_does_so_once_whatever_it_counts() -> None:
    assert "every put in" not in {
        what for what, _, _ in changes("rule one\n  after 2 refusals, end the chat\n")
    }


def test_promises_and_headers_are_not_changed() -> None:
    rule = "rule one\n  when hate is detected, end the chat"
    text = f'policy "x" version "1"\n{rule}\ncheck that in some conversation the chat is ended\n'
    assert {old for _, old, _ in changes(text)} == {rule, "hate", "end the chat"}


def test_the_place_of_a_change_is_its_first_word() -> None:
    loaded = load_text("rule one\n  after 2 refusals, add a strike,\n  except when hate is detected\n")
    assert loaded.policy is not None
    found = list(mutants_of(loaded.files[0], Names(loaded.policy.vocabulary)))
    (left_out,) = [each for each in found if each.what == "except left out"]
    assert (left_out.location.line, left_out.location.column) == (3, 3)
    assert left_out.text == "rule one\n  after 2 refusals, add a strike\n"


@pytest.mark.parametrize("name", NAMES)
def test_a_change_in_its_place_is_what_the_changed_text_says(name: str) -> None:
    """The one sentence that is parsed anew makes the policy that reading the whole changed file makes."""
    path = str(POLICIES / f"{name}.policy")
    loaded = load_policy(path)
    policy = loaded.policy
    assert policy is not None
    main = loaded.files[0]
    texts = {source.name: source for source in loaded.sources}
    for mutant in mutants_of(main, Names(policy.vocabulary, dict(policy.groups))):
        tree = changed_file(main, mutant)
        changed = None if tree is None else changed_policy(loaded, tree)
        whole = load_policy(path, partial(_read, mutant, texts=texts)).policy
        assert (changed is None) is (whole is None), mutant.what
        if changed is not None and whole is not None:
            assert _said(changed) == _said(whole), mutant.what


def _read(mutant: Mutant, path: str, texts: dict[str, Source]) -> Source:
    return Source(path, mutant.text) if path == mutant.source.name else texts[path]


def _said(policy: Policy) -> tuple[object, ...]:
    return (policy.rules, policy.ladders, policy.nevers, policy.overrides, policy.applies, policy.groups)
