"""What a team sets, in YAML and in `setup.cfg`: equal in both, and every fault with its line and the nearest name."""

from __future__ import annotations

import pytest

from policy_engine.diagnostics import Diagnostic
from policy_engine.lint.settings import Settings, read_settings
from policy_engine.source import Source

YAML = """\
select: [PE2, missing-language]
ignore: unused-group
fail-on: error
rules:
  incomplete-notice: {languages: [en, es]}
  noisy-threshold:
    score: 0.4
    count: 3
"""
CFG = """\
[metadata]
name = something else

[policy-engine]
select = PE2, missing-language
ignore = unused-group
fail-on = error

[policy-engine:incomplete-notice]
languages =
    en
    es

[policy-engine:noisy-threshold]
score = 0.4
count: 3
"""


def read(name: str, text: str) -> tuple[Settings | None, tuple[Diagnostic, ...]]:
    """The settings of a text in a file of that name."""
    return read_settings(Source(name, text))


@pytest.mark.parametrize(("name", "text"), [("policy-engine.yaml", YAML), ("setup.cfg", CFG)])
def test_both_files_say_the_same(name: str, text: str) -> None:
    settings, faults = read(name, text)
    assert faults == ()
    assert settings is not None
    assert settings.select == ("PE2", "missing-language")
    assert settings.ignore == ("unused-group",)
    assert settings.fail_on == "error"
    assert dict(settings.values) == {
        ("incomplete-notice", "languages"): ("en", "es"),
        ("noisy-threshold", "score"): 0.4,
        ("noisy-threshold", "count"): 3,
    }


def test_a_file_about_other_things_is_none_of_ours() -> None:
    assert read("setup.cfg", "[metadata]\nname = x\n[policy-engine-x]\nselect = nothing\n") == (None, ())
    assert read("setup.cfg", "no section = 1\n") == (None, ())


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("selct: [PE2]", 1, "unknown key `selct`", "did you mean `select`?"),
        ("select: [PE2]\nignore:\n  - unused-groups", 3, "unknown lint rule `unused-groups`",
         "did you mean `unused-group`?"),
        ("fail-on: errors", 1, "`fail-on` cannot be `errors`", "did you mean `error`?"),
        ("select: [PE7]", 1, "unknown lint rule `PE7`", "see: lint --list"),
        ("rules:\n  noisy-treshold: {score: 1}", 2, "unknown lint rule `noisy-treshold`",
         "did you mean `noisy-threshold`?"),
        ("rules:\n  noisy-threshold: {scor: 1}", 2, "unknown key `scor` in `noisy-threshold`", "did you mean `score`?"),
        ("rules:\n  noisy-threshold: {score: 7}", 2, "`score` cannot be `7`", "write a number from 0 to 1"),
        ("rules:\n  noisy-threshold: {score: [0.1, 0.2]}", 2, "`score` cannot be `0.1, 0.2`",
         "write a number from 0 to 1"),
        ("rules:\n  unused-group: {score: 1}", 2, "there is nothing to set for `unused-group`", "leave it out"),
        ("rules: [unused-group]", 1, "`rules` has to be a mapping of rules to their settings", None),
        ("rules:\n  noisy-threshold: 3", 2, "`noisy-threshold` has to be a mapping of settings", None),
        ("- PE2", 1, "the file has to be a mapping", "write `select:`, `ignore:`, `fail-on:` or `rules:`"),
        ("select: &x [PE2]\nignore: *x", 1, None, None),
        ("", 1, "the file is empty", "write `select:`, `ignore:`, `fail-on:` or `rules:`"),
    ],
)  # fmt: skip
def test_a_fault_of_the_yaml_is_told_at_its_line(
    text: str, line: int, message: str | None, hint: str | None
) -> None:
    settings, (fault, *_) = read("policy-engine.yaml", text)
    assert settings is None
    assert fault.location is not None
    assert fault.location.line == line
    if message is not None:
        assert (fault.message, fault.hint) == (message, hint)


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("[policy-engine]\nselct = PE2", 2, "unknown key `selct`", "did you mean `select`?"),
        ("[x]\na = 1\n[policy-engine]\n\nignore =\n  unused-groups", 5, "unknown lint rule `unused-groups`",
         "did you mean `unused-group`?"),
        ("[policy-engine:unused]\n", 1, "unknown lint rule `unused`", None),
        ("[policy-engine:noisy-threshold]\nscore = high", 2, "`score` cannot be `high`", "write a number from 0 to 1"),
        ("[policy-engine]\nselect = PE2\nselect = PE1", 3, "the file cannot be read as settings",
         "each line is `[section]` or `key = value`, and each stands once"),
        ("[policy-engine]\nselect\n", 2, "the file cannot be read as settings",
         "each line is `[section]` or `key = value`, and each stands once"),
        ("[policy-engine]\nselect = %(x)s", 2, "unknown lint rule `%(x)s`", None),
    ],
)  # fmt: skip
def test_a_fault_of_setup_cfg_is_told_at_its_line(
    text: str, line: int, message: str, hint: str | None
) -> None:
    settings, (fault, *_) = read("setup.cfg", text)
    assert settings is None
    assert fault.location is not None
    assert fault.location.line == line
    assert fault.message == message
    if hint is not None:
        assert fault.hint == hint
