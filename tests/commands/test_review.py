"""`review`: the whole path with git, and everything that a repository may hold.

``UPDATE_GOLDEN=1 pytest tests/commands/test_review.py`` writes the golden files anew: read them then.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from policy_engine.reports.review_markdown import MARK, MOST_CHARACTERS, MOST_WORDS

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "review"
ME = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "init.defaultBranch=main"]
SMALL = (
    'policy "Small"\nrule r\n  after 2 refusals, warn the user "Stop."\n'
    "check that the chat is never ended once hate has been detected\n"
)


def policy_engine(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "cli.py", *arguments],
        cwd=cwd, capture_output=True, check=False, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"},
    )  # fmt: skip


def git(cwd: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *ME, *arguments], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(repository: Path, **files: str | None) -> None:
    """Write files (`__` is a dot in their names; None takes one away), and commit everything."""
    for name, text in files.items():
        path = repository / name.replace("__", ".")
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "a change")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository with one small policy."""
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, small__policy=SMALL)
    return tmp_path


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository made by `init`, with a branch that changes `3 refusals` to `2` and drops an exception."""
    above = tmp_path_factory.mktemp("review")
    made = policy_engine(above, "init", "chat")
    assert made.returncode == 0, made.stderr
    folder = above / "chat"
    git(folder, "init", "--quiet")
    commit(folder)
    git(folder, "checkout", "--quiet", "-b", "sooner")
    text = (folder / "escalation.policy").read_text(encoding="utf-8")
    sooner = text.replace("after 3 refusals on abuse", "after 2 refusals on abuse")
    sooner = sooner.replace("given,\n  except when crisis has been detected\n", "given\n")
    assert len(sooner) < len(text) - 30
    commit(folder, escalation__policy=sooner)
    return folder


def compare(name: str, shown: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_a_branch_that_ends_sooner_and_drops_an_exception_gets_a_review(changed: Path) -> None:
    done = policy_engine(
        changed, "review", "main", "sooner", "--fail-on", "broken", "--file-url", "https://x.org/b"
    )
    assert (done.returncode, done.stderr) == (1, "")
    compare("sooner.md", done.stdout)
    assert "the exception “except when crisis has been detected” of ending is gone" in done.stdout
    assert "now broken: the chat is never ended once crisis has been detected" in done.stdout
    assert str(changed) not in done.stdout


@pytest.mark.slow
def test_the_work_tree_and_folders_say_the_same_as_revisions(changed: Path, tmp_path: Path) -> None:
    by_git = policy_engine(changed, "review", "main", "sooner", "--budget", "10").stdout
    git(changed, "worktree", "add", "--quiet", "--detach", str(tmp_path / "before"), "main")
    assert policy_engine(changed, "review", "main", ".").stdout == by_git
    assert policy_engine(changed, "review", str(tmp_path / "before"), ".").stdout == by_git
    assert git(changed, "status", "--porcelain") == ""


def test_nothing_is_said_where_nothing_changed(small: Path) -> None:
    done = policy_engine(small, "review", "HEAD", ".", "--fail-on", "broken,looser,lint,tests")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "No policy changes.")


@pytest.mark.parametrize(
    ("after", "what", "code"),
    [
        (SMALL.replace("2 refusals", "3 refusals"), "looser", 1),
        (SMALL.replace("2 refusals", "1 refusal"), "looser", 0),
        (SMALL.replace("2 refusals", "1 refusal"), "broken", 0),
        (SMALL + "rule end\n  after 1 refusal, end the chat\n", "looser", 0),
        (SMALL.replace('warn the user "Stop."', "end the chat"), "broken", 1),
        ("policy", "broken", 1),
        (None, "looser", 1),
    ],
)
def test_it_fails_on_what_was_asked(small: Path, after: str | None, what: str, code: int) -> None:
    git(small, "tag", "before")
    commit(small, small__policy=after)
    assert policy_engine(small, "review", "before", "HEAD").returncode == 0
    assert policy_engine(small, "review", "before", "HEAD", "--fail-on", what).returncode == code


def test_added_removed_moved_and_used_files(small: Path) -> None:
    other = 'policy "Other"\nuse "words.policy"\nrule o\n  when g is detected, end the chat\n'
    gone = 'policy "Gone"\nrule o\n  after 9 refusals, end the chat\n'
    commit(small, other__policy=other, words__policy="group g = self-harm\n", gone__policy=gone)
    git(small, "tag", "before")
    commit(small, words__policy="group g = self-harm or hate\n", gone__policy=None, small__policy=None,
           renamed__policy=SMALL + "# a comment\n", new__policy=SMALL.replace("Small", "New"))  # fmt: skip
    done = policy_engine(small, "review", "before", ".", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [(each["path"], each["fate"], each["moved_from"]) for each in told["policies"]] == [
        ("gone.policy", "removed", None), ("new.policy", "added", None), ("other.policy", "changed", None),
        ("renamed.policy", "changed", "small.policy"),
    ]  # fmt: skip
    by_path = {each["path"]: each for each in told["policies"]}
    assert by_path["other.policy"]["files"] == ["words.policy"]
    assert by_path["renamed.policy"]["difference"]["verdict"] == "alike"
    assert by_path["new.policy"]["promises"] == [
        {"promise": "the chat is never ended once hate has been detected", "finding": "proved"}
    ]


def test_lint_is_asked_about_changed_lines_only(small: Path) -> None:
    first = "group unused = hate\n" + SMALL
    commit(small, small__policy=first)
    git(small, "tag", "before")
    commit(small, small__policy=first + "group another = hate\n")
    done = policy_engine(
        small, "review", "before", ".", "--fail-on", "lint", "--file-url", "https://x.org/b/"
    )
    assert done.returncode == 1
    assert "[small.policy:6](https://x.org/b/small.policy#L6)" in done.stdout
    assert "small.policy:1" not in done.stdout


# --- What a repository may hold -----------------------------------------------------------


HOSTILE = "</details>--><script>alert(1)</script> @team #12 [x](javascript:a) ![i](http://e.vil/i.png) `code` \u202e|"


def test_hostile_words_are_only_words(small: Path) -> None:
    (small / "conversations").mkdir()
    said = {
        "id": f"{HOSTILE}",
        "messages": [{"role": "user"}, {"role": "assistant", "labels": ["refusal"]}] * 3,
    }
    (small / "conversations" / "a.json").write_text(json.dumps(said), encoding="utf-8")
    commit(small)
    worse = SMALL.replace("Small", HOSTILE).replace("Stop.", HOSTILE).replace("2 refusals", "3 refusals")
    commit(small, small__policy=worse)
    shown = policy_engine(small, "review", "HEAD~1", "HEAD").stdout
    assert "3rd refusal" in shown
    assert "\u202e" not in shown
    # what stands between backticks is code, in which nothing has a meaning; the mark is a comment of our own
    rest = re.sub(r"`[^`\n]*`", "", shown.replace(MARK, "").replace("\\`", ""))
    assert "team" in rest
    assert not re.search(r"<\w|</|-->|(?<!\\)@\w|(?<!\\)\[|://", rest)


def test_a_huge_change_is_cut_and_counted(small: Path, tmp_path: Path) -> None:
    for number in range(120):
        text = f'policy "P{number} {"word " * 30}"\nrule r\n  after 2 refusals, end the chat\n'
        (small / f"p{number}.policy").write_text(text, encoding="utf-8")
    commit(small)
    full = tmp_path / "full.md"
    arguments = ("review", "HEAD~1", "HEAD", "--full", str(full), "--report-url", "https://x.org/full")
    shown = policy_engine(small, *arguments).stdout
    assert len(shown.encode()) < MOST_CHARACTERS + 500
    assert len(shown.split()) < MOST_WORDS + 50
    assert re.search(r"\*[\d,]+ more lines are left out\.\*", shown)
    assert "(https://x.org/full)" in shown
    assert full.read_text(encoding="utf-8").count("### p") == 120


def test_links_submodules_and_pointers_are_told_and_not_followed(small: Path) -> None:
    git(small, "tag", "before")
    (small / "link.policy").symlink_to("/etc/passwd")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    (small / "large.policy").write_text(pointer, encoding="utf-8")
    (small / "odd\nname.policy").write_text(SMALL.replace("Small", "Odd"), encoding="utf-8")
    git(small, "update-index", "--add", "--cacheinfo", f"160000,{git(small, 'rev-parse', 'HEAD')},module")
    git(small, "add", "link.policy", "large.policy", "odd\nname.policy")
    git(small, "commit", "--quiet", "--message", "odd things")
    done = policy_engine(small, "review", "before", "HEAD", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [each["path"] for each in told["policies"]] == ["odd\nname.policy"]
    assert told["notes"] == [
        "`large.policy` is kept in Git LFS: it is not looked at", "`link.policy` is a link: it is not looked at",
        "`module` is a submodule: it is not looked at",
    ]  # fmt: skip
    assert policy_engine(small, "review", "before", "HEAD").stdout.count("\n### odd name.policy\n") == 1


def test_what_is_no_text_is_told_and_the_rest_goes_on(small: Path) -> None:
    git(small, "tag", "before")
    (small / "binary.policy").write_bytes(bytes(range(256)))
    commit(small, small__policy=SMALL.replace("2 refusals", "3 refusals"))
    done = policy_engine(small, "review", "before", ".", "--fail-on", "broken")
    assert (done.returncode, done.stderr) == (1, "")
    assert "`binary.policy` is not UTF-8 text" in done.stdout.replace("\\`", "`")
    assert "3rd refusal" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nothing", "HEAD"), "`nothing` is no folder, and git knows no revision of that name"),
        (("--output=x", "HEAD"), "No such option"),
        (("HEAD", "."), "there is no policy on either side"),
        (("HEAD", ".", "--path", "../x"), "`--path` is a folder below"),
        (("HEAD", ".", "--fail-on", "everything"), "`--fail-on` knows broken, looser, lint, tests"),
        (("HEAD", ".", "--report-url", "javascript:alert(1)"), "`--report-url` is an address"),
        (("HEAD", ".", "--full", "x.html"), "`--full` writes Markdown"),
        (("HEAD", ".", "--budget", "0"), "`--budget` is a number"),
    ],
)
def test_what_cannot_be_reviewed_is_said(arguments: tuple[str, ...], why: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, notes__txt="no policy")
    done = policy_engine(tmp_path, "review", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_without_history_or_repository(tmp_path: Path) -> None:
    (tmp_path / "small.policy").write_text(SMALL, encoding="utf-8")
    assert "there is no git repository here" in policy_engine(tmp_path, "review", "main", ".").stderr
    git(tmp_path, "init", "--quiet")
    assert "has no history yet" in policy_engine(tmp_path, "review", "main", ".").stderr


def test_a_shallow_clone_says_what_to_fetch(small: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    first = git(small, "rev-parse", "HEAD")
    commit(small, small__policy=SMALL + "# more\n")
    clone = tmp_path_factory.mktemp("clone") / "c"
    git(small, "clone", "--quiet", "--depth", "1", f"file://{small}", str(clone))
    done = policy_engine(clone, "review", first, "HEAD")
    assert done.returncode == 2
    assert "the clone is shallow, so fetch it first" in done.stderr
