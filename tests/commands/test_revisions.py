"""Policies of git revisions: read with what they use from the same revision, or a clear error."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from policy_engine.commands import revisions
from policy_engine.commands.revisions import opened_at
from policy_engine.commands.usage import Usage

MAIN = 'use "crisis.policy"\nrule abuse\n  after 3 refusals on harassment, end the chat\n'
CRISIS = "rule crisis\n  when self-harm is detected, offer support crisis-line\n"


def git(folder: Path, *arguments: str) -> None:
    settings = {
        **os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env=settings)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two revisions: in the first, both files; then other files, not committed."""
    folder = tmp_path / "repository"
    (folder / "policies").mkdir(parents=True)
    (folder / "policies" / "main.policy").write_text(MAIN)
    (folder / "policies" / "crisis.policy").write_text(CRISIS)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    (folder / "policies" / "main.policy").write_text(MAIN.replace("3", "2"))
    (folder / "policies" / "crisis.policy").write_text("this is no policy")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("place", ["main:policies/main.policy", "HEAD:./policies/main.policy"])
def test_a_revision_is_read_with_what_it_uses(repository: Path, place: str) -> None:
    policy, code = opened_at(place)
    assert policy is not None
    assert code == 0
    assert [each.name for each in policy.rules] == ["abuse", "crisis"]
    assert "need=3" in repr(policy.rules[0])


def test_a_path_goes_from_the_current_folder_too(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "policies")
    assert opened_at("main:main.policy")[0] is not None
    assert opened_at("main:./main.policy")[0] is not None
    assert opened_at("main:policies/main.policy")[0] is not None


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nope:policies/main.policy", "git knows no revision `nope`"),
        ("main:policies/gone.policy", "there is no file `policies/gone.policy` in the git revision `main`"),
        ("main:../../etc/passwd", "there is no file `../../etc/passwd` in the git revision `main`"),
        ("main:policies", "there is no file `policies` in the git revision `main`"),
        ("main:", "is no file; a file of a git revision is written"),
        ("--upload-pack=x:y", "names no git revision"),
    ],
)
def test_what_is_not_there_is_said(repository: Path, place: str, said: str) -> None:
    with pytest.raises(Usage) as fault:
        opened_at(place)
    assert said in str(fault.value)


def test_faults_of_a_revision_are_told(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(repository, "commit", "-q", "-a", "-m", "second")
    assert opened_at("main:policies/main.policy") == (None, 1)
    assert "policies/crisis.policy" in capsys.readouterr().err


def test_without_a_repository_or_git_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Usage, match="there is no git repository here"):
        opened_at("main:x.policy")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Usage, match="git is not installed"):
        opened_at("main:x.policy")


def test_the_work_tree_is_not_touched(repository: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in repository.rglob("*")}
    opened_at("main:policies/main.policy")
    assert {path: path.stat().st_mtime_ns for path in repository.rglob("*")} == before


def test_a_file_with_a_colon_in_its_name_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a:b.policy").write_text(CRISIS)
    assert opened_at("a:b.policy")[0] is not None
    assert revisions.opened_at("a:b.policy")[1] == 0
