"""The shell steps of `action.yml`, run in a scratch git repository, with a `gh` that writes down what it is asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MARK = "<!-- policy-engine review -->"
ME = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "init.defaultBranch=main"]
POLICY = 'policy "Small"\nrule r\n  after 2 refusals, warn the user "Stop."\n'
GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$GH_CALLS"
if [[ -n ${GH_FAILS:-} ]]; then exit 1; fi
if [[ $* == *--jq* ]]; then printf '%s\\n' "${GH_OLD:-}"; fi
"""

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the action's steps are for bash")


def git(cwd: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *ME, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One policy, and a change of it; a `gh` and a `policy-engine` stand on the path."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for text in (POLICY, POLICY.replace("2 refusals", "3 refusals") + "group unused = hate\n"):
        (folder / "small.policy").write_text(text, encoding="utf-8")
        (folder / "small.test.yaml").write_text("tests:\n  - name: quiet\n    turns: [1 quiet turn]\n")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", "a change")
    tools = tmp_path / "tools"
    tools.mkdir()
    called = f'#!/usr/bin/env bash\nexec "{sys.executable}" "{ROOT / "cli.py"}" "$@"\n'
    for name, text in (("gh", GH), ("policy-engine", called)):
        (tools / name).write_text(text, encoding="utf-8")
        (tools / name).chmod(0o755)
    return folder


def step(repository: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    made = repository.parent / "runner"
    made.mkdir(exist_ok=True)
    given = {
        **os.environ, "PATH": f"{repository.parent / 'tools'}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(made), "GITHUB_OUTPUT": str(made / "output"), "GITHUB_STEP_SUMMARY": str(made / "summary"),
        "GITHUB_REPOSITORY": "somebody/policies", "GH_CALLS": str(made / "calls"), **environment,
    }  # fmt: skip
    return subprocess.run(
        ["bash", str(ROOT / "action" / script)],
        cwd=repository,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )


def calls(repository: Path) -> list[str]:
    path = repository.parent / "runner" / "calls"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.mark.parametrize(("old", "method"), [("", "POST"), ("12", "PATCH")])
def test_the_review_is_posted_or_written_anew(repository: Path, old: str, method: str) -> None:
    base = git(repository, "rev-parse", "HEAD~1")
    done = step(
        repository,
        "review.sh",
        POLICY_BASE=base,
        POLICY_PULL_REQUEST="7",
        GH_OLD=old,
        POLICY_HEAD="abc",
        GITHUB_RUN_ID="5",
        GITHUB_SERVER_URL="https://github.com",
    )
    assert done.returncode == 0, done.stderr
    made = repository.parent / "runner"
    review = (made / "policy-review.md").read_text(encoding="utf-8")
    assert review.startswith(MARK)
    assert "3rd" in review or "3 refusals" in review
    assert "https://github.com/somebody/policies/blob/abc/small.policy#L" in review
    assert "(https://github.com/somebody/policies/actions/runs/5)" in review
    assert (made / "summary").read_text(encoding="utf-8").startswith(MARK)
    asked, written = calls(repository)
    assert "repos/somebody/policies/issues/7/comments --paginate" in asked
    assert MARK in asked
    assert f"--method {method}" in written
    assert f"body=@{made / 'policy-review.md'}" in written
    assert ("issues/comments/12" in written) is bool(old)


def test_without_a_pull_request_nothing_is_posted(repository: Path) -> None:
    done = step(repository, "review.sh", POLICY_BASE="HEAD~1", POLICY_FAIL_ON="looser")
    assert done.returncode == 1, done.stderr
    assert calls(repository) == []


def test_a_fork_without_rights_has_its_review_in_the_summary(repository: Path) -> None:
    done = step(repository, "review.sh", POLICY_BASE="HEAD~1", POLICY_PULL_REQUEST="7", GH_FAILS="1")
    assert done.returncode == 0, done.stderr
    assert "::notice::the review could not be written" in done.stdout
    assert (repository.parent / "runner" / "summary").exists()


def test_nothing_of_a_pull_request_runs(repository: Path) -> None:
    """Inputs are only values: whatever stands in them, no command of theirs is run."""
    mischief = "$(touch ran)`touch ran`; touch ran\n--help"
    step(
        repository, "review.sh", POLICY_BASE="HEAD~1", POLICY_PULL_REQUEST=mischief, POLICY_STANDARDS=mischief
    )
    step(repository, "check.sh", POLICY_PATH=mischief, POLICY_STANDARDS=mischief)
    assert not (repository / "ran").exists()
    assert calls(repository) == []


def test_all_checks_run_and_findings_are_kept_as_sarif(repository: Path) -> None:
    done = step(repository, "check.sh")
    assert "::group::policy-engine verify" in done.stdout, done.stderr
    sarif = json.loads((repository.parent / "runner" / "policy-engine.sarif").read_text(encoding="utf-8"))
    assert sarif["version"] == "2.1.0"
    (repository / "small.policy").write_text("policy", encoding="utf-8")
    done = step(repository, "check.sh")
    assert done.returncode == 1
    for name in ("validate", "lint", "test"):
        assert f"failed: policy-engine {name}" in done.stdout


def test_the_action_gives_its_scripts_nothing_but_environment() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    steps = action["runs"]["steps"]
    scripts = [each["run"] for each in steps if "run" in each]
    assert len(scripts) == 3
    assert not any("${{" in each for each in scripts)
    for each in scripts[1:]:
        assert (ROOT / each.rpartition("$GITHUB_ACTION_PATH/")[2].rstrip('"')).exists()


def test_the_hooks_for_pre_commit_name_commands_that_are_there() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [each["entry"].split()[1] for each in hooks] == ["validate", "lint", "format", "test"]
    for each in hooks:
        done = subprocess.run(
            [sys.executable, ROOT / "cli.py", each["entry"].split()[1], "--help"],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0
