"""Every lint rule by the examples in its file: what it finds and where, what its fix makes, where it is silent."""

from __future__ import annotations

import re

import pytest
from lint.examples import EVERY, INVALID, VALID, look

from policy_engine.lint.fixing import mended
from policy_engine.lint.rule import Example, Rule


def _name(given: object) -> str | None:
    return given.name if isinstance(given, Rule) else None


@pytest.mark.parametrize(("rule", "example"), VALID, ids=_name)
def test_a_valid_example_has_nothing_to_find(rule: Rule, example: Example) -> None:
    assert look(rule, example) == (True, ())


@pytest.mark.parametrize(("rule", "example"), INVALID, ids=_name)
def test_an_invalid_example_is_found_at_its_words(rule: Rule, example: Example) -> None:
    is_sound, found = look(rule, example)
    assert is_sound, found
    assert found
    for each in found:
        assert each.code == rule.name
        assert each.location is not None
        span = each.location.span
        shown = each.location.source.text[span.start : span.end]
        assert shown == example.shows
        assert each.message[:1] not in ".ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        assert not each.message.endswith(".")


@pytest.mark.parametrize(
    ("rule", "example"), [each for each in INVALID if each[1].fixed is not None], ids=_name
)
def test_after_the_fix_nothing_is_found(rule: Rule, example: Example) -> None:
    _, found = look(rule, example)
    (source,) = {each.location.source.name: each.location.source for each in found if each.location}.values()
    after, done = mended(source, lambda text: look(rule, example, text), unsafe=True)
    assert done
    assert after.text == example.fixed
    assert look(rule, example, after) == (True, ())


@pytest.mark.parametrize("rule", EVERY, ids=_name)
def test_a_rule_explains_itself(rule: Rule) -> None:
    assert re.fullmatch(r"PE\d{3}", rule.number)
    assert re.fullmatch(r".{10,99}\.", rule.summary)
    assert len(rule.manual.split()) > 25
    assert rule.valid
    assert rule.invalid
    assert rule.fixes == any(each.fixed is not None for each in rule.invalid)


def test_names_and_numbers_are_given_once() -> None:
    assert len({rule.name for rule in EVERY}) == len({rule.number for rule in EVERY}) == len(EVERY)
    assert all(rule.module.rsplit(".", 1)[1] == rule.name.replace("-", "_") for rule in EVERY)
