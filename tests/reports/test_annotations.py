"""Findings beside the changed lines, for GitHub, GitLab and JUnit: a policy cannot put words of its own in them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from junitparser import JUnitXml
from lint.examples import EVERY

from policy_engine.commands.lint import Options, run
from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.reports.annotations import github, gitlab
from policy_engine.source import Location, Source, Span

HOSTILE = "::error::x\n::add-mask::y%0A::set-output name=a::b,c.policy"
PROOFS = tuple(rule.name for rule in EVERY if rule.proves)


def hostile() -> Diagnostic:
    """A finding all of whose words try to be commands."""
    text = f"rule {HOSTILE}\n\x1b]0;title\x07"
    place = Location(Source(HOSTILE, text), Span(0, 4))
    return Diagnostic("c::x", f"m {HOSTILE}", place, f"h {HOSTILE}", None, Severity.ERROR, None, (HOSTILE,))


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Path]:
    """A folder with a policy whose name is a command of GitHub's, and which has something to find."""
    with contextlib.chdir(tmp_path):
        path = Path("::error::x.policy")
        path.write_text("rule r\n  after 3 refusals, end the chat, except when self-harm is detected\n")
        yield path


def put(path: Path, form: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command prints in that form."""
    assert run([path], Options(form=form, cache=False, ignore=PROOFS)) == 1
    return capsys.readouterr().out


def test_github_is_told_on_lines_of_its_own(shown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert put(shown, "github", capsys) == (
        "::warning file=%3A%3Aerror%3A%3Ax.policy,line=1,endLine=1,col=1,endColumn=7,title=missing-language (PE101)"
        "::the file does not say in which edition of the language it is written%0Awrite `language 1` above the first "
        "statement\n"
        "::warning file=%3A%3Aerror%3A%3Ax.policy,line=2,endLine=2,col=57,endColumn=59,title=hidden-scope (PE202)"
        "::in a condition, this looks back over the whole conversation%0Asay `has been`, or add `in this message`\n"
    )


def test_nothing_in_a_finding_begins_a_command_of_github() -> None:
    (line,) = github([hostile()])
    assert line.startswith("::error file=")
    properties, _, message = line.removeprefix("::error ").partition("::")
    assert "\n" not in line
    assert "\r" not in line
    assert "\x1b" not in line
    assert {each.partition("=")[0] for each in properties.split(",")} == {
        "file", "line", "endLine", "col", "endColumn", "title"
    }  # fmt: skip
    assert "%250A" in message


def test_gitlab_gets_the_fields_that_it_asks_for(shown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = json.loads(put(shown, "gitlab", capsys))
    assert first["location"] == {"path": "::error::x.policy", "lines": {"begin": 1}}
    assert second["check_name"] == "hidden-scope"
    assert second["severity"] == "minor"
    assert second["description"].startswith("in a condition, this looks back")
    assert first["fingerprint"] != second["fingerprint"]


def test_equal_findings_have_fingerprints_of_their_own_that_stay_when_lines_move() -> None:
    one, two = gitlab([hostile(), hostile()])
    assert one["fingerprint"] != two["fingerprint"]
    below = hostile()
    assert below.location is not None
    source = Source(HOSTILE, "\n\n" + below.location.source.text)
    moved = Diagnostic(below.code, below.message, Location(source, Span(2, 6)), severity=below.severity)
    assert gitlab([moved])[0]["fingerprint"] == one["fingerprint"]


def test_junitparser_reads_a_failure_for_each_finding(
    shown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("b.policy").write_text("rule r when")
    run([shown, Path("b.policy")], Options(form="junit", cache=False, ignore=PROOFS))
    (suite,) = JUnitXml.fromstring(capsys.readouterr().out.encode())
    assert (suite.tests, suite.failures, suite.errors) == (3, 2, 1)
    names = [case.name for case in suite]
    assert "::error::x.policy:2 hidden-scope" in names
