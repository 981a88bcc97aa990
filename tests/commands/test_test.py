"""``test``: which files are run, what is said of them, and what the shell is told."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from junitparser import Error, Failure, JUnitXml

from policy_engine.commands.test import Options
from policy_engine.commands.test import test as run_tests
from policy_engine.commands.validate import validate
from policy_engine.transcripts.reading import read_conversations

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "test"

POLICY = """group abuse = hate or harassment

rule warning
  after 2 refusals on abuse within 4 turns, warn the user "Please stop."

rule ending
  after 3 refusals on abuse, end the chat,
  only if a warning has been given,
  except when self-harm has been detected

trial rule sooner
  after 2 refusals on abuse, ask a person to review
"""
GOOD = """tests:
  - name: a warning, then an ending
    turns:
      - refusal on hate
      - refusal on hate: warn the user
      - refusal on harassment: end the chat
"""
BAD = """tests:
  - name: a third warning
    turns:
      - refusal on hate: ending 2 of 3
      - refusal on hate: [warn the user "Stop it.", on trial nothing at all]
"""
FAILING = """# what is not so
tests:
  - name: warned too late
    turns:
      - refusal on hate, 2 times
      - refusal on hate: warn the user "Please stop."
  - name: not stopped
    turns:
      - user shows self-harm unknown
      - refusal on hate
      - refusal on hate: [warn the user, "ending 3 of 3", nothing on trial]
      - refusal on hate: [end the chat, ending is stopped by only if]
  - name: all is well
    turns: [quiet turn]
never:
  - warn the user
always:
  - the chat is ended only when hate is detected in this turn
  - in some conversation the chat is ended
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a policy and its test file, in the folder in which the command is called."""
    monkeypatch.chdir(tmp_path)

    def write(tests: str | None = GOOD, policy: str = POLICY, name: str = "chat") -> Path:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(f"{name}.policy").write_text(policy, encoding="utf-8")
        if tests is not None:
            Path(f"{name}.test.yaml").write_text(tests, encoding="utf-8")
        return Path(f"{name}.test.yaml")

    return write


def golden(name: str, said: str) -> None:
    """Compare with what was read and found good; ``UPDATE_GOLDEN=1`` writes it anew."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


# --- which files ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["chat.test.yaml", "chat.policy", ".", "./chat.policy"])
def test_a_file_a_policy_or_a_folder_is_run(
    write: Write, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    assert run_tests([Path(path)], Options()) == 0
    assert capsys.readouterr().out == "1 test, all as expected\n"


def test_what_is_named_twice_is_run_once(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write()
    write(name="below/other")
    assert run_tests([Path(), Path("below"), Path("chat.policy")], Options()) == 0
    assert capsys.readouterr().out == "2 tests, all as expected\n"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("missing.policy", "there is no test file `missing.test.yaml` beside the policy"),
        ("missing.test.yaml", "there is no file `missing.test.yaml`"),
        ("chat.yaml", "`chat.yaml` is neither a policy nor a test file"),
        ("empty", "there is no test file in `empty`"),
    ],
)
def test_what_cannot_be_run_is_said(
    write: Write, path: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    Path("empty").mkdir()
    assert run_tests([Path(path)], Options()) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pattern", "number"), [("WARN", 1), ("*well", 1), ("stopped", 1), ("*in some*", 0), ("?ll is well", 1)]
)
def test_only_some_are_run(
    write: Write, pattern: str, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    write(FAILING)
    run_tests([Path("chat.policy")], Options(only=[pattern], as_json=True))
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert len(file["tests"]) == number


def test_a_pattern_that_nothing_is_called_like_is_a_mistake(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    assert run_tests([Path("chat.policy")], Options(only=["nothing like it"])) == 2
    assert "no test is called like `nothing like it`" in capsys.readouterr().err


def test_whoever_goes_through_a_folder_passes_over_test_files(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("attributes: {user.minor: true}\n" + GOOD)
    assert validate([Path()], as_json=False) == 0
    assert capsys.readouterr().out == "1 file, 0 errors\n"
    assert list(read_conversations([Path()])) == []


# --- what is said -----------------------------------------------------------------------------


def test_failures_are_told_with_what_was_expected_and_what_came(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(FAILING)
    assert run_tests([Path("chat.policy")], Options()) == 1
    said = capsys.readouterr().out
    golden("failing.txt", said)
    assert all(len(line) <= 80 for line in said.splitlines())
    assert "\x1b" not in said


def test_failures_for_programs(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(FAILING)
    assert run_tests([Path("chat.policy")], Options(as_json=True)) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["passed"] is False
    (file,) = told["files"]
    assert [each["passed"] for each in file["tests"]] == [False, False, True]
    assert file["tests"][0]["failures"][0] == {
        "line": 5,
        "messages": [3, 4],
        "turn": "refusal on hate, 2 times",
        "expected": ["nothing"],
        "came": ['warn the user "Please stop." (warning), at message 4'],
        "missing": [],
        "unexpected": ['warn the user "Please stop." (warning)'],
    }
    assert [(each["name"], each["broken"]) for each in file["checks"]] == [
        ("never: warn the user", 2),
        ("always: the chat is ended only when hate is detected in this turn", 0),
        ("always: in some conversation the chat is ended", 0),
    ]


def test_junit_is_read_as_ci_services_read_it(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(FAILING)
    write(BAD, name="bad")
    write(GOOD.replace("a warning", "\\x1b ]]> & <b> \u202e"), name="odd")
    assert run_tests([Path()], Options(junit=Path("out.xml"))) == 1
    capsys.readouterr()
    suites = list(JUnitXml.fromfile("out.xml"))
    assert [suite.name for suite in suites] == ["chat.test.yaml", "odd.test.yaml", "bad.test.yaml"]
    chat, odd, bad = suites
    assert (chat.tests, chat.failures, chat.errors) == (6, 3, 0)
    assert (odd.tests, odd.failures, odd.errors) == (1, 0, 0)
    assert (bad.failures, bad.errors) == (0, bad.tests)
    cases = {case.name: case for case in chat}
    (failure,) = cases["warned too late"].result
    assert isinstance(failure, Failure)
    assert "expected nothing" in str(failure.message)
    assert cases["all is well"].result == []
    assert all(isinstance(result, Error) for case in bad for result in case.result)


def test_mistakes_of_a_test_file_are_told_and_the_others_run(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    write(BAD, name="bad")
    assert run_tests([Path()], Options()) == 1
    said, faults = capsys.readouterr()
    assert said == "1 test, all as expected, 1 file with mistakes\n"
    assert "unknown action `nothing at all`" in faults
    assert "bad.test.yaml:5:62" in faults


def test_a_result_that_cannot_be_written_is_said(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write()
    assert run_tests([Path()], Options(junit=Path("no/such/folder/out.xml"))) == 2
    assert "`no/such/folder/out.xml` cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [Options(junit=Path("chat.policy")), Options(coverage=True, html=Path("chat.policy"))]
)
def test_nothing_that_is_read_is_overwritten(
    write: Write, options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    assert run_tests([Path("chat.policy")], options) == 2
    assert Path("chat.policy").read_text(encoding="utf-8") == POLICY
    assert "overwrit" in capsys.readouterr().err


# --- options that do not go together ----------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(write=True), "`--write` adds what `--coverage` or `--mutate` finds"),
        (Options(html=Path("x.html")), "`--html` writes what `--coverage` finds"),
        (Options(fail_under=90), "`--fail-under` is about `--coverage` or `--mutate`"),
        (Options(coverage=True, fail_under=101), "`--fail-under` is a number from 0 to 100, not 101"),
        (Options(coverage=True, budget=0), "`--budget` is a number of seconds above 0, not 0"),
        (Options(coverage=True, only=["x"]), "`--coverage` and `--mutate` look at all tests"),
        (Options(generate=True, mutate=True), "`--generate` goes with no other option but `--budget`"),
    ],
)
def test_options_that_do_not_go_together(
    write: Write, options: Options, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    assert run_tests([Path("chat.policy")], options) == 2
    assert said in capsys.readouterr().err


# --- what was tried, and what is noticed ------------------------------------------------------


def test_coverage_is_told_with_lines_and_as_a_page(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write()
    options = Options(coverage=True, html=Path("out.html"), fail_under=99)
    assert run_tests([Path("chat.policy")], options) == 1
    golden("coverage.txt", capsys.readouterr().out)
    page = Path("out.html").read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<script" not in page
    assert "rule ending: 3 refusals on abuse: one more" in page
    assert "a warning, then an ending" in page


def test_coverage_is_enough_or_not(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write()
    assert run_tests([Path("chat.policy")], Options(coverage=True)) == 0
    assert run_tests([Path("chat.policy")], Options(coverage=True, fail_under=40)) == 0
    capsys.readouterr()
    assert run_tests([Path("chat.policy")], Options(coverage=True, as_json=True, fail_under=95)) == 1
    told = json.loads(capsys.readouterr().out)["coverage"]
    assert 40 < told["percent"] < 95
    assert {each["state"] for each in told["goals"]} >= {"tried", "not tried"}


def test_changes_that_no_test_notices_are_told(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write()
    assert run_tests([Path("chat.policy")], Options(mutate=True)) == 1
    said = capsys.readouterr().out
    # which prover answers first, and so whether it is known to be shortest, depends on how busy the machine is
    golden("mutate.txt", said.replace(", and none is shorter", ""))
    assert all(len(line) <= 80 for line in said.splitlines())


def test_the_tests_that_are_missing_are_added_and_comments_kept(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = write("# mine\n" + GOOD + "    # kept\n")
    assert run_tests([Path("chat.policy")], Options(coverage=True, mutate=True, write=True)) == 1
    text = tests.read_text(encoding="utf-8")
    assert text.startswith("# mine\n" + GOOD + "    # kept\n")
    capsys.readouterr()
    assert run_tests([Path("chat.policy")], Options(coverage=True, mutate=True, fail_under=100)) == 0
    said = capsys.readouterr().out
    assert "not noticed" not in said
    before = text
    assert run_tests([Path("chat.policy")], Options(coverage=True, mutate=True, write=True)) == 0
    assert tests.read_text(encoding="utf-8") == before


def test_nothing_is_measured_where_a_test_fails(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(FAILING)
    assert run_tests([Path("chat.policy")], Options(coverage=True, mutate=True)) == 1
    said, faults = capsys.readouterr()
    assert "tried" not in said
    assert "the tests have to pass before" in faults


def test_tests_are_made_for_a_policy_that_has_none(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(None)
    assert run_tests([Path("chat.policy")], Options(generate=True)) == 0
    capsys.readouterr()
    assert run_tests([Path("chat.policy")], Options(coverage=True, fail_under=100)) == 0
    golden("generated.yaml", Path("chat.test.yaml").read_text(encoding="utf-8"))


def test_a_policy_that_only_uses_others_has_nothing_to_make_tests_for(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(None)
    write(None, policy='use "chat.policy"\n', name="whole")
    assert run_tests([Path("whole.policy")], Options(generate=True)) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert (
        error
        == "error: `whole.policy` says nothing of its own that could be tried: ask for the files that it uses"
    )
    assert not Path("whole.test.yaml").exists()


def test_tests_that_are_there_are_not_overwritten(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    tests = write()
    assert run_tests([Path("chat.policy")], Options(generate=True)) == 2
    assert "is there already" in capsys.readouterr().err
    assert tests.read_text(encoding="utf-8") == GOOD


# --- speed ------------------------------------------------------------------------------------


def test_a_thousand_tests_are_quick(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"      - [{number}]\n" for number in range(1_000))
    text = GOOD.replace("name: a warning", "name: <n> a warning") + f"    table:\n      - [n]\n{rows}"
    write(text)
    started = time.process_time()
    assert run_tests([Path("chat.policy")], Options()) == 0
    assert time.process_time() - started < 2
    assert capsys.readouterr().out == "1,000 tests, all as expected\n"
