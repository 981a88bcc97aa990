"""Comments that set a finding aside: what they cover, that they need a reason, and that unused ones are told."""

from __future__ import annotations

from datetime import date

import pytest

from policy_engine.lint.linting import Linted, chosen, lint, rules
from policy_engine.lint.rule import Subject, Surroundings
from policy_engine.model.loading import load_text

RULE = (
    "rule r\n  after 3 refusals on hate, end the chat,{} except when self-harm is detected in this turn{}\n"
)


def linted(text: str) -> Linted:
    """What all rules find in a text."""
    loaded = load_text(text)
    assert loaded.files, loaded.diagnostics
    asked = [rule for rule in rules() if rule.name in ("momentary-exception", "unused-group")]
    return lint(
        Subject(loaded.files[0], loaded.policy, loaded.standard, Surroundings(date(2026, 11, 25))), asked
    )


@pytest.mark.parametrize(
    "text",
    [
        RULE.format("", "  # ignore momentary-exception: one turn is the whole chat here"),
        "# ignore momentary-exception: so it was agreed\n" + RULE.format("", ""),
        "# Our reading.\n# ignore PE201: so it was agreed\n# (see above)\n" + RULE.format("", ""),
        RULE.format("  # ignore Momentary-Exception, unused-group: so it was agreed\n ", ""),
    ],
)
def test_a_comment_with_a_reason_sets_aside(text: str) -> None:
    found = linted(text)
    assert [each.code for each in found.findings if each.code != "unused-ignore"] == []
    assert found.set_aside == 1


@pytest.mark.parametrize("ending", ["", ":", ":   "])
def test_a_comment_without_a_reason_sets_nothing_aside_and_is_told(ending: str) -> None:
    found = linted(RULE.format("", f"  # ignore momentary-exception{ending}"))
    assert [each.code for each in found.findings] == ["momentary-exception", "ignore-without-reason"]
    assert found.set_aside == 0


def test_a_comment_covers_its_own_statement_only() -> None:
    other = "rule s\n  when hate is detected, add a strike  # ignore momentary-exception: here\n\n"
    found = linted(other + RULE.format("", ""))
    assert "momentary-exception" in [each.code for each in found.findings]


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    found = linted(RULE.format("", "  # ignore momentary-exceptions: here"))
    (unknown,) = [each for each in found.findings if each.code == "unknown-lint-rule"]
    assert unknown.hint == "did you mean `momentary-exception`?"
    assert unknown.location is not None
    assert unknown.location.line == 2


def test_a_comment_that_covers_nothing_is_told_where_all_rules_are_asked() -> None:
    loaded = load_text("rule s\n  when hate is detected, add a strike  # ignore unused-group: here\n")
    subject = Subject(loaded.files[0], loaded.policy, None, Surroundings(date(2026, 11, 25)))
    assert "unused-ignore" in [each.code for each in lint(subject, chosen()).findings]
    assert "unused-ignore" not in [
        each.code for each in lint(subject, chosen(["momentary-exception"])).findings
    ]


def test_a_text_is_no_comment() -> None:
    text = 'rule r\n  when hate is detected, warn the user "# ignore unused-group: no"\n'
    assert linted(text).findings == ()


def test_blanks_inside_a_statement_take_no_time() -> None:
    text = (
        RULE.format("", "").replace("  after", " " * 5000 + "\n" * 3000 + "  after") + " " * 5000 + "# end\n"
    )
    assert [each.code for each in linted(text).findings] == ["momentary-exception"]
