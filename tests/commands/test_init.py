"""What `init` makes works at once, and it makes nothing where something is.

``UPDATE_GOLDEN=1 pytest tests/commands/test_init.py`` writes the golden files anew: read them then.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from decided import decided
from drawn_conversations import random_conversation_over
from sound import policy_at

from policy_engine.machine.machine import compile_policy
from policy_engine.reference.promises import Outcome, judge
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "init"
FILES = sorted(
    re.sub(r"(^|/)dot-", r"\1.", path.relative_to(ROOT / "policy_engine" / "starter").as_posix())
    for path in (ROOT / "policy_engine" / "starter").rglob("*")
    if path.is_file()
)
ODD = "my chats/größe 日本 & 'co'"


def command(
    cwd: Path, *arguments: str | Path, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """``policy-engine`` as a user calls it, from a folder of theirs."""
    return subprocess.run(
        [sys.executable, ROOT / "cli.py", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"},
        preexec_fn=before,
    )


def everything(folder: Path) -> dict[str, str | None]:
    """All that is in a folder, with its text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that was made, in a folder with blanks, quotes and foreign letters."""
    folder = tmp_path_factory.mktemp("init") / ODD
    done = command(folder.parents[1], "init", ODD)
    assert done.returncode == 0, done.stderr
    return folder


def compare(name: str, shown: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


# --- What is made -------------------------------------------------------------------------


def test_the_listing_is_as_it_was_read(tmp_path: Path) -> None:
    done = command(tmp_path, "init", "my chat")
    assert (done.returncode, done.stderr) == (0, "")
    compare("made.txt", done.stdout)
    done = command(tmp_path, "init", "other/chat", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    compare("made.json", done.stdout)
    assert [path for path, text in everything(tmp_path / "my chat").items() if text is not None] == FILES


def test_every_conversation_shows_what_its_first_lines_say(made: Path) -> None:
    done = command(made, "simulate", "escalation.policy", "conversations", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    shown = {}
    for line in map(json.loads, done.stdout.splitlines()):
        taken = [(each["message"], act["action"]) for each in line["decisions"] for act in each["actions"]]
        stopped = [(each["message"], stop["by"]) for each in line["decisions"] for stop in each["stopped"]]
        shown[line["conversation"]] = (taken, stopped)
    assert shown == {
        "crisis": ([(4, "warn"), (5, "offer-support")], [(6, "except"), (6, "never")]),
        "ended": ([(4, "warn"), (6, "end-chat")], []),
        "friendly": ([], []),
        "not-checked": ([(4, "warn"), (5, "offer-support")], [(6, "unknown"), (6, "unknown")]),
    }


def test_the_table_tells_of_the_missing_label(made: Path) -> None:
    done = command(made, "simulate", "escalation.policy", "conversations")
    assert "Held open only by a missing label: 1 (self-harm could not be checked in 1" in done.stdout


def test_it_validates_without_a_word(made: Path) -> None:
    done = command(made, "validate", ".", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["diagnostics"] == []
    assert json.loads(done.stdout)["files"] == 3


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_commands_to_try_next_can_be_tried(form: str, tmp_path: Path) -> None:
    done = command(tmp_path, "init", ODD, "--format", form)
    if form == "json":
        following = json.loads(done.stdout)["next"]
    else:
        following = [shlex.split(line) for line in done.stdout.partition("Try next:")[2].strip().splitlines()]
    assert [each[:2] for each in following] == [
        ["policy-engine", name] for name in ("validate", "explain", "simulate")
    ]
    for each in following:
        assert command(tmp_path, *each[1:]).returncode == 0


def test_every_command_of_its_readme_runs(made: Path) -> None:
    readme = (made / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ policy-engine (.+)$", readme, re.MULTILINE)
    assert len(commands) == 9
    for each in commands:
        done = command(made, *shlex.split(each))
        assert (done.returncode, done.stderr) == (0, "")


def test_its_readme_speaks_of_files_that_are_there(made: Path) -> None:
    readme = (made / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[\w/.-]*\w(?:\.test)?\.(?:policy|ya?ml)\b", readme))
    known = {*FILES, *(path.rpartition("/")[2] for path in FILES)}
    assert named <= known
    assert {path.rpartition("/")[2] for path in FILES} - {"README.md"} <= {
        path.rpartition("/")[2] for path in named
    }


def test_what_runs_before_a_commit_and_in_ci_passes(made: Path) -> None:
    """Each `policy-engine` command of the files for pre-commit, GitHub and GitLab, as it stands there."""
    hooks = yaml.safe_load((made / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    github = yaml.safe_load((made / ".github/workflows/policy.yml").read_text(encoding="utf-8"))
    gitlab = yaml.safe_load((made / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    lines = [each["entry"] for repo in hooks["repos"] for each in repo["hooks"]]
    lines += [each["run"] for job in github["jobs"].values() for each in job["steps"] if "run" in each]
    lines += [*gitlab["policies"]["script"], *gitlab["policy-review"]["script"]]
    asked = [each.partition(" > ")[0] for each in lines if each.startswith("policy-engine ")]
    assert len(asked) == 4 + 5 + 6
    for each in asked:
        assert "${{" not in each
        words = shlex.split(re.sub(r'"\$\w+"', ".", each).replace(" HEAD", " ."))[1:]
        if "--junit" in words:
            words[words.index("--junit") + 1] = str(made.parent / "tests.xml")
        done = command(made, *words)
        assert (done.returncode, done.stderr) == (0, ""), each


def test_what_its_readme_tells_to_try_is_so(made: Path, tmp_path: Path) -> None:
    """After 4 refusals instead of 3, `ended.yaml` is no longer ended."""
    assert "change `after 3 refusals` to `after 4 refusals`" in (made / "README.md").read_text(
        encoding="utf-8"
    )
    for path in FILES:
        text = (made / path).read_text(encoding="utf-8").replace("after 3 refusals", "after 4 refusals")
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    for folder, ended in ((made, True), (tmp_path, False)):
        arguments = ("escalation.policy", "conversations/ended.yaml", "--format", "json")
        assert bool(json.loads(command(folder, "simulate", *arguments).stdout)["ended"]) is ended


def test_its_checks_hold_and_are_put_to_the_test(made: Path) -> None:
    policy = policy_at(made / "escalation.policy")
    found = list(read_conversations([made / "conversations"]))
    samples = [each for each in found if isinstance(each, Conversation)]
    assert len(samples) == len(found) == 4
    source, machine = random.Random(0), compile_policy(policy)
    chats = [*samples, *(random_conversation_over(source, policy) for _ in range(200))]
    both = [(each, decided(machine, each)) for each in chats]
    for promise in policy.promises:
        outcomes = [judge(policy, promise, chat, decisions).outcome for chat, decisions in both]
        assert Outcome.BROKEN not in outcomes
        assert {*outcomes[: len(samples)]} & {Outcome.KEPT, Outcome.WITNESS}


# --- What it is called --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("chat",), "chat"),
        (("deep/down/größe 日本",), "größe 日本"),
        (("chat", "--name", "  Our   chat\t"), "Our chat"),
        (("chat", "--name", "#1 'best' <b> \\n @name@"), "#1 'best' <b> \\n @name@"),
        ((".",), "here"),
        (("../here/chat/..",), "here"),
    ],
)
def test_the_policy_is_called_after_its_folder_or_as_asked(
    arguments: tuple[str, ...], name: str, tmp_path: Path
) -> None:
    (tmp_path / "here" / "chat").mkdir(parents=True)
    done = command(tmp_path / "here", "init", *arguments, "--format", "json")
    assert json.loads(done.stdout)["name"] == name
    assert policy_at(tmp_path / "here" / arguments[0] / "escalation.policy").name == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is empty"),
        (" \t ", "is empty"),
        ('say "hi"', "holds a quotation mark"),
        ("say \u201chi\u201d", "holds a quotation mark"),
        ("\x1b[31mred", "holds a character that cannot be shown"),
        ("a\u202eb", "holds a character that cannot be shown"),
        ("a" * 201, "has more than 200 characters"),
    ],
)
def test_a_name_that_a_policy_cannot_have_is_refused(name: str, why: str, tmp_path: Path) -> None:
    done = command(tmp_path, "init", "chat", "--name", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert "\x1b" not in done.stderr
    assert everything(tmp_path) == {}


# --- What is there stays as it is -----------------------------------------------------------


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_overwritten(file: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("mine", encoding="utf-8")
    before = everything(tmp_path)
    done = command(tmp_path, "init", ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"`{file}` is there already; nothing was made" in done.stderr
    assert everything(tmp_path) == before


def test_a_link_to_nothing_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.yaml").symlink_to("elsewhere.yaml")
    done = command(tmp_path, "init", ".")
    assert done.returncode == 2
    assert "`vocabulary.yaml` is there already" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["vocabulary.yaml"]


@pytest.mark.parametrize("folder", ["file", "file/deeper", "file/deeper/still", "dangling", "has_file"])
def test_what_is_no_folder_is_named(folder: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "has_file").mkdir()
    (tmp_path / "has_file" / "conversations").write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    done = command(tmp_path, "init", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is there already, and is not a folder; nothing was made" in " ".join(done.stderr.split())
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_with_other_files_is_taken(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "conversations").mkdir()
    (tmp_path / "conversations" / "own.yaml").write_text("messages: [{user: hi}]\n", encoding="utf-8")
    assert command(tmp_path, "init", ".").returncode == 0
    found = everything(tmp_path)
    assert found["notes.txt"] == "mine"
    folders = {".github", ".github/workflows", "conversations"}
    assert {*FILES, *folders, "notes.txt", "conversations/own.yaml"} == {*found}
    assert command(tmp_path, "init", ".").returncode == 2


def test_what_cannot_be_finished_is_taken_back(tmp_path: Path) -> None:
    """No file may be larger than 1,500 bytes: the README is."""

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500, 1_500))

    (tmp_path / "there").mkdir()
    done = command(tmp_path, "init", "there/new/chat", before=small_disk)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be made: file too large; nothing was made" in done.stderr
    assert everything(tmp_path) == {"there": None}


def test_a_hostile_path_sends_nothing_to_the_terminal(tmp_path: Path) -> None:
    for arguments in (("\x1b[31mred",), ("\x1b[31mred", "--name", "red"), ("\x1b[31mred", "--name", "red")):
        done = command(tmp_path, "init", *arguments)
        assert "\x1b" not in done.stdout + done.stderr
        assert "\\x1b[31mred" in done.stdout + done.stderr


def test_a_path_that_begins_with_a_dash_can_be_made_and_tried(tmp_path: Path) -> None:
    done = command(tmp_path, "init", "--format", "json", "--", "-chat")
    assert done.returncode == 0
    for each in json.loads(done.stdout)["next"]:
        assert command(tmp_path, *each[1:]).returncode == 0
