"""The command at the ends of the shell: a full disk, closed streams, a reader that leaves, pipes, folders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

POLICY = "policies/last_resort.policy"
CHAT = "policies/conversations/last_resort/abuse.yaml"
COMMANDS = {
    "validate": ("validate", POLICY),
    "explain": ("explain", POLICY),
    "simulate": ("simulate", POLICY, CHAT),
    "json": ("simulate", POLICY, CHAT, "--format", "json"),
    "help": ("--help",),
}


def shell(root: Path, line: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which ``"$@"`` is the command."""
    return subprocess.run(
        ["bash", "-c", line, "bash", sys.executable, str(root / "cli.py"), *map(str, arguments)],
        cwd=root, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_result_that_cannot_be_written_is_told(root: Path, name: str) -> None:
    done = shell(root, '"$@" >/dev/full', *COMMANDS[name])
    assert done.returncode == 2
    assert done.stderr == "error: the result cannot be written: no space left on device\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_closed_streams_change_nothing(root: Path, name: str) -> None:
    assert shell(root, '"$@" >&-', *COMMANDS[name]).returncode == 0
    assert shell(root, '"$@" >&- 2>&-', *COMMANDS[name]).returncode == 0


def test_closed_streams_do_not_hide_a_finding(root: Path, tmp_path: Path) -> None:
    assert shell(root, '"$@" >&- 2>&-', "validate", tmp_path / "missing.policy").returncode == 2


def test_a_closed_standard_input_is_unreadable(root: Path) -> None:
    done = shell(root, '"$@" <&-', "simulate", POLICY, "-")
    assert (done.returncode, done.stdout.count("conversation")) == (2, 0)
    assert "standard input is closed" in done.stderr


def test_a_reader_that_leaves_ends_it_as_a_filter_ends(root: Path, tmp_path: Path) -> None:
    policy = tmp_path / "long.policy"
    policy.write_text("".join(f"rule r{n} when haet is detected, add a strike\n" for n in range(3_000)))
    done = shell(root, '"$@" | head -1 >/dev/null; echo "${PIPESTATUS[0]}"', "validate", policy)
    assert done.stdout == f"{128 + signal.SIGPIPE}\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("stream", "arguments"),
    [
        ("stdout", ("simulate", POLICY, "log.jsonl", "--html", "new")),
        ("stderr", ("simulate", POLICY, "log.jsonl", "--html", "new")),
        ("stderr", ("convert", "log.jsonl", "new.jsonl")),
        ("stdout", ("convert", "log.jsonl", "-")),
    ],
)
def test_a_reader_that_leaves_leaves_nothing_begun(
    root: Path, tmp_path: Path, stream: str, arguments: tuple[str, ...]
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"messages": [{"role": "user", "content": "Hello."}]}\n{"broken\n' * 3_000)
    named = [str(tmp_path / each) if each.startswith(("log", "new")) else each for each in arguments]
    reads, writes = os.pipe()
    os.close(reads)  # before anything is written: a reader that leaves later may have read it all
    with open(writes, "wb") as gone:
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: gone}
        done = subprocess.run([sys.executable, root / "cli.py", *named], cwd=root, check=False, **streams)
    assert done.returncode == -signal.SIGPIPE
    assert list(tmp_path.iterdir()) == [log]


def test_an_internal_error_sends_no_escape_to_the_screen(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    call = (
        "import policy_engine.commands.app as a, policy_engine.commands as c\n"
        "def fail(): raise RuntimeError('\\x1b[31m')\n"
        "a.app = fail\nc.main()"
    )
    done = subprocess.run([sys.executable, "-c", call], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert "internal error: RuntimeError: \\x1b[31m\n" in done.stderr
    assert "\x1b" not in done.stderr


def test_json_is_json_in_every_encoding(root: Path, tmp_path: Path) -> None:
    policy = tmp_path / "name.policy"
    policy.write_text(
        'policy "caf\xe9 \x9b31m \u202e \U0001f600"\nrule x1 when hate is detected, add a strike\n'
    )
    done = shell(root, 'PYTHONIOENCODING=ascii "$@"', "explain", policy, "--format", "json")
    assert done.stdout.isascii()
    assert r"caf\u00e9 \u009b31m \u202e \ud83d\ude00" in done.stdout


def test_a_folder_without_policies_is_no_success(root: Path, tmp_path: Path) -> None:
    (tmp_path / "polices").mkdir()
    (tmp_path / "polices" / "notes.txt").write_text("nothing here")
    done = shell(root, '"$@"', "validate", tmp_path / "polices")
    assert done.returncode == 2
    assert "no policy, standard or vocabulary is in this folder" in done.stdout


def test_pipes_in_a_folder_are_passed_over(root: Path, tmp_path: Path) -> None:
    for name in ("a.policy", "b.yaml", "c.jsonl"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "d.policy").write_text("rule x1 when hate is detected, add a strike\n")
    (tmp_path / "e.txt").write_text("user: hello\nagent: hello\n")
    assert shell(root, '"$@"', "validate", tmp_path).stdout == "1 file, 0 errors\n"
    assert shell(root, '"$@"', "simulate", POLICY, tmp_path).returncode == 0


def test_a_policy_may_come_from_a_pipe(root: Path) -> None:
    done = shell(root, f'cat {POLICY} | sed "/^use/d" | "$@"', "validate", "/dev/stdin")
    assert "unknown category `crisis`" in done.stdout
    assert done.returncode == 1


def test_a_standard_is_not_run_and_its_name_sends_no_escape(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "s\x1b[31m.standard"
    path.write_text("require that the chat is never ended when hate is detected\n")
    done = shell(root, '"$@"', "simulate", path, CHAT)
    assert done.returncode == 1
    assert "is a standard: it has no rules of its own" in " ".join(done.stderr.split())
    assert "\x1b" not in done.stderr
    done = shell(root, '"$@"', "explain", path)
    assert done.returncode == 0
    assert "a standard" in done.stdout
    assert "\x1b" not in done.stdout
