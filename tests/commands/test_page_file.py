"""Where `simulate --html` writes, and where it refuses to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

POLICY = "rule one\n  after 1 refusal, end the chat\n"
CHAT = {
    "id": "a",
    "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "labels": ["refusal"]}],
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a policy, and a folder of conversations beside it."""
    (tmp_path / "p.policy").write_text(POLICY)
    (tmp_path / "chats").mkdir()
    (tmp_path / "chats" / "c.jsonl").write_text(json.dumps(CHAT) + "\n")
    return tmp_path


def call(root: Path, place: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "cli.py"), "simulate", *arguments],
        cwd=place, input=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip


def left(place: Path) -> set[str]:
    return {each.relative_to(place).as_posix() for each in place.rglob("*") if each.is_file()}


def test_the_page_is_written_and_the_text_is_still_shown(root: Path, place: Path) -> None:
    done = call(root, place, "p.policy", "chats", "--html", "out.html")
    alone = call(root, place, "p.policy", "chats")
    assert (done.returncode, done.stdout, done.stderr) == (0, alone.stdout, "")
    assert (place / "out.html").read_text().startswith("<!DOCTYPE html>")
    assert left(place) == {"p.policy", "chats/c.jsonl", "out.html"}


def test_with_json_the_lines_stay_lines(root: Path, place: Path) -> None:
    done = call(
        root, place, "p.policy", "-", "--format", "json", "--html", "out.html", stdin=json.dumps(CHAT)
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["conversation"] == "a"
    assert "the chat is ended (one)" in (place / "out.html").read_text()


def test_two_runs_write_the_same_page_in_place_of_the_first(root: Path, place: Path) -> None:
    call(root, place, "p.policy", "chats", "--html", "out.html")
    first = (place / "out.html").read_bytes()
    assert call(root, place, "p.policy", "chats", "--html", "out.html").returncode == 0
    assert (place / "out.html").read_bytes() == first


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("p.policy", "is read here"),
        ("chats/c.jsonl", "lies in `chats`"),
        ("chats/new.html", "lies in `chats`"),
        ("chats", "is read here"),
        (".", "is a folder"),
        ("-", "needs the name of a file"),
        ("other.yaml", "is not a page"),
        ("nowhere/out.html", "no such file or directory"),
        ("p.policy/out.html", "not a directory"),
        ("hard.html", "is read here"),
        ("soft.html", "is read here"),
        ("pipe", "is not a file"),
        ("x" * 300, "file name too long"),
    ],
)
def test_where_no_page_can_be_is_said_before_anything_is_done(
    root: Path, place: Path, out: str, said: str
) -> None:
    (place / "other.yaml").write_text("extends: default\n")
    os.link(place / "p.policy", place / "hard.html")
    (place / "soft.html").symlink_to("p.policy")
    os.mkfifo(place / "pipe")
    before = {name: (place / name).read_bytes() for name in left(place)}
    done = call(root, place, "p.policy", "chats", "--html", out)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert said in " ".join(done.stderr.split())
    assert {name: (place / name).read_bytes() for name in left(place)} == before


def test_a_name_that_is_a_link_keeps_pointing_to_the_page(root: Path, place: Path) -> None:
    (place / "link.html").symlink_to("real.html")
    assert call(root, place, "p.policy", "chats", "--html", "link.html").returncode == 0
    assert (place / "link.html").is_symlink()
    assert (place / "real.html").read_text().startswith("<!DOCTYPE html>")


def test_without_conversations_there_is_no_page_and_the_old_one_stays(root: Path, place: Path) -> None:
    call(root, place, "p.policy", "chats", "--html", "out.html")
    before = (place / "out.html").read_bytes()
    done = call(root, place, "p.policy", "chats", "--only", "nobody", "--html", "out.html")
    assert "`out.html` is not written" in done.stderr
    done = call(root, place, "p.policy", "nothing.jsonl", "--html", "out.html")
    assert done.returncode == 2
    assert (place / "out.html").read_bytes() == before
    assert left(place) == {"p.policy", "chats/c.jsonl", "out.html"}


def test_what_is_left_out_is_said_and_the_exit_code_stays(root: Path, place: Path) -> None:
    log = "\n".join([json.dumps({**CHAT, "id": "b"}), "{", json.dumps(CHAT)])
    done = call(root, place, "p.policy", "-", "--html", "out.html", stdin=log)
    assert done.returncode == 1
    assert "left out: 1 malformed" in (place / "out.html").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the size of files are POSIX")
def test_a_full_disk_is_an_error_and_the_old_page_stays(root: Path, place: Path) -> None:
    (place / "out.html").write_text("<!DOCTYPE html>old")
    limited = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
    limited += f"sys.argv[:] = ['cli.py', *sys.argv[1:]]; runpy.run_path({str(root / 'cli.py')!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-B", "-c", limited, "simulate", "p.policy", "chats", "--html", "out.html"],
        cwd=place, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.returncode == 2
    assert "the page cannot be written to `out.html`: file too large" in done.stderr
    assert (place / "out.html").read_text() == "<!DOCTYPE html>old"
    assert left(place) == {"p.policy", "chats/c.jsonl", "out.html"}


def test_who_closes_the_output_early_is_told_that_there_is_no_page(root: Path, place: Path) -> None:
    (place / "chats" / "c.jsonl").write_text(
        "".join(json.dumps({**CHAT, "id": str(n)}) + "\n" for n in range(3_000))
    )
    with subprocess.Popen(
        [sys.executable, str(root / "cli.py"), *"simulate p.policy chats --why --html out.html".split()],
        cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as run:  # fmt: skip
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        assert "`out.html` is not written" in run.stderr.read()
    assert left(place) == {"p.policy", "chats/c.jsonl"}


def test_without_a_page_nothing_is_imported_that_only_pages_need(root: Path, place: Path) -> None:
    code = "import sys; sys.argv = ['x', 'simulate', 'p.policy', 'chats']\n"
    code += "from policy_engine.commands import main\ntry:\n main()\nexcept SystemExit: pass\n"
    code += "print([name for name in sys.modules if name.startswith(('jinja2', 'markupsafe'))])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
